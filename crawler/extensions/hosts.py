"""Which hosts are slow: times every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals

from crawler import urls
from crawler.state import state_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response


class HostTimes:
    """Counts how long each host took to answer, for the report."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._answered, signal=signals.response_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _answered(self, response: Response, request: Request) -> None:  # noqa: ARG002  # Scrapy's signature
        seconds = request.meta.get("download_latency")
        if seconds is not None:
            state_of(self._crawler).hosts.answered(urls.host(request.url), seconds)
