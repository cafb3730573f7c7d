"""Back-off: what a server that asks for patience gets, and for how long. Keeps no pace itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, cast

from scrapy.downloadermiddlewares.retry import get_retry_request

from crawler import urls
from crawler.state.manners import Rest

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.politeness.pace import PoliteDownloader
    from crawler.politeness.slots import SiteSlot

#: Seconds: no server is believed that wants more patience than a day.
LONGEST = 86_400.0
#: Refusals in a row after which a site is left alone for the rest of the run, and at least PARKED seconds.
STRIKES = 3
PARKED = 3_600.0
#: Doublings after which any pause has become a day.
ENOUGH = 32
#: Answers that ask for patience (RFC 6585 §4, RFC 9110 §15.6.4).
PATIENCE = frozenset({429, 503})
#: Answers that say that somebody must pay or that a law forbids it (RFC 9110 §15.5.3, RFC 7725): no more of this site
#: for STOPPED seconds.
STOP = frozenset({402, 451})
STOPPED = 3_600.0

_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


def retry_after(value: str, *, now: float) -> float | None:
    """Return the seconds that a Retry-After header (RFC 9110 §10.2.3) asks for, 0 to 86,400; None for nonsense.

    *now* is Unix seconds. A date that has passed asks for 0.
    """
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), LONGEST)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((aware - datetime.fromtimestamp(now, UTC)).total_seconds(), 0.0), LONGEST)


class BackOff:
    """Makes a site rest when it asks for it, and repeats the request where the site said when."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._first = crawler.settings.getfloat("BACKOFF_SECONDS")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Let the status of *response* decide; return it, or the same request for later."""
        downloader = cast("PoliteDownloader", self._crawler.engine.downloader)
        slot = downloader.slot_of(request.url)
        if response.status in PATIENCE:
            asked = retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"), now=time())
            downloader.rest(request.url, self._rest(slot, response, asked))
            again = None if asked is None or slot.closed else self._again(request, asked)
            return again or response
        if response.status in STOP:
            downloader.rest(request.url, _stop(slot, response))
        elif slot.strikes:
            downloader.recover(request.url)
        return response

    def _rest(self, slot: SiteSlot, response: Response, asked: float | None) -> Rest:
        # Answers to requests that were in flight when the site began to rest are no further refusals.
        strikes = slot.strikes + (not slot.is_resting)
        wait = _doubled(self._first, strikes - 1) if asked is None else asked
        if strikes >= STRIKES:
            wait = max(wait, _doubled(PARKED, strikes - STRIKES))
        told = "" if asked is None else f" and asked for {asked:g} s"
        return Rest(
            site=slot.site,
            until=time() + wait,
            strikes=strikes,
            reason="rate_limited",
            detail=f"{urls.host(response.url)} answered {response.status}{told}, {strikes} in a row",
            is_closed=strikes >= STRIKES,
        )

    def _again(self, request: Request, asked: float) -> Request | None:
        spider = self._crawler.spider
        assert spider
        return get_retry_request(request, spider=spider, reason=f"Retry-After {asked:g}", stats_base_key="backoff")


def _doubled(seconds: float, times: int) -> float:
    return min(seconds * 2.0 ** min(times, ENOUGH), LONGEST)


def _stop(slot: SiteSlot, response: Response) -> Rest:
    return Rest(
        site=slot.site,
        until=time() + STOPPED,
        strikes=slot.strikes,
        reason="blocked",
        detail=f"{urls.host(response.url)} answered {response.status}",
        is_closed=True,
    )
