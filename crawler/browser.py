"""Builds pages whose text their scripts put there, in a headless Chromium that has no network of its own.

Every request that a page makes comes here and is made, if at all, by Scrapy's own handler: through the address guard,
with our name, and within our bounds. Names resolve to nothing inside the browser, and its proxy is none, so what is
not asked for here is not asked for at all. The page itself is not fetched again: the browser is given what was.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from importlib.util import find_spec
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.http import HtmlResponse

from crawler import urls
from crawler.workers import WorkerFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

    from crawler.politeness.pace import PoliteDownloader

#: Response meta: the page is as a browser built it; and: it was still being built when its time was over.
RENDERED = "rendered"
UNFINISHED = "rendering_unfinished"

#: Pages built at the same time, and requests that one page may make besides its own.
PAGES = 2
MOST_REQUESTS = 60
#: Seconds for reading a built page, and for a browser to begin and to end.
READING = 5.0
BEGINNING = 20.0
ENDING = 5.0

#: What pages are built of, by Chromium's resource types. Pictures, films, fonts, frames and sockets are not asked for;
#: style sheets are answered with an empty one, as programs wait for theirs.
NEEDED = frozenset({"script", "xhr", "fetch"})
#: Names of measuring and advertising services, whose scripts build no article.
TRACKERS = (
    *("google-analytics.com", "googletagmanager.com", "googletagservices.com", "googlesyndication.com"),
    *("doubleclick.net", "adservice.google.com", "facebook.net", "scorecardresearch.com", "quantserve.com"),
    *("chartbeat.com", "chartbeat.net", "parsely.com", "hotjar.com", "criteo.com", "criteo.net", "taboola.com"),
    *("outbrain.com", "amazon-adsystem.com", "adnxs.com", "rubiconproject.com", "pubmatic.com", "moatads.com"),
    *("newrelic.com", "nr-data.net", "sentry.io", "segment.com", "segment.io", "mixpanel.com", "onesignal.com"),
    *("mc.yandex.ru", "an.yandex.ru", "top-fwz1.mail.ru", "counter.yadro.ru", "ioam.de", "xiti.com"),
)
#: Request headers that say who asks and from where, or that are the connection's own.
NOT_PASSED_ON = frozenset({"accept-encoding", "cookie", "host", "referer", "user-agent"})
#: Response headers that speak of the line and no longer hold, or would leave something behind.
NOT_HANDED_ON = frozenset({"content-encoding", "content-length", "set-cookie", "transfer-encoding"})

#: What keeps Chromium from asking anybody for anything itself, its own services included.
SWITCHES = (
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://nowhere.invalid:9"),
    *("--proxy-bypass-list=<-loopback>", "--disable-quic", "--dns-prefetch-disable", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-gpu"),
    *("--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--js-flags=--max-old-space-size=256"),
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
#: Ways out that are no requests: taken from every page before its first script.
WITHOUT = "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) delete window[name];"
#: The page as it stands now, or nothing where it has become larger than any page that is read.
AS_IT_STANDS = """most => {
    const page = document.documentElement.outerHTML;
    return page.length > most ? null : page;
}"""


class NotRendered(WorkerFailure):
    """The browser gave no page: ``reason`` is needs_browser, render_timeout, render_failed or too_large."""


def missing(settings: BaseSettings) -> str | None:
    """Return what is missing before a page can be built, None if nothing is."""
    if find_spec("playwright") is None:
        return "pip install 'crawler[browser]'"
    path = settings["BROWSER_PATH"]
    return None if shutil.which(path) else f"no Chromium to run as {path} (setting BROWSER_PATH)"


class Browser:
    """One Chromium for a run: begun with the first page that needs it, ended with the run.

    Its commands come through a pipe. When the crawl dies, whatever kills it, the pipe ends and Chromium with it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._seconds = crawler.settings.getfloat("RENDER_SECONDS")
        self._most = crawler.settings.getint("ARTICLE_MAXSIZE")
        self._turns = asyncio.Semaphore(PAGES)
        self._beginning = asyncio.Lock()
        self._playwright: Any = None
        self._chromium: Any = None
        crawler.signals.connect(self.close, signal=signals.spider_closed)

    async def render(self, response: Response) -> HtmlResponse:
        """Return *response* as it is after its scripts have run; raises NotRendered."""
        if lack := missing(self._crawler.settings):
            raise NotRendered("needs_browser", lack)
        from playwright.async_api import Error

        async with self._turns:
            try:
                chromium = await self._begun()
                async with asyncio.timeout(self._seconds + READING):
                    return await self._built(chromium, response)
            except TimeoutError as error:
                await self.close()  # a page that does not even answer has to be ended with its process
                raise NotRendered("render_timeout", f"no page after {self._seconds:g} s of its scripts") from error
            except Error as error:
                raise NotRendered("render_failed", error.message.splitlines()[0]) from error

    async def close(self) -> None:
        """End the browser, if there is one."""
        chromium, playwright = self._chromium, self._playwright
        self._chromium = self._playwright = None
        if playwright:
            from playwright.async_api import Error  # only with the extra, which a browser that began has

            with contextlib.suppress(TimeoutError, Error):
                await asyncio.wait_for(chromium.close(), ENDING) if chromium else None
            await playwright.stop()

    async def _begun(self) -> Any:
        async with self._beginning:
            if self._chromium is None or not self._chromium.is_connected():
                await self.close()
                from playwright.async_api import async_playwright

                self._playwright = await async_playwright().start()
                self._chromium = await self._playwright.chromium.launch(
                    executable_path=shutil.which(self._crawler.settings["BROWSER_PATH"]),
                    # Chromium's own sandbox does not work for root.
                    chromium_sandbox=os.geteuid() != 0,
                    args=list(SWITCHES),
                    handle_sigint=False,  # the crawl brings in what is in flight, and ends the browser itself
                    handle_sigterm=False,
                    handle_sighup=False,
                    timeout=BEGINNING * 1000,
                )
            return self._chromium

    async def _built(self, chromium: Any, response: Response) -> HtmlResponse:
        from playwright.async_api import TimeoutError as StillBusy

        context = await chromium.new_context(
            user_agent=self._crawler.settings["USER_AGENT"], service_workers="block", accept_downloads=False
        )
        try:
            await context.add_init_script(WITHOUT)
            await context.route("**/*", _Requests(self._crawler, response, self._seconds).answer)
            await context.route_web_socket("**/*", lambda socket: socket.close())
            page = await context.new_page()
            page.on("dialog", lambda dialog: dialog.dismiss())
            is_unfinished = False
            ends = monotonic() + self._seconds
            try:
                await page.goto(response.url, wait_until="commit", timeout=self._seconds * 1000)
                await page.wait_for_load_state("networkidle", timeout=max(ends - monotonic(), 1) * 1000)
            except StillBusy:
                is_unfinished = True
            html = await page.evaluate(AS_IT_STANDS, self._most)
        finally:
            await context.close()
        if not isinstance(html, str):
            raise NotRendered("too_large", f"built to more than {self._most} characters")
        return _response(response, html, is_unfinished=is_unfinished)


class _Requests:
    """Answers the requests of one page."""

    def __init__(self, crawler: Crawler, response: Response, seconds: float) -> None:
        self._crawler = crawler
        self._response = response
        self._begun = False
        self._left = MOST_REQUESTS
        self._room = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._ends = monotonic() + seconds

    async def answer(self, route: Any) -> None:
        """Give the page what it asks for, or nothing."""
        from playwright.async_api import Error

        asked = route.request
        with contextlib.suppress(Error):  # the page has been closed meanwhile
            if asked.is_navigation_request() and not self._begun:
                self._begun = True
                await route.fulfill(status=200, headers=_typed(self._response), body=self._response.body)
            elif asked.is_navigation_request():
                await route.fulfill(status=204)  # it stays where it is (RFC 9110 §15.3.5)
            elif asked.resource_type == "stylesheet":
                await route.fulfill(status=200, content_type="text/css", body="")
            elif (answer := await self._fetched(asked)) is not None:
                await route.fulfill(status=answer.status, headers=_handed_on(answer), body=answer.body)
            else:
                await route.abort()

    async def _fetched(self, asked: Any) -> Response | None:
        """Return the answer to a request that builds the page, at the end of its redirects."""
        if asked.resource_type not in NEEDED or asked.method != "GET":
            return None
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in NOT_PASSED_ON}
        headers |= {"Accept-Encoding": "identity", "User-Agent": self._crawler.settings["USER_AGENT"]}
        url: str | None = asked.url
        for _ in range(self._crawler.settings.getint("REDIRECT_MAX_TIMES") + 1):
            answer = await self._one(url, headers) if url and self._may_ask(url) else None
            target = answer.headers.get("Location") if answer and 300 <= answer.status < 400 else None
            if not target:
                return answer
            url = urls.join(url or "", target.decode("latin-1"))
        return None

    def _may_ask(self, url: str) -> bool:
        is_web = urlsplit(url).scheme in ("http", "https") and urls.fetch_form(url) is not None
        self._left -= 1
        return is_web and self._left >= 0 and self._room > 0 and not urls.in_scope(url, TRACKERS)

    async def _one(self, url: str, headers: Mapping[str, str]) -> Response | None:
        seconds = self._ends - monotonic()
        if seconds <= 0:
            return None
        meta = {"download_maxsize": self._room, "download_timeout": seconds}
        request = Request(url, headers=dict(headers), meta=meta)
        downloader = cast("PoliteDownloader", self._crawler.engine.downloader)
        # Whatever goes wrong, the page does without it, as it would for a reader.
        (answer,) = await asyncio.gather(downloader.handlers.download_request_async(request), return_exceptions=True)
        # A page and all that builds it are one visit: the site's pause begins with the last of it.
        downloader.slot_of(url).lastseen = monotonic()
        if isinstance(answer, BaseException) or answer.headers.get("Content-Encoding"):
            return None
        self._room -= len(answer.body)
        return answer


def _typed(response: Response) -> dict[str, str]:
    kind = response.headers.get("Content-Type")
    return {"Content-Type": kind.decode("latin-1") if kind else "text/html"}


def _handed_on(answer: Response) -> dict[str, str]:
    pairs = ((name.decode("latin-1"), values) for name, values in answer.headers.items())
    return {name: b", ".join(values).decode("latin-1") for name, values in pairs if name.lower() not in NOT_HANDED_ON}


def _response(plain: Response, html: str, *, is_unfinished: bool) -> HtmlResponse:
    headers = plain.headers.copy()
    headers["Content-Type"] = "text/html; charset=utf-8"
    request = plain.request
    assert request
    request.meta.update({RENDERED: True} | ({UNFINISHED: True} if is_unfinished else {}))
    return HtmlResponse(
        plain.url,
        status=plain.status,
        headers=headers,
        # A byte order mark goes before whatever encoding the page still says it is in.
        body=html.encode("utf-8-sig", "replace"),
        request=request,
    )
