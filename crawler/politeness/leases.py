"""One owner per site among several workers: no request goes to a site that this run does not hold."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from crawler import urls
from crawler.endings import Stopped
from crawler.state import StorageError, state_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

#: Seconds between attempts to take a site that another worker holds.
AGAIN = 0.5


class SiteLeases:
    """Takes the site of every request, or waits until its owner gives it back: documents elsewhere, redirects."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._patience = crawler.settings.getfloat("LEASE_SECONDS")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise Stopped if another worker keeps the site: what the request was for stays as it was."""
        leases = state_of(self._crawler).leases
        if not leases.is_shared:
            return
        site, began = urls.registrable_domain(request.url), monotonic()
        try:
            while not leases.is_held(site) and not leases.claim([{site: pause_of(site, self._crawler.settings)}], 1):
                if monotonic() - began > self._patience:
                    raise Stopped(f"another worker is at work on {site}")
                await asyncio.sleep(AGAIN)
        except StorageError as error:
            raise Stopped(str(error)) from error


def require_lease(crawler: Crawler, url: str) -> None:
    """Raise Stopped unless the site is ours at this very moment: the last look before something is sent there.

    A request waits for its turn behind all middlewares, then for its connection, and a worker may have been frozen
    meanwhile.
    """
    try:
        is_held = state_of(crawler).leases.is_held(urls.registrable_domain(url))
    except StorageError as error:
        raise Stopped(str(error)) from error
    if not is_held:
        raise Stopped("another worker may be at work on the site")


def pause_of(site: str, settings: BaseSettings) -> float:
    """Return the seconds that lie between requests to a site, before it has asked for more."""
    own = settings.getdict("DOWNLOAD_SLOTS").get(site, {})
    return float(own.get("delay", settings.getfloat("DOWNLOAD_DELAY")))
