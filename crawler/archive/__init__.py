"""Web archives: what was fetched, kept and read again as WARC files (ISO 28500:2017). Knows nothing of articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from datetime import datetime

#: Where a data directory has its archive.
DIRECTORY = "archive"

# Keys of a request's meta, between the spiders that know the address and the middleware that keeps the answer.
#: What the crawl knows of the address, as JSON.
FACTS = "facts"
#: Where the response lies in the archive: {file, offset}.
CAPTURE = "capture"
#: When it was fetched, a datetime.
FETCHED = "fetched"


@attrs.frozen(kw_only=True)
class Extracted:
    """What was made of a body on another machine; the body itself stayed there."""

    size: int
    """Of the body, bytes."""
    told: Any
    """What was known of the page where it was read."""
    result: Any
    """What came of it, or the failure that came instead."""


@attrs.frozen(kw_only=True)
class Stored:
    """One response of an archive."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched: datetime
    offset: int
    """Of its record in the file, bytes; with zstd only the order counts."""
    facts: dict[str, Any] = attrs.field(factory=dict)
    """What the crawl that wrote it knew of the address; empty where another program wrote it."""
    extracted: Extracted | None = None
    """Where the file was read by another machine."""

    @property
    def size(self) -> int:
        """Bytes of the body, wherever that is."""
        return self.extracted.size if self.extracted else len(self.body)


@attrs.frozen(kw_only=True)
class Damage:
    """A part of a file that could not be read, and was passed over."""

    offset: int
    detail: str
