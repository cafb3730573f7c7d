"""A document on its way into the crawl state: how it is asked for, what it names, and how all it says is saved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from crawler import schedule
from crawler.spiders.exploration import FRESH
from crawler.spiders.findings import portions
from crawler.state.documents import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.discovery import Announced
    from crawler.state import CrawlState
    from crawler.state.announcements import Finding
    from crawler.state.documents import Validators

#: Every so many polls a document is fetched whole: some servers keep their validators over changed content.
UNCONDITIONAL = 10


def conditions(document: Document) -> dict[str, str]:
    """Return the headers of a conditional request (RFC 9110 §13.1), none at every UNCONDITIONAL-th poll."""
    if document.polls % UNCONDITIONAL == UNCONDITIONAL - 1:
        return {}
    headers = {"If-None-Match": document.etag, "If-Modified-Since": document.last_modified}
    return {name: value for name, value in headers.items() if value}


def named_by(document: Document, announced: Announced) -> list[Document]:
    """Return the documents that a document names. Children are visited with it, the others on their own from now on."""
    is_child = announced.kind in {"sitemap_index", "section"}
    return [
        Document(
            source=document.source,
            url=candidate.url,
            kind=candidate.kind,
            origin=document.url,
            child=is_child,
            place=place,
        )
        for place, candidate in enumerate(announced.documents)
        if candidate.url != document.url
    ]


@attrs.frozen(kw_only=True)
class Saving:
    """What a document said, to be saved bit by bit, so that others are served in between."""

    document: Document
    announced: Announced
    validators: Validators
    interval: float
    """The setting DOCUMENT_INTERVAL, in seconds."""
    now: float

    async def save(self, state: CrawlState, findings: Sequence[Finding], further: Sequence[Document]) -> int:
        """Save the addresses and the further documents, and return how many addresses are new.

        The validators come last, together with the last of both: a run that dies before reads the document again.
        """
        *many, few = portions(findings)
        new = 0
        for some in many:
            new += self._announce(state, some)
            await asyncio.sleep(0)
        *many_further, few_further = portions(further)
        for documents in many_further:
            _remember(state, documents)
            await asyncio.sleep(0)
        with state.transaction():
            state.documents.add(self.document)
            new += self._announce(state, few)
            _remember(state, few_further)
            self._finish(state, new)
        return new

    def _announce(self, state: CrawlState, findings: Sequence[Finding]) -> int:
        return state.frontier.announce(self.document.source, self.document.url, findings, now=self.now)

    def _finish(self, state: CrawlState, new: int) -> None:
        state.documents.read(
            self.document,
            kind=self.announced.kind,
            validators=self.validators,
            digest=self.announced.digest,
            links=len(self.announced.links),
            now=self.now,
            new=new,
            span=_span(self.announced, self.now),
            interval=self.interval,
        )


def _remember(state: CrawlState, documents: Sequence[Document]) -> None:
    with state.transaction():
        for document in documents:
            state.documents.add(document)


def _span(announced: Announced, now: float) -> float | None:
    """Return the seconds that a document's entries reach back; a plain sitemap's dates are of changes, not of news."""
    if announced.kind not in FRESH:
        return None
    dates = [link.published.timestamp() for link in announced.links if link.published]
    return schedule.span_of(dates, shown=len(announced.links), now=now)
