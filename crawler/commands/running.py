"""Runs one crawl inside a command and gives its exit code."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scrapy.settings import SETTINGS_PRIORITIES

from crawler import alerts, endings
from crawler.extraction.terms import USES
from crawler.sources import SourcesError
from crawler.state import StateUrlError, StorageError
from crawler.terminal import Secrets, is_watched, printable, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scrapy.commands import ScrapyCommand
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

#: Settings whose value must be a number before a crawl begins; Scrapy would end in a traceback.
NUMBERS = (
    "DOWNLOAD_DELAY",
    "DOWNLOAD_DELAY_JITTER",
    "BACKOFF_SECONDS",
    "BACKOFF_WAIT",
    "DOWNLOAD_TIMEOUT",
    "CONCURRENT_REQUESTS",
    "CONCURRENT_REQUESTS_PER_DOMAIN",
    "RETRY_TIMES",
    "DISK_RESERVE",
    "DOCUMENT_INTERVAL",
    "ARCHIVE_SIZE",
    "CLOSESPIDER_PAGECOUNT",
    "CLOSESPIDER_TIMEOUT",
    "EXTRACTION_WORKERS",
    "EXTRACTION_SECONDS",
    "EXTRACTION_MEMORY",
    "SOURCE_PAGES",
    "SOURCE_SECONDS",
    "LEASE_SECONDS",
)
#: Priority of settings given with -s.
CMDLINE = SETTINGS_PRIORITIES["cmdline"]


def crawl(command: ScrapyCommand, spider: str, arguments: Mapping[str, str], *, prepare: Any = None) -> int:
    """Run *spider* to its end and return the exit code; *prepare* gets the crawler before it starts."""
    process = command.crawler_process
    assert process
    assert command.settings is not None
    try:
        spider_class = process.spider_loader.load(spider)
    except KeyError:
        return refuse(f"{spider}: expected a spider ({', '.join(sorted(process.spider_loader.list()))})")
    given: dict[str, Any] = dict(arguments)
    for name in NUMBERS:
        try:
            process.settings.getfloat(name)
        except (TypeError, ValueError):
            return refuse(f"{name}: expected a number, got {process.settings[name]!r}")
    if process.settings.getbool("ARCHIVE_WARC") and find_spec("warcio") is None:
        return refuse("ARCHIVE_WARC: expected the extra that writes archives: pip install 'crawler[archive]'")
    try:
        alerts.arguments(process.settings["ON_ALERT"])
    except ValueError as error:
        return refuse(f"ON_ALERT: expected a command and its arguments, got {process.settings['ON_ALERT']!r} ({error})")
    unknown = set(process.settings.getlist("RESPECT_USAGE")) - USES
    if unknown:
        return refuse(f"RESPECT_USAGE: expected uses of {', '.join(sorted(USES))}, got {', '.join(sorted(unknown))}")
    try:
        if hasattr(spider_class, "plan_of"):
            given = {"plan": spider_class.plan_of(command.settings, arguments)}
            _allow(process.settings, given["plan"].allow_private)
    except SourcesError as error:
        return refuse(str(error))
    crawler = process.create_crawler(spider_class)
    if prepare:
        prepare(crawler)
    process.crawl(crawler, **given)
    gc.freeze()  # what is loaded by now stays to the end, and need not be looked through again and again
    process.start()
    return _exit_code(crawler, failed=process.bootstrap_failed)


def refuse(message: str) -> int:
    """Say in one line what was expected and return the exit code of a usage error."""
    say(printable(Secrets(()).hidden(message), 400))
    return endings.USAGE


@contextmanager
def refusals(command: ScrapyCommand) -> Iterator[None]:
    """Turn a mistake in the sources or a failing store, also of what is opened after this, into one line and a code."""
    try:
        yield
    except SourcesError as error:
        command.exitcode = refuse(str(error))
    except StorageError as error:
        refuse(str(error))
        command.exitcode = endings.USAGE if isinstance(error, StateUrlError) else endings.STORAGE


def prefer(settings: BaseSettings, values: Mapping[str, Any]) -> None:
    """Set what a command needs unless the operator set it with -s."""
    for name, value in values.items():
        if (settings.getpriority(name) or 0) < CMDLINE:
            settings.set(name, value, priority="cmdline")


def _allow(settings: BaseSettings, named: Sequence[str]) -> None:
    """Let the address guard pass the exact ``host:port`` pairs that the operator named on the command line."""
    allowed = {*settings.getlist("ALLOW_PRIVATE"), *named}
    settings.set("ALLOW_PRIVATE", sorted(allowed), priority="cmdline")


def _exit_code(crawler: Crawler, *, failed: bool) -> int:
    stats = crawler._stats  # the public attribute raises when the crawl never began
    if failed or stats is None:
        return endings.BUG
    signum = stats.get_value(endings.SIGNAL)
    if signum and stats.get_value(endings.EXIT) is None and is_watched():
        say("Stopped at once: every article that was stored is saved; the rest is next.")
    # A second Ctrl-C stops before a report is made: nothing is lost, and the code still says what happened.
    return int(stats.get_value(endings.EXIT, 128 + signum if signum else endings.BUG))
