"""What becomes of a page that lies in a web archive: an article, another version of one, or the reason why it is none.

It knows nothing of the order in which files are read.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

from crawler import items, urls
from crawler.discovery import Link
from crawler.sources import source_of
from crawler.sources.filters import is_in
from crawler.sources.index import SourceIndex
from crawler.spiders.base import Reading
from crawler.spiders.captures import addresses_of, is_page, response_of, told_by, unknown
from crawler.spiders.failures import Outcome
from crawler.spiders.records import sections_of
from crawler.spiders.revisits import RevisitingSpider, changes, lease_of
from crawler.state.announcements import Finding
from crawler.state.frontier import Filter
from crawler.workers import WorkerFailure

if TYPE_CHECKING:
    from scrapy.http import HtmlResponse, Response

    from crawler.archive import Stored
    from crawler.archive.file import ArchiveFile
    from crawler.extraction import Page
    from crawler.items import Article
    from crawler.sources import Source
    from crawler.state.frontier import Lease

#: Key of a response's meta: the file and what stands in it.
ORIGIN = "origin"
#: A page fetched so many seconds before the one that is stored is the same fetch: records give whole seconds.
SAME_FETCH = 1.0


class ArchivedPagesSpider(RevisitingSpider):
    """Turns the pages of web archives into articles; which pages, its subclass says."""

    def begin(self) -> None:
        """Set up what a run needs."""
        super().begin()
        self._index = SourceIndex(self.sources.values())

    async def _page(self, file: ArchiveFile, stored: Stored) -> Article | None:
        """Return the article that a response holds, if it is new or changed; every other address gets its outcome."""
        final, asked = addresses_of(stored)
        if not final or not asked or not is_page(stored):
            return None
        source = self._source(final, stored)
        response = _response(file, stored)
        is_large = stored.size > self.crawler.settings.getint("ARTICLE_MAXSIZE")
        key = urls.identity_key(final)
        known = self.state().articles.by_key(key)
        if known:  # at another of its addresses it may have been told in other words, which are no revision
            return None if is_large or known.key != key else await self._again(file, known.id, stored)
        lease = self._lease_of(asked, source, file, stored)
        if lease and is_large:
            self.settle(lease, Outcome(state="failed", reason="too_large", detail=f"{stored.size} bytes"))
            return None
        page = await self._read(response, lease) if lease else None
        if page is None or lease is None or self._is_left(page, lease, stored):
            return None
        return self._item(await self._whole(file, Reading(lease=lease, response=response, page=page)))

    async def _again(self, file: ArchiveFile, article: str, stored: Stored) -> Article | None:
        """Return a new revision of a stored article, if this capture is not older and has another text."""
        visit = self.state().revisits.of(article)
        if stored.fetched.timestamp() < visit.fetched - SAME_FETCH:
            return None
        response = _response(file, stored)
        self.sources.setdefault(visit.source, source_of(visit.url))
        try:
            lease = told_by(stored, lease_of(visit))
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
        """Read the page as it was archived: what its scripts asked for then is not in the archive.

        Where a cluster has read it, that counts if no more was known here: the same page gives the same record.
        """
        file, stored = response.meta[ORIGIN]
        if stored.extracted is None:
            return await self._extract_as_it_is(response, lease)
        if stored.extracted.told != self.hints(response, lease):
            stored = await file.at(stored.offset)
            if stored is None:
                raise WorkerFailure("extraction_crash", f"{file.name} has gone")
            return await self._extract_as_it_is(response.replace(body=stored.body), lease)
        if isinstance(stored.extracted.result, WorkerFailure):
            raise stored.extracted.result
        page: Page = stored.extracted.result
        return page

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
        link = Link(url=url, method="warc", title=told_by(stored, unknown(url)).title)
        found = Finding(link=link, refusal=refusal)
        with self.state().transaction():
            frontier.announce(source.id, file.name, [found], now=now)
            if refusal:
                return None
            leases = frontier.lease(source.id, 1, run=self.state().run, now=now, wanted=Filter(keys=(key,)))
        if not leases:
            return None
        told = attrs.evolve(unknown(url), key=key, source=source.id, document=file.name, tries=leases[0].tries)
        return told_by(stored, told)


def _without_rest(reading: Reading, reason: str) -> Reading:
    page = attrs.evolve(reading.page, warnings=(*reading.page.warnings, f"page_missing: {reason}"))
    return attrs.evolve(reading, page=page)


def _response(file: ArchiveFile, stored: Stored) -> HtmlResponse:
    response = response_of(file.name, stored)
    response.meta[ORIGIN] = file, stored
    return response
