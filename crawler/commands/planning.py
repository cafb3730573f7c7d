"""Tells what a crawl would fetch now, in which order and for how long. Reads the crawl state, fetches nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from crawler import endings, urls, visits
from crawler.commands import running
from crawler.items import zulu
from crawler.politeness.slots import delays
from crawler.sources import SourcesError
from crawler.state import StorageError, has_state, open_state
from crawler.terminal import printable, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scrapy.commands import ScrapyCommand
    from scrapy.settings import BaseSettings

    from crawler.sources import Source
    from crawler.state.documents import Document

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@attrs.frozen(kw_only=True)
class Work:
    """What waits to be done."""

    documents: tuple[Document, ...]
    """Due, in the order of their visits."""
    articles: Mapping[str, int]
    """Addresses to fetch, by source."""
    looks: Mapping[str, int]
    """Stored articles to look at again, by source."""
    next_due: tuple[float, str] | None
    """When the next document falls due, and its address."""


def tell(command: ScrapyCommand, spider: str, arguments: Mapping[str, str]) -> int:
    """Print what `crawl SPIDER` would do now and return the exit code."""
    assert command.crawler_process
    assert command.settings is not None
    spiders = command.crawler_process.spider_loader
    try:
        plan = spiders.load(spider).plan_of(command.settings, arguments)  # type: ignore[attr-defined]
        work = _work(plan, command.settings, now=datetime.now(UTC).timestamp())
    except KeyError:
        return running.refuse(f"{spider}: expected a spider ({', '.join(sorted(spiders.list()))})")
    except SourcesError as error:
        return running.refuse(str(error))
    except StorageError as error:
        running.refuse(str(error))
        return endings.STORAGE
    show(printable(line, 400) for line in _told(work, plan, command.settings))
    return endings.GOOD


def _work(plan: Any, settings: BaseSettings, *, now: float) -> Work:
    most = settings.getint("SOURCE_PAGES")
    known: dict[str, list[Document]] = {}
    articles = Counter({source: len(pages) for source, pages in plan.pages.items()})
    looks: Counter[str] = Counter()
    if has_state(settings):
        state = open_state(settings, read_only=True)
        known = state.documents.all()
        if not plan.pages:
            waiting = state.frontier.waiting(now=now)
            articles.update({source.id: waiting.get(source.id, 0) for source in plan.sources})
            looks.update({source.id: len(state.revisits.due(source.id, most, now=now)) for source in plan.sources})
        state.close()
    due = [] if plan.pages else visits.due(plan.sources, known, now=now, is_named=plan.is_named)
    if plan.backfill:
        due += [document for source in plan.sources for document in visits.archives(source)]
    later = ((source, document) for source in plan.sources for document in known.get(source.id, []))
    return Work(
        documents=tuple(due),
        articles={source: min(count, most) for source, count in articles.items() if count},
        looks={source: count for source, count in looks.items() if count},
        next_due=min(((document.due_at(source.every), document.url) for source, document in later), default=None),
    )


def _told(work: Work, plan: Any, settings: BaseSettings) -> Iterator[str]:
    sources = {source.id: source for source in plan.sources}
    now = datetime.now(UTC).timestamp()
    if work.documents:
        yield f"{_counted(len(work.documents), 'document')} would be asked for, in this order:"
    for place, document in enumerate(work.documents, 1):
        yield f"{place:6}  {document.kind:13}  {_waited(document, now):22}  {document.source:20}  {document.url}"
    filtered = " (as far as the filters want them)" if plan.is_filtered or plan.limit else ""
    for source, count in work.articles.items():
        yield f"{count:6}  articles of {source} wait to be fetched{filtered}"
    for source, count in work.looks.items():
        yield f"{count:6}  stored articles of {source} are due to be looked at again"
    if work.documents or work.articles or work.looks:
        yield _how_long(work, sources, settings)
    else:
        due, url = work.next_due or (now, "")
        yield f"Nothing is due before {zulu(due)}: {url}" if url else "Nothing is due."


def _how_long(work: Work, sources: Mapping[str, Source], settings: BaseSettings) -> str:
    """Say how long the known work takes: sites are visited side by side, each at its own pace."""
    requests = _requests(work, sources, has_robots=settings.getbool("ROBOTSTXT_OBEY"))
    pace, least = delays(sources.values(), settings), settings.getfloat("DOWNLOAD_DELAY")
    seconds = {site: count * pace.get(site, {}).get("delay", least) for site, count in requests.items()}
    longest = max(seconds, key=lambda site: seconds[site])
    delay = pace.get(longest, {}).get("delay", least)
    each = f"every {delay:g} s" if delay else "without a pause"
    total, sites = _counted(requests.total(), "request"), _counted(len(requests), "site")
    told = f"{total} to {sites} would take about {_span(seconds[longest])} at the present"
    told += f" delays, the longest {longest}: {_counted(requests[longest], 'request')} {each}."
    most = settings.getfloat("CLOSESPIDER_TIMEOUT")
    if most and seconds[longest] > most:
        told += f" A run ends after {_span(most)} (CLOSESPIDER_TIMEOUT); the next goes on with the rest."
    return told + " What is new is not known before it is announced."


def _requests(work: Work, sources: Mapping[str, Source], *, has_robots: bool) -> Counter[str]:
    """Return the requests of each site; a robots.txt is asked for once a host and run."""
    documents = [document.url for document in work.documents]
    homes = [sources[source].home for source in (*work.articles, *work.looks)]
    hosts = {urls.host_port(url) for url in (*documents, *homes)} if has_robots else set()
    requests = Counter(urls.registrable_domain(url) for url in (*documents, *(f"https://{host}/" for host in hosts)))
    for counts in (work.articles, work.looks):
        for source, count in counts.items():
            requests[urls.registrable_domain(sources[source].home)] += count
    return requests


def _waited(document: Document, now: float) -> str:
    return "never visited" if document.checked is None else f"visited {_span(now - document.checked)} ago"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _span(seconds: float) -> str:
    """Return a length of time as people say it."""
    for unit, size in (("days", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
