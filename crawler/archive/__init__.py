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


@attrs.frozen(kw_only=True)
class Damage:
    """A part of a file that could not be read, and was passed over."""

    offset: int
    detail: str
