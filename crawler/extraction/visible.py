"""Finds what a page shows or marks up about its article outside meta and JSON-LD; decides nothing between claims."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml.etree import XPath

from crawler.extraction.document import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

    from crawler.extraction.document import Document

_SCOPES: Callable[..., Any] = XPath(
    "//*[@itemscope][contains(@itemtype, 'Article') or contains(@itemtype, 'BlogPosting')]"
    " | //*[@typeof][contains(@typeof, 'Article') or contains(@typeof, 'BlogPosting')]"
)
_NEXT_LINES: Callable[..., Any] = XPath(
    "(following::*[self::p or self::div or self::span or self::address or self::li])[position() <= 15]"
)
_BYLINE_TEXT = re.compile(r"(?:by|von|par|por|di|door|av|af|от|автор|текст|بقلم|autor)[:：]?\s+\S", re.IGNORECASE)
#: A visible byline or date line is short; longer text of that class is a biography or a teaser list.
LINE_CHARACTERS = 160
#: Elements of a class that are looked at: the first belong to the article, later ones to teasers.
_FIRST = 3
_BYLINE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:byline|author|autor|auteur|writer|reporter|contributor)s?(?:$|[\s_-](?:name|link|s)?)",
    re.IGNORECASE,
)
_NOT_HERE = re.compile(
    r"comment|related|teaser|sidebar|recommend|footer|widget|promo|popular|avatar|bio\b|social|share|card",
    re.IGNORECASE,
)
_DEPTH_CHECKED = 12


def itemprop(document: Document, name: str) -> list[str]:
    """Return the values of a microdata or RDFa property of the page's article, in page order (HTML standard, 5.2.4)."""
    elements = document.properties.get(name, ())
    scopes = _SCOPES(document.tree)[:1] if elements else []
    # Without an article's scope the property may be a site's, a comment's or a product's.
    mine = [
        e
        for e in elements
        if (scopes[0] in e.iterancestors() if scopes else not e.xpath("ancestor::*[@itemscope or @typeof]"))
    ]
    return [v for e in mine if (v := _value(e))]


def _value(element: HtmlElement) -> str:
    for attribute in ("content", "datetime"):
        if found := (element.get(attribute) or "").strip():
            return found
    if element.tag in ("img", "source") and element.get("src"):
        return str(element.get("src"))
    named = element.xpath(".//*[@itemprop='name' or @property='name' or @property='schema:name']")
    return text_of(named[0]) if named else text_of(element)


def headings(document: Document) -> list[str]:
    """Return the texts of the page's headings of the first three levels, higher levels first, in page order."""
    return [t for level in ("h1", "h2", "h3") for e in document.tree.iter(level) if (t := text_of(e))]


def times(document: Document) -> list[str]:
    """Return the machine dates of ``<time>`` elements that belong to the article, publication first."""
    elements = [e for e in document.tree.iter("time") if e.get("datetime") and not _elsewhere(e)]
    marked = [e for e in elements if e.get("pubdate") is not None or "publish" in _names(e)]
    modified = [e for e in elements if re.search("modif|updat", _names(e))]
    rest = elements[:1] if elements and elements[0] not in modified else []
    return [str(e.get("datetime")) for e in [*marked, *rest]]


def modified_times(document: Document) -> list[str]:
    """Return the machine dates of ``<time>`` elements that say they are the last change."""
    found = (e for e in document.tree.iter("time") if e.get("datetime") and not _elsewhere(e))
    return [str(e.get("datetime")) for e in found if re.search("modif|updat", _names(e))]


def bylines(document: Document) -> list[tuple[str, str | None]]:
    """Return the visible bylines with the address of the author's page where they link to one."""
    by_rel = [
        e for e in document.tree.xpath("//*[@rel]") if e.tag == "a" and "author" in (e.get("rel") or "").lower().split()
    ]
    for group in (by_rel, _by_class(document), _under_heading(document)):
        lines = [(text_of(e), document.absolute(e.get("href"))) for e in group if not _elsewhere(e)]
        if found := [(t, url) for t, url in lines if t and len(t) <= LINE_CHARACTERS][:_FIRST]:
            return found
    return []


def _by_class(document: Document) -> list[HtmlElement]:
    elements = document.tree.xpath(
        "//*[@class][self::a or self::span or self::p or self::div or self::address or self::li]"
    )
    found = [e for e in elements if _BYLINE_CLASS.search(e.get("class") or "")]
    return [e for e in found[:12] if len(text_of(e)) <= LINE_CHARACTERS][:1]


def _under_heading(document: Document) -> list[HtmlElement]:
    """Return the first line under the headline that begins as bylines do."""
    for heading in islice(document.tree.iter("h1"), 1):
        lines = [e for e in _NEXT_LINES(heading) if len(text_of(e)) <= LINE_CHARACTERS]
        return [e for e in lines if _BYLINE_TEXT.match(text_of(e))][:1]
    return []


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('itemprop') or ''} {element.get('id') or ''}".lower()


def _elsewhere(element: HtmlElement) -> bool:
    """Whether an element stands in what surrounds an article: teasers, comments, sidebars."""
    node: HtmlElement | None = element
    for _ in range(_DEPTH_CHECKED):
        if node is None or node.tag in ("article", "main", "body"):
            return False
        if node.tag in ("aside", "footer", "nav") or _NOT_HERE.search(
            f"{node.get('class') or ''} {node.get('id') or ''}"
        ):
            return True
        node = node.getparent()
    return False
