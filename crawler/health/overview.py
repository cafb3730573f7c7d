"""Every source at a glance, for people and programs: fresh, quiet, blocked or broken, why, since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crawler import items
from crawler.health.rhythm import lasting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.sources import Source
    from crawler.state import CrawlState
    from crawler.state.health import Standing

#: Verdicts of a source that answers and does not want us, or not yet.
BLOCKED = frozenset({"blocked", "rate_limited", "robots_denied", "walls", "blocked_address"})
#: Seconds for which stored articles are counted, and after which a source that the file does not name was a trial.
DAY, TRIAL = 86_400.0, 7 * 86_400.0


@attrs.frozen(kw_only=True)
class Entry:
    """One source as it stands."""

    id: str
    status: str
    """fresh, quiet, blocked, broken; new: never visited; off: switched off, or not in the source file and not visited
    for a week."""
    verdict: str | None
    """What is wrong, by name; None: nothing."""
    detail: str
    since: float | None
    checked: float | None
    newest: float | None
    """When its newest article was stored."""
    today: int
    """Articles stored in the last 24 hours."""
    pending: int

    @property
    def needs_human(self) -> bool:
        """Whether somebody should look at it."""
        return self.status in ("quiet", "blocked", "broken")

    def why(self, now: float) -> str:
        """Return in words what there is to say of it."""
        if self.verdict and self.since is not None:
            return f"{self.verdict} for {lasting(now - self.since)}: {self.detail}"
        if self.checked is None:
            return "never visited"
        newest = f"newest {lasting(now - self.newest)} ago" if self.newest else "no article yet"
        return f"{self.today} in 24 hours, {newest}" + (f", {self.pending} pending" if self.pending else "")

    def as_json(self) -> dict[str, Any]:
        """Return it with times as ISO 8601; null: not known."""
        moments = {
            name: items.zulu(moment) if (moment := getattr(self, name)) is not None else None
            for name in ("since", "checked", "newest")
        }
        return attrs.asdict(self) | moments


def overview(state: CrawlState, sources: Mapping[str, Source], *, now: float) -> list[Entry]:
    """Return every source of the file and every other that was visited: those that need somebody first."""
    standings, tally = state.health.standings(), state.frontier.tally()
    stored = state.statistics.stored_since(now - DAY)
    newest = state.statistics.newest_stored()
    entries = []
    for name in sorted({*sources, *standings}):
        standing, source = standings.get(name), sources.get(name)
        pending = sum(n for (state_name, _), n in tally.get(name, {}).items() if state_name == "pending")
        entries.append(
            Entry(
                id=name,
                status=_status(standing, is_off=_is_off(source, standing, now)),
                verdict=standing.verdict or None if standing else None,
                detail=standing.detail if standing else "",
                since=standing.since if standing else None,
                checked=standing.checked if standing else None,
                newest=newest.get(name),
                today=stored.get(name, 0),
                pending=pending,
            )
        )
    return sorted(entries, key=lambda entry: (not entry.needs_human, entry.id))


def _is_off(source: Source | None, standing: Standing | None, now: float) -> bool:
    if source is not None:
        return not source.enabled
    return standing is not None and now - standing.checked > TRIAL


def _status(standing: Standing | None, *, is_off: bool) -> str:
    if is_off:
        return "off"
    if standing is None:
        return "new"
    if standing.is_well:
        return "fresh"
    if standing.verdict in ("quiet", "too_few"):
        return "quiet"
    return "blocked" if standing.verdict in BLOCKED else "broken"
