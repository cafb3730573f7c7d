"""Articles as they come in, for a person who watches; silent when nobody does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from crawler.terminal import is_watched, printable, say

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from crawler.items import Article

#: Columns kept for the source's id.
SOURCE_WIDTH = 20


class Progress:
    """Prints one line per stored article on a terminal."""

    def __init__(self, crawler: Crawler) -> None:
        if not is_watched():
            raise NotConfigured
        self._crawler = crawler
        crawler.signals.connect(self._begin, signal=signals.spider_opened)
        crawler.signals.connect(self._stored, signal=signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _begin(self) -> None:
        delay = self._crawler.settings.getfloat("DOWNLOAD_DELAY")
        pace = f"one request per site every {delay:g} s" if delay else "without a pause"
        say(f"Crawling {pace}; Ctrl-C stops and keeps everything.")

    def _stored(self, item: Article | Any) -> None:
        source = str(item.publisher.get("sourceId", ""))[:SOURCE_WIDTH]
        moment = datetime.now(UTC).astimezone()
        again = f"revision {item.revision}: " if item.revision > 1 else ""
        say(f"{moment:%H:%M:%S}  {source:{SOURCE_WIDTH}}  {again}{printable(item.headline)}")
