"""Keeps what is fetched as web archive files, where ARCHIVE_WARC is on."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured

from crawler import endings
from crawler.archive import CAPTURE, DIRECTORY, FACTS, FETCHED
from crawler.state import StorageError, state_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

    from crawler.archive.writer import Exchange, WarcFiles
    from crawler.state.captures import Capture

#: Key of a request's meta: the headers as they came, before decompression.
WIRE = "wire_headers"
#: Request headers that are kept: no name, key or cookie that an operator gave for a site is among them.
TOLD = frozenset({"accept", "accept-encoding", "accept-language", "if-modified-since", "if-none-match", "user-agent"})


class Archive:
    """A downloader middleware between decompression and redirects: every answer passes it once, redirects too."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._directory = Path(crawler.settings["DATA_DIR"]) / DIRECTORY
        self._files: WarcFiles | None = None
        # One thread: compressing must not hold up the event loop, and records are written one after the other.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warc")
        crawler.signals.connect(self._note_headers, signal=signals.response_downloaded)
        crawler.signals.connect(self._close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not crawler.settings.getbool("ARCHIVE_WARC"):
            raise NotConfigured
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Keep the exchange and note in the request where its response lies."""
        try:
            before = state_of(self._crawler).captures.last(request.url)
            exchange = _exchange(request, response)
            capture = await asyncio.wrap_future(self._thread.submit(self._write, exchange, before))
            if capture != before:
                state_of(self._crawler).captures.remember(request.url, capture)
            request.meta.update({CAPTURE: capture.as_json(), FETCHED: exchange.fetched})
        except StorageError as error:
            endings.end_early(self._crawler, "storage_failure", str(error))
        return response

    def _write(self, exchange: Exchange, before: Capture | None) -> Capture:
        from crawler.archive.writer import WarcFiles, recover

        if self._files is None:
            recover(self._directory)
            settings = self._crawler.settings
            self._files = WarcFiles(
                self._directory, software=settings["USER_AGENT"], largest=settings.getint("ARCHIVE_SIZE")
            )
        return self._files.write(exchange, before)

    def _note_headers(self, response: Response, request: Request) -> None:
        request.meta[WIRE] = _pairs(response.headers)

    async def _close(self) -> None:
        try:
            if self._files:
                await asyncio.wrap_future(self._thread.submit(self._files.close))
        except StorageError as error:
            endings.note(self._crawler, "storage_failure", str(error))
        self._thread.shutdown()


def _exchange(request: Request, response: Response) -> Exchange:
    from crawler.archive.writer import Exchange  # needs the extra, which only an archive asks for

    asked = [(name, value) for name, value in _pairs(request.headers) if name.lower() in TOLD]
    return Exchange(
        url=request.url,
        asked=(("Host", request.url.split("/")[2].rpartition("@")[2]), *asked),
        status=response.status,
        headers=request.meta.pop(WIRE, None) or _pairs(response.headers),
        body=response.body,
        fetched=datetime.now(UTC),
        ip=str(response.ip_address) if response.ip_address else None,
        facts=request.meta.get(FACTS, {}),
    )


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name in headers for value in headers.getlist(name)
    )
