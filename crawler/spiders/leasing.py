"""Leases addresses from the crawl state and keeps a run within its bounds: what every spider of articles stands on."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections import Counter, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from itemadapter import ItemAdapter
from scrapy import Request, Spider, signals
from scrapy.exceptions import DontCloseSpider

from crawler import urls
from crawler.politeness.slots import delays
from crawler.state import StorageError, state_of
from crawler.state.frontier import Filter
from crawler.terminal import printable, say
from crawler.workers import Workers, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.sources import Source
    from crawler.spiders.plan import Plan
    from crawler.state import CrawlState
    from crawler.state.frontier import Lease

T = TypeVar("T")

#: Addresses leased ahead per source and per request that may be in flight: enough to keep a site's slot busy, few
#: enough that a crash fetches hardly anything twice.
AHEAD = 2


class LeasingSpider(Spider):
    """Takes addresses from the crawl state as they can be fetched, within the budget of each source."""

    plan: Plan

    @classmethod
    @abstractmethod
    def plan_of(cls, settings: BaseSettings, arguments: Mapping[str, str]) -> Plan:
        """Return what the operator asked for; raises SourcesError. `scrapy crawl` asks before anything starts."""

    @abstractmethod
    def article_request(self, lease: Lease) -> Request:
        """Return the request for a leased address."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        # The crawl command has read it already, and a file such as /dev/stdin can be read only once.
        plan = kwargs.get("plan") or cls.plan_of(crawler.settings, kwargs)
        crawler.settings.set("DOWNLOAD_SLOTS", delays(plan.sources, crawler.settings), priority="spider")
        unverified = [domain for source in plan.sources if source.tls for domain in source.domains]
        unverified += crawler.settings.getlist("TLS_UNVERIFIED")
        crawler.settings.set("TLS_UNVERIFIED", unverified, priority="cmdline")
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
        self.parked: set[str] = set()
        """Sources that are left to other workers, for now or for the rest of the run."""
        self.locked: set[str] = set()
        self.deadline: dict[str, float] = {}
        self.stored = 0
        self.sampled: Counter[str] = Counter()
        self._workers: Workers | None = None
        self.crawler.signals.connect(self.refill, signal=signals.scheduler_empty)
        self.crawler.signals.connect(self._idle, signal=signals.spider_idle)
        # Keys asked for by name that have not been leased yet: each is leased once.
        self.named = {
            source: deque(dict.fromkeys(urls.identity_key(url) for url in pages))
            for source, pages in self.plan.pages.items()
        }
        for signal in (signals.item_scraped, signals.item_dropped):
            self.crawler.signals.connect(self._item_done, signal=signal)
        self.crawler.signals.connect(self._spider_erred, signal=signals.spider_error)
        self.crawler.signals.connect(self._item_erred, signal=signals.item_error)
        for mistake in self.plan.mistakes:
            say(printable(mistake))

    @abstractmethod
    def erred(self, request: Request, error: BaseException) -> None:
        """Settle what *request* was for: our own code failed on it."""

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

    def refill(self) -> int:
        """Lease the next addresses of every source that may have some, and return how many there were."""
        ahead = AHEAD * self.crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        # Asked many times a second, and of thousands of sources hardly any has room. Leased is by the half: one by one,
        # every address would be a transaction of its own.
        left = self.exhausted | self.parked
        waiting = [s for s in self.plan.sources if self.open[s.id] <= ahead // 2 and s.id not in left]
        return sum(self._refill_source(source, ahead - self.open[source.id]) for source in waiting)

    def _refill_source(self, source: Source, room: int) -> int:
        room = min(room, self._allowance(source))
        if room <= 0:
            return 0
        leases = self._lease(source.id, room)
        if len(leases) < room:
            self.exhausted.add(source.id)
        if leases:
            prepare()  # the answers will have to be read
        for lease in reversed(leases):  # Scrapy's queue gives out first what came last
            self.open[source.id] += 1
            self.taken[source.id] += 1
            self.crawler.engine.crawl(self.article_request(lease))
        return len(leases)

    def _lease(self, source: str, room: int) -> list[Lease]:
        """Lease up to *room* addresses that the operator's filters want: those asked for by name, or any."""
        wanted = self.wanted(source)
        frontier, run, now = self.state().frontier, self.state().run, _now().timestamp()
        if source not in self.named:
            return frontier.lease(source, room, run=run, now=now, wanted=wanted)
        leases: list[Lease] = []
        named = self.named[source]
        while named and len(leases) < room:
            keys = [named.popleft() for _ in range(min(room - len(leases), len(named)))]
            leases += frontier.lease(source, room, run=run, now=now, wanted=attrs.evolve(wanted, keys=keys))
        return leases

    def wanted(self, source: str) -> Filter:
        """Return what the operator wants of a source."""
        plan = self.plan
        return Filter(
            since=plan.since,
            until=plan.until,
            match=plan.match,
            language=plan.language,
            spoken=self.sources[source].language,
            sections=plan.sections,
        )

    def _allowance(self, source: Source) -> int:
        """Return how many more addresses of *source* this run may take: pages, seconds and -a limit= bound it."""
        if source.id in self.locked or not self.has_budget(source.id):
            # What is still open may turn out to have been free: robots.txt may forbid it.
            if not self.open[source.id]:
                self.exhausted.add(source.id)
            return 0
        left = self.crawler.settings.getint("SOURCE_PAGES") - self.taken[source.id]
        if self.plan.limit is not None:
            left = min(left, self.plan.limit - self.stored - self.open.total())
        if self.plan.sample is not None:
            left = min(left, self.plan.sample - self.sampled[source.id] - self.open[source.id])
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
        for source in self.sources.keys() - self.parked:
            self.state().frontier.note_filtered(source, self.wanted(source))

    def _spider_erred(self, failure: Failure, response: Response | Failure) -> None:
        self.erred(response.request, failure.value)  # type: ignore[union-attr,arg-type]

    def _item_erred(self, failure: Failure, response: Response | None) -> None:
        if response is not None and response.request and not isinstance(failure.value, StorageError):
            self.erred(response.request, failure.value)  # type: ignore[arg-type]

    def _item_done(self, item: Any, signal: object) -> None:
        # Only now, not when it is yielded: in between it would count neither as open nor as stored.
        source = ItemAdapter(item).get("publisher", {}).get("sourceId", "")
        self.open[source] -= 1
        self.stored += signal is signals.item_scraped
        self.sampled[source] += signal is signals.item_scraped


def _now() -> datetime:
    return datetime.now(UTC)
