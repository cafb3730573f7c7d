"""Asks once a day what a site says about the use of its content, and gives it along with every article's request."""

from __future__ import annotations

import asyncio
from time import time
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.extraction.reservations import of_robots, of_tdmrep
from crawler.politeness.robots import origin_of
from crawler.politeness.scope import SCOPE
from crawler.state import state_of
from crawler.state.reservations import TdmCopy

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

#: Request meta: what robots.txt and tdmrep.json say of the address, as statements.
SITE_USAGE = "site_usage"
#: Where a site keeps its TDM reservations (TDM Reservation Protocol §5.1).
TDMREP = "/.well-known/tdmrep.json"
#: Lines of a robots.txt that speak of the use of content.
TERMS = (b"content-usage", b"content-signal", b"license")
#: Seconds that a copy holds.
FRESH = 86_400.0
#: Bytes of a tdmrep.json that are read.
MOST = 1 << 20
#: It goes before the articles that wait for it.
PRIORITY = 1000


class SiteRights:
    """Adds to requests for articles what their site says; the redirects of a request are asked about anew."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._token = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._asks = crawler.settings.getbool("TDMREP_LOOKUP")
        self._readings: dict[str, asyncio.Task[bytes]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Put the site's statements on the address into the request."""
        if SCOPE in request.meta:
            origin = origin_of(request.url)
            said = of_robots(self._robots(origin), request.url, self._token)
            request.meta[SITE_USAGE] = (*said, *of_tdmrep(await self._tdmrep(origin), request.url))

    def _robots(self, origin: str) -> str:
        """Return the origin's robots.txt where it names terms at all: most are rules only, and long."""
        copy = state_of(self._crawler).manners.robots(origin)
        body = copy.body.lower() if copy else b""
        return copy.body.decode("utf-8", "replace") if copy and any(name in body for name in TERMS) else ""

    async def _tdmrep(self, origin: str) -> bytes:
        """Return the origin's TDMRep file, empty where there is none; read once for all who ask."""
        kept = state_of(self._crawler).reservations.of(origin)
        if kept and kept.fetched + FRESH > time():
            return kept.body
        if not self._asks:
            return b""
        if origin not in self._readings:
            self._readings[origin] = asyncio.ensure_future(self._fetch(origin))
        return await asyncio.shield(self._readings[origin])

    async def _fetch(self, origin: str) -> bytes:
        request = Request(
            origin + TDMREP,
            callback=NO_CALLBACK,
            priority=PRIORITY,
            dont_filter=True,
            meta={"download_maxsize": MOST, "dont_retry": True},
        )
        # Whatever goes wrong here, the site has said nothing; the articles' own requests will meet it too.
        (answer,) = await asyncio.gather(self._crawler.engine.download_async(request), return_exceptions=True)
        body = answer.body if isinstance(answer, Response) and answer.status == 200 else b""
        state_of(self._crawler).reservations.keep(TdmCopy(origin, time(), body))
        return body
