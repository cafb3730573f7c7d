"""What a run did for each source, and whether that worked. Reads the state, prints nothing; ``judging`` weighs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crawler.health.verdicts import NAMED
from crawler.items import zulu

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crawler.state import CrawlState

Counts = dict[tuple[str, str], int]

#: Failures in a row after which one broken document of a source is named although others still work.
TIMES_BROKEN = 3
#: Rejections without a single article after which a new source is named: its pages are not what was expected.
TIMES_REJECTED = 5
#: Failed pages without a single good one after which a source is named whose documents can be read: a page or two that
#: are tried again in a quiet hour say nothing of their site.
TIMES_FAILED = 5
#: Outcomes of a document that has been read.
READ = frozenset({"read", "not_modified"})

#: Outcomes of a source that works.
WORKING = frozenset({"new", "nothing_new"})


#: What may be wrong with a source's login, and what to do.
LOGINS = {
    "login_missing": "its variable or file gives none",
    "login_expired": "it has to be renewed",
}

#: What to do where nothing could be fetched or read for that reason.
HINTS = {reason: f"; the source's login: {hint}" for reason, hint in LOGINS.items()} | {
    "moved": "; they redirect to another site: put its address into the source's home or hosts",
    "blocked_address": "; ALLOW_PRIVATE=host:port allows an address that is not public",
    "needs_browser": "; a browser builds its pages: pip install 'crawler[browser]', and Chromium",
}


@attrs.frozen(kw_only=True)
class SourceRun:
    """One source after one run."""

    id: str
    outcome: str
    """new, nothing_new, or why it does not work: dns, timeout, blocked, robots_denied, feed_broken, ..."""
    detail: str
    works: bool
    """Whether nobody need look at it."""
    answered: bool
    """Whether any of it worked."""
    was_read: bool
    """Whether documents could be read, so that the outcome is about what they announced."""
    visits: Mapping[str, int]
    """Documents visited in this run, by outcome."""
    settled: Counts
    """Addresses settled in this run, by (state, reason)."""
    looks: Mapping[str, int]
    """Stored articles looked at again in this run, by what was found."""
    held: Mapping[str, str]
    """Why addresses could not be asked for in this run and wait: reason and, for people, its detail."""
    total: Counts
    """All addresses ever announced, by (state, reason)."""
    total_announced: int

    @property
    def pending(self) -> int:
        """How many addresses wait to be fetched."""
        return _count(self.total, "pending")

    @property
    def accounted(self) -> int:
        """How many addresses have an outcome or are pending."""
        return sum(self.total.values())

    @property
    def sums_match(self) -> bool:
        """announced = stored + duplicate + rejected + failed + pending, counted apart from each other."""
        return self.total_announced == self.accounted and not any(state == "leased" for state, _ in self.total)

    def as_json(self) -> dict[str, Any]:
        """Return the source's part of the run report."""
        return {
            "outcome": self.outcome,
            "detail": self.detail,
            "works": self.works,
            "documents": dict(sorted(self.visits.items())),
            "thisRun": _nested(self.settled),
            "lookedAgain": dict(sorted(self.looks.items())),
            "filtered": self.total.get(("pending", "filtered"), 0),
            "total": {"announced": self.total_announced} | _nested(self.total) | {"sumsMatch": self.sums_match},
        }

    def summary(self) -> str:
        """Return one line for people: what was new, what was not taken and why, what is left."""
        parts = [f"{_count(self.settled, 'stored')} new"]
        for state, noun in (("duplicate", "duplicate"), ("rejected", "rejected"), ("failed", "failed")):
            reasons = {reason: n for (name, reason), n in sorted(self.settled.items()) if name == state}
            if reasons:
                listed = ", ".join(f"{n} {reason}" for reason, n in reasons.items())
                parts.append(f"{sum(reasons.values())} {noun} ({listed})")
        waiting = {reason: n for (state, reason), n in sorted(self.total.items()) if state == "pending" and reason}
        parts.append(f"{self.pending} pending{f' ({_listed(waiting)})' if waiting else ''}")
        if self.looks:
            parts.append(f"looked again at {sum(self.looks.values())} ({_listed(dict(self.looks))})")
        visited = ", ".join(f"{n} {outcome}" for outcome, n in sorted(self.visits.items()))
        return f"{', '.join(parts)}; documents: {visited or 'none due'}"


@attrs.frozen(kw_only=True)
class Waiting:
    """A source of which nothing was due."""

    id: str
    until: float
    """When its next document is due, Unix seconds."""
    failure: str | None
    """What the last visits came to, if none of them worked."""

    def sentence(self) -> str:
        """Return what it waits for, for people."""
        why = f": the last visit failed ({NAMED.get(self.failure, self.failure)})" if self.failure else ""
        return f"{self.id}: nothing is due before {zulu(self.until)}{why}; -a source={self.id} visits it now"


def waiting(state: CrawlState, intervals: Mapping[str, float | None]) -> list[Waiting]:
    """Return when the next document of each source is due; *intervals* are the operator's own, in seconds."""
    found = ((source, state.documents.next_due(source, every=every)) for source, every in intervals.items())
    return [Waiting(id=source, until=due[0], failure=due[1]) for source, due in found if due]


def of_run(state: CrawlState, *, asked: Iterable[str] = ()) -> list[SourceRun]:
    """Return every source that this run visited or that *asked* names, in the order of their ids."""
    tally, announced = state.frontier.tally(), state.frontier.announced()
    settled: dict[str, Counts] = {}
    for (source, name, reason), n in state.frontier.settled.items():
        settled.setdefault(source, {})[name, reason] = n
    visits: dict[str, dict[str, int]] = {}
    for (source, outcome), n in state.documents.visits.items():
        visits.setdefault(source, {})[outcome] = n
    held: dict[str, dict[str, str]] = {}
    for (source, reason), detail in state.frontier.held.items():
        held.setdefault(source, {})[reason] = detail
    looks: dict[str, dict[str, int]] = {}
    for (source, found), n in state.revisits.found.items():
        looks.setdefault(source, {})[found] = n
    return [
        _source_run(
            state,
            source,
            visits=visits.get(source, {}),
            settled=settled.get(source, {}),
            looks=looks.get(source, {}),
            held=held.get(source, {}),
            total=tally.get(source, {}),
            announced=announced.get(source, 0),
        )
        for source in sorted({*settled, *visits, *looks, *held, *asked})
    ]


def _source_run(
    state: CrawlState,
    source: str,
    *,
    visits: dict[str, int],
    settled: Counts,
    looks: dict[str, int],
    held: dict[str, str],
    total: Counts,
    announced: int,
) -> SourceRun:
    unread = _no_document(visits)
    failure = unread or _no_article(visits, settled, total) or _nothing_found(state, source, visits, total)
    waits = _held(held, total)
    if not settled and READ.isdisjoint(visits):
        failure = failure or waits
    trouble = failure or _no_login(settled) or waits or _broken(state, source)
    outcome, detail = trouble or ("new" if _count(settled, "stored") else "nothing_new", "")
    return SourceRun(
        id=source,
        outcome=outcome,
        detail=detail,
        works=trouble is None,
        answered=failure is None or outcome == "no_links",
        was_read=unread is None,
        visits=visits,
        settled=settled,
        looks=looks,
        held=held,
        total=total,
        total_announced=announced,
    )


def _no_document(visits: dict[str, int]) -> tuple[str, str] | None:
    bad = {outcome: n for outcome, n in visits.items() if outcome not in READ}
    if not bad or len(bad) < len(visits):
        return None
    worst = max(bad, key=lambda outcome: bad[outcome])
    detail = f"none of {sum(bad.values())} documents could be read ({_listed(bad)}){HINTS.get(worst, '')}"
    return NAMED.get(worst, worst), detail


def _no_article(visits: dict[str, int], settled: Counts, total: Counts) -> tuple[str, str] | None:
    failed = {reason: n for (state, reason), n in settled.items() if state == "failed" or reason == "robots"}
    tried = sum(settled.values())
    if failed and sum(failed.values()) == tried and (tried >= TIMES_FAILED or READ.isdisjoint(visits)):
        worst = max(failed, key=lambda reason: failed[reason])
        detail = f"none of {tried} pages could be fetched ({_listed(failed)}){HINTS.get(worst, '')}"
        return NAMED.get(worst, worst), detail
    rejected = {reason: n for (state, reason), n in settled.items() if state == "rejected"}
    if tried >= TIMES_REJECTED and sum(rejected.values()) == tried and not _count(total, "stored"):
        return "no_articles", f"none of {tried} pages is an article ({_listed(rejected)})"
    return None


def _no_login(settled: Counts) -> tuple[str, str] | None:
    """Name a login that is missing or expired at its first page: the run has left the others for later."""
    for reason, hint in LOGINS.items():
        if n := settled.get(("failed", reason)):
            return reason, f"{n} pages were not opened by the source's login: {hint}"
    return None


def _nothing_found(state: CrawlState, source: str, visits: dict[str, int], total: Counts) -> tuple[str, str] | None:
    if visits and not total:
        return "nothing_found", f"no article was announced by {sum(visits.values())} documents"
    documents = [document for document in state.documents.of(source) if document.digest]
    if READ.isdisjoint(visits) or any(document.links or document.fails for document in documents):
        return None
    # A news sitemap holds the articles of two days (Google's rule), so that of a weekly is empty most of the week.
    if not documents or all(document.kind == "news_sitemap" for document in documents):
        return None
    return "no_links", f"its {len(documents)} documents announce no article any more"


def _held(held: dict[str, str], total: Counts) -> tuple[str, str] | None:
    """Say why a source's addresses wait: its servers want to be left alone or their robots.txt cannot be had."""
    for reason, detail in held.items():
        return reason, f"{detail}; {total.get(('pending', reason), 0)} addresses wait"
    return None


def _broken(state: CrawlState, source: str) -> tuple[str, str] | None:
    for document in state.documents.of(source):
        if document.fails >= TIMES_BROKEN and (document.origin == "sources" or document.digest):
            outcome = document.outcome or "failed"
            return NAMED.get(outcome, outcome), f"{document.url} failed {document.fails} times in a row"
    return None


def _count(counts: Counts, state: str) -> int:
    return sum(n for (name, _), n in counts.items() if name == state)


def _listed(reasons: dict[str, int]) -> str:
    return ", ".join(f"{n} {reason}" for reason, n in sorted(reasons.items()))


def _nested(counts: Counts) -> dict[str, Any]:
    result: dict[str, Any] = {"stored": 0, "duplicate": {}, "rejected": {}, "failed": {}, "pending": 0}
    for (state, reason), n in sorted(counts.items()):
        if isinstance(result.get(state), dict):
            result[state][reason] = n
        else:
            result[state] = result.get(state, 0) + n
    return result
