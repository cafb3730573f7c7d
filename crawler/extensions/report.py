"""The run's report and exit code: what became of every source, said once, in one file and for people."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals

from crawler import __version__, alerts, endings, health, metrics, output
from crawler.health import coverage, judging
from crawler.health.overview import overview
from crawler.sources import SourcesError, load_sources
from crawler.state import StorageError, state_of
from crawler.terminal import Secrets, is_watched, printable, say

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from crawler.health import SourceRun, Waiting
    from crawler.health.judging import Judged

#: Packages whose version may change what a crawl finds.
PACKAGES = ("scrapy", "twisted", "trafilatura", "lxml")

#: Of run.schema.json.
SCHEMA_VERSION = "1.0"

#: What people are told when the run cannot name what went wrong.
BUG = "a bug of ours: run again with -L INFO"


class RunReport:
    """Writes data/runs/RUN.json, tells people what they must know, and sets the exit code."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._started = datetime.now(UTC)
        self._began = time.monotonic()
        self._secrets = Secrets(crawler.settings.getlist("SECRET_PARAMETERS"))
        crawler.signals.connect(self._close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _close(self, reason: str) -> None:
        stats = self._crawler.stats
        try:
            state = state_of(self._crawler)
        except KeyError:  # the run was refused before it had a state
            stats.set_value(endings.EXIT, endings.ENDINGS.get(stats.get_value(endings.ENDING), endings.BUG))
            self._tell(stats.get_value(endings.DETAIL) or BUG)
            return
        now = datetime.now(UTC)
        sources: list[SourceRun] = []
        judged: list[Judged] = []
        try:
            state.frontier.release(state.run)
            sources = health.of_run(state, asked=stats.get_value("run/sources", ()))
            judged = self._judged(sources, now)
            waiting = [] if sources else health.waiting(state, stats.get_value("run/intervals", {}))
            code = self._exit_code(reason, sources, judged, waiting)
            report = self._report(reason, code, sources, judged, now)
            output.write_report(state.directory, state.run, report)
            state.end_run(exit_code=code, now=now.timestamp())
            self._say(sources, judged, waiting, code)
            self._alert(judged, code)
            judging.record(state, judged)  # only now: what was not said is said by the next run
            self._write_metrics(report, now)
        except StorageError as error:
            endings.note(self._crawler, "storage_failure", str(error))
            code = endings.ENDINGS.get(stats.get_value(endings.ENDING), endings.STORAGE)
            self._tell(stats.get_value(endings.DETAIL) or BUG)
        stats.set_value(endings.EXIT, code)

    def _judged(self, sources: list[SourceRun], now: datetime) -> list[Judged]:
        """Weigh the sources of a visit; pages named one by one, archives and the past say nothing of how it is now."""
        plan = getattr(self._crawler.spider, "plan", None)
        if plan is None or plan.pages or plan.archives or plan.backfill:
            return []
        configured = {source.id: source for source in plan.sources}
        return judging.judge(state_of(self._crawler), sources, configured, now=now.timestamp())

    def _exit_code(self, reason: str, sources: list[SourceRun], judged: list[Judged], waiting: list[Waiting]) -> int:
        stats = self._crawler.stats
        # Failures of sites are outcomes and never logged as errors, so what is logged as one is a bug.
        bugs = stats.get_value("log_count/ERROR", 0) + stats.get_value("log_count/CRITICAL", 0)
        well = {source.id: source.works for source in sources} | {one.run.id: one.standing.is_well for one in judged}
        return endings.exit_code(
            ending=stats.get_value(endings.ENDING),
            finish_reason=reason,
            signum=stats.get_value(endings.SIGNAL),
            bugs=bugs + sum(not source.sums_match for source in sources),
            # Where nothing was due, what the last visits came to still holds: a dead network is no success.
            answered=[source.answered for source in sources] or [source.failure is None for source in waiting],
            needs_human=bool(stats.get_value("run/mistakes", 0)) or not all(well.values()),
            work_left=bool(stats.get_value("run/budget_reached", 0))
            and (bool(stats.get_value("run/documents_left", 0)) or any(source.pending for source in sources)),
        )

    def _report(
        self, reason: str, code: int, sources: list[SourceRun], judged: list[Judged], now: datetime
    ) -> dict[str, Any]:
        stats, settings = self._crawler.stats, self._crawler.settings
        state = state_of(self._crawler)
        said = {
            one.run.id: {
                "health": one.facts(),
                "coverage": coverage.of_source(state, one.run.id, now=now.timestamp()).as_json(),
            }
            for one in judged
        }
        return {
            "schemaVersion": SCHEMA_VERSION,
            "run": state.run,
            "command": [self._secrets.hidden(word) for word in sys.argv[1:]],
            "started": self._started.isoformat(timespec="seconds"),
            "ended": now.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._began, 1),  # the clock may have jumped
            "exitCode": code,
            "ending": stats.get_value(endings.ENDING) or reason,
            "detail": stats.get_value(endings.DETAIL),
            "signal": endings.interrupted(stats.get_value(endings.SIGNAL)),
            "versions": {"crawler": __version__, "python": platform.python_version()}
            | {name: importlib.metadata.version(name) for name in PACKAGES},
            "settingsDigest": _digest(settings.copy_to_dict()),
            "privateAddressesAllowed": settings.getlist("ALLOW_PRIVATE"),
            "requests": stats.get_value("downloader/request_count", 0),
            "bytes": stats.get_value("downloader/response_bytes", 0),
            "sources": {source.id: source.as_json() | said.get(source.id, {}) for source in sources},
        }

    def _say(self, sources: list[SourceRun], judged: list[Judged], waiting: list[Waiting], code: int) -> None:
        standings = {one.run.id: one for one in judged}
        named = self._crawler.stats.get_value("run/sources", ())
        for source in sources:
            one = standings.get(source.id)
            if one and (one.is_news or not one.standing.is_well):
                if one.is_news or source.id in named or is_watched():
                    self._tell(one.line())
            elif not source.works and (one is None or source.id in named or is_watched()):
                self._tell(f"{source.id}: {source.outcome}: {source.detail}")
            if not source.sums_match:
                self._tell(
                    f"{source.id}: our bug: {source.total_announced} announced, {source.accounted} accounted for"
                )
        if code in {endings.BUG, *endings.ENDINGS.values()}:
            self._tell(self._crawler.stats.get_value(endings.DETAIL) or BUG)
        if is_watched():
            for quiet in waiting:
                say(printable(quiet.sentence()))
            self._summarise(sources, code)

    def _alert(self, judged: list[Judged], code: int) -> None:
        """Tell the operator's command what broke and what is well again."""
        news = [one.facts() for one in judged if one.is_news]
        command = alerts.arguments(self._crawler.settings["ON_ALERT"])
        if not news or not command:
            return
        state = state_of(self._crawler)
        failure = alerts.call(command, {"run": state.run, "exitCode": code, "news": news})
        if failure:
            self._tell(f"ON_ALERT: {failure}")

    def _write_metrics(self, report: dict[str, Any], now: datetime) -> None:
        """Write METRICS_FILE, if there is one; the run is good without it."""
        path = self._crawler.settings["METRICS_FILE"]
        if not path:
            return
        state = state_of(self._crawler)
        try:
            sources = load_sources(Path(self._crawler.settings["SOURCES_FILE"]))
            entries = overview(state, sources, now=now.timestamp())
            text = metrics.exposition(entries, state.frontier.tally(), report, now=now.timestamp())
            output.write_whole(Path(path), text, mode=0o644)  # its reader is another user
        except (SourcesError, StorageError) as error:
            self._tell(f"METRICS_FILE: {error}")

    def _summarise(self, sources: list[SourceRun], code: int) -> None:
        state = state_of(self._crawler)
        for source in sources:
            say(f"\n{source.id}: {source.summary()}")
        signum = self._crawler.stats.get_value(endings.SIGNAL)
        if signum:
            say(f"\nStopped by {endings.interrupted(signum)}: all of the above is saved; the rest is next.")
        segment = state.outbox.last_segment(f"{datetime.now(UTC):%Y-%m-%d}")
        if segment:
            say(f"\nArticles: {printable(str(output.article_path(state.directory, segment.name)))}")
        say(f"Report:   {printable(str(state.directory / output.RUNS / state.run))}.json (exit code {code})")

    def _tell(self, line: str) -> None:
        say(printable(self._secrets.hidden(line), 400))


def _digest(settings: dict[str, Any]) -> str:
    """Return what tells two runs with other settings apart."""
    text = json.dumps({key: repr(value) for key, value in sorted(settings.items())})
    return hashlib.sha256(text.encode()).hexdigest()[:16]
