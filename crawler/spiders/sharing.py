"""Several workers on one crawl state: each source is taken by one of them at a time, and given back when it is done.

It knows nothing of what a visit to a source is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DontCloseSpider
from scrapy.utils.asyncio import create_looping_call

from crawler import urls
from crawler.politeness.leases import pause_of
from crawler.spiders.revisits import RevisitingSpider
from crawler.state import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scrapy import Request

    from crawler.sources import Source

#: Seconds between attempts to take sources that no other worker has.
TAKE_EVERY = 1.0


class SharingSpider(RevisitingSpider):
    """Takes sources that no other worker has; what to ask them for, its subclass says."""

    def begin(self) -> None:
        """Set up what a run needs; nothing is fetched yet."""
        super().begin()
        self._sharing: Any = None

    def visits(self, sources: Sequence[Source]) -> Iterator[Request]:
        """Yield the first requests to *sources*."""
        raise NotImplementedError

    def share(self) -> None:
        """Leave all sources to whoever takes them first, and begin to take some."""
        self.began = time.time()
        self.parked = set(self.sources)
        self.untaken = list(self.plan.sources)
        self._sharing = create_looping_call(self.take)
        self._sharing.start(TAKE_EVERY, now=True)

    def closed(self, reason: str) -> None:
        """Stop taking sources."""
        if self._sharing and self._sharing.running:
            self._sharing.stop()
        super().closed(reason)

    def take(self) -> None:
        """Take as many sources that no other worker has as there is room for, and begin with them."""
        room = self.crawler.settings.getint("CONCURRENT_REQUESTS") - len(self.crawler.engine.downloader.active)
        if room <= 0 or not self.untaken:
            return
        groups = [self._domains(source) for source in self.untaken]
        try:
            taken = [self.untaken[place] for place in self.state().leases.claim(groups, room)]
        except StorageError:
            return  # which has ended the run
        self.untaken = [source for source in self.untaken if source not in taken]
        self.parked -= {source.id for source in taken}
        if self.plan.is_named:
            waiting = {source.id for source in self.untaken}
            self.crawler.stats.set_value("run/sources", tuple(self.sources.keys() - waiting))
        for request in self.visits(taken):
            self.crawler.engine.crawl(request)
        if taken:
            self.refill()

    def _domains(self, source: Source) -> dict[str, float]:
        sites = {urls.registrable_domain(source.home), *map(urls.registrable_domain, source.domains)}
        return {site: pause_of(site, self.crawler.settings) for site in sites if site}

    def _idle(self) -> None:
        super()._idle()
        if self._sharing is None:
            return
        slots = self.crawler.engine.downloader.slots
        self.state().leases.release({site: slot.download_delay() for site, slot in slots.items()})
        self.parked = set(self.sources)
        if self.untaken:
            raise DontCloseSpider
