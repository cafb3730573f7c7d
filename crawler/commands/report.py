"""``scrapy report``: writes the operator's page."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from crawler import output
from crawler.commands import running
from crawler.offline import OfflineCommand
from crawler.sources import load_sources
from crawler.state import open_state
from crawler.terminal import printable, show

if TYPE_CHECKING:
    import argparse


class Command(OfflineCommand):
    """Writes one self-contained HTML page."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Write DATA_DIR/report/index.html: sources, freshness, coverage, outcomes, latest articles"

    def long_desc(self) -> str:
        return (
            "Writes one HTML page that needs neither network nor script, and prints its path. May run during a crawl."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # Scrapy's signature
        """Write the page."""
        from crawler.report import page

        if args:
            raise UsageError("expected no arguments")
        assert self.settings is not None
        with running.refusals(self):
            sources = load_sources(Path(self.settings["SOURCES_FILE"]))
            with closing(open_state(self.settings, read_only=True)) as state:
                html = page(state, sources, now=datetime.now(UTC).timestamp())
            show([printable(str(output.write_page(Path(self.settings["DATA_DIR"]), html)))])
