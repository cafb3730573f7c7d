"""The values that go into and come out of reading one page; knows nothing of how it is read."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import attrs

from crawler import items
from crawler.identity import content_hash, word_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crawler.extraction.reservations import Statement


@attrs.frozen(kw_only=True)
class Hints:
    """What is known about a page from outside of it."""

    title: str | None = None
    """The title the feed or sitemap gives."""
    published: datetime | None = None
    """Aware; the feed's or news sitemap's publication date."""
    modified: datetime | None = None
    """Aware; the feed's updated or the sitemap's lastmod."""
    language: str | None = None
    """The source's declared language."""
    timezone: str | None = None
    """The source's IANA zone, for local times without a zone."""
    site_name: str | None = None
    downloaded: datetime | None = None
    """Aware; when the page was fetched."""
    method: str | None = None
    """How the address was found: ``feed``, ``news_sitemap``, ``sitemap``, ``page``, ..."""
    robots_tag: tuple[str, ...] = ()
    """Values of the X-Robots-Tag headers."""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    """Response headers that may hold usage preferences."""
    site_usage: tuple[Statement, ...] = ()
    """What robots.txt and tdmrep.json say about the use of this page."""
    token: str = ""
    """Our product token, by which a page may speak to us."""


@attrs.frozen(kw_only=True)
class Page:
    """What one page turned out to be and to say; picklable."""

    reason: str | None
    """None for an article, else why it is none: ``index``, ``tag``, ``author``, ``video``, ``gallery``,
    ``consent_wall``, ``login_wall``, ``challenge``, ``paywall``, ``error_page``, ``no_text``, ``too_short``,
    ``needs_browser``, ``empty``, ``not_html``, ``too_large``, ``no_headline``; ``product``, ``forum``,
    ``documentation``, ``static`` for what else sites publish."""
    detail: str | None = None
    """A sentence with the evidence for the reason."""
    fields: dict[str, Any] = attrs.field(factory=dict)
    """Record keys as far as the page gives them."""
    sources: dict[str, str] = attrs.field(factory=dict)
    """Field to the kind of witness that gave it: jsonld, opengraph, meta, microdata, html, feed, ..."""
    updates: tuple[dict[str, str], ...] = ()
    """The entries of a live blog: ``datePublished``, ``headline`` where it has one, ``articleBody``."""
    dropped: tuple[tuple[str, str], ...] = ()
    """Blocks of the page's text that are not the article's, in page order, each with the reason."""
    warnings: tuple[str, ...] = ()
    """Stable codes of what was odd."""
    probability: float = 0.0
    """Of being an article, 0 to 1."""
    next_url: str | None = None
    """Absolute address of rel=next; whether it continues the article is the caller's question."""
    previous_url: str | None = None
    """Absolute address of rel=prev, which tells a further page of an article from its first."""

    def record(self) -> dict[str, Any]:
        """Return the record's keys in record order, with ``metadata`` as far as the page alone gives it."""
        values = {
            **self.fields,
            "metadata": {
                "extractor": extractor(),
                "probability": self.probability,
                "fieldSources": self.sources,
                "warnings": list(self.warnings),
            },
        }
        return items.in_order(values)


def join_pages(first: Page, following: Sequence[Page]) -> Page:
    """Return *first* with the text of the following pages of the same article, without blocks that it already has."""
    blocks = str(first.fields.get("articleBody") or "").split("\n")
    for page in following:
        known = set(blocks)
        blocks += [block for block in str(page.fields.get("articleBody") or "").split("\n") if block not in known]
    last = following[-1] if following else first
    fields = {**first.fields, **fields_of_text("\n".join(block for block in blocks if block))}
    return attrs.evolve(first, fields=fields, next_url=last.next_url)


def fields_of_text(body: str) -> dict[str, Any]:
    """Return the record's keys that follow from the text; none of an empty one."""
    return {"articleBody": body, "wordCount": word_count(body), "contentHash": content_hash(body)} if body else {}


@lru_cache(maxsize=1)
def extractor() -> str:
    """Return name and version of what takes the text out: texts of two versions may differ."""
    try:
        return f"trafilatura/{version('trafilatura')}"
    except PackageNotFoundError:
        return "trafilatura"
