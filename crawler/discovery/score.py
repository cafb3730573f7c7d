"""Judges from an address and its anchor text alone whether a link leads to an article. It never sees the page."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

#: Above this a link is taken for an article.
ARTICLE = 1.0
#: Between this and ARTICLE a link may be tried where there is room; at or below it is none.
GREY = -1.0
#: No article can be there: a front page, or a file that is no page.
REJECT = float("-inf")

_START = -1.0

_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|mp3|m4a|ogg|oga|opus|wav|flac|aac|mp4|m4v|webm|mov|avi|mkv|m3u8?"
    r"|pdf|docx?|xlsx?|pptx?|csv|epub|xml|rss|atom|rdf|json|jsonld|txt|ics|js|mjs|css|map|woff2?|ttf|otf|eot"
    r"|zip|gz|tgz|rar|7z|tar|exe|dmg|apk)\Z"
)
#: Endings of addresses of pages.
PAGE_SUFFIX = re.compile(r"\.(?:html?|shtml|php|aspx?|jsp|cms|stm|ece)\Z")
_STATIC_SUFFIX = re.compile(r"\.(?:html?|shtml|cms|stm|ece|aspx?)\Z")
_INDEX_STEMS = frozenset({"index", "default", "home"})
_WORD_BREAK = re.compile(r"[-_+ ,]")
_TOKEN_BREAK = re.compile(r"[-_+ ,.]")
_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d[/_.-](?:(?:0?[1-9]|1[0-2])|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)"
    r"(?:(?P<day>[/_.-](?:0?[1-9]|[12]\d|3[01])(?!\d))|(?![^/_.-]))"
)
_LONG_NUMBER = re.compile(r"\d{5}")
_NUMBER = re.compile(r"\d{4}")
_UNIQUE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-z])[0-9a-f]{20,}(?![0-9a-z])")
_MIXED = re.compile(r"(?=.*[a-z])(?=.*\d)[a-z\d]{8,}\Z")
_QUERY_ID = re.compile(
    r"(?:^|&)(?:id|nid|aid|newsid|article|articleid|no|idx|sid|p|story|item|post)=\d{3,}(?:&|$)", re.IGNORECASE
)
_PAGINATION = re.compile(r"/(?:page|seite|p)/\d+(?:/|$)")
_PAGINATION_QUERY = re.compile(r"(?:^|&)page=\d")
_FAR_LETTER = re.compile("[\u0300-\U0010ffff]")
#: Letters of a far script that make a title.
_TITLE_LETTERS = 12
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0e7f]")
_ANCHOR_WORD = re.compile(r"\w+(?:['’.-]\w+)*")

_POSITIVE_WORDS = """
    story stories article articles artikel articolo articulo noticia noticias nieuws news-story post posts nyheter a
    articleshow content beitrag
"""
#: Path segments under which sites keep their articles.
POSITIVE = frozenset(_POSITIVE_WORDS.split())
_NEGATIVE_WORDS = """
    tag tags category categories cat kategorie rubrik rubriken section sections topic topics thema themen author
    authors autor autoren auteur auteurs profile profiles people person staff team by search suche buscar recherche
    login signin sign-in signup sign-up register registration account accounts subscribe subscription subscriptions abo
    abos abonnement abonnements newsletter newsletters about about-us aboutus contact contacts contact-us kontakt
    contacto contactos impressum imprint privacy privacy-policy datenschutz terms terms-of-service terms-of-use
    terms-and-conditions tos legal legal-notice cookie cookies cookie-policy faq faqs help hilfe support careers career
    jobs job stellen advertise advertising media-kit mediakit donate donation shop store boutique feed feeds rss sitemap
    sitemaps archive archives page event events calendar classifieds obituaries weather wetter horoscope horoscopes
    games puzzles tv-guide e-paper epaper eedition e-edition app apps mobile ethics masthead corrections standards
    membership podcast podcasts video videos gallery galleries photo photos live livestream watch listen radio schedule
    user users forum forums comment comments print share wp-content wp-admin cart checkout program programs show shows
    tip tips submit partner partners sponsor sponsors coupon coupons deal deals marketplace real-estate autos cars homes
    over-ons chi-siamo qui-sommes-nous mentions-legales contactez-nous aviso-legal politica-de-privacidad
    politica-de-cookies quienes-somos
"""
#: Path segments of indexes, services and media; no article.
NEGATIVE = frozenset(_NEGATIVE_WORDS.split())


@lru_cache(maxsize=8_192)
def article_score(url: str, anchor: str | None = None) -> float:
    """Return how much *url* looks like an article: above ARTICLE it is one, at or below GREY it is none.

    An additive score over the words, dates and numbers of the path, known path segments and, where the link has a
    text, its number of words. *url* is absolute. REJECT for addresses without a path and for files that are no page.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return REJECT
    path = unquote(parts.path, errors="replace").lower()
    segments = [segment for segment in path.split("/") if segment]
    if not segments or _FILE.search(segments[-1]):
        return REJECT
    score = _START + _path_points(path, segments, bool(_QUERY_ID.search(parts.query)))
    score += _segment_points(segments)
    if _PAGINATION.search(path) or _PAGINATION_QUERY.search(parts.query):
        score -= 3.0
    return round(score + _anchor_points(anchor), 2)


def is_file(url: str) -> bool:
    """Return whether the path of *url* ends like an image, a recording, data or a download."""
    try:
        return bool(_FILE.search(urlsplit(url).path.lower()))
    except ValueError:
        return True


def anchor_words(anchor: str) -> int:
    """Return the number of words of a link's text; in scripts without spaces, half the letters."""
    far = len(_CJK.findall(anchor))
    return far // 2 + len(_ANCHOR_WORD.findall(_CJK.sub(" ", anchor) if far else anchor))


def slug_words(stem: str) -> int:
    """Return how many words the last segment of a path spells out with hyphens and the like between them."""
    return sum(1 for word in _WORD_BREAK.split(stem) if _TWO_LETTERS.search(word))


def is_far_title(stem: str) -> bool:
    """Return whether a path segment holds a title in a script other than Latin."""
    return len(_FAR_LETTER.findall(stem)) >= _TITLE_LETTERS


def has_unique_id(stem: str) -> bool:
    """Return whether a path segment, in lower case, holds what looks like the id of one page, numbers left aside."""
    return bool(_UNIQUE_ID.search(stem) or _MIXED.match(_TOKEN_BREAK.split(stem)[-1]))


def _stem(segments: list[str]) -> str:
    stem = PAGE_SUFFIX.sub("", segments[-1])
    return PAGE_SUFFIX.sub("", segments[-2]) if stem in _INDEX_STEMS and len(segments) > 1 else stem


def _path_points(path: str, segments: list[str], query_id: bool) -> float:
    stem = _stem(segments)
    words = slug_words(stem)
    date = _DATE.search(path)
    number = _LONG_NUMBER.search(path)
    unique = _UNIQUE_ID.search(path)
    foreign = is_far_title(stem)
    points = _word_points(words, stem) + _id_points(segments[-1], stem, number is not None, unique is not None)
    if date:
        points += 2.0 if date["day"] else 1.2
    if _STATIC_SUFFIX.search(segments[-1]):
        points += 0.6
    points += 2.0 * query_id + 2.0 * foreign
    if words <= 2 and not (number or date or unique or query_id or foreign):
        points -= 1.0
    return points


def _word_points(words: int, stem: str) -> float:
    points = 2.5 if words >= 5 else {4: 1.6, 3: 0.5}.get(words, 0.0)
    return points + (0.8 if len(stem) >= 30 else 0.0)


def _id_points(last: str, stem: str, number: bool, unique: bool) -> float:
    points = 0.0
    if number:
        points += 1.6 if _LONG_NUMBER.search(last) else 0.9
    if unique:
        points += 1.5
    elif not number and _MIXED.match(_TOKEN_BREAK.split(stem)[-1]):
        points += 0.4
    return points


def _segment_points(segments: list[str]) -> float:
    stem = _stem(segments)
    earlier = segments[:-1]
    points = -4.0 if stem in NEGATIVE else 0.0
    points -= 2.0 * sum(segment in NEGATIVE for segment in earlier)
    named = any(segment in POSITIVE for segment in earlier)
    if named and (len(stem) >= 8 or _NUMBER.search(segments[-1])):
        points += 1.2
    return points


def _anchor_points(anchor: str | None) -> float:
    words = anchor_words(anchor) if anchor else 0
    if not words:
        return 0.0
    if words >= 7:
        return 2.0
    if words >= 5:
        return 0.8
    return 0.0 if words == 4 else -1.0
