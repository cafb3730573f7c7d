"""``scrapy sources``: lists the source file, and explains what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.commands import running
from crawler.sources import SourcesError, load_sources
from crawler.terminal import show

if TYPE_CHECKING:
    import argparse

    from crawler.sources import Source


class Command(ScrapyCommand):
    """Lists and checks the sources."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012  # Scrapy's name and shape

    def syntax(self) -> str:
        return "[options] [FILE]"

    def short_desc(self) -> str:
        return "List the sources and check the source file"

    def long_desc(self) -> str:
        return (
            "Reads SOURCES_FILE (or FILE), names the first mistake in it (exit code 2), or lists its sources: id, "
            "on or off, interval, how many documents it names (explored: found out from the home page), home."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # Scrapy's signature
        """Print the sources."""
        if len(args) > 1:
            raise UsageError("expected at most one FILE")
        assert self.settings is not None
        try:
            sources = load_sources(Path(args[0] if args else self.settings["SOURCES_FILE"]))
        except SourcesError as error:
            self.exitcode = running.refuse(str(error))
            return
        show(_row(source) for source in sources.values())


def _row(source: Source) -> str:
    documents = len(source.feeds) + len(source.sitemaps) + len(source.pages)
    found = "explored" if source.is_explored else f"{documents} documents"
    state = "on " if source.enabled else "off"
    every = f"every {source.every / 60:g} min" if source.every else "as it brings news"
    return f"{source.id:24} {state}  {every:17}  {found:12}  {source.home}"
