"""Documents: the feeds, sitemaps and pages that announce links, with their validators and when each was read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from crawler import schedule
from crawler.schedule import Rhythm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.state.database import Database

#: A document is due when this share of its interval has passed, because cron never comes on the second.
NEARLY = 0.95
#: Documents above a child that share in what it brings: an index of indexes of sitemaps.
GENERATIONS = 3
#: What a visit that worked came to.
GOOD = frozenset({"changed", "unchanged", "not_modified"})


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
    due: float = 0.0
    """When its next visit falls due by what it has brought."""
    rhythm: str | None = None
    """What it has brought, as `Rhythm.as_text` writes it; None before the first full reading."""

    def due_at(self, every: float | None) -> float:
        """Return when the document is due; *every* is the operator's own interval in seconds, if there is one."""
        if self.checked is None:
            return self.not_before
        return max(self.checked + NEARLY * (every or self.due - self.checked), self.not_before)

    def overdue(self, now: float, *, every: float | None) -> float:
        """Return how much of its interval has passed: 1 and more is due, infinite what was never visited."""
        due = self.due_at(every)
        if self.checked is not None and self.checked > now:
            return float("inf")  # the clock was wrong then, or is now; waiting until it agrees may take years
        if self.checked is None or due > now:
            return float("inf") if due <= now else 0.0
        return (now - self.checked) / max(due - self.checked, 1.0)


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
            " ON CONFLICT (source, url) DO UPDATE SET place = excluded.place,"
            " origin = iif(excluded.origin = 'sources', excluded.origin, document.origin),"
            " child = iif(excluded.origin = 'sources', excluded.child, document.child)",
            (document.source, document.url, document.kind, document.origin, document.child, document.place),
        )

    def keep_named(self, source: str, named: Mapping[str, Document]) -> None:
        """Remember the documents that the source file names, by address, and forget those it names no more."""
        known = {document.url: document for document in self.of(source) if document.origin == "sources"}
        for url, document in named.items():
            if url not in known or known[url].place != document.place:
                self.add(document)
        for url in known.keys() - named.keys():
            self._db.execute("DELETE FROM document WHERE source = ? AND url = ?", (source, url))

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

    def all(self) -> dict[str, list[Document]]:
        """Return the documents that are visited on their own, by source."""
        found: dict[str, list[Document]] = {}
        for row in self._db.rows("SELECT * FROM document WHERE child = 0 ORDER BY source, place, url"):
            found.setdefault(row["source"], []).append(_document(row))
        return found

    def next_due(self, source: str, *, every: float | None) -> tuple[float, str | None] | None:
        """Return when the next document of *source* is due and what its last visit came to, or None without any.

        The outcome is that of a failure only if no document of the source could be read at its last visit.
        """
        own = [document for document in self.of(source) if not document.child]
        if not own:
            return None
        first = min(own, key=lambda document: document.due_at(every))
        failed = all(document.outcome not in (None, *GOOD) for document in own)
        return first.due_at(every), first.outcome if failed else None

    def children(self, source: str, origin: str, count: int) -> list[Document]:
        """Return the *count* best placed documents that are visited together with *origin*."""
        rows = self._db.rows(
            "SELECT * FROM document WHERE source = ? AND origin = ? AND child = 1 ORDER BY place, url LIMIT ?",
            (source, origin, count),
        )
        return [_document(row) for row in rows]

    def read(
        self,
        document: Document,
        *,
        kind: str,
        validators: Validators,
        digest: str,
        links: int,
        now: float,
        new: int = 0,
        span: float | None = None,
        interval: float = schedule.INTERVAL,
    ) -> None:
        """Record a full reading: its kind, validators and the digest that tells whether it changed.

        *new* of its *links* were not known before, and its dates reach back *span* seconds; *interval* is that of a
        document that brings one article an hour.
        """
        changed = now if digest != document.digest else document.changed
        rhythm = schedule.after_reading(_rhythm(document), now=now, new=new, shown=links, span=span)
        self._count(document, "read")
        with self._db.transaction():
            self._db.execute(
                "UPDATE document SET kind = ?, etag = ?, last_modified = ?, digest = ?, links = ?, changed = ?,"
                " polls = polls + 1, fails = 0, not_before = 0, checked = ?, outcome = ?, due = ?, rhythm = ?"
                " WHERE source = ? AND url = ?",
                (
                    kind, validators.etag, validators.last_modified, digest, links, changed, now,
                    "changed" if digest != document.digest else "unchanged",
                    schedule.next_visit(rhythm, checked=now, interval=interval), rhythm.as_text(),
                    document.source, document.url,
                ),
            )  # fmt: skip
            if document.digest is not None and new:
                self._credit(document, new, now=now, interval=interval)

    def not_modified(self, document: Document, *, now: float, interval: float = schedule.INTERVAL) -> None:
        """Record a 304."""
        rhythm = schedule.after_reading(_rhythm(document), now=now, new=0)
        self._count(document, "not_modified")
        self._db.execute(
            "UPDATE document SET polls = polls + 1, fails = 0, not_before = 0, checked = ?, outcome = 'not_modified',"
            " due = ?, rhythm = ? WHERE source = ? AND url = ?",
            (
                now, schedule.next_visit(rhythm, checked=now, interval=interval), rhythm.as_text(),
                document.source, document.url,
            ),
        )  # fmt: skip

    def failed(
        self, document: Document, outcome: str, *, now: float, every: float | None = None, wait: float | None = None
    ) -> None:
        """Record a failure; the document is tried again ever more rarely, and never dropped.

        *wait* is how many seconds the server asked to be left alone for.
        """
        self._count(document, outcome)
        interval = every or schedule.interval_at(_rhythm(document), now)
        after = max(schedule.pause(interval, document.fails), wait or 0)
        self._db.execute(
            "UPDATE document SET polls = polls + 1, fails = fails + 1, checked = ?, not_before = ?, due = ?,"
            " outcome = ? WHERE source = ? AND url = ?",
            (now, now + after, now + after, outcome, document.source, document.url),
        )

    def _credit(self, child: Document, new: int, *, now: float, interval: float) -> None:
        """Count what a child brought for the document it is visited with, and for that one's."""
        for _ in range(GENERATIONS):
            rows = self._db.rows("SELECT * FROM document WHERE source = ? AND url = ?", (child.source, child.origin))
            if not child.child or not rows or rows[0]["checked"] is None:
                return
            parent = _document(rows[0])
            rhythm = schedule.credited(_rhythm(parent), new=new, now=now)
            self._db.execute(
                "UPDATE document SET due = ?, rhythm = ? WHERE source = ? AND url = ?",
                (
                    schedule.next_visit(rhythm, checked=parent.checked or now, interval=interval), rhythm.as_text(),
                    parent.source, parent.url,
                ),
            )  # fmt: skip
            child = parent

    def waits(self, document: Document, outcome: str, *, until: float, now: float) -> None:
        """Record that a document could not be asked for because its server wants to be left alone: no failure of it."""
        self._count(document, outcome)
        self._db.execute(
            "UPDATE document SET checked = ?, not_before = ?, due = ?, outcome = ? WHERE source = ? AND url = ?",
            (now, until, until, outcome, document.source, document.url),
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
            "INSERT INTO source (id, explored) VALUES (?, ?) ON CONFLICT (id) DO UPDATE"
            " SET explored = excluded.explored",
            (source, now),
        )


def _rhythm(document: Document) -> Rhythm:
    return Rhythm.of_text(document.rhythm) if document.rhythm else Rhythm()


def _document(row: object) -> Document:
    values = dict(row)  # type: ignore[call-overload]  # sqlite3.Row is a mapping without saying so
    return Document(**values | {"child": bool(values["child"])})
