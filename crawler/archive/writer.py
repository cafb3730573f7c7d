"""Writes exchanges of request and response to WARC 1.1 files (ISO 28500:2017); knows files, and nothing of a crawl."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import attrs
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive.members import whole_length
from crawler.output import disk, sync_directory
from crawler.state.captures import Capture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Bytes from which on a file is closed and the next begun: as CC-NEWS has them.
LARGEST = 1 << 30
#: What a file is called while it is written to, so that nobody copies half of it.
OPEN = ".open"
#: Headers that described the bytes on the wire and not those that are kept: kept under this prefix, as CC-NEWS does.
MASK = "X-Crawler-"
MASKED = frozenset({"content-encoding", "content-length", "transfer-encoding"})

#: WARC 1.1, section 6.7.3.
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

Headers = tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class Exchange:
    """One request and what was answered; header names and values are latin-1 texts."""

    url: str
    asked: Headers
    """The headers of the request."""
    status: int
    headers: Headers
    body: bytes
    """Without the encodings of the transfer."""
    fetched: datetime
    ip: str | None = None
    facts: dict[str, Any] = attrs.field(factory=dict)
    """What the crawl knew of the address, as JSON: kept beside the response in a metadata record."""

    def digest(self) -> str:
        """Return the payload's digest as WARC writes it."""
        return f"sha1:{base64.b32encode(hashlib.sha1(self.body, usedforsecurity=False).digest()).decode()}"


class WarcFiles:
    """The archive of one run: ``.open`` files that are closed by size and by day. For one thread at a time."""

    def __init__(self, directory: Path, *, software: str, largest: int = LARGEST) -> None:
        self._directory = directory
        self._software = software
        self._largest = largest
        self._serial = 0
        self._path: Path | None = None
        self._size = 0
        self._day = ""

    def write(self, exchange: Exchange, before: Capture | None = None) -> Capture:
        """Append the exchange, durably, and return where its response lies; raises StorageError.

        *before* is an earlier capture of the same address. An answer with the same payload, and 304, become a revisit
        record that refers to it, and the capture returned is then the earlier one.
        """
        self._make_room(exchange.fetched)
        assert self._path
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version="1.1")
        response = _response(writer, exchange, before)
        writer.write_record(response)
        ids = {"WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID")}
        writer.write_record(_request(writer, exchange, ids))
        if exchange.facts:
            writer.write_record(_facts(writer, exchange, ids))
        place = Capture(
            file=self._path.name.removesuffix(OPEN),
            offset=self._size,
            digest=exchange.digest(),
            at=exchange.fetched.timestamp(),
        )
        self._append(buffer.getvalue())
        return before if before and response.rec_type == "revisit" else place

    def close(self) -> None:
        """Give the file its final name; raises StorageError."""
        if self._path:
            _close(self._path)
        self._path = None

    def _make_room(self, now: datetime) -> None:
        day = f"{now:%Y%m%d}"
        if self._path and self._size < self._largest and day == self._day:
            return
        self.close()
        with disk(self._directory):
            self._directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._path, self._size, self._day = self._free_name(now), 0, day
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=True, warc_version="1.1")
        info = {"software": self._software, "format": "WARC File Format 1.1", "robots": "classic"}
        name = self._path.name.removesuffix(OPEN)
        writer.write_record(writer.create_warcinfo_record(name, info))
        self._append(buffer.getvalue())
        with disk(self._directory):
            sync_directory(self._directory)

    def _free_name(self, now: datetime) -> Path:
        while True:
            path = self._directory / f"NewsCrawler-{now:%Y%m%d%H%M%S}-{self._serial:05}.warc.gz{OPEN}"
            self._serial += 1
            if not path.exists() and not path.with_suffix("").exists():
                return path

    def _append(self, data: bytes) -> None:
        """Write and sync *data*; on failure the file is cut back, so that no record in it is torn."""
        assert self._path
        with disk(self._path):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, self._size)
                raise
            finally:
                os.close(descriptor)
        self._size += len(data)


def recover(directory: Path) -> int:
    """Close the files that a crash left open, without the record that it tore, and return how many there were."""
    left = sorted(directory.glob(f"*{OPEN}"))
    for path in left:
        with disk(path):
            os.truncate(path, whole_length(path))
        _close(path)
    return len(left)


def _close(path: Path) -> None:
    with disk(path):
        path.rename(path.with_suffix(""))
        sync_directory(path.parent)


def _response(writer: Any, exchange: Exchange, before: Capture | None) -> Any:
    headers = StatusAndHeaders(_status(exchange.status), list(_as_kept(exchange)), protocol="HTTP/1.1")
    told = _told(exchange)
    if before and (exchange.status == 304 or before.digest == exchange.digest()):
        record = writer.create_revisit_record(
            exchange.url,
            digest=before.digest,
            refers_to_uri=exchange.url,
            refers_to_date=_date(before.at),
            http_headers=headers,
            warc_headers_dict=told,
        )
        if exchange.status == 304:
            record.rec_headers.replace_header("WARC-Profile", NOT_MODIFIED)
        return record
    told |= {"WARC-Payload-Digest": exchange.digest()}
    return writer.create_warc_record(
        exchange.url, "response", payload=io.BytesIO(exchange.body), http_headers=headers, warc_headers_dict=told
    )


def _request(writer: Any, exchange: Exchange, told: dict[str, str]) -> Any:
    path = "/" + exchange.url.split("://", 1)[-1].partition("/")[2]
    headers = StatusAndHeaders(f"GET {path} HTTP/1.1", list(exchange.asked), is_http_request=True)
    return writer.create_warc_record(
        exchange.url, "request", http_headers=headers, warc_headers_dict=_told(exchange) | told
    )


def _facts(writer: Any, exchange: Exchange, told: dict[str, str]) -> Any:
    payload = json.dumps(exchange.facts, ensure_ascii=True).encode()
    return writer.create_warc_record(
        exchange.url,
        "metadata",
        payload=io.BytesIO(payload),
        length=len(payload),
        warc_content_type="application/json",
        warc_headers_dict=_told(exchange) | told,
    )


def _told(exchange: Exchange) -> dict[str, str]:
    told = {"WARC-Date": _date(exchange.fetched.timestamp())}
    return told | ({"WARC-IP-Address": exchange.ip} if exchange.ip else {})


def _as_kept(exchange: Exchange) -> Sequence[tuple[str, str]]:
    kept = [(MASK + name if name.lower() in MASKED else name, value) for name, value in exchange.headers]
    return [*kept, ("Content-Length", str(len(exchange.body)))]


def _date(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
