"""``scrapy crawl archive``: from web archive files to the same records, without a network.

The story: the responses of every file are read in order by a thread, taken out of their pages by the workers, and go
the way of any article. A page that is new is stored; one that is known is compared, if it is not older than what is
stored, and becomes a revision only where its text or headline changed. How far a file has been read is promised behind
the articles, so that a run that was killed goes on there.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import attrs
from itemadapter import ItemAdapter
from scrapy import Request
from scrapy.http import HtmlResponse

from crawler import __version__, items, urls
from crawler.archive import CAPTURE, FETCHED, Damage, Stored
from crawler.discovery import Link
from crawler.extraction import Page, extractor
from crawler.sources import source_of
from crawler.sources.filters import is_in
from crawler.sources.index import SourceIndex
from crawler.spiders.base import Reading, plan_inputs
from crawler.spiders.failures import Outcome
from crawler.spiders.plan import Plan, plan_archives
from crawler.spiders.records import sections_of
from crawler.spiders.revisits import RevisitingSpider, changes, lease_of
from crawler.state.frontier import Filter, Finding, Lease
from crawler.terminal import is_watched, printable, say
from crawler.workers import WorkerFailure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from crawler.archive.file import ArchiveFile
    from crawler.items import Article
    from crawler.sources import Source

#: Pages read ahead per worker: enough to keep all of them busy, few enough to hold in memory.
AHEAD = 4
#: Seconds between promises of how far a file has been read, and between lines for a person who watches.
PROMISE_EVERY = 2.0
TELL_EVERY = 10.0
#: A page fetched so many seconds before the one that is stored is the same fetch: records give whole seconds.
SAME_FETCH = 1.0


class ArchiveSpider(RevisitingSpider):
    """Reads the files of -a warc=FILE,PATTERN; filters: host=, lang=, since=, until=, match=, limit=."""

    name = "archive"

    @classmethod
    def plan_of(cls, settings: BaseSettings, arguments: Mapping[str, str]) -> Plan:
        """Return what the operator asked for; raises SourcesError."""
        return plan_archives(arguments, **plan_inputs(settings))

    def begin(self) -> None:
        """Set up what a run needs."""
        super().begin()
        # Another extractor may find another text, and another filter other articles: either reads a file anew.
        self._reader = f"{__version__} {extractor()} {_filters(self.plan)}".strip()
        self._index = SourceIndex(self.sources.values())
        self._under_way: set[str] = set()
        self._passed = asyncio.Event()
        self._read_pages = 0
        self._promised = self._told = self._began = time.monotonic()

    def refill(self) -> int:
        """Lease nothing: what is pending is for a crawl that fetches."""
        return 0

    def _idle(self) -> None:
        """Look at nothing again: the archive is all there is."""

    async def start(self) -> AsyncIterator[Any]:
        """Read file after file."""
        from crawler.archive.file import ArchiveFile  # needs the extra

        for path in self.plan.archives:
            try:
                file = ArchiveFile(path)
            except OSError as error:
                self._unreadable(path, error)
                continue
            async for article in self._file(file):
                yield article
        self.crawler.stats.set_value("archive/pages", self._read_pages)

    async def _file(self, file: ArchiveFile) -> AsyncIterator[Article]:
        """Yield the articles of one file, from where the last run came to."""
        begin = self.state().captures.reached(file.key, reader=self._reader)
        tasks: deque[tuple[Stored, asyncio.Task[Article | None]]] = deque()
        ahead = AHEAD * self.crawler.settings.getint("EXTRACTION_WORKERS")
        is_whole = False
        try:
            async for stored in file.responses(begin=begin, wanted=self._is_wanted):
                if not isinstance(stored, Stored):
                    self._damaged(file, stored)
                    continue
                # The same address again: what came of it before must be known first.
                while tasks and (len(tasks) >= ahead or any(stored.url == before.url for before, _ in tasks)):
                    if article := await self._next(file, tasks):
                        yield article
                        await self._through(article)
                if self._is_enough():
                    break
                tasks.append((stored, asyncio.ensure_future(self._page(file, stored))))
            is_whole = not self._is_enough()
        except OSError as error:
            self._unreadable(file.path, error)
        while tasks:
            if article := await self._next(file, tasks):
                yield article
                await self._through(article)
        if is_whole and not self._is_enough():
            self._promise(file, file.size)

    async def _next(
        self, file: ArchiveFile, tasks: deque[tuple[Stored, asyncio.Task[Article | None]]]
    ) -> Article | None:
        stored, task = tasks.popleft()
        article = await task
        if self._is_enough():
            return None  # its address stays leased, and the end of the run returns it to pending
        if article:
            self._under_way.add(article.id)
        self._read_pages += 1
        self._tell(file, stored.offset)
        if time.monotonic() - self._promised > PROMISE_EVERY:
            self._promise(file, stored.offset)
        return article

    async def _through(self, article: Article) -> None:
        """Wait until the pipelines are done with the article."""
        while article.id in self._under_way:
            self._passed.clear()
            await self._passed.wait()

    def _item_done(self, item: Any, signal: object) -> None:
        super()._item_done(item, signal)
        self._under_way.discard(ItemAdapter(item)["id"])
        self._passed.set()

    def _promise(self, file: ArchiveFile, offset: int) -> None:
        self.state().captures.reach(file.key, offset, reader=self._reader)
        self._promised = time.monotonic()

    def _tell(self, file: ArchiveFile, offset: int) -> None:
        if is_watched() and time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            rate = self._read_pages / (self._told - self._began)
            say(f"{printable(file.name)}: {file.share(offset)} %, {rate:.1f} pages a second")

    def _is_enough(self) -> bool:
        return self.plan.limit is not None and self.stored >= self.plan.limit

    def _unreadable(self, path: Path, error: OSError) -> None:
        self.crawler.stats.inc_value("run/mistakes")
        say(printable(f"{path}: expected a readable file: {error.strerror or error}; another run reads on in it"))

    def _damaged(self, file: ArchiveFile, damage: Damage) -> None:
        self.crawler.stats.inc_value("run/mistakes")
        say(
            printable(
                f"{file.path}: after byte {damage.offset}: damaged, passed over to the next record: {damage.detail}"
            )
        )

    def _is_wanted(self, url: str, fetched: datetime) -> bool:
        """Whether the page may be what the operator asked for, as far as address and time tell."""
        host = urls.host(url)
        plan = self.plan
        return (
            (not plan.hosts or any(host == wanted or host.endswith(f".{wanted}") for wanted in plan.hosts))
            and (plan.since is None or fetched.timestamp() >= plan.since)
            and (plan.match is None or bool(plan.match.search(url)))
        )

    async def _page(self, file: ArchiveFile, stored: Stored) -> Article | None:
        """Return the article that a response holds, if it is new or changed; every other address gets its outcome."""
        final, asked = urls.fetch_form(stored.url), urls.fetch_form(str(stored.facts.get("url") or stored.url))
        if not final or not asked or not _is_page(stored):
            return None
        source = self._source(final, stored)
        response = _response(file, stored)
        is_large = len(stored.body) > self.crawler.settings.getint("ARTICLE_MAXSIZE")
        key = urls.identity_key(final)
        known = self.state().articles.by_key(key)
        if known:  # at another of its addresses it may have been told in other words, which are no revision
            return None if is_large or known.key != key else await self._again(file, known.id, response)
        lease = self._lease_of(asked, source, file, stored)
        if lease and is_large:
            self.settle(lease, Outcome(state="failed", reason="too_large", detail=f"{len(stored.body)} bytes"))
            return None
        page = await self._read(response, lease) if lease else None
        if page is None or lease is None or self._is_left(page, lease, stored):
            return None
        return self._item(await self._whole(file, Reading(lease=lease, response=response, page=page)))

    async def _again(self, file: ArchiveFile, article: str, response: Response) -> Article | None:
        """Return a new revision of a stored article, if this capture is not older and has another text."""
        visit = self.state().revisits.of(article)
        if response.meta[FETCHED].timestamp() < visit.fetched - SAME_FETCH:
            return None
        self.sources.setdefault(visit.source, source_of(visit.url))
        try:
            lease = lease_of(visit)
            page = await self._extract(response, lease)
        except WorkerFailure:
            return None
        if page.reason or self._is_further_page(page, response):
            return None
        reading = await self._whole(file, Reading(lease=lease, response=response, page=page))
        if self._next_address(reading):
            return None  # what the archive does not hold would look like a shortened text
        found = self._item(reading)
        changed = changes(found, visit)
        return self._revision(found, visit, changed) if changed else None

    async def _whole(self, file: ArchiveFile, reading: Reading) -> Reading:
        """Return the reading with the further pages of its article that the same file holds."""
        while address := self._next_address(reading):
            stored = await file.find(address)
            if stored is None:
                return _without_rest(reading, "not_in_archive")
            try:
                page = await self._extract(_response(file, stored), reading.lease)
            except WorkerFailure as failure:
                return _without_rest(reading, failure.reason)
            reading = reading.with_page(page, address)
        return reading

    async def _extract(self, response: Response, lease: Lease) -> Page:
        """Read the page as it was archived: what its scripts asked for then is not in the archive."""
        return await self._extract_as_it_is(response, lease)

    def _announce_page_before(self, page: Page, lease: Lease, response: Response) -> None:
        """Announce nothing: what the archive does not hold is not fetched for it."""

    def _is_left(self, page: Page, lease: Lease, stored: Stored) -> bool:
        """Settle an article that the operator's filters do not want; another run may take it."""
        language = str(page.fields.get("inLanguage", "")).partition("-")[0].lower()
        published = items.moment(page.fields.get("datePublished")) or stored.fetched.timestamp()
        plan = self.plan
        is_left = (
            bool(plan.language and language and language != plan.language)
            or (plan.since is not None and published < plan.since)
            or (plan.until is not None and published > plan.until)
            or (bool(plan.sections) and not is_in(plan.sections, sections_of(page) or None, lease.url))
        )
        if is_left:
            self.settle(lease, Outcome(state="rejected", reason="filtered", detail="left by the filters of this run"))
        return is_left

    def _source(self, url: str, stored: Stored) -> Source:
        """Return the source that the archive names and is configured, or that the address belongs to."""
        known = self.sources.get(str(stored.facts.get("source"))) or self._index.find(url)
        if known:
            return known
        source = source_of(urls.join(url, "/") or url)
        self._index.add(source)
        return self.sources.setdefault(source.id, source)

    def _item(self, reading: Reading) -> Article:
        return super()._item(attrs.evolve(reading, lease=attrs.evolve(reading.lease, method="warc")))

    def _lease_of(self, url: str, source: Source, file: ArchiveFile, stored: Stored) -> Lease | None:
        """Return the address as leased, with what the crawl that fetched it knew of it; None if it is taken."""
        frontier, now, key = self.state().frontier, time.time(), urls.identity_key(url)
        refusal = source.refuses(url)
        facts = stored.facts
        found = Finding(link=Link(url=url, method="warc", title=_text(facts.get("title"))), refusal=refusal)
        frontier.announce(source.id, file.name, [found], now=now)
        if refusal:
            return None
        leases = frontier.lease(source.id, 1, run=self.state().run, now=now, wanted=Filter(keys=(key,)))
        if not leases:
            return None
        return attrs.evolve(
            leases[0],
            url=url,
            method=_text(facts.get("method")) or "warc",
            document=_text(facts.get("document")) or file.name,
            title=_text(facts.get("title")),
            published=_number(facts.get("published")),
            modified=_number(facts.get("modified")),
        )


def _without_rest(reading: Reading, reason: str) -> Reading:
    page = attrs.evolve(reading.page, warnings=(*reading.page.warnings, f"page_missing: {reason}"))
    return attrs.evolve(reading, page=page)


def _is_page(stored: Stored) -> bool:
    """Whether the response may be an article's page: a success, and text or of unknown kind."""
    kind = next((value for name, value in stored.headers if name.lower() == "content-type"), "")
    return 200 <= stored.status < 300 and (not kind or "html" in kind.lower())


def _response(file: ArchiveFile, stored: Stored) -> HtmlResponse:
    """Return the response as a fetch would have given it."""
    meta = {FETCHED: stored.fetched, CAPTURE: {"file": file.name, "offset": stored.offset}}
    headers: dict[str, list[str]] = {}
    for name, value in stored.headers:
        headers.setdefault(name, []).append(value)
    return HtmlResponse(
        stored.url, status=stored.status, headers=headers, body=stored.body, request=Request(stored.url, meta=meta)
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _filters(plan: Plan) -> str:
    """Return what the operator's filters are, as one text."""
    match = plan.match.pattern if plan.match else None
    given = (plan.hosts or None, plan.language, plan.since, plan.until, match, sorted(plan.sections) or None)
    return "" if given == (None,) * len(given) else repr(given)
