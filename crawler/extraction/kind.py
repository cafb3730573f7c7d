"""Judges what a page is, with the probability that it is an article; knows its signs, no site."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
from lxml.etree import XPath

from crawler.extraction.kind_weights import BIAS, SIGNS
from crawler.extraction.signs import signs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData

#: Below this a page is no article. On sites the weights had not seen, it let none of the newspapers' articles go.
LEAST_PROBABILITY = 0.44
#: Above this a page is no list, whatever it looks like: blogs print lists of older texts below and beside each text.
SURE_PROBABILITY = 0.6
#: What being listed by a feed or news sitemap says for an article, in log-odds; set by hand, as they list little else.
ANNOUNCED = 1.5

#: Elements of a page above which it is not read, and links or headings above which it is a list: several times what
#: the largest of 1,479 articles, shops, lists and forums had. Reading more costs seconds and gives no article.
MOST_ELEMENTS, MOST_LINKS, MOST_HEADINGS = 40_000, 6_000, 4_000

#: Fewer words are a caption or a teaser, in any language; the signs of text mean nothing below that.
FEWEST_WORDS = 20
#: Words of text up to which a video or a gallery is the content, and the text its caption.
CAPTION_WORDS = 100
#: Linked headings, of the thirty that signs counts, that make a list of teasers; more where the address says less.
_LIST, _LONG_LIST = 5 / 30, 8 / 30
#: Share of main text that is link text or teasers on any page that points elsewhere, and on one whose address says so;
#: share of prose of such a page.
_ALL_TEASERS, _MANY_TEASERS, _LITTLE_PROSE = 0.6, 0.3, 0.5

_LINKS: Callable[..., Any] = XPath("count(//a)")
_HEADINGS: Callable[..., Any] = XPath("count(//h1 | //h2 | //h3 | //h4 | //h5 | //h6)")
_ELEMENTS: Callable[..., Any] = XPath("count(//*)")

_KIND_SIGNS = {
    "product": (
        *("trade address", "offer address", "cart", "price class", "filter class", "product node", "og:type product"),
        *("business node", "speaks for a company", "addresses the reader"),
    ),
    "forum": ("forum address", "thread node", "posts"),
    "documentation": ("documentation address", "code"),
}
_LIST_SIGNS = ("listing address", "short address", "home page address", "list node", "linked headings", "teasers")
#: Signs that a verdict names.
_NAMED = 3

_VIDEO_PATH = re.compile(r"/(?:videos?|watch|mediathek|tv|clips?|av)(?:/|$)", re.IGNORECASE)
_GALLERY_PATH = re.compile(
    r"/(?:photo-?)?(?:galler(?:y|ies)|slideshows?|fotostrecken?|bilder(?:galerien?|strecken?)?|photos?|fotos?|"
    r"diaporamas?|galerias?|(?:in-)?pictures)(?:/|$)",
    re.IGNORECASE,
)
_OWN_PATH = re.compile(
    r"^(?:/[a-z]{2})?/(about(?:-us)?|contact(?:-us)?|kontakt|impressum|imprint|mentions-legales|"
    r"privacy(?:-policy)?|datenschutz|"
    r"terms(?:-of-(?:use|service))?|agb|cookies?(?:-policy)?|log-?in|sign-?in|register|subscribe|newsletters?|faq|jobs|"
    r"careers|advertise|mediadaten|accessibility|sitemap)(?:\.\w{2,5})?/?$",
    re.IGNORECASE,
)
_TAG_PATH = re.compile(
    r"/(?:tags?|topics?|thema|themen?|temas?|keywords?|stichwort|etiquetas?|sujets?|hashtag)(?:/|$)", re.IGNORECASE
)
_AUTHOR_PATH = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|profiles?|contributors?|by|people|staff|journalists?)(?:/|$)", re.IGNORECASE
)


@attrs.frozen(kw_only=True)
class Verdict:
    """What a page is: an article where there is no reason why not."""

    probability: float
    reason: str | None = None
    detail: str | None = None


def judge(document: Document, data: LinkedData, fields: Mapping[str, Any], *, announced: bool = False) -> Verdict:
    """Return what the page is; *announced* says that a feed or news sitemap listed it as an article."""
    found = signs(document, data, fields)
    odds = BIAS + sum(_spoken(found).values()) + ANNOUNCED * announced
    probability = round(1 / (1 + math.exp(-odds)), 3)
    reason = _medium(document, data, fields)
    if reason is None and probability < SURE_PROBABILITY:
        reason = _place(document, data, found)
    if reason is None and probability < LEAST_PROBABILITY and fields.get("wordCount", 0) >= FEWEST_WORDS:
        reason = _nearest(document, data, found), _evidence(found)
    return Verdict(probability=probability, reason=reason[0] if reason else None, detail=reason[1] if reason else None)


def beyond(document: Document) -> tuple[str, str] | None:
    """Return ``index`` or ``too_large`` for a page of so many elements, links or headings that it is no article."""
    elements = int(_ELEMENTS(document.tree))
    if elements <= min(MOST_LINKS, MOST_HEADINGS):
        return None
    if (links := int(_LINKS(document.tree))) > MOST_LINKS:
        return "index", f"The page has {links} links; no article has more than {MOST_LINKS}."
    if (headings := int(_HEADINGS(document.tree))) > MOST_HEADINGS:
        return "index", f"The page has {headings} headings; no article has more than {MOST_HEADINGS}."
    if elements > MOST_ELEMENTS:
        return "too_large", f"The page has {elements} elements; no article has more than {MOST_ELEMENTS}."
    return None


def own_page(document: Document, data: LinkedData) -> tuple[str, str] | None:
    """Return ``static`` for a page of the site about itself: about, contact, imprint, privacy, log in."""
    match = _OWN_PATH.search(urlsplit(document.url).path)
    if match is None or data.article is not None:
        return None
    return "static", f'The address is that of a page of the site about itself: "{match[1]}".'


def _medium(document: Document, data: LinkedData, fields: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return ``video`` or ``gallery`` where that is the content and the text only describes it."""
    words, path = fields.get("wordCount", 0), urlsplit(document.url).path
    if words > CAPTION_WORDS:
        return None
    kind = (document.first("og:type") or "").lower()
    if kind.startswith("video") or ("VideoObject" in data.types and (data.article is None or _VIDEO_PATH.search(path))):
        return "video", f"A video is the content; its text has {words} words."
    if data.types & {"ImageGallery", "MediaGallery"} or _GALLERY_PATH.search(path):
        return "gallery", f"Pictures are the content; their text has {words} words."
    return None


def _place(document: Document, data: LinkedData, found: Mapping[str, float]) -> tuple[str, str] | None:
    """Return ``index``, ``tag`` or ``author`` for a page that only points to articles, however long its teasers."""
    if data.article is not None or (found["og:type article"] and found["date"]):
        return None
    points = found["linked headings"] >= _LIST or found["teasers"] >= _MANY_TEASERS or found["prose"] < _LITTLE_PROSE
    # Sites also file articles under topics; such an address ends in a slug or a number, as a list's does not.
    listing = (found["listing address"] and not found["dated or long address"]) or found["home page address"]
    section = found["short address"] and found["linked headings"] >= _LONG_LIST
    if (
        (listing and points)
        or section
        or found["teasers"] >= _ALL_TEASERS
        or data.types & {"CollectionPage", "SearchResultsPage", "ProfilePage"}
    ):
        return _list_kind(document, data), _evidence(found)
    return None


def _list_kind(document: Document, data: LinkedData) -> str:
    path = urlsplit(document.url).path
    if _TAG_PATH.search(path):
        return "tag"
    person = "ProfilePage" in data.types or (document.first("og:type") or "").lower() == "profile"
    return "author" if person or _AUTHOR_PATH.search(path) else "index"


def _spoken(found: Mapping[str, float]) -> dict[str, float]:
    """Return how much each sign speaks for an article, in log-odds, against what is usual on articles."""
    return {name: weight * (found[name] - usual) for name, (weight, usual) in SIGNS.items()}


def _nearest(document: Document, data: LinkedData, found: Mapping[str, float]) -> str:
    """Return the kind of page whose signs are strongest."""
    spoken = _spoken(found)
    kinds = {**_KIND_SIGNS, _list_kind(document, data): _LIST_SIGNS}
    against = {kind: sum(spoken[name] for name in names if found[name]) for kind, names in kinds.items()}
    nearest = min(against, key=lambda kind: against[kind])
    return nearest if against[nearest] < 0 else "index"


def _evidence(found: Mapping[str, float]) -> str:
    spoken = _spoken(found)
    worst = sorted((name for name in spoken if spoken[name] < 0), key=lambda name: spoken[name])
    against = [name for name in worst if SIGNS[name][0] < 0][:_NAMED]
    missing = [name for name in worst if SIGNS[name][0] > 0][:_NAMED]
    signs_against, signs_missing = (", ".join(names) or "nothing" for names in (against, missing))
    return f"Against an article: {signs_against}; missing: {signs_missing}."
