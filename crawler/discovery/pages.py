"""Reads home and section pages: links to articles, feeds, sections and the next page. Knows HTML, not articles."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
from lxml import etree

from crawler.discovery import Announced, Candidate, Link
from crawler.discovery.score import ARTICLE, GREY, NEGATIVE, anchor_words, article_score, is_file
from crawler.extraction.encoding import decode
from crawler.extraction.terms import forbids_links
from crawler.urls import fetch_form, host, identity_key, join, registrable_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

# libxml2 ends a page at characters that XML cannot hold.
_UNPARSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: Sections kept of one home page, and path segments a section may have.
MAX_SECTIONS = 12
_SECTION_SEGMENTS = 2
#: Anchors that look like feeds, each of which costs a request to find out; pages that list feeds list hundreds.
MAX_FEED_ANCHORS = 20
#: Of a page; a longer number in an address is a date or an id.
_PAGE_NUMBER = r"[0-9]{1,2}"
_TITLE_WORDS = 4
#: Text nodes and characters read of one anchor: a page of one unclosed anchor must not be read once for each link.
_ANCHOR_NODES = 50
_ANCHOR_LENGTH = 300

_FEED_TYPE = re.compile(r"application/(?:(?:rss|atom|rdf)\+xml|feed\+json|rss|atom)\b", re.IGNORECASE)
_JSON_FEED = re.compile(r"feed", re.IGNORECASE)
_FEED_PATH = re.compile(r"(?:^|[/._-])(?:rss[0-9]*|feeds?|atom|rdf)(?=[/._-]|$)|rssfeeds?", re.IGNORECASE)
#: Elsewhere in a query "rss" says where a visitor came from.
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type|alt|view|output)=(?:rss|atom|rdf|feed)", re.IGNORECASE)
_FEED_TEXT = re.compile(r"\s*(?:rss|atom|feed|rss[ -]feeds?|rss 2\.0)\s*\Z", re.IGNORECASE)
#: Feed readers and networks, whose own addresses carry the site's or merely call themselves a feed.
_FEED_READERS = re.compile(
    r"//(?:[\w.-]+\.)?(?:feedly|inoreader|netvibes|my\.yahoo|newsblur|theoldreader|facebook|twitter|x|linkedin)\.com/"
)
_COMMENTS = re.compile(r"comments?\b|kommentar|commentaire|comentario|comment[io]\b|комментари|reacties", re.IGNORECASE)
_FEED_TAIL = re.compile(r"/(?:feed|rss|atom)(?:/(?:rss2?|atom|rdf))?/?\Z", re.IGNORECASE)

_MENU = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|navbar|navigation|menu|mainmenu|header|rubrics|sections)(?:$|[\s_-])", re.IGNORECASE
)
_INDEXES = """
    category categories cat kategorie rubrik rubriken section sections topic topics thema themen archive archives tag
    tags page live real-estate autos cars homes staff
"""
#: Words of NEGATIVE that name indexes of articles; every other one makes a link no section.
_INDEX_WORDS = frozenset(_INDEXES.split())
_SERVICES = """
    services service account my e-papers epapers ads ad rules werbung werben publicidad publicite pubblicita reklama
    kontakte kontakty o-nas redaktion redaccion redaction redazione redakcja offers offer marketing club vouchers
    competitions corporate company accessibility sitemap.html whatsapp telegram notifications my-account logout
    preferences settings bookmarks saved anmelden abmelden signup-login log-in connexion gutscheine crossword crosswords
    lottery tickets travel-deals
"""
_JUNK = (NEGATIVE - _INDEX_WORDS) | frozenset(_SERVICES.split())

_QUERY_PAGE = frozenset({"page", "paged", "pg", "seite", "pagina", "pagenum", "pageno"})
_PATH_PAGE = re.compile(r"/(?:page|seite|pagina|strona|stranitsa)[/-]?(?P<number>[1-9][0-9]?)/?\Z", re.IGNORECASE)
#: Forms that also number articles: only what is left of the address can tell.
_PATH_NUMBER = re.compile(r"/(?P<number>[1-9][0-9]?)/?\Z")
_FILE_NUMBER = re.compile(r"[-_,](?P<number>[1-9][0-9]?)(?P<suffix>\.(?:s?html?|php|aspx?|jsp|cms))\Z", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class _Anchor:
    url: str
    text: str
    title: str
    menu: bool
    next: bool


def read_page(body: bytes, *, url: str, kind: str, encoding: str | None = None, token: str = "") -> Announced:
    """Return the article-looking links of an HTML page with their scores, and the documents that it names.

    Links come in document order, each with its longest anchor text, whatever their host; those scored at or below
    GREY are left out. Documents: feeds; sections, where *kind* is "home"; and the next page of this listing, as a
    section. *encoding* is the charset of the response header. Any bytes give a result, at worst an empty one; so does
    a page that asks robots, or our *token*, not to follow its links.
    """
    root = _parse(body, encoding)
    if root is None or _forbids_links(root, token):
        return Announced(kind=kind)
    base = _base(root, url)
    anchors = list(_anchors(root, base))
    documents = [*_alternates(root, base), *_feed_anchors(anchors)]
    if kind == "home":
        documents += _sections(anchors, url)
    documents += _next_page(root, base, anchors, url)
    own = identity_key(url)
    unique = {own: Candidate(url=url, kind=kind)}
    for child in documents:
        unique.setdefault(identity_key(child.url), child)
    del unique[own]
    return Announced(kind=kind, links=tuple(_links(anchors, own)), documents=tuple(unique.values()))


def _parse(body: bytes, encoding: str | None) -> etree._Element | None:
    text = _UNPARSABLE.sub("", decode(body, encoding).html)
    # libxml2 drops a whole page that is nested 256 deep, which unclosed <font> elements reach; huge_tree allows 2,048.
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is not None:
        etree.strip_elements(root, "script", "style", "template", with_tail=False)
    return root


def _forbids_links(root: etree._Element, token: str) -> bool:
    said = [
        {"source": f"meta:{(element.get('name') or '').strip().lower()}", "value": element.get("content") or ""}
        for element in root.iter("meta")
    ]
    return forbids_links({"robotsMeta": said}, token)


def _base(root: etree._Element, url: str) -> str:
    named = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    return (join(url, named) if named else None) or url


def _anchors(root: etree._Element, base: str) -> Iterator[_Anchor]:
    menus = _menu_elements(root)
    for element in root.iter("a", "area"):
        href = (element.get("href") or "").strip()
        url = None if not href or href.startswith("#") else join(base, href)
        if url is not None:
            yield _Anchor(
                url=url,
                text=_anchor_text(element),
                title=element.get("title") or "",
                menu=element in menus,
                next="next" in (element.get("rel") or "").lower().split(),
            )


def _menu_elements(root: etree._Element) -> set[etree._Element]:
    """Return the anchors inside navigation, walking down each outermost menu once."""
    found: set[etree._Element] = set()
    for element in root.iter("nav", "header", "div", "ul", "section", "aside"):
        if element not in found and _is_menu(element):
            found.update(element.iter("a", "nav", "header", "div", "ul", "section", "aside"))
    return found


def _is_menu(element: etree._Element) -> bool:
    if element.tag in {"nav", "header"} or element.get("role") == "navigation":
        return True
    return bool(_MENU.search(element.get("class") or "") or _MENU.search(element.get("id") or ""))


def _anchor_text(element: etree._Element) -> str:
    pieces = (piece for piece in element.itertext() if isinstance(piece, str))
    text = " ".join(" ".join(islice(pieces, _ANCHOR_NODES)).split())
    if not text:
        text = " ".join(next((alt for image in element.iter("img") if (alt := image.get("alt"))), "").split())
    return text[:_ANCHOR_LENGTH]


def _links(anchors: list[_Anchor], own: str) -> Iterator[Link]:
    texts: dict[str, str] = {}
    for anchor in anchors:
        texts[anchor.url] = max(texts.get(anchor.url, ""), anchor.text, key=len)
    for url, text in texts.items():
        score = article_score(url, text or None)
        if score > GREY and identity_key(url) != own:
            title = text if anchor_words(text) >= _TITLE_WORDS else None
            yield Link(url=url, method="page", title=title, score=score)


def _alternates(root: etree._Element, base: str) -> Iterator[Candidate]:
    for element in root.iter("link"):
        rel, href, title = (element.get(name) or "" for name in ("rel", "href", "title"))
        if "alternate" not in rel.lower().split() or not _is_feed_type(element.get("type") or "", href + title):
            continue
        url = join(base, href)
        if url is not None and not _is_comment_feed(url, title):
            yield Candidate(url=url, kind="feed", title=" ".join(title.split()) or None)


def _is_feed_type(media_type: str, names: str) -> bool:
    plain_json = media_type.strip().lower() == "application/json" and "wp-json" not in names
    return bool(_FEED_TYPE.match(media_type.strip()) or (plain_json and _JSON_FEED.search(names)))


def _is_comment_feed(url: str, title: str) -> bool:
    """Return whether a feed holds readers' comments: it says so, or it lies under the path of one article."""
    parts = urlsplit(url)
    if _COMMENTS.search(title) or _COMMENTS.search(f"{parts.path}?{parts.query}"):
        return True
    parent = _FEED_TAIL.sub("", parts.path)
    return parent != parts.path and article_score(parts._replace(path=parent).geturl()) > ARTICLE


def _feed_anchors(anchors: list[_Anchor]) -> Iterator[Candidate]:
    looking = (anchor for anchor in anchors if _looks_like_feed(anchor))
    for anchor in islice(looking, MAX_FEED_ANCHORS):
        yield Candidate(url=anchor.url, kind="candidate", title=anchor.text or None)


def _looks_like_feed(anchor: _Anchor) -> bool:
    parts = urlsplit(anchor.url)
    named = _FEED_PATH.search(parts.path) or _FEED_QUERY.search(parts.query) or parts.netloc.startswith("feeds.")
    if not named and not _FEED_TEXT.match(anchor.text or anchor.title):
        return False
    article = article_score(anchor.url, anchor.text) > ARTICLE
    return not (article or _FEED_READERS.search(anchor.url) or _is_comment_feed(anchor.url, anchor.text))


def _sections(anchors: list[_Anchor], url: str) -> list[Candidate]:
    own, domain = identity_key(url), registrable_domain(url)
    found: dict[str, Candidate] = {}
    for anchor in anchors:
        key = identity_key(anchor.url)
        if anchor.menu and key != own and key not in found and _is_section(anchor, url, domain):
            found[key] = Candidate(url=anchor.url, kind="section", title=anchor.text or None)
    return list(found.values())[:MAX_SECTIONS]


def _is_section(anchor: _Anchor, home: str, domain: str) -> bool:
    parts = urlsplit(anchor.url.lower())
    segments = [segment for segment in parts.path.split("/") if segment]
    if registrable_domain(anchor.url) != domain or len(segments) > _SECTION_SEGMENTS:
        return False
    if not segments and host(anchor.url).removeprefix("www.") in {host(home).removeprefix("www."), domain}:
        return False
    names = {segment.partition(".")[0] for segment in segments} | {parts.netloc.partition(".")[0]}
    if names & _JUNK or "://" in unquote(parts.query) or is_file(anchor.url) or _looks_like_feed(anchor):
        return False
    return article_score(anchor.url, anchor.text or None) <= GREY


def _next_page(root: etree._Element, base: str, anchors: list[_Anchor], url: str) -> list[Candidate]:
    """Return the next page of this listing: the one it names by ``rel=next``, else the one numbered one higher."""
    named = [join(base, element.get("href") or "") for element in root.iter("link") if element.get("rel") == "next"]
    named += [anchor.url for anchor in anchors if anchor.next]
    stated = (found for found in named if found and host(found) == host(url) and article_score(found) <= ARTICLE)
    numbered = (anchor.url for anchor in _numbered_one_higher(anchors, url))
    found = next((page for page in (*stated, *numbered) if identity_key(page) != identity_key(url)), None)
    return [Candidate(url=found, kind="section")] if found else []


def _numbered_one_higher(anchors: list[_Anchor], url: str) -> list[_Anchor]:
    """Return the anchors to the page after *url*; where sites count from nought, "2" is the text of ``?page=1``."""
    own = _readings(url)
    following = [(anchor, follows) for anchor in anchors if (follows := _following(own, anchor.url))]
    ranked = sorted(following, key=lambda pair: (pair[0].text != "2", -pair[1][0][1]))
    return [anchor for anchor, _ in ranked]


def continuation(url: str, next_url: str) -> bool:
    """Return whether *next_url*, named by ``rel=next`` of an article page at *url*, continues the same article.

    WordPress' ``rel=next`` names the next post (developer.wordpress.org, adjacent_posts_rel_link), so the addresses
    must be the same but for a page number that is one higher. A bare number counts only where the rest of the address
    looks like an article: ``/news/8`` and ``/news/9`` are two of them.
    """
    follows = _following(_readings(url), next_url)
    return any(explicit or article_score(f"http://{stem}") > GREY for stem, _, explicit in follows)


def _readings(url: str) -> set[tuple[str, int]]:
    """Return each reading of *url* as (stem, page number); a first page often has none, and is then 1, or 0."""
    return {(stem, number) for stem, number, _ in _numbered(url)} | {(identity_key(url), 0), (identity_key(url), 1)}


def _following(own: set[tuple[str, int]], next_url: str) -> list[tuple[str, int, bool]]:
    """Return the readings of *next_url* as the page after one of *own*."""
    return [reading for reading in _numbered(next_url) if (reading[0], reading[1] - 1) in own]


def _numbered(url: str) -> list[tuple[str, int, bool]]:
    """Return each reading of *url* as a page of something: the key without page number, the number, its certainty."""
    parts = urlsplit(fetch_form(url) or "")
    readings = []
    for name, value in parse_qsl(parts.query):
        if name.lower() in _QUERY_PAGE | {"p"} and re.fullmatch(_PAGE_NUMBER, value):
            query = "&".join(pair for pair in parts.query.split("&") if pair.partition("=")[0] != name)
            readings.append((parts._replace(query=query), int(value), name.lower() != "p"))
    for pattern, explicit in ((_PATH_PAGE, True), (_PATH_NUMBER, False), (_FILE_NUMBER, False)):
        match = pattern.search(parts.path)
        if match:
            path = parts.path[: match.start()] + match.groupdict().get("suffix", "")
            readings.append((parts._replace(path=path), int(match["number"]), explicit))
    return [(identity_key(stem.geturl()), number, explicit) for stem, number, explicit in readings]
