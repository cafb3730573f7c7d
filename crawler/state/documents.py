"""Documents: the feeds, sitemaps and pages that announce links, with their validators and when each was read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection

    from crawler.state.database import Database

#: A document that fails is left alone for its interval times 2 to the failures, and never longer than this (seconds).
LONGEST_BACKOFF = 86_400.0
#: A document is due when this share of its interval has passed, because cron never comes on the second.
NEARLY = 0.95


@attrs.frozen(kw_only=True)
class Document:
    """One document of a source as the state knows it."""

    source: str
    url: str
    kind: str
    origin: str
    child: bool = False
    place: int = 0
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    polls: int = 0
    fails: int = 0
    checked: float | None = None
    changed: float | None = None
    not_before: float = 0.0
    outcome: str | None = None
    links: int = 0


@attrs.frozen(kw_only=True)
class Validators:
    """What a server wants to be told next time (RFC 9110 §8.8), verbatim."""

    etag: str | None = None
    last_modified: str | None = None


class Documents:
    """The verbs on documents. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.visits: Counter[tuple[str, str]] = Counter()
        """How many documents this process visited, by source and outcome."""

    def add(self, document: Document) -> None:
        """Remember a document; one that is known keeps what is known of it, but takes the new place.

        A document that the source file names is visited on its own from then on, whoever named it before.
        """
        self._db.execute(
            "INSERT INTO document (source, url, kind, origin, child, place) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET place = excluded.place,"
            " origin = iif(excluded.origin = 'sources', excluded.origin, origin),"
            " child = iif(excluded.origin = 'sources', excluded.child, child)",
            (document.source, document.url, document.kind, document.origin, document.child, document.place),
        )

    def keep_named(self, source: str, urls: Collection[str]) -> None:
        """Forget the documents that the source file named once and names no more."""
        for document in self.of(source):
            if document.origin == "sources" and document.url not in urls:
                self._db.execute("DELETE FROM document WHERE source = ? AND url = ?", (source, document.url))

    def of(self, source: str) -> list[Document]:
        """Return all documents of a source, those visited on their own first."""
        rows = self._db.rows("SELECT * FROM document WHERE source = ? ORDER BY child, origin, place, url", (source,))
        return [_document(row) for row in rows]

    def sources(self) -> list[str]:
        """Return the ids of the sources that have documents."""
        return [row["source"] for row in self._db.rows("SELECT DISTINCT source FROM document ORDER BY source")]

    def at(self, url: str) -> list[Document]:
        """Return the documents of that address, of whatever source."""
        return [_document(row) for row in self._db.rows("SELECT * FROM document WHERE url = ?", (url,))]

    def due(self, source: str, *, now: float, every: float | None) -> list[Document]:
        """Return the documents to visit on their own whose interval has passed, longest unvisited first.

        *every* is in seconds; None returns all of them, as an operator who names a source wants it visited now.
        """
        if every is None:
            return [document for document in self.of(source) if not document.child]
        rows = self._db.rows(
            "SELECT * FROM document WHERE source = ? AND child = 0 AND not_before <= ?"
            " AND (checked IS NULL OR checked <= ?) ORDER BY checked, place, url",
            (source, now, now - every * NEARLY),
        )
        return [_document(row) for row in rows]

    def children(self, source: str, origin: str, count: int) -> list[Document]:
        """Return the *count* best placed documents that are visited together with *origin*."""
        rows = self._db.rows(
            "SELECT * FROM document WHERE source = ? AND origin = ? AND child = 1 ORDER BY place, url LIMIT ?",
            (source, origin, count),
        )
        return [_document(row) for row in rows]

    def read(
        self, document: Document, *, kind: str, validators: Validators, digest: str, links: int, now: float
    ) -> None:
        """Record a full reading: its kind, validators and the digest that tells whether it changed."""
        changed = now if digest != document.digest else document.changed
        self._count(document, "read")
        self._db.execute(
            "UPDATE document SET kind = ?, etag = ?, last_modified = ?, digest = ?, links = ?, changed = ?,"
            " polls = polls + 1, fails = 0, not_before = 0, checked = ?, outcome = ? WHERE source = ? AND url = ?",
            (
                kind, validators.etag, validators.last_modified, digest, links, changed, now,
                "changed" if digest != document.digest else "unchanged", document.source, document.url,
            ),
        )  # fmt: skip

    def not_modified(self, document: Document, *, now: float) -> None:
        """Record a 304."""
        self._count(document, "not_modified")
        self._db.execute(
            "UPDATE document SET polls = polls + 1, fails = 0, not_before = 0, checked = ?, outcome = 'not_modified'"
            " WHERE source = ? AND url = ?",
            (now, document.source, document.url),
        )

    def failed(self, document: Document, outcome: str, *, every: float, now: float) -> None:
        """Record a failure; the document is tried again ever more rarely, and never dropped."""
        self._count(document, outcome)
        pause = min(every * 2 ** min(document.fails, 16), LONGEST_BACKOFF)
        self._db.execute(
            "UPDATE document SET polls = polls + 1, fails = fails + 1, checked = ?, not_before = ?, outcome = ?"
            " WHERE source = ? AND url = ?",
            (now, now + pause, outcome, document.source, document.url),
        )

    def _count(self, document: Document, outcome: str) -> None:
        # A robots.txt that answers announces no article: a site that forbids all has still not been read.
        if document.kind != "robots" or outcome not in ("read", "not_modified"):
            self.visits[document.source, outcome] += 1

    def explored(self, source: str) -> float | None:
        """Return when feeds and sitemaps of the source were last looked for."""
        row = self._db.row("SELECT explored FROM source WHERE id = ?", (source,))
        return row["explored"] if row else None

    def set_explored(self, source: str, *, now: float) -> None:
        """Record that feeds and sitemaps of the source were looked for."""
        self._db.execute(
            "INSERT INTO source (id, explored) VALUES (?, ?) ON CONFLICT DO UPDATE SET explored = excluded.explored",
            (source, now),
        )


def _document(row: object) -> Document:
    values = dict(row)  # type: ignore[call-overload]  # sqlite3.Row is a mapping without saying so
    return Document(**values | {"child": bool(values["child"])})
