"""Reads sections and keywords, which pages give as lists, as joined text or as links; knows no precedence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from lxml.etree import XPath

from crawler.extraction.document import text_of
from crawler.extraction.jsonld import as_list, as_text, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    r"|\b\w*(?:[tT]agList|[tT]agLink|[tT]agItem)\w*",
)
_CLASSED_TAGS: Callable[..., Any] = XPath(
    "//a[@href][contains(@class, 'tag') or contains(@class, 'Tag') or contains(@class, 'topic')"
    " or contains(@class, 'keyword') or ../@class[contains(., 'tag') or contains(., 'Tag') or contains(., 'topic')"
    " or contains(., 'keyword')]][not(ancestor::nav or ancestor::footer or ancestor::aside)]"
    "[not(ancestor::header[not(ancestor::article)])]"
)
_TAG_LINKS: Callable[..., Any] = XPath("//a[@rel][contains(concat(' ', @rel, ' '), ' tag ')]")
_TRAILS: Callable[..., Any] = XPath(
    "//*[self::nav or self::ol or self::ul or self::div]"
    "[contains(@class, 'breadcrumb') or contains(@id, 'breadcrumb') or contains(@aria-label, 'readcrumb')]"
)
_NAVIGATION: Callable[..., Any] = XPath("//nav//a[@href] | //header//a[@href]")
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
    for trail in _TRAILS(document.tree)[:1]:
        links = trail.xpath(".//a[@href]")
        return _sections(document, [(text_of(a), document.absolute(a.get("href"))) for a in links])
    return []


def section_of_path(document: Document) -> list[str]:
    """Return the text of the navigation link whose address is the first folder of the page's."""
    first = next(iter(path_segments(document.url)), None)
    for link in _NAVIGATION(document.tree) if first else ():
        url = document.absolute(link.get("href"))
        if url and path_segments(url, whole=True) == [first] and (text := text_of(link)).casefold() not in _HOME:
            return split([[text]])
    return []


def path_segments(url: str, *, whole: bool = False) -> list[str]:
    """Return the folders of an address, with *whole* its last part, too."""
    try:
        segments = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    except ValueError:
        return []
    return segments if whole else segments[:-1]


def tag_links(document: Document) -> list[str]:
    """Return the texts of links that say they are the page's tags: rel=tag, or a list of that class in the article."""
    links = _TAG_LINKS(document.tree)
    if not links:
        links = [a for a in _CLASSED_TAGS(document.tree) if _TAG_CLASS.search(_classes(a))]
    texts = [text for a in links[: TOPICS + 1] if (text := text_of(a))]
    return split([texts]) if len(links) <= TOPICS else []


def _classes(link: HtmlElement) -> str:
    parent = link.getparent()
    return " ".join(filter(None, (link.get("class"), parent.get("class") if parent is not None else None)))


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
