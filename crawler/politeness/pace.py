"""Pace over all sites: Scrapy's downloader with one slot per registrable domain that remembers the run before.

Every request comes through here, articles and documents, redirects, retries and robots.txt alike.
"""

from __future__ import annotations

from time import monotonic, time
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.core.downloader import Downloader
from scrapy.exceptions import IgnoreRequest
from twisted.python.failure import Failure

from crawler import urls
from crawler.politeness.slots import SiteSlot, is_fixed
from crawler.state import state_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.state.manners import Rest

#: Pauses shorter than this (seconds) have passed by the time another run begins, and are not written down.
REMEMBERED = 0.2
#: Nobody is kept waiting longer than this (seconds) by a stored time: clocks are set wrong and right again.
LONGEST = 86_400.0


class SiteClosed(IgnoreRequest):
    """The site wants to be left alone for longer than the run waits; ``until`` is Unix seconds."""

    def __init__(self, site: str, reason: str, detail: str, until: float) -> None:
        super().__init__(detail)
        self.site = site
        self.reason = reason
        self.until = until


class PoliteDownloader(Downloader):
    """Keeps the pauses of every site within and across runs, and turns requests away from sites that are closed."""

    slots: dict[str, SiteSlot]  # type: ignore[assignment]

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._is_fixed = is_fixed(crawler.settings)
        self._patience = crawler.settings.getfloat("BACKOFF_WAIT")
        self._resting: set[SiteSlot] = set()
        crawler.signals.connect(self._answer_begins, signal=signals.headers_received)

    def get_slot_key(self, request: Request) -> str:
        """Return the registrable domain, anew for every request: a redirect carries the first site's key along."""
        return urls.registrable_domain(request.url)

    def needs_backout(self) -> bool:
        """Whether enough is in flight. What waits for a site that rests keeps nobody else from going on."""
        # Asked several times a request, and of thousands of sites hardly any rests.
        self._resting = {slot for slot in self._resting if slot.is_resting}
        waiting = sum(len(slot.queue) for slot in self._resting)
        return 0 < self.total_concurrency <= len(self.active) - waiting

    def slot_of(self, url: str) -> SiteSlot:
        """Return the slot of the site that *url* lies on."""
        site = urls.registrable_domain(url)
        if site not in self.slots:
            self.slots[site] = self._new_slot(site)
        return self.slots[site]

    def rest(self, url: str, rest: Rest) -> None:
        """Leave the site of *url* alone as *rest* says, now and in the runs to come."""
        slot = self.slot_of(url)
        self._apply(slot, rest)
        state_of(self.crawler).manners.set_rest(rest)
        self._process_queue(slot)

    def recover(self, url: str) -> None:
        """The site answers again: forget its refusals."""
        slot = self.slot_of(url)
        slot.strikes = 0
        state_of(self.crawler).manners.forget_rest(slot.site)

    def _get_slot(self, request: Request) -> tuple[str, SiteSlot]:  # type: ignore[override]
        slot = self.slot_of(request.url)
        return slot.site, slot

    def _new_slot(self, site: str) -> SiteSlot:
        own = self.per_slot_settings.get(site, {})
        slot = SiteSlot(
            site,
            concurrency=own.get("concurrency", self.domain_concurrency),
            delay=own.get("delay", self._delay),
            jitter=self._jitter,
            is_fixed=self._is_fixed,
        )
        manners = state_of(self.crawler).manners
        last, rest = manners.last_request(site), manners.rest(site)
        if last is not None:
            slot.lastseen = monotonic() - max(time() - last, 0)
        if rest is not None:
            self._apply(slot, rest)
        return slot

    def _apply(self, slot: SiteSlot, rest: Rest) -> None:
        wait = min(rest.until - time(), LONGEST)
        slot.strikes = rest.strikes
        slot.not_before = max(slot.not_before, monotonic() + wait)
        self._resting.add(slot)
        if wait > 0 and (rest.is_closed or wait > self._patience):
            slot.closed = (rest.reason, rest.detail)

    async def _download(self, slot: Slot, request: Request) -> Response:
        self._remember(self.slot_of(request.url))
        return await super()._download(slot, request)

    def _process_queue(self, slot: Slot) -> None:
        assert isinstance(slot, SiteSlot)
        if slot.closed and slot.is_resting:
            self._turn_away(slot, *slot.closed)
        super()._process_queue(slot)

    def _turn_away(self, slot: SiteSlot, reason: str, detail: str) -> None:
        until = time() + max(slot.not_before - monotonic(), 0)
        while slot.queue:
            _, waiting = slot.queue.popleft()
            closed = SiteClosed(slot.site, reason, detail, until)
            waiting.errback(Failure(closed))  # type: ignore[no-untyped-call]  # Twisted's

    def _answer_begins(self, request: Request) -> None:
        slot = self.slot_of(request.url)
        slot.answered(request)
        self._remember(slot)

    def _remember(self, slot: SiteSlot) -> None:
        if slot.pause >= REMEMBERED:
            state_of(self.crawler).manners.requested(slot.site, now=time())
