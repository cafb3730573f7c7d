"""Judges what a page is, with the probability that it is an article; knows its signs, no site."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from crawler.extraction.signs import signs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData

#: How much each sign speaks for (above 0) or against an article, in log-odds. Fitted by logistic regression (L2) on
#: 1,100 articles and 330 shop, service, forum, list and manual pages of about 1,000 sites; "announced" is set by hand:
#: feeds and news sitemaps list articles and little else.
WEIGHTS = {
    "announced": 1.5,
    "news article node": 1.3,
    "article node": 0.9,
    "other work node": 0.4,
    "article microdata": 0.4,
    "og:type article": 0.9,
    "author": 1.0,
    "date": 0.3,
    "dated or long address": 1.5,
    "news address": 1.3,
    "main text among words": 1.2,
    "prose": 1.1,
    "trade address": -2.0,
    "forum address": -1.9,
    "documentation address": -1.3,
    "listing address": -1.0,
    "short address": -1.1,
    "home page address": -0.6,
    "cart": -1.4,
    "prices": -1.3,
    "product node": -1.1,
    "og:type product": -0.6,
    "og:type website": -0.6,
    "business node": -0.6,
    "thread node": -0.7,
    "posts": -1.1,
    "forum software": -0.4,
    "code": -1.2,
    "list node": -0.3,
    "links among words": -0.7,
    "linked headings": -0.5,
    "teasers": -0.4,
    "many article elements": -0.2,
}
BIAS = -1.25
#: Below this a page is no article. Low on purpose: on sites the weights had not seen, it let 1 in 100 articles go (none
#: of a newspaper), and a page too many costs less than an article lost.
LEAST_PROBABILITY = 0.2

#: Fewer words are a caption or a teaser, in any language; the signs of text mean nothing below that.
FEWEST_WORDS = 20
#: Words of text up to which a video or a gallery is the content, and the text its caption.
CAPTION_WORDS = 150
#: Linked headings, of the thirty that signs counts, that make a list of teasers; more where the address says less.
_LIST, _LONG_LIST = 5 / 30, 8 / 30
#: Share of main text that is link text or teasers on any page that points elsewhere, and on one whose address says so;
#: share of prose of such a page.
_ALL_TEASERS, _MANY_TEASERS, _LITTLE_PROSE = 0.6, 0.3, 0.5

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
    found = {**signs(document, data, fields), "announced": float(announced)}
    odds = BIAS + sum(WEIGHTS[name] * value for name, value in found.items())
    probability = round(1 / (1 + math.exp(-odds)), 3)
    reason = _medium(document, data, fields) or _place(document, data, found)
    if reason is None and probability < LEAST_PROBABILITY and fields.get("wordCount", 0) >= FEWEST_WORDS:
        reason = _nearest(document, data, found), _evidence(found)
    return Verdict(probability=probability, reason=reason[0] if reason else None, detail=reason[1] if reason else None)


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


def _nearest(document: Document, data: LinkedData, found: Mapping[str, float]) -> str:
    """Return the kind of page whose signs are strongest."""
    kinds = {
        "product": ("trade address", "cart", "prices", "product node", "og:type product", "business node"),
        "forum": ("forum address", "thread node", "posts", "forum software"),
        "documentation": ("documentation address", "code"),
        _list_kind(document, data): (
            "listing address",
            "short address",
            "home page address",
            "list node",
            "linked headings",
            "teasers",
        ),
    }
    against = {kind: sum(WEIGHTS[n] * found[n] for n in names) for kind, names in kinds.items()}
    nearest = min(against, key=lambda kind: against[kind])
    return nearest if against[nearest] < 0 else "index"


def _evidence(found: Mapping[str, float]) -> str:
    against = sorted((WEIGHTS[n] * v, n) for n, v in found.items() if WEIGHTS[n] * v < 0)[:3]
    missing = [n for n in ("news article node", "author", "date") if not found[n]]
    signs_against, signs_missing = (", ".join(names) or "nothing" for names in ([n for _, n in against], missing))
    return f"Against an article: {signs_against}; missing: {signs_missing}."
