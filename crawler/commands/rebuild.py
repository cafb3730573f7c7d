"""``scrapy rebuild``: makes the copy index anew out of the stored articles, after it was damaged."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from crawler import cleaning, endings, output
from crawler.commands import running
from crawler.offline import OfflineCommand
from crawler.state import RunLock, has_state, open_state
from crawler.terminal import show

if TYPE_CHECKING:
    import argparse


class Command(OfflineCommand):
    """Repairs what can be derived from the articles."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Make the copy index anew out of the stored articles, after it was damaged"

    def long_desc(self) -> str:
        return (
            "Reads the articles of the last COPIES_DAYS days from their files in DATA_DIR and indexes them again. "
            "Articles whose file was moved away are left out. Exit code 75 during a crawl."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # Scrapy's signature
        """Rebuild, and say of how many articles."""
        if args:
            raise UsageError("expected no arguments")
        assert self.settings is not None
        directory, days = Path(self.settings["DATA_DIR"]), self.settings.getint("COPIES_DAYS")
        if not has_state(self.settings):
            self.exitcode = running.refuse(f"{directory}: expected a crawl state, found none")
            return
        with running.refusals(self):
            self._rebuild(directory, days)

    def _rebuild(self, directory: Path, days: int) -> None:
        lock = RunLock(directory)
        if not lock.acquire():
            running.refuse(f"{directory}: another run is at work here")
            self.exitcode = endings.LOCKED
            return
        assert self.settings is not None
        try:
            with closing(open_state(self.settings)) as state:
                output.recover(state)
                done, gone = cleaning.rebuild_copies(state, days=days, now=datetime.now(UTC).timestamp())
        finally:
            lock.release()
        missing = f"; {gone} are no longer in their files" if gone else ""
        show([f"copy index made anew from {done} articles{missing}"])
