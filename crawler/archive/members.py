"""The members of a gzip file (RFC 1952), one for each WARC record: how far they are whole. Knows no records."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes read at a time.
CHUNK = 1 << 20


def whole_length(path: Path, begin: int = 0) -> int:
    """Return up to which byte of a file there are whole members from *begin* on; raises OSError."""
    whole = position = begin
    member = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        file.seek(begin)
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
