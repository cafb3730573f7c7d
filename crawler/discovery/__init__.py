"""Reads documents: bytes of a feed, sitemap or page in, links to articles and to further documents out. No network."""

from __future__ import annotations

from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING

import attrs

from crawler.discovery.formats import decode, sniff, unpack
from crawler.urls import identity_key, join

if TYPE_CHECKING:
    from datetime import datetime


class NotADocument(ValueError):
    """The bytes are no document of an expected kind; the message says what was expected and what was found."""

    def __init__(self, message: str, reason: str = "not_a_document") -> None:
        super().__init__(message)
        self.reason = reason


@attrs.frozen(kw_only=True)
class Link:
    """A document's statement that an article exists."""

    url: str
    """Absolute, in fetch form (``urls.fetch_form``)."""
    method: str
    """``feed``, ``news_sitemap``, ``sitemap`` or ``page``: the value of the record's metadata.discovery.method."""
    title: str | None = None
    published: datetime | None = None
    """Aware; None where the document gives none."""
    modified: datetime | None = None
    """Aware; the sitemap's lastmod or the feed's updated."""
    language: str | None = None
    sections: tuple[str, ...] = ()
    """What the document says the article is about: categories of a feed, keywords of a news sitemap."""
    score: float | None = None
    """How much the address and its anchor look like an article (``score.article_score``); only for pages."""


@attrs.frozen(kw_only=True)
class Candidate:
    """A document's statement that a further document exists: a child sitemap, a feed, a section, a next page."""

    url: str
    kind: str
    """As that of Announced, or ``candidate``: not known yet."""
    modified: datetime | None = None
    title: str | None = None


@attrs.frozen(kw_only=True)
class Announced:
    """All that one document says, in its own order, without repeats."""

    kind: str
    """What the document turned out to be: ``robots``, ``feed``, ``news_sitemap``, ``sitemap``, ``sitemap_index``, or an
    HTML page whose links are scored: ``home``, ``section``."""
    links: tuple[Link, ...] = ()
    documents: tuple[Candidate, ...] = ()
    digest: str = attrs.field(init=False)
    """What ``digest`` says of it, from the first: a second's work for the longest, that falls to who reads it."""

    @digest.default
    def _digest(self) -> str:
        return digest(self)


#: URLs of one sitemap (sitemaps.org).
MAX_URLS = 50_000
_PAGES = frozenset({"home", "section"})


def read_document(
    body: bytes,
    *,
    url: str,
    kind: str = "candidate",
    limit: int = MAX_URLS,
    encoding: str | None = None,
    token: str = "",
) -> Announced:
    """Return what the document at *url* announces; *kind* (as a Candidate's) is what the caller expects.

    The first kilobyte decides what the document is, so a feed that is expected to be a sitemap, or to be a home page,
    is read as the feed it is, and the returned kind says so. gzip is unpacked. *limit* bounds the links of a sitemap;
    *encoding* is the charset of the response header and *token* our own name, both used for pages. Raises NotADocument
    where anything but a page is expected and the bytes are neither a feed nor a sitemap, or a feed of comments; a page
    is read as far as it goes.
    """
    # Feed and page parsers take long to load, and few who need the value classes read documents.
    from crawler.discovery import feeds, pages, sitemaps

    body = unpack(body)
    if kind == "robots":
        return _read_robots(body, url, limit)
    found = sniff(body)
    if found in {"feed", "json feed"}:
        return feeds.read_feed(body, url=url)
    if found == "sitemap" or (found == "text sitemap" and kind not in _PAGES):
        return sitemaps.read_sitemap(body, url=url, limit=limit)
    if kind in _PAGES:
        return pages.read_page(body, url=url, kind=kind, encoding=encoding, token=token)
    raise NotADocument(f"expected a feed or sitemap, found {found}")


def _read_robots(body: bytes, url: str, limit: int) -> Announced:
    """Read the ``Sitemap:`` lines of a robots.txt, which stand outside its groups (sitemaps.org, RFC 9309 §2.2.4)."""
    from crawler.discovery.sitemaps import is_news_name

    fields = (line.partition(":") for line in decode(body).splitlines())
    named = (value.partition(" #")[0] for field, _, value in fields if field.strip().lower() == "sitemap")
    urls = dict.fromkeys(found for value in named if value.strip() and (found := join(url, value)) is not None)
    kinds = (("news_sitemap" if is_news_name(found) else "sitemap", found) for found in list(urls)[:limit])
    return Announced(kind="robots", documents=tuple(Candidate(url=found, kind=kind) for kind, found in kinds))


def digest(announced: Announced) -> str:
    """Return the SHA-256 (hex) of what a document announces: two visits that announce the same have the same.

    Only keys and dates count, in no order: bytes change with every clock and advertisement, titles with every test.
    """
    links = {("link", identity_key(link.url), _moments(link.published, link.modified)) for link in announced.links}
    documents = {("document", identity_key(child.url), _moments(child.modified)) for child in announced.documents}
    lines = sorted("\t".join(line) for line in links | documents)
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _moments(*moments: datetime | None) -> str:
    return " ".join(moment.astimezone(UTC).isoformat() if moment else "-" for moment in moments)
