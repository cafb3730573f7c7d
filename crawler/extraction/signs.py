"""Collects the signs by which articles differ from other pages, each a number from 0 to 1; weighs nothing."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lxml.etree import XPath

from crawler.extraction.document import NAMES, text_of
from crawler.extraction.jsonld import ARTICLE_TYPES, types_of
from crawler.identity import normalise, word_count, words
from crawler.urls import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml.html import HtmlElement

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData

SELLING = frozenset(
    {"Product", "ProductGroup", "Offer", "AggregateOffer", "SoftwareApplication", "VideoGame", "Vehicle", "Hotel"}
)
LISTING = frozenset({"ItemList", "CollectionPage", "OfferCatalog", "SearchResultsPage", "ProfilePage"})
TALKING = frozenset({"DiscussionForumPosting", "QAPage", "Question"})
BUSINESS = frozenset({"LocalBusiness", "Service", "ProfessionalService", "JobPosting", "HomeAndConstructionBusiness"})
_PUBLICATION_METAS = (
    *("article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dcterms.created"),
    *("parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "dc.date.issued"),
)
_AUTHOR_METAS = ("author", "article:author", "dc.creator", "parsely-author")

_PLACE_PATH = re.compile(
    r"/(?:tags?|topics?|thema|themen?|category|categories|rubrik|sections?|search|suche|archives?|authors?|"
    r"autor(?:en|es)?|profile|staff|contributors?|collections?|browse|cat|directory|listing)(?:/|$)",
    re.IGNORECASE,
)
_TRADE_PATH = re.compile(
    r"/(?:products?|p|dp|itm|item|shop|store|pricing|solutions?)(?:/|\.|$)|/services?/?$|/services/", re.IGNORECASE
)
_OFFER_PATH = re.compile(
    r"/(?:products?|shop|store|[cpbs]|[dp]dp|dp|category|categories|collections?|pricing|services?|solutions?|"
    r"departments?|app|genre|product-page|features?|programs?|courses?|plans?|software|free-\w+)(?:/|$|-)",
    re.IGNORECASE,
)
_SERVICE_HOST = re.compile(
    r"(?:docs?|help|support|forums?|community|shop|store|developers?|wiki|learn|api|discuss|careers?|jobs|apps?)\.",
    re.IGNORECASE,
)
_FORUM_URL = re.compile(
    r"(?:forums?|community|boards?|discuss|viewtopic|showthread|threads?|questions)[./-]|/t/|/r/\w+/comments/|[?&]t=\d",
    re.IGNORECASE,
)
_DOCS_URL = re.compile(
    r"(?:\.|//|/)(?:docs?|documentation|api|manual|reference|wiki|help|support|learn|guide|developers?)(?:\.|/)",
    re.IGNORECASE,
)
_DATED_PATH = re.compile(r"/(?:19|20)\d{2}[/-]?(?:0?[1-9]|1[0-2])(?:[/-]|$)|\d{5,}|/[^/]*(?:-[^/-]+){4,}")
_NEWS_URL = re.compile(
    r"/(?:blogs?|news|artikel|articles?|story|stories|nachrichten|aktuell|posts?|magazine?|insights?|press|features?)"
    r"(?:/|$)|//[^/]*blog",
    re.IGNORECASE,
)
_SLUG_BREAK = re.compile(r"[-_+]")
_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")

_BODY_CLASS = {
    "article template": re.compile(
        r"\bsingle(?:-post|-article|-news)?\b|\bpostid-|node-type-article|page-node-type-(?:article|news|blog)|"
        r"\barticle\b|\bstory\b|\bpost-template",
        re.IGNORECASE,
    ),
    "page template": re.compile(r"\bpage-id-|\bpage-template|\bpage-node-type-page", re.IGNORECASE),
}
#: Each with what it cannot be without: to find a word is twenty times as fast as to try a pattern. In lower case, as
#: to ignore case is slow as well.
_CLASS = {
    "byline class": (("byline", "author", "autor", "posted"), re.compile(r"byline|author|posted-?by|\bautor")),
    "article class": (
        ("content", "body", "text", "artikel"),
        re.compile(r"entry-content|article-?_?-?(?:body|content|text)|(?:post|story)-?_?-?(?:content|body)|artikel"),
    ),
    "price class": (("price",), re.compile(r"\bprice")),
    "filter class": (("filter", "facet", "sort", "refine"), re.compile(r"\bfilter|facet|sort-?by|refine")),
    "cart": (
        ("cart", "bag", "basket", "product", "woocommerce", "price"),
        re.compile(
            r"add[-_]?to[-_]?(?:cart|bag|basket)|product[-_](?:price|card|grid|form|gallery)|woocommerce|"
            r"price[-_]?(?:box|wrapper)"
        ),
    ),
}
_POST_CLASS = re.compile(
    r"(?:^|\s)(?:post[-_]?(?:body|row|message)|message[-_](?:body|content)|topic-post|crawler-post)\b"
)
_ELEMENTS: Callable[..., Any] = XPath("count(.//*)")
_CONTROLS: Callable[..., Any] = XPath("count(.//button | .//input | .//select)")
_COUNTS: dict[str, Callable[..., Any]] = {
    name: XPath(f"count(.//{name})") for name in ("button", "code", "figure", "li", "article")
}

_SENTENCE_ENDS = tuple(".!?…。！？»”\"')")
_QUOTES = '“”„«»"'
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b(?:hours?|days?|minutes?) ago", re.IGNORECASE
)
_HEADLINE_MARK = re.compile('[,:;“"„‘!]')
# Only English is counted: the other pages that the weights know are English. Elsewhere these signs stay silent.
_PERSONS = ("addresses the reader", "speaks for a company", "speaks for one person")
#: Each word that is counted, as it is written in a sentence, a title or all capitals, to its sign.
_SAID = {
    **{form: _PERSONS[0] for word in ("you", "your", "yours") for form in (word, word.capitalize(), word.upper())},
    **{form: _PERSONS[1] for word in ("we", "our", "us") for form in (word, word.capitalize(), word.upper())},
    **dict.fromkeys(("I", "my"), _PERSONS[2]),
}
#: A block with this many words (or characters, in scripts without spaces) is a paragraph of prose.
PROSE_WORDS, PROSE_CHARACTERS = 20, 160
#: Linked headings that are looked at, and characters that a teaser has at most.
TEASERS, TEASER_CHARACTERS = 200, 600
_TEASER_HEADINGS = 30
_POSTS = 5
#: Characters before and after the headline in which a date belongs to it.
_BEFORE_HEADLINE, _AFTER_HEADLINE = 150, 300
# What counts as all of something: the sign is 1 there and above.
_LONG_SLUG, _LONG_HEADLINE, _LONG_PARAGRAPH = 8, 14, 150
_MANY, _VERY_MANY = 400, 20_000
_QUOTES_A_WORD, _PERSONS_A_WORD, _CONTROLS_A_WORD, _ITEMS_A_WORD = 1 / 20, 1 / 20, 1 / 10, 1 / 5


def signs(document: Document, data: LinkedData, fields: Mapping[str, Any]) -> dict[str, float]:
    """Return the signs of a page: what it declares, how its address looks, and how its text and links are laid out."""
    text = str(fields.get("articleBody") or "")
    found = {
        **_declared(document, data, fields),
        **_address(document.url),
        **_classes(document),
        **_layout(document),
        **_text(document, text),
        **_headline(document, str(fields.get("headline") or "")),
    }
    return {name: float(value) for name, value in found.items()}


def _declared(document: Document, data: LinkedData, fields: Mapping[str, Any]) -> dict[str, float]:
    strengths = {ARTICLE_TYPES[t] for t in types_of(data.article or {}) if t in ARTICLE_TYPES}
    kind = (document.first("og:type") or "").lower()
    return {
        "news article node": 3 in strengths,
        "article node": 2 in strengths,
        "product node": bool(data.types & SELLING),
        "list node": bool(data.types & LISTING),
        "thread node": bool(data.types & TALKING),
        "business node": bool(data.types & BUSINESS),
        "person node": "Person" in data.types,
        "og:type article": "article" in kind or kind == "blog",
        "og:type product": "product" in kind,
        "author": "authors" in fields,
        "author in meta": bool(document.first(*_AUTHOR_METAS)),
        "date": "datePublished" in fields,
        "declared date": bool(
            data.text(data.article or data.page, "datePublished")
            or document.first(*_PUBLICATION_METAS)
            or document.properties.get("datePublished")
        ),
    }


def _address(url: str) -> dict[str, float]:
    parts = urlsplit(url)
    segments = [s for s in parts.path.split("/") if s]
    slug = segments[-1] if segments else ""
    return {
        "home page address": bool(parts.netloc) and not segments and not parts.query,
        "short address": len(segments) == 1 and "-" not in slug and not parts.query and "." not in slug,
        "listing address": bool(_PLACE_PATH.search(parts.path)),
        "trade address": bool(_TRADE_PATH.search(parts.path)),
        "offer address": bool(_OFFER_PATH.search(parts.path)),
        "service host": bool(_SERVICE_HOST.match(parts.netloc)),
        "forum address": bool(_FORUM_URL.search(url)),
        "documentation address": bool(_DOCS_URL.search(f"//{parts.netloc}{parts.path}")),
        "dated or long address": bool(_DATED_PATH.search(parts.path)),
        "news address": bool(_NEWS_URL.search(f"//{parts.netloc}{parts.path}")),
        "words of the address": _share(sum(1 for w in _SLUG_BREAK.split(slug) if _TWO_LETTERS.search(w)), _LONG_SLUG),
    }


def _classes(document: Document) -> dict[str, float]:
    root, body, names = document.tree, document.body, document.names
    own = " ".join(filter(None, (body.get("class"), body.get("id"), root.get("class"))))
    posts = 0
    if ("post" in names or "message" in names) and _POST_CLASS.search(names):
        posts = sum(1 for find in NAMES for value in find(body) if _POST_CLASS.search(value.lower()))
    return {
        **{
            name: float(any(word in names for word in literals) and bool(pattern.search(names)))
            for name, (literals, pattern) in _CLASS.items()
        },
        **{name: float(bool(pattern.search(own))) for name, pattern in _BODY_CLASS.items()},
        "posts": _share(posts, _POSTS),
    }


def _layout(document: Document) -> dict[str, float]:
    body, words = document.body, max(1, document.shown_words)
    elements = _ELEMENTS(body)
    counts = {name: count(body) for name, count in _COUNTS.items()}
    headings = sum(1 for e in body.iter("h2", "h3", "h4") if e.find(".//a") is not None or e.getparent().tag == "a")
    return {
        "buttons": _magnitude(counts["button"], _MANY),
        "code": _magnitude(counts["code"], _MANY),
        "figures": _magnitude(counts["figure"], _MANY),
        "one article element": counts["article"] == 1,
        "elements": _magnitude(elements, _VERY_MANY),
        "elements among words": _share(elements, words),
        "controls among words": _share(_CONTROLS(body), words * _CONTROLS_A_WORD),
        "list items among words": _share(counts["li"], words * _ITEMS_A_WORD),
        "linked headings": _share(headings, _TEASER_HEADINGS),
    }


def _text(document: Document, text: str) -> dict[str, float]:
    blocks = text.split("\n")
    sizes = [word_count(block) for block in blocks]
    size = max(1, sum(sizes))
    measured = list(zip(sizes, blocks, strict=True))
    links = {_text_in(a).strip() for a in document.body.iter("a")}
    teasers = _teasers(document)
    persons = Counter(filter(None, map(_SAID.get, words(text))))
    return {
        "main text among words": _share(size, max(1, document.shown_words)),
        "prose": sum(n for n, b in measured if n >= PROSE_WORDS or len(b) >= PROSE_CHARACTERS) / size,
        "sentences": sum(n for n, b in measured if b.rstrip().endswith(_SENTENCE_ENDS)) / size,
        "teasers": sum(n for n, b in measured if (t := b.removeprefix("- ")) in links or t in teasers) / size,
        "longest paragraph": _share(_longest(document), _LONG_PARAGRAPH),
        "quotation marks": _share(sum(map(text.count, _QUOTES)), size * _QUOTES_A_WORD),
        **{name: _share(persons[name], size * _PERSONS_A_WORD) for name in _PERSONS},
    }


def _text_in(element: HtmlElement) -> str:
    # Most links and paragraphs hold nothing but text.
    return " ".join(element.itertext()) if len(element) else element.text or ""


def _longest(document: Document) -> int:
    """Return the words of the longest paragraph, or any number of them from which it is long enough."""
    longest = 0
    for text in sorted((_text_in(p) for p in document.body.iter("p")), key=len, reverse=True):
        # A word is a letter and a space at the least, or two letters in scripts without spaces.
        if longest >= min(_LONG_PARAGRAPH, (len(text) + 1) / 2):
            break
        longest = max(longest, word_count(text))
    return longest


def _headline(document: Document, headline: str) -> dict[str, float]:
    first = next(document.body.iter("h1"), None)
    shown = (text_of(first) if first is not None else "") or headline
    at = document.shown.find(shown) if shown else -1
    before = document.shown[max(0, at - _BEFORE_HEADLINE) : max(0, at)]
    after = document.shown[at + len(shown) :][:_AFTER_HEADLINE] if at >= 0 else ""
    return {
        "words of the headline": _share(word_count(headline), _LONG_HEADLINE),
        "headline with marks": bool(_HEADLINE_MARK.search(headline)),
        "headline is first heading": bool(headline) and normalise(shown) == normalise(headline) and first is not None,
        "date near the headline": bool(_DATE.search(before) or _DATE.search(after)),
    }


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole)


def _magnitude(count: float, most: float) -> float:
    return min(1.0, math.log1p(count) / math.log1p(most))


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
