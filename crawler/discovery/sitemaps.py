"""Reads sitemaps: indexes, plain, news and text ones. Knows the protocol (sitemaps.org), not the pages it lists."""

from __future__ import annotations

import heapq
import html
import io
import re
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs
from lxml import etree

from crawler.discovery import MAX_URLS, Announced, Candidate, Link
from crawler.discovery.dates import day_or_instant, instant
from crawler.discovery.formats import ROOT, decode, legal
from crawler.urls import identity_key, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

#: XHTML, image and video extensions carry addresses and titles of other things than the page.
_IGNORED = re.compile(r"image|video|xhtml", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_NEWS_NAME = re.compile(r"(?:^|[^a-z]|google)news(?:[^a-z]|sitemap|map|index|$)")
#: Keywords kept of one entry.
_MOST_KEYWORDS = 30
_NUMBERS = re.compile(r"\d{1,18}")


@attrs.frozen(kw_only=True)
class _Entry:
    """One ``url`` or ``sitemap`` element, as text."""

    child: bool
    at: int
    fields: dict[str, str]
    modified: datetime | None

    @property
    def order(self) -> tuple[float, int]:
        """Newest last; entries without a date by position, since sites append."""
        return (self.modified.timestamp() if self.modified else float("-inf"), self.at)


def read_sitemap(body: bytes, *, url: str, limit: int = MAX_URLS) -> Announced:
    """Return the links and child sitemaps of the sitemap at *url*; children are ranked newest news first.

    Of more than *limit* URLs the newest by ``lastmod`` are kept, of undated ones the last. ``published`` comes from
    ``news:publication_date`` and needs a zone; ``modified`` from ``lastmod``, midnight UTC where it gives only a day.
    A sitemap that lists itself is not its own child. Broken XML gives what could be read.
    """
    text = decode(body)
    root = ROOT.search(text)
    if root is None:
        return _read_text(text, url, limit)
    kept = sorted(heapq.nlargest(limit, _entries(text[root.start() :]), key=attrgetter("order")), key=attrgetter("at"))
    links = _unique_links(link for link in (_link(entry, url) for entry in kept if not entry.child) if link)
    children = _children([entry for entry in kept if entry.child], url)
    return Announced(kind=_kind(root["root"], text, links, children), links=links, documents=children)


def is_news_name(url: str) -> bool:
    """Return whether the file name of a sitemap says that it holds news (``news-sitemap.xml``, ``googlenews.xml``)."""
    parts = urlsplit(url.lower())
    return bool(_NEWS_NAME.search(parts.path.rstrip("/").rpartition("/")[2]) or _NEWS_NAME.search(parts.query))


def _entries(text: str) -> Iterator[_Entry]:
    """Yield the entries in order, holding one at a time; stops without an error where the XML cannot be recovered."""
    source = io.BytesIO(legal(_escape_ampersands(text)).encode("utf-8", errors="replace"))
    events = etree.iterparse(
        source, events=("end",), encoding="utf-8", recover=True, resolve_entities=False, no_network=True,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    fields: dict[str, str] = {}
    at = 0
    try:
        for _, element in events:
            namespace, name = _split(element.tag)
            if _IGNORED.search(namespace):
                continue
            news = "news" in namespace.lower()
            if name in {"url", "sitemap"} and not news:
                if "loc" in fields:
                    modified = day_or_instant(fields.get("lastmod"))
                    yield _Entry(child=name == "sitemap", at=at, fields=fields, modified=modified)
                    at += 1
                fields = {}
                _free(element)
            elif len(element) == 0 and element.text:
                fields.setdefault(f"news:{name}" if news else name, element.text.strip())
    except etree.XMLSyntaxError:
        return


def _escape_ampersands(text: str) -> str:
    """Escape every ampersand outside CDATA that begins none of XML's own references: libxml2 would swallow letters."""
    first, *rest = text.split("<![CDATA[")
    pieces = [_BARE_AMPERSAND.sub("&amp;", first)]
    for piece in rest:
        inside, end, after = piece.partition("]]>")
        pieces += ("<![CDATA[", inside, end, _BARE_AMPERSAND.sub("&amp;", after))
    return "".join(pieces)


def _split(tag: str) -> tuple[str, str]:
    """Split ``{namespace}name``, and ``prefix:name`` where the prefix was never declared."""
    namespace, _, name = tag.rpartition("}") if "}" in tag else tag.rpartition(":")
    return namespace, name.lower()


def _free(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _link(entry: _Entry, base: str) -> Link | None:
    fields = entry.fields
    url = join(base, fields["loc"])
    if url is None:
        return None
    title = " ".join(html.unescape(fields.get("news:title", "")).split())
    return Link(
        url=url,
        method="news_sitemap" if any(name.startswith("news:") for name in fields) else "sitemap",
        title=title or None,
        published=instant(fields.get("news:publication_date")),
        modified=entry.modified,
        language=fields.get("news:language") or None,
        sections=_keywords(fields.get("news:keywords", "")),
    )


def _keywords(text: str) -> tuple[str, ...]:
    names = (" ".join(name.split()) for name in html.unescape(text).split(","))
    return tuple(name for name in names if name)[:_MOST_KEYWORDS]


def _children(entries: list[_Entry], base: str) -> tuple[Candidate, ...]:
    own = identity_key(base)
    found: dict[str, tuple[tuple[bool, float, list[int]], Candidate]] = {}
    for entry in entries:
        url = join(base, entry.fields["loc"])
        if url is None or url in found or identity_key(url) == own:
            continue
        news = is_news_name(url) or any(name.startswith("news:") for name in entry.fields)
        rank = (news, entry.order[0], _numbers(url))
        found[url] = (rank, Candidate(url=url, kind="news_sitemap" if news else "sitemap", modified=entry.modified))
    return tuple(child for _, child in sorted(found.values(), key=itemgetter(0), reverse=True))


def _numbers(url: str) -> list[int]:
    """Return the numbers of an address after its host: dates and counters, which sites count upwards."""
    return [int(number) for number in _NUMBERS.findall(url.partition("://")[2].partition("/")[2])]


def _unique_links(links: Iterable[Link]) -> tuple[Link, ...]:
    found: dict[str, Link] = {}
    for link in links:
        found.setdefault(link.url, link)
    return tuple(found.values())


def _kind(root: str | None, text: str, links: tuple[Link, ...], children: tuple[Candidate, ...]) -> str:
    if children or (not links and (root or "").lower() == "sitemapindex"):
        return "sitemap_index"
    if links:
        return "news_sitemap" if any(link.method == "news_sitemap" for link in links) else "sitemap"
    return "news_sitemap" if "schemas/sitemap-news/" in text[:2_048] else "sitemap"


def _read_text(text: str, base: str, limit: int) -> Announced:
    lines = [line for line in text.splitlines() if line.lstrip()[:4].lower() == "http"]
    newest = dict.fromkeys(url for line in lines[-limit:] if (url := join(base, line)) is not None)
    return Announced(kind="sitemap", links=tuple(Link(url=url, method="sitemap") for url in newest))
