"""Edits the text of a source file: everything its owner wrote stays as it was. Knows no files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

#: The first lines of a source file that did not exist before.
HEADER = """\
# Your own sources: `scrapy crawl news` visits the enabled ones of this file. One table per source, its id in brackets;
# README has all keys. `scrapy sources` checks the form of the file, `scrapy sources check` visits its sources.
"""


def enabled(text: str, names: Iterable[str], *, shipped: Iterable[str]) -> str:
    """Return *text* with the sources *names* enabled; those it lacks are copied from the texts that ship.

    The first shipped text that holds a source wins. Raises KeyError for a name that none of them knows.
    """
    document = tomlkit.parse(text)
    texts = [tomlkit.parse(one) for one in shipped]
    for name in names:
        if name not in document:
            document.append(name, next(one[name] for one in texts if name in one))
        _set(document[name], "enabled", True)
    return tomlkit.dumps(document)


def verified(text: str, name: str, *, day: date) -> str:
    """Return *text* with *day* as the date on which a crawl of the source *name* was found good."""
    document = tomlkit.parse(text)
    table: Any = document[name]
    if "verified" not in table:
        _set(table, "verified", tomlkit.inline_table())
    table["verified"]["crawl"] = day
    return tomlkit.dumps(document)


def _set(table: Any, key: str, value: object) -> None:
    """Set *key*; a new one goes under the table's last line, not below the blank lines that part it from others."""
    if key in table:
        table[key] = value
        return
    keys = list(table)
    table.value._insert_after(keys[-1], key, value) if keys else table.add(key, value)
