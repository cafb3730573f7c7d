"""``scrapy diff URL``: what changed between two revisions of a stored article."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError

from crawler import endings, output, urls
from crawler.commands import running
from crawler.offline import OfflineCommand
from crawler.state import open_state
from crawler.terminal import printable, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

#: Terminal colours (ECMA-48 §8.3.117) of lines that went and came.
COLOURS = {"-": 31, "+": 32}
#: Characters of a line shown: a paragraph whole.
SHOWN = 2_000


class Command(OfflineCommand):
    """Shows how an article was corrected."""

    def syntax(self) -> str:
        return "[options] URL"

    def short_desc(self) -> str:
        return "What changed between the last two revisions of a stored article"

    def long_desc(self) -> str:
        return (
            "Compares headline and text of the last two revisions of URL, paragraph by paragraph, out of the articles "
            "files in DATA_DIR. Exit code 4 when the address is not stored."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # Scrapy's signature
        """Print the difference."""
        url = urls.fetch_form(args[0]) if len(args) == 1 else None
        if url is None:
            raise UsageError("expected one web address")
        assert self.settings is not None
        directory = Path(self.settings["DATA_DIR"])
        with running.refusals(self), closing(open_state(self.settings, read_only=True)) as state:
            revisions = state.history(urls.identity_key(url)).revisions
            show(_told(directory, [row for row in revisions if row["segment"]]))
            if not revisions:
                running.refuse(f"{url}: expected a stored article, found none; `scrapy explain` says why")
                self.exitcode = endings.NOTHING_WORKED


def _told(directory: Path, revisions: Sequence[dict[str, Any]]) -> Iterator[str]:
    if len(revisions) == 1:
        yield "one revision only"
    for before, after in zip(revisions[-2:], revisions[-1:], strict=False):
        old, new = _lines(directory, before), _lines(directory, after)
        names = f"revision {before['number']}", f"revision {after['number']}"
        for line in unified_diff(old, new, names[0], names[1], lineterm="", n=1):
            is_header = line.startswith(("---", "+++", "@@"))
            yield line if is_header else _painted(f"{line[:1]} {printable(line[1:], SHOWN)}")


def _lines(directory: Path, row: dict[str, Any]) -> list[str]:
    record = json.loads(output.read_line(directory, row["segment"], row["position"]))
    return [record["headline"], "", *record.get("articleBody", "").split("\n")]


def _painted(line: str) -> str:
    colour = COLOURS.get(line[:1])
    return f"\x1b[{colour}m{line}\x1b[0m" if colour and sys.stdout.isatty() else line
