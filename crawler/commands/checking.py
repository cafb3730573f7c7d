"""Judges sources by a small crawl of each: what answers, how fresh it is, what records come out of it."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from scrapy.crawler import AsyncCrawlerProcess

from crawler import endings, output
from crawler.commands import running
from crawler.politeness.robots import origin_of
from crawler.politeness.rules import rules_of
from crawler.state import CrawlState
from crawler.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scrapy.commands import ScrapyCommand

#: Articles of every source that are fetched as a sample.
SAMPLE = 3
#: Documents and pages of a source that a check may ask for.
MOST = 60
#: Seconds after which a source that brings nothing newer is called stale.
STALE = 30 * 86_400
HOUR, DAY = 3_600, 86_400
#: The keys of a record that a good source fills.
COVERED = ("headline", "articleBody", "description", "authors", "datePublished", "inLanguage", "mainImage")
#: Without these a record is of no use.
NEEDED = frozenset({"headline", "articleBody", "datePublished"})


@attrs.frozen(kw_only=True)
class Checked:
    """One source after its check."""

    id: str
    verdict: str
    """ok, or what is wrong: stale, thin_records, or an outcome of a crawl (README)."""
    lines: tuple[str, ...]


def check(command: ScrapyCommand, names: Iterable[str]) -> tuple[int, list[Checked]]:
    """Crawl a few articles of every source, keep nothing, and return the exit code and what was found."""
    assert command.settings is not None
    with tempfile.TemporaryDirectory(prefix="check-") as directory:
        command.settings.set("DATA_DIR", directory, priority="cmdline")
        command.settings.set("STATE_URL", "", priority="cmdline")
        command.settings.set("LOG_ENABLED", True, priority="cmdline")
        running.prefer(command.settings, {"DISK_RESERVE": 0, "SOURCE_PAGES": MOST})
        command.crawler_process = AsyncCrawlerProcess(command.settings)
        code = running.crawl(command, "news", {"source": ",".join(names), "sample": str(SAMPLE)})
        if code not in (endings.GOOD, endings.NEEDS_HUMAN, endings.NOTHING_WORKED, endings.BUDGET_REACHED):
            return code, []
        checked = list(_judged(Path(directory), names, command.settings["ROBOTSTXT_USER_AGENT"]))
    good = sum(one.verdict == "ok" for one in checked)
    if good == len(checked):
        return endings.GOOD, checked
    return (endings.NEEDS_HUMAN if good else endings.NOTHING_WORKED), checked


def _judged(directory: Path, names: Iterable[str], token: str) -> Iterator[Checked]:
    report = json.loads(max((directory / output.RUNS).glob("*.json")).read_text(encoding="utf-8"))
    records: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((directory / "articles").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            record = json.loads(line)
            records.setdefault(record["publisher"]["sourceId"], []).append(record)
    state = CrawlState(directory, read_only=True)
    for name in names:
        yield _one(state, name, report["sources"].get(name, {}), records.get(name, []), token)
    state.close()


def _one(state: CrawlState, name: str, run: dict[str, Any], records: list[dict[str, Any]], token: str) -> Checked:
    now, newest = datetime.now(UTC).timestamp(), state.frontier.newest(name)
    dates = [date for record in records if (date := record.get("datePublished"))]
    lacking = [key for key in COVERED if not all(key in record for record in records)]
    if not run.get("works", True):
        verdict, why = run["outcome"], run["detail"]
    elif not records:
        verdict, why = "no_articles", "none of the pages that were tried is an article"
    elif newest is not None and newest < now - STALE:
        verdict, why = "stale", f"its documents announce nothing newer than {_span(now - newest)}"
    elif NEEDED & set(lacking):
        verdict, why = "thin_records", f"records lack {', '.join(sorted(NEEDED & set(lacking)))}"
    else:
        verdict, why = "ok", ""
    lines = [f"{name:24} {verdict:13} {why}".rstrip()]
    documents = Counter(document.outcome or "not visited" for document in state.documents.of(name))
    told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(documents.items()))
    fresh = f"newest article {_span(now - newest)} old" if newest is not None else "no dates in its documents"
    lines.append(f"  documents: {told or 'none'}; {fresh}")
    lines += [f"  {line}" for line in _robots(state, name, token)]
    if records:
        full = len(COVERED) - len(lacking)
        lines.append(
            f"  {len(records)} records, {full} of {len(COVERED)} fields in all"
            + (f" (not {', '.join(lacking)})" if lacking else "")
            + f', {min(r["wordCount"] for r in records)} words and more; "{records[0]["headline"]}"'
            + (f", {max(dates)}" if dates else "")
        )
    return Checked(id=name, verdict=verdict, lines=tuple(printable(line, 300) for line in lines))


def _robots(state: CrawlState, name: str, token: str) -> Iterator[str]:
    """Say of every host of a source whether its robots.txt lets us read the documents there, and the articles."""
    places: dict[str, list[str]] = {}
    for document in state.documents.of(name):
        if document.kind != "robots":
            places.setdefault(origin_of(document.url), []).append(document.url)
    for origin, addresses in places.items():
        copy = state.manners.robots(origin)
        if copy is None or not copy.fetched:
            yield f"robots.txt of {origin}: not to be had" + (f" ({copy.failure})" if copy and copy.failure else "")
            continue
        rules = rules_of(copy.body, token)
        forbidden = [url for url in addresses if not rules.allows(url)]
        said = f"forbids {len(forbidden)} of {len(addresses)}: {forbidden[0]}" if forbidden else "allows its documents"
        pace = f"; Crawl-delay {rules.crawl_delay:g} s" if rules.crawl_delay else ""
        yield f"robots.txt of {origin}: {said}{pace}"
    refused = state.frontier.tally().get(name, {}).get(("rejected", "robots"), 0)
    if refused:
        yield f"robots.txt forbids {refused} of its articles"


def _span(seconds: float) -> str:
    """Return a length of time in the largest unit that fits."""
    return f"{seconds / DAY:.0f} d" if seconds >= 2 * DAY else f"{max(seconds, 0) / HOUR:.0f} h"
