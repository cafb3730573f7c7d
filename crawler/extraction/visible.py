"""Finds what a page shows or marks up about its article outside meta and JSON-LD; decides nothing between claims."""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING

from crawler.extraction.document import text_of
from crawler.extraction.jsonld import ARTICLE_TYPES
from crawler.identity import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from lxml.html import HtmlElement

    from crawler.extraction.document import Document

_ARTICLE_SCOPE = re.compile("Article|BlogPosting")
#: Elements that may hold a line of their own.
_LINES = ("p", "div", "span", "address", "li")
#: Such elements after the headline that are looked at.
_NEXT_LINES = 15
_BYLINE_TEXT = re.compile(r"(?:by|von|par|por|di|door|av|af|от|автор|текст|بقلم|autor)[:：]?\s+\S", re.IGNORECASE)
#: A visible byline or date line is short; longer text of that class is a biography or a teaser list.
LINE_CHARACTERS = 160
#: Characters of its source, spaces between elements counted, above which an element is not looked into for a line.
_MARKUP_CHARACTERS = 600
#: Elements of a class that are looked at: the first belong to the article, later ones to teasers.
_FIRST_OF_CLASS = 12
#: Bylines of one group that are read.
_FIRST = 3
_BYLINE_WORD = re.compile(r"byline|author|autor|auteur|writer|reporter|contributor")
_BYLINE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:byline|author|autor|auteur|writer|reporter|contributor)s?(?:$|[\s_-](?:name|link|s)?)"
    r"|(?:^|[\s_-])(?:byline|author|autor)s?__?(?:list|item|name|link)|(?-i:[a-z]Author(?:List|Name|Link))",
    re.IGNORECASE,
)
# What follows is looked for in small letters: a search that ignores case takes several times as long.
# Where sites keep the pages of their authors.
_PROFILE_PATH = re.compile(
    r"/(?:authors?|autor(?:en|es|in|a)?|auteurs?|journalistes?|journalists?|redakteur(?:e|in)?|reporters?|"
    r"contributors?|columnists?|by|staff)/[^/?#]{3,}"
)
_NOT_HERE = re.compile(
    r"comment|related|teaser|sidebar|recommend|footer|widget|promo|popular|avatar|bio\b|social|share|card"
)
# Right under the headline, only other stories' lines are not the article's.
_TEASERS = re.compile(r"comment|related|teaser|sidebar|recommend|popular")
_DEPTH_CHECKED = 12


def itemprop(document: Document, name: str) -> list[str]:
    """Return the values of a microdata or RDFa property of the page's article, in page order (HTML standard, 5.2.4)."""
    elements = document.properties.get(name, ())
    scope = _article_scope(document) if elements else None
    # Without an article's scope the property may be a site's, a comment's or a product's.
    mine = [
        e
        for e in elements
        if (not e.xpath("ancestor::*[@itemscope or @typeof]") if scope is None else scope in e.iterancestors())
    ]
    return [v for e in mine if (v := _value(e))]


def article_type(document: Document) -> str | None:
    """Return the schema.org type the page's article has in microdata or RDFa."""
    scope = _article_scope(document)
    names = [] if scope is None else re.split(r"[/#:\s]", _item_types(scope))
    return next((name for name in names if name in ARTICLE_TYPES), None)


def _article_scope(document: Document) -> HtmlElement | None:
    """Return the first element that opens an item of an article's type."""
    return next((scope for scope in document.scopes if _ARTICLE_SCOPE.search(_item_types(scope))), None)


def _item_types(scope: HtmlElement) -> str:
    return f"{scope.get('itemtype') or ''} {scope.get('typeof') or ''}"


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


def main_heading(document: Document, not_these: Collection[str] = ()) -> str | None:
    """Return the text of the page's only heading of the first level, not counting *not_these* (the site's names)."""
    own = {normalise(name) for name in not_these}
    texts = {t: None for e in document.tree.iter("h1") if (t := text_of(e)) and normalise(t) not in own}
    return next(iter(texts)) if len(texts) == 1 else None


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


def bylines(document: Document) -> Iterator[list[tuple[str, str | None]]]:
    """Yield groups of visible bylines, the most reliable first, each with the author's page where it links to one."""
    by_rel = [e for e in document.related.get("author", ()) if e.tag == "a"]
    groups: tuple[Callable[[], list[HtmlElement]], ...] = (
        lambda: by_rel,
        lambda: _profile_links(document),
        lambda: _by_class(document),
        lambda: _under_heading(document),
    )
    for group in groups:
        lines = [(line_of(e), document.absolute(e.get("href"))) for e in group() if not _elsewhere(e)]
        if found := [(text, url) for text, url in lines if text][:_FIRST]:
            yield found


def _profile_links(document: Document) -> list[HtmlElement]:
    """Return the first link to an author's page, with those that stand beside it."""
    # All addresses at once: most pages have no such link.
    if not _PROFILE_PATH.search("\n".join(document.hrefs).lower()):
        return []
    found = [a for a in document.tree.iter("a") if _PROFILE_PATH.search(a.get("href", "").lower()) and text_of(a)]
    mine = [a for a in found if not _elsewhere(a)][:12]
    list_of = _list_around(mine[0]) if mine else None
    return [a for a in mine if list_of in (a.getparent(), *a.iterancestors())] if list_of is not None else []


def _list_around(link: HtmlElement) -> HtmlElement | None:
    parent = link.getparent()
    return parent.getparent() if parent is not None and parent.tag == "li" else parent


def _by_class(document: Document) -> list[HtmlElement]:
    classes = document.classes(_BYLINE_WORD, _BYLINE_CLASS)
    found = list(islice(_of_class(classes, document.tree.iter("a", *_LINES)), _FIRST_OF_CLASS))
    # A byline inside another one is the exact one: around it stand date and reading time.
    outer = {id(above) for e in found for above in e.iterancestors()}
    inner = [e for e in found if id(e) not in outer and line_of(e)]
    return sorted(inner, key=lambda e: not _BYLINE_TEXT.match(line_of(e)))[:1]


def _under_heading(document: Document) -> list[HtmlElement]:
    """Return the first line under the headline that begins as bylines do."""
    return list(islice((e for e in lines_under_heading(document) if _BYLINE_TEXT.match(line_of(e))), 1))


def line_of(element: HtmlElement) -> str:
    """Return the text of *element* where it is short enough to be a line, else nothing."""
    length = 0
    for text in element.itertext():
        length += len(text)
        if length > _MARKUP_CHARACTERS:
            return ""
    text = text_of(element)
    return text if len(text) <= LINE_CHARACTERS else ""


def lines_under_heading(document: Document) -> Iterator[HtmlElement]:
    """Yield the elements of the article that may hold a line of their own after the first heading."""
    lines = (line for heading in islice(document.tree.iter("h1"), 1) for line in islice(_after(heading), _NEXT_LINES))
    return (line for line in lines if not _elsewhere(line, _TEASERS))


def _after(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what may be a line from the end of *element* on, in page order (XPath's ``following``, but one by one)."""
    for above in chain((element,), element.iterancestors()):
        for sibling in above.itersiblings():
            yield from sibling.iter(*_LINES)


def lines_of_class(document: Document, classes: Collection[str]) -> Iterator[HtmlElement]:
    """Yield the first elements of one of *classes*, class attributes as written, that belong to the article."""
    elements = _of_class(classes, document.body.iterdescendants("*"))
    return islice((e for e in elements if not _elsewhere(e)), _FIRST_OF_CLASS)


def _of_class(classes: Collection[str], elements: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    return (e for e in elements if e.get("class") in classes) if classes else iter(())


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('itemprop') or ''} {element.get('id') or ''}".lower()


def _elsewhere(element: HtmlElement, names: re.Pattern[str] = _NOT_HERE) -> bool:
    """Whether an element stands in what surrounds an article: teasers, comments, sidebars."""
    node: HtmlElement | None = element
    for _ in range(_DEPTH_CHECKED):
        if node is None or node.tag in ("article", "main", "body"):
            return False
        if node.tag in ("aside", "footer", "nav"):
            return True
        if names.search(f"{node.get('class') or ''} {node.get('id') or ''}".lower()):
            return True
        node = node.getparent()
    return False
