"""Collects the signs by which articles differ from other pages, each a number from 0 to 1; weighs nothing."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lxml.etree import XPath

from crawler.extraction.document import text_of
from crawler.extraction.jsonld import ARTICLE_TYPES, types_of
from crawler.identity import word_count
from crawler.urls import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData

SELLING = frozenset(
    {"Product", "ProductGroup", "Offer", "AggregateOffer", "SoftwareApplication", "VideoGame", "Vehicle", "Hotel"}
)
LISTING = frozenset({"ItemList", "CollectionPage", "OfferCatalog", "SearchResultsPage", "ProfilePage"})
TALKING = frozenset({"DiscussionForumPosting", "QAPage", "Question"})
BUSINESS = frozenset({"LocalBusiness", "Service", "ProfessionalService", "JobPosting", "HomeAndConstructionBusiness"})

PLACE_PATH = re.compile(
    r"/(?:tags?|topics?|thema|themen?|category|categories|rubrik|sections?|search|suche|archives?|authors?|autor(?:en|es)?|profile|staff|contributors?|"
    r"collections?|browse|cat|directory|listing)(?:/|$)",
    re.IGNORECASE,
)
TRADE_PATH = re.compile(
    r"/(?:products?|p|dp|itm|item|shop|store|pricing|solutions?)(?:/|\.|$)|/services?/?$|/services/", re.IGNORECASE
)
FORUM_URL = re.compile(
    r"(?:forums?|community|boards?|discuss|viewtopic|showthread|threads?|questions)[./-]|/t/|/r/\w+/comments/|[?&]t=\d",
    re.IGNORECASE,
)
DOCS_URL = re.compile(
    r"(?:\.|//|/)(?:docs?|documentation|api|manual|reference|wiki|help|support|learn|guide|developers?)(?:\.|/)",
    re.IGNORECASE,
)
_DATED_PATH = re.compile(r"/(?:19|20)\d{2}[/-]?(?:0?[1-9]|1[0-2])(?:[/-]|$)|\d{5,}|/[^/]*(?:-[^/-]+){4,}")
_NEWS_URL = re.compile(
    r"/(?:blogs?|news|artikel|articles?|story|stories|nachrichten|aktuell|posts?|magazine?|insights?|press|features?)(?:/|$)|//[^/]*blog",
    re.IGNORECASE,
)
_CART_CLASS = re.compile(
    r"add[-_]?to[-_]?(?:cart|bag|basket)|product[-_](?:price|card|grid|form|gallery)|woocommerce|price[-_]?(?:box|wrapper)",
    re.IGNORECASE,
)
_POST_CLASS = re.compile(
    r"(?:^|\s)(?:post[-_]?(?:body|row|message)|message[-_](?:body|content)|topic-post|crawler-post)\b", re.IGNORECASE
)
_FORUM_SOFTWARE = re.compile(
    r"discourse|phpbb|vbulletin|xenforo|invision|flarum|mybb|simple machines|vanilla", re.IGNORECASE
)
_CLASSES: Callable[..., Any] = XPath(".//@class | .//@id", smart_strings=False)
_PRICE = re.compile(r"[$€£]\s?\d|\d\s?[€₽]")
#: A block with this many words (or characters, in scripts without spaces) is a paragraph of prose.
PROSE_WORDS, PROSE_CHARACTERS = 20, 160
#: As many prices in a hundred words make a shop certain.
_PRICES_A_WORD = 1 / 50
#: Linked headings that are looked at, and characters that a teaser has at most.
TEASERS, TEASER_CHARACTERS = 200, 600
_TEASER_HEADINGS = 30
_FEW = 4
_CODE_BLOCKS = 2


def signs(document: Document, data: LinkedData, fields: Mapping[str, Any]) -> dict[str, float]:
    """Return the signs of a page: what it declares, how its address looks, and how its text and links are laid out."""
    text = str(fields.get("articleBody") or "")
    found = {
        **_declared(document, data, fields),
        **_address(document.url),
        **_layout(document),
        **_text(document, text),
    }
    return {name: float(value) for name, value in found.items()}


def _declared(document: Document, data: LinkedData, fields: Mapping[str, Any]) -> dict[str, float]:
    strengths = {ARTICLE_TYPES[t] for t in types_of(data.article or {}) if t in ARTICLE_TYPES}
    kind = (document.first("og:type") or "").lower()
    return {
        "news article node": 3 in strengths,
        "article node": 2 in strengths,
        "other work node": strengths == {1},
        "product node": bool(data.types & SELLING),
        "list node": bool(data.types & LISTING),
        "thread node": bool(data.types & TALKING),
        "business node": bool(data.types & BUSINESS),
        "og:type article": "article" in kind or kind == "blog",
        "og:type product": "product" in kind,
        "og:type website": kind == "website",
        "date": "datePublished" in fields,
        "author": "authors" in fields,
        "forum software": bool(_FORUM_SOFTWARE.search(" ".join(document.meta.get("generator", ())))),
    }


def _address(url: str) -> dict[str, float]:
    parts = urlsplit(url)
    segments = [s for s in parts.path.split("/") if s]
    return {
        "home page address": bool(parts.netloc) and not segments and not parts.query,
        "short address": len(segments) == 1 and "-" not in segments[0] and not parts.query and "." not in segments[0],
        "listing address": bool(PLACE_PATH.search(parts.path)),
        "trade address": bool(TRADE_PATH.search(parts.path)),
        "forum address": bool(FORUM_URL.search(url)),
        "documentation address": bool(DOCS_URL.search(f"//{parts.netloc}{parts.path}")),
        "dated or long address": bool(_DATED_PATH.search(parts.path)),
        "news address": bool(_NEWS_URL.search(f"//{parts.netloc}{parts.path}")),
    }


def _layout(document: Document) -> dict[str, float]:
    body = document.body
    classes = " ".join(_CLASSES(body))
    headings = sum(1 for e in body.iter("h2", "h3", "h4") if e.find(".//a") is not None or e.getparent().tag == "a")
    return {
        "cart": bool(_CART_CLASS.search(classes)),
        "posts": min(5, len(_POST_CLASS.findall(classes))) / 5,
        "many article elements": len(document.tree.findall(".//article")) > _FEW,
        "linked headings": min(_TEASER_HEADINGS, headings) / _TEASER_HEADINGS,
        "code": len(document.tree.findall(".//pre")) > _CODE_BLOCKS,
        "article microdata": bool(
            document.tree.xpath("//*[contains(@itemtype, 'Article') or contains(@itemtype, 'BlogPosting')]")
        ),
    }


def _text(document: Document, text: str) -> dict[str, float]:
    words = max(1, document.shown_words)
    blocks = text.split("\n")
    sizes = [word_count(block) for block in blocks]
    anchors = [" ".join(a.itertext()).strip() for a in document.body.iter("a")]
    links = set(anchors)
    prose = sum(n for n, b in zip(sizes, blocks, strict=True) if n >= PROSE_WORDS or len(b) >= PROSE_CHARACTERS)
    teasers = _teasers(document)
    linked = sum(n for n, b in zip(sizes, blocks, strict=True) if (t := b.removeprefix("- ")) in links or t in teasers)
    return {
        "links among words": min(1.0, sum(word_count(text) for text in anchors) / words),
        "main text among words": min(1.0, sum(sizes) / words),
        "prose": prose / max(1, sum(sizes)),
        "teasers": linked / max(1, sum(sizes)),
        "prices": min(1.0, len(_PRICE.findall(document.shown)) / words / _PRICES_A_WORD),
    }


def _teasers(document: Document) -> str:
    """Return the texts of teasers, one a line: a heading that links into the site, and the words beside it."""
    found, site = [], registrable_domain(document.url)
    for heading in islice(document.body.iter("h2", "h3", "h4"), TEASERS):
        link = heading.find(".//a") if heading.getparent().tag != "a" else heading.getparent()
        box = heading.getparent()
        while box.tag in ("header", "a", "hgroup") and box.getparent() is not None:
            box = box.getparent()
        url = None if link is None or (link.get("href") or "#").startswith("#") else document.absolute(link.get("href"))
        if url and registrable_domain(url) == site:
            text = text_of(box)
            found += [text] if len(text) <= TEASER_CHARACTERS else []
    return "\n".join(found)
