"""Reads feeds: RSS, RDF, Atom and JSON Feed. Knows their entries' addresses, titles and dates, not their content."""

from __future__ import annotations

import html
import io
import json
import re
from typing import TYPE_CHECKING, Any

import feedparser

from crawler.discovery import Announced, Link, NotADocument
from crawler.discovery.dates import instant
from crawler.discovery.formats import ROOT, decode, legal
from crawler.urls import join

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,1000}>")
#: "<" characters read of one feed: a hostile one costs feedparser up to 40 µs each, and 10,000 items have no more.
_MOST_TAGS = 200_000
#: Categories kept of one entry; the longest lists are of keywords.
_MOST_SECTIONS = 30
#: Half of the entries leading to a reader's comment makes a feed of comments.
_COMMENT_SHARE = 0.5
_COMMENT_LINK = re.compile(r"#(?:comment|respond|kommentar|reply)", re.IGNORECASE)
#: WordPress' own titles of its comment feeds, in its commonest languages, and the like.
_COMMENT_TITLE = re.compile(
    r"\s*(?:comments? (?:on|for|feed)\b|kommentare (?:zu|für)\b|commentaires (?:sur|pour)\b"
    r"|comentarios (?:en|de|para)\b|commenti (?:su|per|a)\b|комментарии (?:на|к|для)\b|reacties (?:op|voor)\b)",
    re.IGNORECASE,
)
# feedparser walks foreign bytes through SGML and date code of twenty years; these are what it lets out.
_FEEDPARSER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def read_feed(body: bytes, *, url: str) -> Announced:
    """Return the links of the RSS, RDF, Atom or JSON feed at *url*, in feed order, without repeats.

    Relative addresses resolve against ``xml:base``, then *url* (RFC 4287 §2). An entry without a link counts by its
    permanent id where that is an address. Dates need a zone of their own. Raises NotADocument for a feed of readers'
    comments and for bytes that cannot be read as a feed.
    """
    text = decode(body)
    return _read_json(text, url) if text.lstrip().startswith("{") else _read_xml(text, url)


def _read_xml(text: str, url: str) -> Announced:
    root = ROOT.search(text)
    text = legal(_bounded(text[root.start() :] if root else text))
    # Bytes in a stream, already UTF-8: a str or plain bytes would be tried as an address and as a file name. With a
    # content type of application/xml, feedparser guesses no other encoding.
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    stream = io.BytesIO(text.encode("utf-8", errors="replace"))
    try:
        feed = feedparser.parse(stream, response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
        entries = [_plain(entry) for entry in feed["entries"]]
        _refuse_comments(str(dict.get(feed["feed"], "title") or ""), [_address(entry) for entry in entries])
        language = dict.get(feed["feed"], "language")
        # feedparser files dc:date, the only date of RSS 1.0 and there the one of publication, under "updated".
        dc_dates = "dc:date>" in text and "updated>" not in text
        return _announced(_entry_link(entry, url, language, dc_dates=dc_dates) for entry in entries)
    except _FEEDPARSER_ERRORS as error:
        if isinstance(error, NotADocument):
            raise
        raise NotADocument(f"expected a feed, found XML that cannot be read as one ({type(error).__name__})") from error


def _bounded(text: str) -> str:
    for tags, tag in enumerate(re.finditer("<", text)):
        if tags == _MOST_TAGS:
            return text[: tag.start()]
    return text


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """Return *entry* as a plain dict: feedparser's own invents values of one key from another."""
    return dict(dict.items(entry))


def _address(entry: dict[str, Any]) -> str:
    # FeedBurner's own links only lead through a counter to the original.
    links = [link for link in entry.get("links") or () if link.get("rel") in {None, "alternate"} and link.get("href")]
    candidates = (entry.get("feedburner_origlink"), entry.get("link"), *(link["href"] for link in links))
    named = next((str(address) for address in candidates if address), "")
    return named or _permanent(entry.get("id"))


def _permanent(name: object) -> str:
    """Return an entry's id where it is an absolute address; ids are often mere names (RFC 4287 §4.2.6)."""
    return name.strip() if isinstance(name, str) and name.strip().lower().startswith(("http://", "https://")) else ""


def _entry_link(entry: dict[str, Any], base: str, language: object, *, dc_dates: bool) -> Link | None:
    url = join(base, _address(entry)) if _address(entry) else None
    if url is None:
        return None
    published = instant(entry.get("published")) or instant(entry.get("created"))
    updated = instant(entry.get("updated"))
    if published is None and dc_dates:
        published, updated = updated, None
    return Link(
        url=url,
        method="feed",
        title=_title(entry.get("title")),
        published=published,
        modified=updated,
        language=_text(entry.get("language")) or _text(language),
        sections=_sections(tag.get("term") or tag.get("label") for tag in entry.get("tags") or ()),
    )


def _sections(names: Iterable[object]) -> tuple[str, ...]:
    found = (_title(name) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(name for name in found if name))[:_MOST_SECTIONS]


def _title(title: object) -> str | None:
    """Return a title without tags; titles are commonly escaped once too often."""
    if not isinstance(title, str):
        return None
    return _text(_TAG.sub(" ", html.unescape(_TAG.sub("", title))))


def _text(value: object) -> str | None:
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _refuse_comments(title: str, addresses: list[str]) -> None:
    comments = sum(1 for address in addresses if _COMMENT_LINK.search(address))
    if _COMMENT_TITLE.match(title) or (addresses and comments >= _COMMENT_SHARE * len(addresses)):
        raise NotADocument("expected a feed of articles, found a feed of comments")


def _announced(links: Iterable[Link | None]) -> Announced:
    found: dict[str, Link] = {}
    for link in links:
        if link is not None:
            found.setdefault(link.url, link)
    return Announced(kind="feed", links=tuple(found.values()))


def _read_json(text: str, url: str) -> Announced:
    """Read a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotADocument(f"expected a JSON Feed, found broken JSON ({type(error).__name__})") from error
    if not isinstance(feed, dict) or "jsonfeed.org" not in str(feed.get("version")):
        raise NotADocument("expected a feed, found JSON that is no JSON Feed")
    items = feed.get("items")
    items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    _refuse_comments(str(feed.get("title") or ""), [_json_address(item) for item in items])
    return _announced(_json_link(item, url, feed.get("language")) for item in items)


def _json_address(item: dict[str, Any]) -> str:
    return _text(item.get("url")) or _text(item.get("external_url")) or _permanent(item.get("id"))


def _json_link(item: dict[str, Any], base: str, language: object) -> Link | None:
    address = _json_address(item)
    url = join(base, address) if address else None
    if url is None:
        return None
    return Link(
        url=url,
        method="feed",
        title=_title(item.get("title")),
        published=instant(_text(item.get("date_published"))),
        modified=instant(_text(item.get("date_modified"))),
        language=_text(item.get("language")) or _text(language),
        sections=_sections(tags if isinstance(tags := item.get("tags"), list) else ()),
    )
