"""What is said of a source after a run: its outcome weighed against what earlier runs found. Prints nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import attrs

from crawler import items
from crawler.health import READ, TIMES_BROKEN, WORKING, SourceRun
from crawler.health.rhythm import lasting, too_quiet
from crawler.health.verdicts import ACCEPTED, DRIFTS, NAMED, Verdict, of_articles, of_pages
from crawler.state.health import PastRun, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crawler.sources import Source
    from crawler.state import CrawlState
    from crawler.state.documents import Document

#: Runs and articles from which the normal is learned.
RUNS, ARTICLES = 100, 400
#: A document that was read before is broken after so many failures in a row: one may pass.
TIMES_FAILING = 2
#: Where the run before failed too, documents count that wait for a site that wants to be left alone.
TIMES_WAITING = 0
#: Outcomes of a document that was read when it was last visited; None: it was not visited yet.
READINGS = frozenset({"changed", "unchanged", "not_modified", None})
#: Verdicts between which a source that cannot be reached goes to and fro: said once for all of them.
UNREACHABLE = frozenset({"dns", "timeout", "connection_refused", "connection_failed", "cut_short", "bad_response"})


@attrs.frozen(kw_only=True)
class Judged:
    """A source after a run, and what was said of it before."""

    run: SourceRun
    past: PastRun
    before: Standing | None
    standing: Standing
    shown_by: frozenset[str] = frozenset()
    """Earlier runs that show what is wrong."""

    @property
    def is_news(self) -> bool:
        """Whether somebody must be told: it broke, it broke otherwise, or it is well again."""
        was, now = _kind(self.before.verdict if self.before else ""), _kind(self.standing.verdict)
        return was != now

    @property
    def is_accepted(self) -> bool:
        """Whether the source is well only because what was wrong has lasted so long that it is its new normal."""
        return self.standing.is_well and self.before is not None and _is_old_drift(self.before, self.standing.checked)

    def line(self) -> str:
        """Return what people are told."""
        standing, before = self.standing, self.before
        if not standing.is_well:
            return f"{standing.source}: {standing.verdict}: {standing.detail}"
        lasted = lasting(standing.checked - before.since) if before else ""
        was = before.verdict if before else ""
        if self.is_accepted:
            return f"{standing.source}: well: {was} for {lasted} is taken for its new normal"
        return f"{standing.source}: well again after {lasted} of {was}"

    def facts(self) -> dict[str, Any]:
        """Return what programs are told."""
        before = self.before
        return told(self.standing) | {
            "isNews": self.is_news,
            "before": told(before) if before else None,
        }


def told(standing: Standing) -> dict[str, Any]:
    """Return a standing as JSON values."""
    return {
        "source": standing.source,
        "verdict": standing.verdict or "well",
        "detail": standing.detail,
        "since": items.zulu(standing.since),
        "checked": items.zulu(standing.checked),
    }


def judge(state: CrawlState, runs: Sequence[SourceRun], sources: Mapping[str, Source], *, now: float) -> list[Judged]:
    """Return what is to be said of every source that this run visited; nothing is recorded yet."""
    return [_judged(state, run, sources.get(run.id), now) for run in runs if run.visits or run.settled or run.held]


def record(state: CrawlState, judged: Sequence[Judged]) -> None:
    """Remember what was said."""
    with state.transaction():
        for one in judged:
            if one.is_accepted and one.before:
                state.health.accept(one.standing.source, one.before.since)
            state.health.record(one.past, one.standing, shown_by=one.shown_by)


def _judged(state: CrawlState, run: SourceRun, source: Source | None, now: float) -> Judged:
    before = state.health.standing(run.id)
    tried = {(name, reason): n for (of, name, reason), n in state.frontier.tried.items() if of == run.id}
    past = PastRun(run=state.run, at=now, outcome=run.outcome, verdict="", visits=run.visits, settled=tried)
    verdict = next(_verdicts(state, run, source, past), None)
    if before and verdict and _is_old_drift(before, now) and verdict.name in DRIFTS:
        verdict = None
    name = verdict.name if verdict else ""
    standing = Standing(
        source=run.id,
        verdict=name,
        detail=verdict.detail if verdict else "",
        since=before.since if before and _kind(before.verdict) == _kind(name) else now,
        checked=now,
    )
    return Judged(
        run=run,
        past=attrs.evolve(past, verdict=name),
        before=before,
        standing=standing,
        shown_by=verdict.runs if verdict else frozenset(),
    )


def _verdicts(state: CrawlState, run: SourceRun, source: Source | None, this: PastRun) -> Iterator[Verdict]:
    """Yield what is wrong, gravest first."""
    earlier = state.health.runs(run.id, RUNS)
    was_well = any(past.outcome in WORKING and not past.verdict for past in earlier)
    documents = state.documents.of(run.id)
    is_repeated = bool(earlier) and earlier[-1].outcome == run.outcome
    if run.outcome not in WORKING and (not was_well or (run.was_read and is_repeated)):
        yield Verdict(run.outcome, run.detail)
    failed_before = bool(earlier) and earlier[-1].outcome not in WORKING
    yield from _unreadable(documents, TIMES_WAITING if failed_before else TIMES_FAILING)
    well = frozenset(past.run for past in earlier if not past.verdict)
    yield from _given(of_pages((*earlier, this), well))
    yield from _given(of_articles(state.health.signs(run.id, this.run, ARTICLES), well))
    yield from _partly_unreadable(documents)
    if not READ.isdisjoint(run.visits):
        published = state.health.publications(run.id, ARTICLES)
        yield from _given(too_quiet(published, state.health.newest(run.id), now=this.at))
        yield from _given(_unexpected(state, source, this.at))


def _unreadable(documents: Sequence[Document], times: int) -> Iterator[Verdict]:
    """Say that no document of a source can be read any more: each failed, or waits for a site that wants its rest."""
    own = [document for document in documents if _is_own(document)]
    failing = [document for document in own if document.fails >= times and document.outcome not in READINGS]
    if own and len(failing) == len(own):
        worst = max(failing, key=lambda document: document.fails)
        outcome = worst.outcome or "failed"
        told = f"{len(own)} documents, {worst.url} among them, failed" if len(own) > 1 else f"{worst.url} failed"
        count = f"{worst.fails} times in a row" if worst.fails else "or waits"
        yield Verdict(NAMED.get(outcome, outcome), f"{told} {count} ({outcome})")


def _partly_unreadable(documents: Sequence[Document]) -> Iterator[Verdict]:
    for document in documents:
        if document.fails >= TIMES_BROKEN and _is_own(document):
            outcome = document.outcome or "failed"
            yield Verdict(NAMED.get(outcome, outcome), f"{document.url} failed {document.fails} times in a row")


def _is_own(document: Document) -> bool:
    """Whether a document must be readable: named by the source file, or read before. robots.txt may be missing."""
    return document.kind != "robots" and (document.origin == "sources" or document.digest is not None)


def _unexpected(state: CrawlState, source: Source | None, now: float) -> Verdict | None:
    """Hold the last whole day against what the source file expects of a day."""
    if source is None or source.articles_per_day is None:
        return None
    zone = ZoneInfo(source.timezone or "UTC")
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begin, end = (today - timedelta(days=1)).astimezone(UTC).timestamp(), today.astimezone(UTC).timestamp()
    first = state.health.first_run(source.id)
    if first is None or first > begin:
        return None
    least, most = source.articles_per_day
    n = state.health.stored_between(source.id, begin, end)
    if least <= n <= most:
        return None
    name = "too_few" if n < least else "too_many"
    return Verdict(name, f"{n} articles on {today - timedelta(days=1):%Y-%m-%d}, expected {least:g} to {most:g}")


def _given(verdict: Verdict | None) -> Iterator[Verdict]:
    if verdict:
        yield verdict


def _is_old_drift(standing: Standing, now: float) -> bool:
    return standing.verdict in DRIFTS and now - standing.since >= ACCEPTED


def _kind(verdict: str) -> str:
    return "unreachable" if verdict in UNREACHABLE or verdict.startswith("http_5") else verdict
