"""Metrics of sources and of the last run, in the text format that Prometheus reads. Writes no file itself.

Made for node_exporter's textfile collector (prometheus.io, "Exposition formats", version 0.0.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prometheus_client.core import Metric

    from crawler.health.overview import Entry

#: Numbers of the last run: metric, key of the run report, help.
OF_RUN = (
    ("crawler_run_duration_seconds", "seconds", "How long the last run took"),
    ("crawler_run_exit_code", "exitCode", "Exit code of the last run"),
    ("crawler_run_requests", "requests", "Requests of the last run"),
    ("crawler_run_response_bytes", "bytes", "Bytes that the last run received"),
)


def exposition(
    entries: Sequence[Entry],
    tally: Mapping[str, Mapping[tuple[str, str], int]],
    report: Mapping[str, Any],
    *,
    now: float,
) -> str:
    """Return the metrics: *entries* and *tally* of all sources, *report* of the run that ended *now*."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Found(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from _of_run(report, now)
            yield from _of_sources(entries)
            yield from _of_addresses(tally)

    registry = CollectorRegistry()
    registry.register(Found())
    return generate_latest(registry).decode()


def _of_run(report: Mapping[str, Any], now: float) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    yield GaugeMetricFamily("crawler_run_ended_timestamp_seconds", "When the last run ended", value=now)
    for name, key, words in OF_RUN:
        yield GaugeMetricFamily(name, words, value=report[key])


def _of_sources(entries: Sequence[Entry]) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    up = GaugeMetricFamily(
        "crawler_source_well", "1: nobody need look at the source; 0: see the trouble", labels=["source"]
    )
    trouble = GaugeMetricFamily(
        "crawler_source_trouble", "1: this is wrong with the source", labels=["source", "verdict"]
    )
    newest = GaugeMetricFamily(
        "crawler_source_newest_article_timestamp_seconds", "When its newest article was stored", labels=["source"]
    )
    checked = GaugeMetricFamily(
        "crawler_source_checked_timestamp_seconds", "When a run last visited it", labels=["source"]
    )
    for entry in entries:
        if entry.checked is None or entry.status == "off":
            continue
        up.add_metric([entry.id], 0 if entry.needs_human else 1)
        checked.add_metric([entry.id], entry.checked)
        if entry.verdict:
            trouble.add_metric([entry.id, entry.verdict], 1)
        if entry.newest is not None:
            newest.add_metric([entry.id], entry.newest)
    yield from (up, trouble, newest, checked)


def _of_addresses(tally: Mapping[str, Mapping[tuple[str, str], int]]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    stored = CounterMetricFamily("crawler_articles_stored", "Articles ever stored", labels=["source"])
    addresses = GaugeMetricFamily(
        "crawler_addresses", "Addresses ever announced, by what became of them", labels=["source", "state"]
    )
    for source, counts in tally.items():
        states: dict[str, int] = {}
        for (state, _), n in counts.items():
            states[state] = states.get(state, 0) + n
        stored.add_metric([source], states.get("stored", 0))
        for state, n in sorted(states.items()):
            addresses.add_metric([source, state], n)
    yield from (stored, addresses)
