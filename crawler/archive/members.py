"""The pieces that a WARC file is made of: how far they are whole. Reads no record's payload.

Pieces are the members of a gzip file (RFC 1952), the frames of a zstd file (RFC 8878), or records that are not
compressed (ISO 28500). Usually each holds one record; a file that was compressed as a whole is one piece.
"""

from __future__ import annotations

import os
import re
import zlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Bytes read at a time.
CHUNK = 1 << 20
#: How a piece begins: with deflate in a gzip member, and two kinds of zstd frames: data, and what is to be skipped.
GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
SKIPPED = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
PLAIN = b"WARC/1."
#: Bytes of a record's header; longer ones are no headers.
LONGEST_HEADER = 1 << 16
#: What stands between two records.
SEPARATOR = len(b"\r\n\r\n")
#: RFC 8878, 3.1.1.1: bytes of a frame's dictionary id and content size, by two bits of its descriptor each.
DICTIONARY = (0, 1, 2, 4)
CONTENT_SIZE = (0, 2, 4, 8)
#: RFC 8878, 3.1.1.2: a block of one byte that is repeated, and one of no kind that there is.
REPEATED, RESERVED = 1, 3

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)


def whole_length(path: Path, begin: int = 0) -> int:
    """Return up to which byte of a file there are whole pieces from *begin* on; raises OSError."""
    with path.open("rb") as file:
        file.seek(begin)
        magic = file.read(len(PLAIN))
        file.seek(begin)
        if magic.startswith(ZSTD) or SKIPPED.match(magic):
            return _whole(file, begin, _frame_end)
        return _whole(file, begin, _record_end) if magic == PLAIN else _whole_members(file, begin)


def _whole_members(file: BinaryIO, begin: int) -> int:
    whole = position = begin
    member = zlib.decompressobj(wbits=31)
    while chunk := file.read(CHUNK):
        while chunk:
            try:
                member.decompress(chunk)
            except zlib.error:
                return whole
            rest = member.unused_data
            position += len(chunk) - len(rest)
            if member.eof:
                whole, member = position, zlib.decompressobj(wbits=31)
            chunk = rest
    return whole


def _whole(file: BinaryIO, begin: int, end_of: Callable[[BinaryIO, int], int | None]) -> int:
    size = os.fstat(file.fileno()).st_size
    whole = begin
    while whole < size and (end := end_of(file, whole)) and end <= size:
        whole = end
    return whole


def _frame_end(file: BinaryIO, begin: int) -> int | None:
    """Return where the zstd frame at *begin* ends, also if that is behind the end of the file; None if it is none."""
    head = _at(file, begin, 8)
    if SKIPPED.match(head):
        return begin + 8 + int.from_bytes(head[4:], "little")
    if not head.startswith(ZSTD) or len(head) <= len(ZSTD):
        return None
    descriptor = head[len(ZSTD)]
    size, is_single, has_checksum = descriptor >> 6, descriptor >> 5 & 1, descriptor >> 2 & 1
    # Without a window of its own, a frame has at least one byte of content size.
    end = begin + 5 + (1 - is_single) + DICTIONARY[descriptor & 3] + (CONTENT_SIZE[size] or is_single)
    while True:
        block = int.from_bytes(_at(file, end, 3).ljust(3, b"\xff"), "little")
        kind = block >> 1 & 3
        if kind == RESERVED:
            return None
        end += 3 + (1 if kind == REPEATED else block >> 3)
        if block & 1:
            return end + 4 * has_checksum


def _record_end(file: BinaryIO, begin: int) -> int | None:
    """Return where the record at *begin* ends, also if that is behind the end of the file; None if it is none."""
    head, found, _ = _at(file, begin, LONGEST_HEADER).partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if not found or not length or not head.startswith(PLAIN):
        return None
    return begin + len(head) + SEPARATOR + int(length[1]) + SEPARATOR


def _at(file: BinaryIO, position: int, count: int) -> bytes:
    file.seek(position)
    return file.read(count)
