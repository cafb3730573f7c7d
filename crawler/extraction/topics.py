"""Reads sections and keywords, which pages give as lists, as joined text or as links; knows no precedence."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from lxml.etree import XPath

from crawler.extraction.document import META_CHARACTERS, text_of
from crawler.extraction.jsonld import as_list, as_text, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.html import HtmlElement

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData

#: A longer keyword is a sentence, and more of them are stuffing.
TOPIC_CHARACTERS = 80
TOPICS = 60
# Database keys, addresses and labelled classifications ("Category: Travel") that content systems put among keywords.
_NO_TOPIC = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-\S*|\d{5,}|(?:https?://|www\.)\S+|[\w-]+\.(?:com|net|org|co\.\w\w)|[\w ]{3,30}:\s?.+",
    re.IGNORECASE,
)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")
_FEWEST_CODES = 5
_HOME = frozenset(
    (
        "home",
        "homepage",
        "start",
        "startseite",
        "inicio",
        "accueil",
        "início",
        "главная",
        "головна",
        "首页",
        "ホーム",
        "홈",
    )
)
# A class that says of a link, or of the list it stands in, that it is a tag of the article.
_TAG_CLASS = re.compile(
    r"(?:^|[\s_-])(?:article|post|entry|single)?-?(?:tags?|topics?|keywords?)(?:[_-]{1,2}(?:list|item|link|name)\S*)?(?:$|\s)"
    r"|[tT]ag(?:List|Link|Item)",
)
_TAG_WORD = re.compile("tag|topic|keyword")
#: Elements that hold a trail of links.
_TRAILS = ("nav", "ol", "ul", "div")
_LABELLED_TRAIL: Callable[..., Any] = XPath("boolean(//@aria-label[contains(., 'readcrumb')])")
_SEPARATOR = re.compile(r"\s*[,;|،、，]\s*")


def split(values: Iterable[Any]) -> list[str]:
    """Return topics one each: lists as they are, joined text split, repeats (whatever their case) dropped."""
    texts = [text for value in as_list(list(values)) if (text := as_text(value))]
    if len(texts) == 1:
        joined = texts[0]
        texts = _SEPARATOR.split(joined)
        if len(texts) == 1 and _UNSPACED.search(joined):
            texts = joined.split()
    found: dict[str, str] = {}
    for text in _without_codes(texts):
        topic = text.strip(" \t#\"'")
        if topic and not _NO_TOPIC.fullmatch(topic) and len(topic) <= TOPIC_CHARACTERS:
            found.setdefault(topic.casefold(), topic)
    return list(found.values())[:TOPICS]


def _without_codes(texts: list[str]) -> list[str]:
    """Return *texts* without the codes of a news agency's classification where most of them are such."""
    codes = [text for text in texts if _CODE.fullmatch(text)]
    many = len(codes) >= _FEWEST_CODES and 2 * len(codes) > len(texts)
    return [text for text in texts if not many or text not in codes]


def breadcrumbs(document: Document, data: LinkedData) -> list[str]:
    """Return the sections of the page's BreadcrumbList, without home and the page itself."""
    for node in data.nodes:
        if "BreadcrumbList" in types_of(node):
            entries = [e for e in as_list(node.get("itemListElement")) if isinstance(e, dict)]
            return _sections(document, [_crumb(document, entry) for entry in entries])
    return []


def shown_breadcrumbs(document: Document) -> list[str]:
    """Return the sections of the first visible trail of links that calls itself breadcrumbs."""
    is_any = "breadcrumb" in document.names or _LABELLED_TRAIL(document.tree)
    trail = next((e for e in document.tree.iter(*_TRAILS) if _is_trail(e)), None) if is_any else None
    links = () if trail is None else (a for a in trail.iterdescendants("a") if a.get("href") is not None)
    return _sections(document, [(text_of(a), document.absolute(a.get("href"))) for a in links])


def _is_trail(element: HtmlElement) -> bool:
    return (
        "breadcrumb" in element.get("class", "")
        or "breadcrumb" in element.get("id", "")
        or "readcrumb" in element.get("aria-label", "")
    )


def section_of_path(document: Document) -> list[str]:
    """Return the text of the navigation link whose address is the first folder of the page's."""
    first = next(iter(path_segments(document.url)), None)
    for link in _links_to_folder(document, first) if first else ():
        if next(link.iterancestors("nav", "header"), None) is None:
            continue
        if (text := text_of(link)).casefold() not in _HOME:
            return split([[text]])
    return []


def _links_to_folder(document: Document, name: str) -> Iterator[HtmlElement]:
    candidates = {href for href in document.hrefs if _may_lead_to(name, href)}
    for link in document.tree.iter("a") if candidates else ():
        url = document.absolute(href) if (href := link.get("href")) in candidates else None
        if url and path_segments(url, whole=True) == [name]:
            yield link


def _may_lead_to(name: str, href: str) -> bool:
    """Whether an address ends with *name* or goes on from the page's own: asked first, as to resolve it is dear."""
    if not href.startswith(("/", "http", "#", "javascript:")):
        return True
    if name not in href and "%" not in href:
        return False
    last = href.partition("?")[0].partition("#")[0].rstrip("/ ").rpartition("/")[2]
    return len(last) <= META_CHARACTERS and unquote(last) == name


def path_segments(url: str, *, whole: bool = False) -> list[str]:
    """Return the folders of an address, with *whole* its last part, too."""
    try:
        segments = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    except ValueError:
        return []
    return segments if whole else segments[:-1]


def tag_links(document: Document) -> list[str]:
    """Return the texts of links that say they are the page's tags: rel=tag, or a list of that class in the article."""
    links = [a for a in document.related.get("tag", ()) if a.tag == "a"]
    links = links[: TOPICS + 1] or list(islice(_classed_tags(document), TOPICS + 1))
    texts = [text for a in links if (text := text_of(a))]
    return split([texts]) if len(links) <= TOPICS else []


def _classed_tags(document: Document) -> Iterator[HtmlElement]:
    """Yield the links that a class, their own or that of the element around them, says to be tags of the article."""
    classes = document.classes(_TAG_WORD, _TAG_CLASS)
    for link in document.tree.iter("a") if classes else ():
        around = link.getparent()
        is_tag = link.get("class") in classes or (around is not None and around.get("class") in classes)
        if is_tag and link.get("href") is not None and not _in_navigation(link):
            yield link


def _in_navigation(link: HtmlElement) -> bool:
    """Whether a link stands around the article: a header is the article's own only in an ``<article>``."""
    if next(link.iterancestors("nav", "footer", "aside"), None) is not None:
        return True
    outermost = [element.tag for element in link.iterancestors("header", "article")][-1:]
    return outermost == ["header"]


def _crumb(document: Document, entry: dict[str, Any]) -> tuple[str, str | None]:
    item = entry.get("item")
    address = item.get("@id") or item.get("url") if isinstance(item, dict) else item
    name = as_text(entry.get("name")) or (as_text(item) if isinstance(item, dict) else None)
    return name or "", document.absolute(address) if isinstance(address, str) else None


def _sections(document: Document, trail: list[tuple[str, str | None]]) -> list[str]:
    """Return the names of a trail without its first entry where that is home and its last where that is the page."""
    if trail and (_is_home(trail[0]) or trail[0][1] is None):
        trail = trail[1:]
    page = path_segments(document.url, whole=True)
    if trail and (trail[-1][1] is None or path_segments(trail[-1][1], whole=True) == page):
        trail = trail[:-1]
    names = [name.strip(" /<>›»«‹|\\") for name, _ in trail]
    return split([[name for name in names if any(map(str.isalnum, name)) and name.casefold() not in _HOME]])


def _is_home(crumb: tuple[str, str | None]) -> bool:
    name, url = crumb
    return name.casefold() in _HOME or (url is not None and not path_segments(url, whole=True))
