"""The run itself: its lock, its crawl state, the signal that ended it."""

from __future__ import annotations

import logging
import shlex
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import CloseSpider
from scrapy.utils.asyncio import create_looping_call

from crawler import cleaning, endings, output
from crawler.state import CrawlState, LeaseLostError, RunLock, StateUrlError, StorageError, attach, open_state
from crawler.state.leases import RENEWALS
from crawler.terminal import Secrets, is_watched, say

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

#: Seconds between looks at the free disk.
DISK_CHECK = 30.0
#: Articles that the copy index is filled with before a run begins: they take some twenty seconds.
FILLED_AT_ONCE = 5_000
#: Seconds.
DAY = 86_400
#: Seconds between looks at whether the run is ending.
ENDING_CHECK = 0.25
#: Scrapy's loggers of what the state records as outcomes anyway (a robots.txt that cannot be had, a page cut short or
#: too large) or what we chose (no Referer on redirects): cron would mail them.
ANSWERED = (
    "scrapy.core.downloader.handlers.http11",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.downloadermiddlewares.redirect",
    "scrapy.downloadermiddlewares.robotstxt",
)


class Run:
    """Opens lock and state before the spider starts and closes them after everything else."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._directory = Path(crawler.settings["DATA_DIR"])
        self._reserve = crawler.settings.getint("DISK_RESERVE")
        self._lock = RunLock(self._directory)
        self._state: CrawlState | None = None
        self._watch = create_looping_call(self._check_disk)
        self._alive = create_looping_call(self._say_alive)
        self._end_watch = create_looping_call(endings.drop_waiting, crawler)
        crawler.signals.connect(self._open, signal=signals.spider_opened)
        crawler.signals.connect(self._close, signal=signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _open(self) -> None:
        for name in ANSWERED:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            if not self._lock.acquire():
                self._refuse("another_run", f"{self._directory}: another run is at work here")
            self._begin()
        except StorageError as error:
            self._refuse(_ending(error), str(error))
        self._remember_signals()

    def _begin(self) -> None:
        now = datetime.now(UTC)
        state = self._state = open_state(self._crawler.settings)
        plan = getattr(self._crawler.spider, "plan", None)  # a spider of one's own may have none
        if plan and plan.match and not plan.archives:  # of an archive the pages are chosen here
            state.require_pattern(plan.match.pattern)
        state.revisits.steps = {source.id: source.revisit for source in plan.sources} if plan else {}
        self._require_space()
        secrets = Secrets(self._crawler.settings.getlist("SECRET_PARAMETERS"))
        command = shlex.join(map(secrets.hidden, sys.argv[1:]))
        back = state.begin_run(f"{now:%Y%m%dT%H%M%SZ}", command, now=now.timestamp())
        self._crawler.stats.set_value("run/leases_taken_back", back)
        state.copies.expire(now=now.timestamp(), days=self._crawler.settings.getint("COPIES_DAYS"))
        output.recover(state)
        output.publish(state)
        if state.copies.was_emptied():
            self._fill_copies(state, now.timestamp())
        attach(self._crawler, state)
        state.when_broken(self._end)
        for handler in logging.getLogger().handlers:
            handler.addFilter(_is_no_storage_failure)
        self._watch.start(DISK_CHECK, now=False)
        self._end_watch.start(ENDING_CHECK, now=False)
        if state.leases.worker:
            self._alive.start(state.leases.worker.lease / RENEWALS, now=False)

    def _fill_copies(self, state: CrawlState, now: float) -> None:
        """Make the copy index anew after a migration where that takes seconds; else tell the operator, once."""
        days = self._crawler.settings.getint("COPIES_DAYS")
        count = state.articles.count(since=now - days * DAY)
        if count <= FILLED_AT_ONCE:
            cleaning.rebuild_copies(state, days=days, now=now)
        else:
            state.copies.leave_empty()
            say(f"{self._directory}: copies of {count} earlier articles are known again after `scrapy rebuild`")

    def _refuse(self, ending: str, detail: str) -> None:
        endings.note(self._crawler, ending, detail)
        raise CloseSpider(ending)

    def _require_space(self) -> None:
        free = output.free_space(self._directory)
        if free < self._reserve:
            raise StorageError(
                f"{self._directory}: expected {self._reserve >> 20} MiB of free disk (DISK_RESERVE), found {free >> 20}"
            )

    def _check_disk(self) -> None:
        try:
            self._require_space()
        except StorageError as error:
            self._end(error)

    def _say_alive(self) -> None:
        assert self._state
        try:
            taken = self._state.leases.renew()
        except StorageError as error:
            self._end(error)
            return
        if taken:
            self._crawler.stats.inc_value("run/workers_given_up", taken)

    def _end(self, error: StorageError) -> None:
        endings.end_early(self._crawler, _ending(error), str(error))

    def _remember_signals(self) -> None:
        """Let the exit code say which signal ended the run; Scrapy's own handlers then do the stopping."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(signum)
            if callable(before):
                signal.signal(signum, self._remembering(before))

    def _remembering(self, before: Any) -> Any:
        from twisted.internet import reactor

        def handle(signum: int, frame: Any) -> None:
            self._crawler.stats.set_value(endings.SIGNAL, signum)
            before(signum, frame)
            # Not from here: what was interrupted may be in the middle of writing to the same stream.
            reactor.callFromThread(self._say_stopping)

        return handle

    def _say_stopping(self) -> None:
        if is_watched() and self._crawler.engine:
            sent = sum(len(site.transferring) for site in self._crawler.engine.downloader.slots.values())
            say(f"Stopping when {sent} requests have their answers; Ctrl-C again stops at once and loses nothing.")

    def _close(self) -> None:
        for watch in (self._watch, self._end_watch, self._alive):
            if watch.running:
                watch.stop()
        if self._state:
            self._state.close()
        self._lock.release()


def _ending(error: StorageError) -> str:
    if isinstance(error, StateUrlError):
        return "configuration"
    return "lease_lost" if isinstance(error, LeaseLostError) else "storage_failure"


def _is_no_storage_failure(record: logging.LogRecord) -> bool:
    """Keep the log free of the tracebacks of whatever met the full disk; the run's last line names it once."""
    return not (record.exc_info and isinstance(record.exc_info[1], StorageError))
