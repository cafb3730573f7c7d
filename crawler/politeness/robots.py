"""robots.txt (RFC 9309): asks for it once a day per origin, keeps a copy, and refuses what it forbids."""

from __future__ import annotations

import asyncio
from time import time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import attrs
from scrapy import Request, signals
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    IgnoreRequest,
    NotConfigured,
    StopDownload,
)
from scrapy.http.request import NO_CALLBACK

from crawler import urls
from crawler.endings import Stopped
from crawler.items import zulu
from crawler.politeness.handler import CertificateRefused
from crawler.politeness.pace import SiteClosed
from crawler.politeness.rules import MOST, Rules, rules_of
from crawler.state import state_of
from crawler.state.manners import RobotsCopy

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.politeness.pace import PoliteDownloader

#: Seconds that a copy holds (RFC 9309 §2.4), and that it stands in for a robots.txt that cannot be had (§2.3.1.4).
FRESH = 86_400.0
STALE = 30 * 86_400.0
#: Consecutive redirects that are followed (§2.3.1.2).
REDIRECTS = 5
#: Failures that say of the whole host that nothing can be had there, which is the better name for it.
HOST_LEVEL = (CannotResolveHostError, DownloadConnectionRefusedError, CertificateRefused)
#: Request meta: this is a request for a robots.txt, so none is asked for it.
IS_ROBOTS = "is_robots"
#: robots.txt goes before everything that waits for it.
PRIORITY = 1000


class RobotsDenied(IgnoreRequest):
    """robots.txt forbids the address to us."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt cannot be had, so nothing is asked of its origin (RFC 9309 §2.3.1.4)."""

    def __init__(self, origin: str, failure: str) -> None:
        super().__init__(f"robots.txt could not be had: {failure}")
        self.origin = origin


class RobotsTxt:
    """Lets a request pass only if the robots.txt of its scheme, host and port allows it."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._token = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._readings: dict[str, asyncio.Task[tuple[float, Rules | Exception]]] = {}
        self._received: dict[Request, int] = {}
        crawler.signals.connect(self._bound, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise RobotsDenied, RobotsUnreachable or whatever else keeps us from its host."""
        if request.meta.get(IS_ROBOTS) or urlsplit(request.url).path == "/robots.txt":
            return
        rules = await self._rules(origin_of(request.url))
        if isinstance(rules, Exception):
            raise rules
        if rules.crawl_delay:
            self._downloader().slot_of(request.url).slow_down(rules.crawl_delay)
        if not rules.allows(request.url):
            raise RobotsDenied(f"robots.txt of {urls.host(request.url)} forbids it to {self._token}")

    async def _rules(self, origin: str) -> Rules | Exception:
        """Return the rules of *origin*, read once for all who ask, or what kept us from reading them."""
        reading = self._readings.get(origin)
        if reading is None or (reading.done() and reading.result()[0] < time()):
            reading = self._readings[origin] = asyncio.ensure_future(self._read(origin))
        _, rules = await asyncio.shield(reading)
        return rules

    async def _read(self, origin: str) -> tuple[float, Rules | Exception]:
        """Return rules, or what kept us from them, and until when (Unix seconds) they hold."""
        manners = state_of(self._crawler).manners
        kept = manners.robots(origin)
        if kept and kept.fetched + FRESH > time():
            return kept.fetched + FRESH, rules_of(kept.body, self._token)
        try:
            copy = _copy(origin, await self._fetch(origin))
        except SiteClosed as closed:
            return closed.until, closed
        except Stopped as stopped:
            return time(), stopped
        except Exception as error:  # whatever it is, it is recorded as the reason
            return time() + FRESH, self._without(origin, kept, error)
        manners.keep_robots(copy)
        rules = rules_of(copy.body, self._token)
        if kept and rules.lines != rules_of(kept.body, self._token).lines:
            state_of(self._crawler).frontier.reconsider(origin, rules.allows, now=time())
        return copy.fetched + FRESH, rules

    async def _fetch(self, origin: str) -> Response:
        """Return the answer at the end of at most five redirects, wherever they lead (RFC 9309 §2.3.1.2)."""
        url = f"{origin}/robots.txt"
        asked: list[str] = []
        while url not in asked and len(asked) <= REDIRECTS:
            asked.append(url)
            try:
                response = await self._crawler.engine.download_async(_request(url))
            except HOST_LEVEL as error:
                if len(asked) == 1:
                    raise
                raise _NoAnswer(f"it redirects to {url}: {error}") from error
            target = response.headers.get("Location") if 300 <= response.status < 400 else None
            if not target:
                return response
            url = urls.join(url, target.decode("latin-1")) or ""
        raise _NoAnswer(f"it redirects in a circle, to no web address or more than {REDIRECTS} times")

    def _without(self, origin: str, kept: RobotsCopy | None, error: Exception) -> Rules | Exception:
        """Return the rules of the last good copy, or the error that everything asked of *origin* ends with."""
        failure = str(error) or type(error).__name__
        known = kept or RobotsCopy(origin=origin, fetched=0, status=0, body=b"")
        state_of(self._crawler).manners.keep_robots(attrs.evolve(known, failed=time(), failure=failure))
        if known.fetched + STALE > time():
            return rules_of(known.body, self._token)
        if isinstance(error, HOST_LEVEL):
            return error
        return RobotsUnreachable(origin, failure)

    def _bound(self, data: bytes, request: Request) -> None:
        """End a robots.txt at the size that is read; what came until then counts."""
        if request.meta.get(IS_ROBOTS):
            received = self._received[request] = self._received.get(request, 0) + len(data)
            if received > MOST:
                raise StopDownload(fail=False)

    def _downloader(self) -> PoliteDownloader:
        return cast("PoliteDownloader", self._crawler.engine.downloader)


def _request(url: str) -> Request:
    return Request(
        url,
        callback=NO_CALLBACK,
        # Bytes are counted on the line, so the line must carry the text itself.
        headers={"Accept-Encoding": "identity"},
        meta={IS_ROBOTS: True, "dont_redirect": True},
        priority=PRIORITY,
        dont_filter=True,
    )


class _NoAnswer(Exception):
    """The server answered, but with nothing that says what is allowed."""


def _copy(origin: str, response: Response) -> RobotsCopy:
    """Return what a response says (RFC 9309 §2.3.1): its text, that there are no rules, or raise _NoAnswer."""
    status = response.status
    values: dict[str, Any] = {"origin": origin, "fetched": time(), "status": status}
    if 200 <= status < 300:
        return RobotsCopy(**values, body=response.body[:MOST])
    if 400 <= status < 500 and status != 429:
        return RobotsCopy(**values, body=b"")
    raise _NoAnswer(f"the server answered {status}")


def origin_of(url: str) -> str:
    """Return scheme, host and port of *url* as ``https://example.com``: one robots.txt each."""
    return (urls.join(url, "/robots.txt") or "").removesuffix("/robots.txt")


def verdict(copy: RobotsCopy, url: str, token: str) -> str:
    """Return one line for people: what the copy of a robots.txt says of *url*, and how old it is."""
    rules = rules_of(copy.body, token)
    failure = f"; not to be had on {zulu(copy.failed)}: {copy.failure}" if copy.failed else ""
    if not copy.fetched:
        return f"robots.txt of {copy.origin}: {url} is not asked for{failure}"
    allowed = "allowed" if rules.allows(url) else "forbidden"
    asked = f", Crawl-delay {rules.crawl_delay:g} s" if rules.crawl_delay else ""
    read = f"answered {copy.status} on {zulu(copy.fetched)}"
    return f"robots.txt of {copy.origin}: {url} is {allowed} for {token}{asked} ({read}{failure})"
