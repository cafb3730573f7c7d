"""Unpacks response bodies within bounds: of size, of layers, and of what all of them may hold in memory at once."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from scrapy import signals
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, StopDownload
from scrapy.http import Response

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

#: Content codings that one body may be wrapped in; servers that mean well use one, and some by mistake two.
LAYERS = 3
#: Bytes that every response may hold however much the others do, so that a few large ones starve nobody.
FAIR_SHARE = 1 << 20


class BoundedBodies(HttpCompressionMiddleware):
    """Scrapy's decompression, and a budget (BODIES_MAXSIZE) for all bodies that are being received or worked on.

    A body counts from its first byte until its request is forgotten. What would exceed the budget is given up and
    tried again later: many sites with large sitemaps at the same moment are possible, and so is an attack.
    """

    def __init__(self, *, crawler: Crawler) -> None:
        super().__init__(crawler=crawler)
        self._budget = crawler.settings.getint("BODIES_MAXSIZE")
        self._held: WeakKeyDictionary[Request, int] = WeakKeyDictionary()
        crawler.signals.connect(self._received, signal=signals.bytes_received)

    def process_response(  # type: ignore[override]  # Scrapy's own spider argument is on its way out
        self, request: Request, response: Response
    ) -> Response:
        """Unpack the body; raises DownloadCancelledError where it has too many layers or bytes, StopDownload."""
        if b"Content-Encoding" not in response.headers:
            return response
        codings = b",".join(response.headers.getlist("Content-Encoding")).split(b",")
        if len(codings) > LAYERS:
            raise DownloadCancelledError(f"{len(codings)} content codings around one body, more than {LAYERS}")
        # Of no class that knows text: that would look for a charset in packed bytes, which costs more than unpacking.
        packed = Response(**{name: getattr(response, name) for name in Response.attributes})
        try:
            unpacked = cast("Response", super().process_response(request, packed))
        except IgnoreRequest as error:
            raise DownloadCancelledError(str(error)) from error
        self._hold(request, len(unpacked.body))
        return unpacked

    def _received(self, data: bytes, request: Request) -> None:
        self._hold(request, len(data))

    def _hold(self, request: Request, size: int) -> None:
        held = self._held[request] = self._held.get(request, 0) + size
        if held > FAIR_SHARE and self._is_spent():
            raise StopDownload(fail=True)

    def _is_spent(self) -> bool:
        if sum(self._held.values()) <= self._budget:
            return False
        gc.collect()  # failures hold on to their requests in cycles
        return sum(self._held.values()) > self._budget
