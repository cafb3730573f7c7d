"""Fetches leased addresses and makes records of them: what every spider of articles does."""

from __future__ import annotations

import sys
import time
from abc import abstractmethod
from collections import Counter, deque
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from itemadapter import ItemAdapter
from scrapy import Request, Spider, signals
from scrapy.exceptions import DontCloseSpider

from crawler import items, urls
from crawler.discovery import Link
from crawler.discovery.pages import continuation
from crawler.extraction import Page, extract, join_pages
from crawler.politeness.scope import SCOPE
from crawler.politeness.slots import delays
from crawler.sites import OVERRIDES
from crawler.spiders.failures import Outcome, outcome_of, pause
from crawler.spiders.records import article_of, charset_of, hints_of
from crawler.state import state_of
from crawler.state.frontier import Filter, Finding
from crawler.terminal import printable
from crawler.workers import WorkerFailure, Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.items import Article
    from crawler.sources import Source
    from crawler.spiders.plan import Plan
    from crawler.state import CrawlState
    from crawler.state.frontier import Lease

T = TypeVar("T")

#: Addresses leased ahead per source and per request that may be in flight: enough to keep a site's slot busy, few
#: enough that a crash fetches hardly anything twice.
AHEAD = 2


@attrs.frozen(kw_only=True)
class Reading:
    """The pages of one article read so far."""

    lease: Lease
    response: Response
    """Of the first page: the one whose address and headers count."""
    page: Page
    following: tuple[Page, ...] = ()
    addresses: tuple[str, ...] = ()

    def joined(self) -> Page:
        """Return the article as one page."""
        return join_pages(self.page, self.following) if self.following else self.page


class ArticleSpider(Spider):
    """Leases addresses from the crawl state, fetches them, reads them in a worker, and settles or yields each."""

    plan: Plan

    @classmethod
    @abstractmethod
    def plan_of(cls, settings: BaseSettings, arguments: Mapping[str, str]) -> Plan:
        """Return what the operator asked for; raises SourcesError. `scrapy crawl` asks before anything starts."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        plan = cls.plan_of(crawler.settings, kwargs)
        crawler.settings.set("DOWNLOAD_SLOTS", delays(plan.sources, crawler.settings), priority="spider")
        spider = super().from_crawler(crawler, *args)
        spider.plan = plan
        spider.begin()
        return spider

    def begin(self) -> None:
        """Set up what a run needs; nothing is fetched yet."""
        self.sources = {source.id: source for source in self.plan.sources}
        self.open: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.exhausted: set[str] = set()
        self.deadline: dict[str, float] = {}
        self.stored = 0
        self._workers: Workers | None = None
        self.crawler.signals.connect(self.refill, signal=signals.scheduler_empty)
        self.crawler.signals.connect(self._idle, signal=signals.spider_idle)
        # Keys asked for by name that have not been leased yet: each is leased once.
        self.named = {
            source: deque(dict.fromkeys(urls.identity_key(url) for url in pages))
            for source, pages in self.plan.pages.items()
        }
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            self.crawler.signals.connect(self._item_done, signal=signal)
        for mistake in self.plan.mistakes:
            sys.stderr.write(printable(mistake) + "\n")

    def closed(self, reason: str) -> None:  # noqa: ARG002  # Scrapy's signature
        """Stop the workers."""
        if self._workers:
            self._workers.close()

    # Methods, not properties: Scrapy's feed export reads every attribute of a spider before the run has begun.

    def state(self) -> CrawlState:
        """Return the crawl state."""
        return state_of(self.crawler)

    async def in_worker(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Return ``function(*args, **kwargs)`` from a worker process; raises WorkerFailure."""
        return await self._pool().run(function, *args, **kwargs)

    def _pool(self) -> Workers:
        if self._workers is None:
            settings = self.crawler.settings
            self._workers = Workers(
                count=settings.getint("EXTRACTION_WORKERS"),
                seconds=settings.getfloat("EXTRACTION_SECONDS"),
                memory=settings.getint("EXTRACTION_MEMORY"),
            )
        return self._workers

    # --- Leasing ------------------------------------------------------------------------------------------------------

    def refill(self) -> int:
        """Lease the next addresses of every source that may have some, and return how many there were."""
        waiting = [source for source in self.plan.sources if source.id not in self.exhausted]
        return sum(self._refill_source(source) for source in waiting)

    def _refill_source(self, source: Source) -> int:
        settings = self.crawler.settings
        ahead = AHEAD * settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        room = min(ahead - self.open[source.id], self._allowance(source))
        if room <= 0:
            return 0
        leases = self._lease(source.id, room)
        if len(leases) < room:
            self.exhausted.add(source.id)
        for lease in leases:
            self.open[source.id] += 1
            self.taken[source.id] += 1
            self.crawler.engine.crawl(self.article_request(lease))
        return len(leases)

    def _lease(self, source: str, room: int) -> list[Lease]:
        """Lease up to *room* addresses that the operator's filters want: those asked for by name, or any."""
        wanted = Filter(since=self.plan.since, match=self.plan.match, language=self.plan.language)
        frontier, run, now = self.state().frontier, self.state().run, _now().timestamp()
        if source not in self.named:
            return frontier.lease(source, room, run=run, now=now, wanted=wanted)
        leases: list[Lease] = []
        named = self.named[source]
        while named and len(leases) < room:
            keys = [named.popleft() for _ in range(min(room - len(leases), len(named)))]
            leases += frontier.lease(source, room, run=run, now=now, wanted=attrs.evolve(wanted, keys=keys))
        return leases

    def _allowance(self, source: Source) -> int:
        """Return how many more addresses of *source* this run may take: pages, seconds and -a limit= bound it."""
        if not self.has_budget(source.id):
            self.exhausted.add(source.id)
            return 0
        left = self.crawler.settings.getint("SOURCE_PAGES") - self.taken[source.id]
        if self.plan.limit is not None:
            left = min(left, self.plan.limit - self.stored - self.open.total())
        return left

    def has_budget(self, source: str) -> bool:
        """Whether the run may ask for more of a source's documents and pages; remembers when it may not."""
        settings = self.crawler.settings
        deadline = self.deadline.setdefault(source, time.monotonic() + settings.getfloat("SOURCE_SECONDS"))
        if self.taken[source] < settings.getint("SOURCE_PAGES") and time.monotonic() <= deadline:
            return True
        self.crawler.stats.set_value("run/budget_reached", 1)
        return False

    def _idle(self) -> None:
        # An address still open here was lost to a bug; it returns to pending at the end, and the run must not wait.
        self.open.clear()
        if self.refill():
            raise DontCloseSpider

    def _item_done(self, item: Any, signal: object) -> None:
        # Only now, not when it is yielded: in between it would count neither as open nor as stored.
        self.open[ItemAdapter(item).get("publisher", {}).get("sourceId", "")] -= 1
        self.stored += signal is signals.item_scraped

    # --- Articles -----------------------------------------------------------------------------------------------------

    def article_request(self, lease: Lease) -> Request:
        """Return the request for a leased address."""
        return self._page_request(lease.url, lease.source, self.article, self.article_failed, {"lease": lease})

    async def article(self, response: Response, lease: Lease) -> AsyncIterator[Request | Article]:
        """Read the page; a further page of the same article is fetched first, all else settles the address."""
        page = await self._read(response, lease)
        if page is None:
            return
        reading = Reading(lease=lease, response=response, page=page)
        async for result in self._finish(reading):
            yield result

    async def next_page(self, response: Response, reading: Reading) -> AsyncIterator[Request | Article]:
        """Read a further page of an article."""
        if not continuation(_end(reading), response.url):
            yield self._incomplete(reading, "redirected")  # to a page of its own, which is another article
            return
        try:
            page = await self._extract(response, reading.lease)
        except WorkerFailure as failure:
            yield self._incomplete(reading, failure.reason)
            return
        grown = attrs.evolve(
            reading, following=(*reading.following, page), addresses=(*reading.addresses, response.url)
        )
        async for result in self._finish(grown):
            yield result

    def article_failed(self, failure: Failure) -> None:
        """Settle an address whose request failed."""
        lease: Lease = failure.request.cb_kwargs["lease"]  # type: ignore[attr-defined]
        self.settle(lease, outcome_of(failure, tries=lease.tries, stats=self.crawler.stats))

    def next_page_failed(self, failure: Failure) -> Article:
        """Keep the article without the page that could not be fetched, and say so."""
        reading: Reading = failure.request.cb_kwargs["reading"]  # type: ignore[attr-defined]
        reason = outcome_of(failure, tries=reading.lease.tries, stats=self.crawler.stats).reason
        return self._incomplete(reading, reason)

    def settle(self, lease: Lease, outcome: Outcome) -> None:
        """Give a leased address its outcome and make room for the next."""
        now = _now().timestamp()
        self.state().frontier.settle(
            lease.key,
            outcome.state,
            run=self.state().run,
            now=now,
            reason=outcome.reason,
            detail=outcome.detail,
            retry_at=now + outcome.retry_in if outcome.retry_in is not None else None,
        )
        self._close(lease)

    async def _finish(self, reading: Reading) -> AsyncIterator[Request | Article]:
        last = reading.following[-1] if reading.following else reading.page
        address = urls.fetch_form(last.next_url) if last.next_url else None
        seen = {reading.response.url, *reading.addresses}
        room = len(seen) < self.crawler.settings.getint("ARTICLE_PAGES")
        if address and room and address not in seen and continuation(_end(reading), address):
            source = reading.lease.source
            yield self._page_request(address, source, self.next_page, self.next_page_failed, {"reading": reading})
        elif not self._is_postponed(reading):
            yield self._item(reading)

    def _is_postponed(self, reading: Reading) -> bool:
        """Leave an article that the operator's filters do not want pending for another run."""
        fields = reading.page.fields
        language = str(fields.get("inLanguage", "")).partition("-")[0].lower() or None
        published = items.moment(fields.get("datePublished"))
        is_other = bool(self.plan.language and language and language != self.plan.language)
        is_old = bool(self.plan.since and published and published < self.plan.since)
        if is_other or is_old:
            self.state().frontier.postpone(reading.lease.key, published=published, language=language)
            self._close(reading.lease)
        return is_other or is_old

    def _item(self, reading: Reading) -> Article:
        return article_of(
            reading.joined(),
            reading.lease,
            self.sources[reading.lease.source],
            reading.response,
            run=self.state().run,
            now=_now(),
            pages=reading.addresses,
        )

    def _incomplete(self, reading: Reading, reason: str) -> Article:
        page = attrs.evolve(reading.page, warnings=(*reading.page.warnings, f"page_missing: {reason}"))
        return self._item(attrs.evolve(reading, page=page))

    async def _read(self, response: Response, lease: Lease) -> Page | None:
        """Return the page if it is an article; settle its address if it is none."""
        try:
            page = await self._extract(response, lease)
        except WorkerFailure as failure:
            self.settle(
                lease,
                Outcome(state="failed", reason=failure.reason, detail=failure.detail, retry_in=pause(lease.tries)),
            )
            return None
        if page.reason is None and not self._is_further_page(page, response):
            return page
        if page.reason:
            outcome = Outcome(state="rejected", reason=page.reason, detail=page.detail or "")
        else:
            outcome = Outcome(state="rejected", reason="further_page", detail=f"after {page.previous_url}")
            self._announce_page_before(page, lease, response)
        self.settle(lease, outcome)
        return None

    def _is_further_page(self, page: Page, response: Response) -> bool:
        """Whether this is the second or a later page of an article: it is read from its first page on."""
        return bool(page.previous_url and continuation(page.previous_url, response.url))

    def _announce_page_before(self, page: Page, lease: Lease, response: Response) -> None:
        before = urls.fetch_form(page.previous_url or "")
        if before and self.sources[lease.source].refuses(before) is None:
            found = [Finding(link=Link(url=before, method=lease.method))]
            self.state().frontier.announce(lease.source, response.url, found, now=_now().timestamp())
            self.exhausted.discard(lease.source)

    async def _extract(self, response: Response, lease: Lease) -> Page:
        source = self.sources[lease.source]
        return await self.in_worker(
            extract,
            response.body,
            url=response.url,
            encoding=charset_of(response),
            hints=hints_of(lease, source, response, _now()),
            override=OVERRIDES.get(urls.registrable_domain(response.url)),
        )

    def _page_request(self, url: str, source: str, callback: Any, errback: Any, values: dict[str, Any]) -> Request:
        return Request(
            url,
            callback=callback,
            errback=errback,
            cb_kwargs=values,
            # The state is the filter of what was seen; Scrapy's own would drop a redirect without a word.
            dont_filter=True,
            meta={
                SCOPE: self.sources[source].domains,
                "download_maxsize": self.crawler.settings.getint("ARTICLE_MAXSIZE"),
            },
        )

    def _close(self, lease: Lease) -> None:
        self.open[lease.source] -= 1


def plan_inputs(settings: BaseSettings) -> dict[str, Any]:
    """Return the keyword arguments that every plan needs besides the operator's."""
    return {"sources_file": Path(settings["SOURCES_FILE"]), "now": _now()}


def _end(reading: Reading) -> str:
    """Return the address of the last page read."""
    return reading.addresses[-1] if reading.addresses else reading.response.url


def _now() -> datetime:
    return datetime.now(UTC)
