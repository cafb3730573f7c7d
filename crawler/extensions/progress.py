"""What is going on, for a person who watches: a live view on a terminal, plain lines elsewhere, nothing for nobody."""

from __future__ import annotations

import time
from collections import Counter, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.httpobj import urlparse_cached

from crawler import endings, urls
from crawler.terminal import is_redrawable, is_watched, printable, say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.extensions.display import Display, Row, View
    from crawler.items import Article
    from crawler.politeness.pace import PoliteDownloader
    from crawler.politeness.slots import SiteSlot

#: Columns kept for the source's id.
SOURCE_WIDTH = 20
#: Seconds between two views; a view costs some milliseconds.
REFRESH = 0.5
#: Seconds that pages a second are counted over.
RECENT = 10.0
#: Characters of an address that is being fetched.
PATH_WIDTH = 30


class Progress:
    """Prints one line per stored article, and shows what every source is waiting for."""

    def __init__(self, crawler: Crawler) -> None:
        if not is_watched():
            raise NotConfigured
        self._crawler = crawler
        self._began = time.monotonic()
        self._stored: Counter[str] = Counter()
        self._pages: Counter[str] = Counter()
        self._last: dict[str, float] = {}
        self._recent: deque[float] = deque()
        self._lines: list[str] = []
        self._display: Display | None = None
        self._refresh = create_looping_call(self._show)
        crawler.signals.connect(self._begin, signal=signals.spider_opened)
        crawler.signals.connect(self._item, signal=signals.item_scraped)
        crawler.signals.connect(self._page, signal=signals.response_received)
        crawler.signals.connect(self._end, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _begin(self) -> None:
        delay = self._crawler.settings.getfloat("DOWNLOAD_DELAY")
        pace = f"one request per site every {delay:g} s" if delay else "without a pause"
        say(f"Crawling {pace}; Ctrl-C stops and keeps everything.")
        if is_redrawable():
            from crawler.extensions.display import Display  # rich takes its time, and cron never sees it

            self._display = Display()
            self._display.start()
            self._refresh.start(REFRESH, now=False)

    def _item(self, item: Article | Any) -> None:
        source = str(item.publisher.get("sourceId", ""))
        self._stored[source] += 1
        moment = datetime.now(UTC).astimezone()
        again = f"revision {item.revision}: " if item.revision > 1 else ""
        self._lines.append(
            f"{moment:%H:%M:%S}  {source[:SOURCE_WIDTH]:{SOURCE_WIDTH}}  {again}{printable(item.headline)}"
        )
        if not self._display:
            self._say_lines()

    def _say_lines(self) -> None:
        """Write the lines that have come since the last view: each write draws the view anew."""
        if self._lines:
            say("\n".join(self._lines))
            self._lines.clear()

    def _page(self, request: Request) -> None:
        now = time.monotonic()
        self._recent.append(now)
        source = _source_of(request)
        if source:
            self._pages[source] += 1
            self._last[source] = now

    def _show(self) -> None:
        if self._display:
            self._say_lines()
            self._display.show(self._view())

    def _view(self) -> View:
        from crawler.extensions.display import View

        now = time.monotonic()
        while self._recent and self._recent[0] < now - RECENT:
            self._recent.popleft()
        rows = [self._row(source) for source in self._seen()]
        stopping = self._crawler.stats.get_value(endings.SIGNAL) is not None
        return View(
            rows=sorted(rows, key=lambda row: (row.is_done, -self._last.get(row.source, now))),
            stored=self._stored.total(),
            pages_a_second=len(self._recent) / max(min(RECENT, now - self._began), REFRESH),
            seconds=now - self._began,
            reading=len(self._being_read()),
            note="stopping; Ctrl-C again stops at once" if stopping else "Ctrl-C stops and keeps everything",
        )

    def _seen(self) -> Iterable[str]:
        """Return the sources that have had a request, or wait for one."""
        engine = self._crawler.engine
        waiting = engine.downloader.active if engine else ()
        return {*self._pages, *(source for request in waiting if (source := _source_of(request)))}

    def _row(self, source: str) -> Row:
        from crawler.extensions.display import Row

        doing = self._doing(source)
        return Row(
            source=source,
            stored=self._stored[source],
            pages=self._pages[source],
            doing=doing or "done",
            is_done=not doing,
        )

    def _doing(self, source: str) -> str:
        """Return what a source does or waits for: the network, its pace, robots.txt, the workers; "" for nothing."""
        engine = self._crawler.engine
        if engine is None:
            return ""
        own = [request for request in engine.downloader.active if _source_of(request) == source]
        sites = {urls.registrable_domain(request.url): None for request in own}
        for site in sites:
            slot = cast("PoliteDownloader", engine.downloader).slots.get(site)
            if slot and (told := _of_slot(slot)):
                return told
        if own:
            return "waits for its turn"
        reading = sum(_source_of(request) == source for request in self._being_read())
        if reading:
            return f"reading {reading} page{'s' * (reading > 1)}"
        leased = getattr(self._crawler.spider, "open", {})  # a spider of one's own need not lease
        return "waits in line" if leased.get(source, 0) > 0 else ""

    def _being_read(self) -> set[Request]:
        """Return the requests whose answers are being read."""
        engine = self._crawler.engine
        slot = engine.scraper.slot if engine else None
        return slot.active if slot else set()

    def _end(self) -> None:
        if self._refresh.running:
            self._refresh.stop()
        self._say_lines()
        if self._display:
            self._display.stop()
            self._display = None


def _of_slot(slot: SiteSlot) -> str:
    """Return what a site's slot does: fetches, or pauses between two requests."""
    for request in slot.transferring:
        path = urlparse_cached(request).path
        return "fetching robots.txt" if path == "/robots.txt" else f"fetching {printable(path, PATH_WIDTH)}"
    whole = slot.download_delay()
    left = whole - (time.monotonic() - slot.lastseen)
    if not slot.queue or left <= 0:
        return ""
    return f"rests for {left:.0f} s, as it asked" if slot.is_resting else f"pause, {left:.1f} s of {whole:g} s"


def _source_of(request: Request) -> str | None:
    """Return the source that a request is for, by what its callback gets: a document, a lease, a look or a reading."""
    for value in request.cb_kwargs.values():
        source = getattr(value, "source", None) or getattr(getattr(value, "lease", None), "source", None)
        if source:
            return str(source)
    return None
