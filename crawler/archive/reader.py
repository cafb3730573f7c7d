"""Reads the pages of WARC files, whoever wrote them: gzip, zstd or plain, cut short or damaged in the middle."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import attrs
from fastwarc.warc import ArchiveIterator, WarcRecordType

from crawler.archive import Damage, Stored
from crawler.archive.members import GZIP, PLAIN, ZSTD, whole_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from fastwarc.warc import WarcRecord

#: Bytes of a payload that are read; a page over this is passed over as too large by whoever reads on.
LARGEST = 50 << 20
#: Bytes of a metadata record that are read: ours have some hundred.
LARGEST_FACTS = 1 << 16
#: Bytes read at a time when the next whole record is looked for.
CHUNK = 1 << 20
#: How a record begins, compressed or not.
BEGINNINGS = (GZIP, ZSTD, PLAIN)
LONGEST_BEGINNING = max(map(len, BEGINNINGS))

#: There is no record any more.
END = -1

KINDS = WarcRecordType.response | WarcRecordType.revisit | WarcRecordType.metadata


def read(
    path: Path, *, begin: int = 0, wanted: Callable[[str, datetime], bool] | None = None
) -> Iterator[Stored | Damage]:
    """Yield the responses from offset *begin* on, in order, and what had to be passed over; raises OSError.

    *wanted* is asked with address and time before a payload is read. Revisit records carry no payload and are left out.
    """
    is_damaged = False
    with path.open("rb") as file:
        while begin >= 0:
            last, begin = begin, END
            try:
                for found in _from(file, last, wanted):
                    if isinstance(found, Stored):
                        last, is_damaged = found.offset, False
                    if not is_damaged:
                        yield found
            except (OSError, ValueError) as error:
                if not is_damaged:  # one damage may look like the beginning of many records
                    yield Damage(offset=last, detail=str(error))
                is_damaged = True
                begin = _next_beginning(file, last + 1)


def read_on(
    path: Path, *, begin: int, wanted: Callable[[str, datetime], bool] | None = None
) -> Iterator[Stored | Damage]:
    """Yield what `read` does from *begin* on; raises OSError.

    Where no record begins there, because the file is in one piece or another by now, it is read anew.
    """
    return read(path, begin=begin if is_beginning(path, begin) else 0, wanted=wanted)


def is_beginning(path: Path, offset: int) -> bool:
    """Whether a record can be read from *offset* on: not in the middle of a file that was compressed as one piece.

    The end of the file counts as one; raises OSError.
    """
    with path.open("rb") as file:
        if file.seek(0, io.SEEK_END) == offset:
            return True
        file.seek(offset)
        if not file.read(LONGEST_BEGINNING).startswith(BEGINNINGS):
            return False
        file.seek(offset)
        with contextlib.suppress(OSError, ValueError):
            return next(iter(ArchiveIterator(file, parse_http=False)), None) is not None
    return False


def index(path: Path) -> dict[str, int]:
    """Return the offset of the last response of every address in the file, as far as it can be read."""
    found = {}
    with path.open("rb") as file, contextlib.suppress(OSError, ValueError):
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=False):
            found[(record.headers.get("WARC-Target-URI") or "").strip("<>")] = record.stream_pos
    return found


def _from(file: BinaryIO, begin: int, wanted: Callable[[str, datetime], bool] | None) -> Iterator[Stored | Damage]:
    """Yield the responses from *begin* on, each with the facts that its metadata record holds, and a torn end."""
    file.seek(begin)
    at = begin
    held: tuple[str, Stored] | None = None
    try:
        for record in ArchiveIterator(file, record_types=KINDS, parse_http=True, auto_decode="all"):
            at = record.stream_pos
            if record.record_type == WarcRecordType.metadata:
                held = _with_facts(held, record)
                continue
            if held:
                yield held[1]
            held = _held(record, wanted) if record.record_type == WarcRecordType.response else None
    except (OSError, ValueError):
        if held:  # it is whole; what follows it is not
            yield held[1]
        raise
    if held:
        yield held[1]
    if _is_torn(Path(file.name), begin, at):  # which FastWARC passes over in silence
        yield Damage(offset=at, detail="the file is cut short")


def _is_torn(path: Path, begin: int, last: int) -> bool:
    """Whether the file ends in the middle of a record, from the one at *last* on.

    Of a file in one piece *last* is no place where one could look: then it is looked through from *begin* on.
    """
    with path.open("rb") as file:
        file.seek(last)
        is_piece = file.read(LONGEST_BEGINNING).startswith(BEGINNINGS)
    return whole_length(path, last if is_piece else begin) < path.stat().st_size


def _next_beginning(file: BinaryIO, position: int) -> int:
    """Return where the next record may begin at or after *position*, or END."""
    file.seek(position)
    chunk = file.read(CHUNK)
    while chunk:
        found = [at for beginning in BEGINNINGS if (at := chunk.find(beginning)) >= 0]
        if found:
            return position + min(found)
        more = file.read(CHUNK)
        position += max(len(chunk) - LONGEST_BEGINNING, 0)
        chunk = chunk[-LONGEST_BEGINNING:] + more if more else b""
    return END


def _with_facts(held: tuple[str, Stored] | None, record: WarcRecord) -> tuple[str, Stored] | None:
    if not held or record.headers.get("WARC-Concurrent-To") != held[0]:
        return held
    return held[0], attrs.evolve(held[1], facts=_facts(record))


def _held(record: WarcRecord, wanted: Callable[[str, datetime], bool] | None) -> tuple[str, Stored] | None:
    url, fetched = (record.headers.get("WARC-Target-URI") or "").strip("<>"), record.record_date
    if not url or not fetched or not record.is_http or (wanted and not wanted(url, fetched)):
        return None
    headers = record.http_headers
    if headers is None or headers.status_code is None:
        return None
    is_encoded = "Content-Encoding" in headers or "Transfer-Encoding" in headers
    length, body = record.content_length, record.reader.read(LARGEST)
    if not is_encoded and len(body) < min(length, LARGEST):
        raise ValueError(f"expected {length} bytes of {url}, found {len(body)}")
    stored = Stored(
        url=url,
        status=headers.status_code,
        headers=tuple((name, value) for name, value in headers),
        body=body,
        fetched=fetched,
        offset=record.stream_pos,
    )
    return str(record.record_id), stored


def _facts(record: WarcRecord) -> dict[str, Any]:
    try:
        facts = json.loads(record.reader.read(LARGEST_FACTS))
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
