"""``scrapy crawl SPIDER``: Scrapy's own command with exit codes that tell the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.commands import crawl
from scrapy.exceptions import UsageError

from crawler import workers
from crawler.commands import planning, running

if TYPE_CHECKING:
    import argparse

#: Arguments that name what is mostly fetched for the first time, so that there will be something to read.
NAMED = frozenset({"url", "file"})


class Command(crawl.Command):
    """Runs a spider by name."""

    def short_desc(self) -> str:
        return "Crawl: news (what is due, or -a url=, -a source=), urls (the pages named), archive (WARC files)"

    def long_desc(self) -> str:
        return (
            "crawl news: every source that is due, or -a source=ID,ID or -a url=URL,URL for any site. "
            "crawl urls: exactly the pages of -a url=URL,URL or -a file=FILE. "
            "Of news: -a backfill=FROM..TO, the past (YYYY, YYYY-MM or YYYY-MM-DD, both included). "
            "Of news and archive: -a shard=3/8, the third of eight shares. "
            "crawl archive: the pages in the web archives of -a warc=FILE,PATTERN, also -a host=DOMAIN, -a until=DATE, "
            "-a on=ray (a cluster reads them). "
            "Filters of all: -a since=2d|DATE, -a limit=N, -a lang=CODE, -a section=NAME,NAME, -a match=REGEX. "
            "Exit codes: 0 good, 1 our bug, 2 usage or configuration, 3 some sources need a human, 4 nothing worked, "
            "5 budget reached and work left, 74 storage, 75 another run is at work, 130 and 143 interrupted."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --plan."""
        super().add_options(parser)
        parser.add_argument("--plan", action="store_true", help="print what would be fetched, and fetch nothing")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the options, and have the workers get ready while the crawl does."""
        super().process_options(args, opts)
        if not opts.plan and opts.spargs.keys() & NAMED:
            workers.prepare()

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the spider and set the exit code."""
        if len(args) != 1:
            raise UsageError("expected the name of one spider: news, urls or archive")
        start = planning.tell if opts.plan else running.crawl
        self.exitcode = start(self, args[0], opts.spargs)
