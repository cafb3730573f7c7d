"""What is in web archives: where an address's last answer lies, and how far each file has been read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from crawler.state.database import Database


@attrs.frozen(kw_only=True)
class Capture:
    """One response in the archive."""

    file: str
    offset: int
    """Of its record in the file, bytes."""
    digest: str
    """Of the payload, as WARC writes it."""
    at: float
    """When it was fetched, Unix seconds."""

    def as_json(self) -> dict[str, str | int]:
        """Return the record's ``metadata.archive``."""
        return {"file": self.file, "offset": self.offset}


class Captures:
    """The verbs on captures."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def last(self, url: str) -> Capture | None:
        """Return what is kept of exactly this address, or None."""
        row = self._db.row("SELECT file, position, digest, at FROM capture WHERE url = ?", (_hash(url),))
        return Capture(file=row["file"], offset=row["position"], digest=row["digest"], at=row["at"]) if row else None

    def remember(self, url: str, capture: Capture) -> None:
        """Make *capture* the last of its address."""
        self._db.execute(
            "INSERT INTO capture (url, file, position, digest, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (url) DO UPDATE"
            " SET file = excluded.file, position = excluded.position, digest = excluded.digest, at = excluded.at",
            (_hash(url), capture.file, capture.offset, capture.digest, capture.at),
        )

    def reached(self, path: str, *, reader: str) -> int:
        """Return the offset up to which the file has been read by *reader*, which is
        extractor and filters: another reads it anew."""
        row = self._db.row("SELECT position FROM archive_file WHERE path = ? AND reader = ?", (path, reader))
        return int(row["position"]) if row else 0

    def reach(self, path: str, offset: int, *, reader: str) -> None:
        """Promise that all before *offset* has been settled."""
        self._db.execute(
            "INSERT INTO archive_file (path, reader, position) VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE"
            " SET reader = excluded.reader, position = excluded.position",
            (path, reader, offset),
        )


def _hash(url: str) -> bytes:
    return hashlib.sha256(url.encode("utf-8", "replace")).digest()[:16]
