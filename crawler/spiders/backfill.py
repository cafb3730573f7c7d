"""Which of the documents that a document names may hold articles of a period. Fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crawler.discovery import digest
from crawler.discovery.periods import DAY, article_period, document_period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.discovery import Announced, Candidate, Link
    from crawler.discovery.periods import Period
    from crawler.state.documents import Document

#: What has to be read whole, because what it names is gone on to.
LISTS = frozenset({"sitemap_index", "section"})


class Backfill:
    """Leads one run through the documents of the past."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._pages: set[tuple[str, str]] = set()

    def further(
        self, document: Document, announced: Announced, followed: Sequence[Document], known: Mapping[str, Document]
    ) -> list[Document]:
        """Return which of *followed*, named by *document*, are worth a request, those of the newest articles first.

        *known* are all documents of the source as the state has them, by address.
        """
        current = [known.get(further.url, further) for further in followed]
        if announced.kind == "sitemap_index":
            return self._children(announced, current)
        if announced.kind == "section":
            pages = [further for further in current if further.kind == "section"]
            return [self._unread(page, known) for page in pages] if self._goes_on(document, announced) else []
        return current

    def _children(self, announced: Announced, current: Sequence[Document]) -> list[Document]:
        documents = {document.url: document for document in current}
        wanted = [
            child
            for child in announced.documents
            if child.url in documents and self._may_hold(child) and not self._was_read(documents[child.url], child)
        ]
        return [documents[child.url] for child in sorted(wanted, key=self._order)]

    def _may_hold(self, child: Candidate) -> bool:
        """A name says what is in a sitemap; a lastmod only that nothing in it is newer."""
        named = document_period(child.url)
        if named:
            return named.overlaps(self._period)
        return child.modified is None or child.modified.timestamp() >= self._period.begin

    def _order(self, child: Candidate) -> tuple[int, float]:
        """What the name or lastmod puts into the period first, newest first; then what is later; then the undated."""
        named = document_period(child.url)
        moment = named.end if named else child.modified.timestamp() if child.modified else None
        if moment is None:
            return (2, 0.0)
        return (0, -moment) if named or moment <= self._period.end else (1, moment)

    def _was_read(self, document: Document, child: Candidate) -> bool:
        """Whether a child was read when all it can hold of the period stood in it already, a day's delay granted."""
        read, named = _read_at(document), document_period(child.url)
        full = child.modified.timestamp() if child.modified else named.end if named else self._period.end
        return read is not None and read > min(full, self._period.end) + DAY

    def _goes_on(self, document: Document, announced: Announced) -> bool:
        """Whether the next page of a listing may hold older articles of the period; one page for ever ends it."""
        content = (document.source, digest(attrs.evolve(announced, documents=())))
        is_new = content not in self._pages and bool(announced.links)
        self._pages.add(content)
        dates = [date for link in announced.links if (date := _latest(link)) is not None]
        return is_new and (not dates or max(dates) >= self._period.begin)

    def _unread(self, page: Document, known: Mapping[str, Document]) -> Document:
        """Return the page at which an earlier run stopped; articles only move on from pages that were read."""
        following = {document.origin: document for document in known.values() if document.kind == "section"}
        seen = {page.url}
        while (read := _read_at(page)) and read > self._period.end and page.url in following:
            page = following[page.url]
            if page.url in seen:
                break
            seen.add(page.url)
        return page


def _read_at(document: Document) -> float | None:
    """Return when the document was last read, None if it never was or its last visit failed."""
    return document.checked if document.digest is not None and not document.fails else None


def _latest(link: Link) -> float | None:
    moment = link.published or link.modified
    named = article_period(link.url)
    return moment.timestamp() if moment else named.end if named else None
