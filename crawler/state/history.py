"""What the state can tell of one address, for people: who announced it, every try, its outcome, where its line is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from crawler.state.database import Database

Row = dict[str, Any]


@attrs.frozen(kw_only=True)
class History:
    """All facts about one identity key; None and empty where there are none."""

    key: str
    aliased_from: str | None
    """The key that was asked about, where it is another name of ``key``."""
    how: str | None
    url: Row | None
    announcements: tuple[Row, ...]
    attempts: tuple[Row, ...]
    article: Row | None
    names: tuple[Row, ...]
    """Other names of the article."""
    revisions: tuple[Row, ...]
    """Every version of the article, oldest first."""


def history(database: Database, key: str) -> History:
    """Return what is known of *key*; an alias leads to its article, but has announcements and tries of its own."""

    def rows(sql: str, *values: object) -> tuple[Row, ...]:
        return tuple(dict(row) for row in database.rows(sql, values))

    def of_either(sql: str) -> tuple[Row, ...]:
        return rows(sql, key) or rows(sql, target)

    alias = next(iter(rows("SELECT * FROM alias WHERE key = ?", key)), None)
    target = alias["target"] if alias else key
    return History(
        key=target,
        aliased_from=key if alias else None,
        how=alias["how"] if alias else None,
        url=next(iter(rows("SELECT * FROM url WHERE key IN (?, ?) ORDER BY key = ? DESC", key, target, key)), None),
        announcements=of_either("SELECT * FROM announcement WHERE key = ? ORDER BY at, document"),
        attempts=of_either("SELECT * FROM attempt WHERE key = ? ORDER BY at"),
        article=next(iter(rows("SELECT * FROM article WHERE key = ?", target)), None),
        names=rows("SELECT * FROM alias WHERE target = ? ORDER BY key", target),
        revisions=rows(
            "SELECT * FROM revision WHERE article IN (SELECT id FROM article WHERE key = ?) ORDER BY number", target
        ),
    )
