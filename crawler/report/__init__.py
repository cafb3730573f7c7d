"""The operator's page: facts out of the crawl state as one self-contained HTML document. Writes no file itself.

Everything that pages supply is escaped by the template engine, cleaned of characters that deceive the eye, and linked
only where it is a web address; the page runs no script and asks the network for nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler import __version__
from crawler.health import coverage
from crawler.health.overview import overview
from crawler.health.rhythm import lasting
from crawler.report import charts
from crawler.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from crawler.health.overview import Entry
    from crawler.sources import Source
    from crawler.state import CrawlState

DAY = 86_400.0
#: Days of the chart of articles, and of all else.
DAYS_SHOWN, DAYS_COUNTED = 30, coverage.DAYS
#: Rows of the lists of articles, runs and hosts.
LATEST, RUNS, HOSTS = 40, 20, 15
#: Characters of a text that a page supplied.
LONGEST = 300


def page(state: CrawlState, sources: Mapping[str, Source], *, now: float) -> str:
    """Return the page as HTML."""
    return _environment().get_template("page.html").render(facts(state, sources, now=now))


def facts(state: CrawlState, sources: Mapping[str, Source], *, now: float) -> dict[str, Any]:
    """Return what the page shows."""
    entries = overview(state, sources, now=now)
    statistics = state.statistics
    per_day = statistics.per_day(_midnight(now) - (DAYS_SHOWN - 1) * DAY)
    delays = {source: median(found) for source, found in statistics.delays(now - DAYS_COUNTED * DAY).items()}
    days = [f"{datetime.fromtimestamp(now - back * DAY, UTC):%Y-%m-%d}" for back in reversed(range(DAYS_SHOWN))]
    tally = _tally(state)
    covered = {entry.id: coverage.of_source(state, entry.id, now=now) for entry in entries if entry.checked is not None}
    return {
        "now": now,
        "version": __version__,
        "days_shown": DAYS_SHOWN,
        "days_counted": DAYS_COUNTED,
        "entries": entries,
        "needing": [entry for entry in entries if entry.needs_human],
        "names": {name: source.name for name, source in sources.items() if source.name},
        "per_day": _per_day(per_day, days),
        "days": days,
        "days_chart": charts.per_day(per_day, days),
        "delays": sorted(delays.items(), key=lambda item: -item[1]),
        "delays_chart": charts.delays(delays),
        "tally": tally,
        "endings_chart": charts.endings(tally),
        "coverage": {name: found for name, found in covered.items() if found.announced},
        "hosts": statistics.slowest_hosts(now - DAYS_COUNTED * DAY, HOSTS),
        "changes": statistics.copies_and_revisions(now - DAYS_SHOWN * DAY),
        "latest": statistics.latest(LATEST),
        "runs": statistics.runs(RUNS),
        "stored_today": sum(entry.today for entry in entries),
        "headline": _headline(entries),
    }


def _headline(entries: list[Entry]) -> str:
    visited = [entry for entry in entries if entry.checked is not None]
    needing = sum(entry.needs_human for entry in visited)
    if not visited:
        return "Nothing has been visited yet."
    if not needing:
        return f"All {len(visited)} sources are well." if len(visited) > 1 else "The source is well."
    return f"{needing} of {len(visited)} sources {'needs' if needing == 1 else 'need'} somebody."


def _per_day(rows: list[dict[str, Any]], days: list[str]) -> dict[str, list[int]]:
    """Return the counts of each source, day by day, most productive source first."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["source"], {})[row["day"]] = row["n"]
    table = {source: [counts.get(day, 0) for day in days] for source, counts in found.items()}
    return dict(sorted(table.items(), key=lambda item: -sum(item[1])))


def _tally(state: CrawlState) -> dict[str, dict[str, Any]]:
    """Return what became of all addresses of each source: a sum of each state, and each reason."""
    result: dict[str, dict[str, Any]] = {}
    for source, counts in state.frontier.tally().items():
        states: dict[str, Any] = dict.fromkeys(charts.STATES, 0)
        reasons = []
        for (name, reason), n in sorted(counts.items(), key=lambda item: -item[1]):
            shown = "pending" if name == "leased" else name
            states[shown] += n
            reasons += [(f"{shown}: {reason}", n)] if reason else []
        result[source] = states | {"reasons": reasons}
    return result


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("crawler.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clean": lambda text: printable(str(text), LONGEST),
        "web_address": _web_address,
        "moment": _moment,
        "lasting": lasting,
        "percent": lambda share: f"{100 * share:.0f} %",
        "seconds": lambda seconds: f"{seconds:.2f} s",
    }
    return environment


def _web_address(text: str) -> str | None:
    """Return *text* if a browser may follow it, None for javascript:, data: and whatever else."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def _moment(unix: float | None) -> str:
    return f"{datetime.fromtimestamp(unix, UTC):%Y-%m-%d %H:%M}" if unix is not None else "–"


def _midnight(now: float) -> float:
    return now - now % DAY
