"""A page parsed once, with the few indexes every reader of it needs; knows nothing of what the values mean."""

from __future__ import annotations

import json
import re
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import attrs
from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HTMLParser, HtmlProcessingInstruction

from crawler.extraction.characters import one_line, plain
from crawler.identity import word_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# NUL and other characters XML cannot hold make lxml cut a page short; lone surrogates are left out as well.
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_NONCHARACTERS = "\ufffe\uffff"
# Runs of line breaks mean no more than two do, and a page of a million of them would cost a minute.
_BREAKS = re.compile(r"(?:<br\b[^<>]{0,40}>\s*){3,}", re.IGNORECASE)
_MANY_BREAKS = 2000
_DOCTYPE = re.compile(rb"<!doctype[^>]{0,500}>", re.IGNORECASE)
_SELF_CLOSED_ROOT = re.compile(rb"(<html\b[^>]{0,2000}?)\s*/>", re.IGNORECASE)
_HEAD_BYTES = 4096
#: What follows the end of body or html belongs to the body (WHATWG HTML, 13.2.6.4.19); the parser would drop it.
_EARLY_END = re.compile(rb"</(?i:body|html)\s*>")  # a literal beginning is found fast, a case-folded one is not
#: One class for all elements, chosen without a call into Python for each: lxml.html has others for forms only.
_CLASSES = etree.ElementDefaultClassLookup(
    element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
)
_COUNT_BREAKS: Callable[..., Any] = etree.XPath("count(//br)")
# The way over the attribute costs a fifth of asking every element for it.
_PROPERTIES: Callable[..., Any] = etree.XPath(
    "/html/body/descendant::*/@itemprop/.. | /html/body/descendant::*/@property/.. | /html/head/*/@itemprop/.."
)
_SCOPES: Callable[..., Any] = etree.XPath("//@itemscope/.. | //@typeof/..")
_HREFS: Callable[..., Any] = etree.XPath("//a/@href", smart_strings=False)
_RELATED: Callable[..., Any] = etree.XPath("//@rel/parent::*[self::link or self::a]")
#: Finders of the class and id values of an element and all in it.
NAMES: tuple[Callable[..., Any], ...] = tuple(
    etree.XPath(f"descendant-or-self::*/@{attribute}", smart_strings=False) for attribute in ("class", "id")
)
_SHOWN: Callable[..., Any] = etree.XPath(
    ".//text()[not(parent::script or parent::style or parent::noscript or parent::template or parent::title)]"
    "[not(ancestor::noscript)]",
    smart_strings=False,
)
_TEXTS: Callable[..., Any] = etree.XPath("descendant::text()", smart_strings=False)
_TEXTS_AND_HIDDEN: Callable[..., Any] = etree.XPath(
    "descendant::text() | descendant::script | descendant::style | descendant::noscript | descendant::template"
    " | descendant::title",
    smart_strings=False,
)
_PARSELY_PAGE = "parsely-page"
_PARSELY_KEYS = {
    "title": "parsely-title",
    "author": "parsely-author",
    "authors": "parsely-author",
    "pub_date": "parsely-pub-date",
    "section": "parsely-section",
    "tags": "parsely-tags",
    "image_url": "parsely-image-url",
}
#: Longest value of a meta element that is read; longer ones are stuffing.
META_CHARACTERS = 20_000
#: As many meta elements of a page are read; the largest real heads have a tenth of that.
META_ELEMENTS = 2_000


@attrs.frozen(kw_only=True)
class Document:
    """One parsed page. The tree is shared: nobody changes it."""

    url: str
    """The address the page came from; empty where it is none."""
    base: str
    """What relative addresses resolve against: ``<base href>`` or the address."""
    tree: HtmlElement
    meta: dict[str, list[str]]
    """Contents of ``<meta>``, cleaned, in page order, by lower-cased property, name, itemprop or http-equiv."""
    title: str | None
    """Text of ``<title>``."""

    @cached_property
    def body(self) -> HtmlElement:
        """The ``<body>``, or the root of a page without one."""
        body = self.tree.find("body")
        return self.tree if body is None else body

    @cached_property
    def shown(self) -> str:
        """All that the page shows, on one line."""
        return one_line(" ".join(_visible(self.body)))

    @cached_property
    def shown_words(self) -> int:
        """Number of words the page shows."""
        return word_count(self.shown)

    @cached_property
    def names(self) -> str:
        """The class and id values of the body and all in it, lower-cased, each word once, one a line.

        What is not found here, no element is called: to look for it once is cheaper than to ask each of them.
        """
        _, find_ids = NAMES
        return "\n".join(set("\n".join(self._classes.union(find_ids(self.body))).lower().split()))

    @cached_property
    def properties(self) -> dict[str, list[HtmlElement]]:
        """Elements by the microdata or RDFa property they hold, in page order, ``<meta>`` of the head left out."""
        found: dict[str, list[HtmlElement]] = {}
        for element in _PROPERTIES(self.tree):
            for name in f"{element.get('itemprop') or ''} {element.get('property') or ''}".split():
                found.setdefault(name.removeprefix("schema:"), []).append(element)
        return found

    def first(self, *names: str) -> str | None:
        """Return the first non-empty content of the named meta elements, in the order of *names*."""
        return next((value for name in names for value in self.meta.get(name, ())), None)

    def absolute(self, href: str | None) -> str | None:
        """Return *href* as an absolute http(s) address, or None."""
        return absolute(self.base, href)

    def links(self, rel: str) -> list[str]:
        """Return the absolute addresses of ``<link>`` and ``<a>`` elements whose rel holds *rel*, in page order."""
        return [url for element in self.related.get(rel, ()) if (url := self.absolute(element.get("href")))]

    @cached_property
    def related(self) -> dict[str, list[HtmlElement]]:
        """``<link>`` and ``<a>`` elements by each of their relations, in page order."""
        found: dict[str, list[HtmlElement]] = {}
        for element in _RELATED(self.tree):
            for rel in (element.get("rel") or "").lower().split():
                found.setdefault(rel, []).append(element)
        return found

    def scripts(self, kind: str) -> Iterator[str]:
        """Yield the text of the scripts whose type holds *kind*."""
        for script in self.tree.iter("script"):
            if kind in (script.get("type") or "").lower() and script.text:
                yield script.text

    @cached_property
    def scopes(self) -> list[HtmlElement]:
        """Elements that open an item of microdata or RDFa, in page order."""
        return list(_SCOPES(self.tree))

    @cached_property
    def hrefs(self) -> list[str]:
        """The addresses of ``<a>`` elements, as written, in page order."""
        return list(_HREFS(self.tree))

    @cached_property
    def _classes(self) -> frozenset[str]:
        """The class values of the body and all in it, as written, each once."""
        find_classes, _ = NAMES
        return frozenset(find_classes(self.body))

    def classes(self, words: re.Pattern[str], pattern: re.Pattern[str]) -> frozenset[str]:
        """Return the class values, as written, that *pattern* finds something in.

        All that it finds holds one of *words*, written in small letters: to look for those first is far quicker.
        """
        if not words.search(self.names):
            return frozenset()
        return frozenset(value for value in self._classes if words.search(value.lower()) and pattern.search(value))


def parse(html: str, url: str) -> Document | None:
    """Return the parsed page, or None where there is no element in it."""
    tree = _tree(html)
    if tree is None:
        return None
    url = absolute(url, url) or ""
    title = tree.find(".//title")
    return Document(
        url=url,
        base=_base(tree, url),
        tree=tree,
        meta=_meta(tree),
        title=one_line(title.text_content()) or None if title is not None else None,
    )


def text_of(element: HtmlElement) -> str:
    """Return the text of *element* on one line."""
    return one_line(" ".join(_SHOWN(element)))


def _visible(body: HtmlElement) -> list[str]:
    """Return the texts in *body* but for those of elements that are never shown.

    These are few. To ask them for their texts is far cheaper than to ask every text what it stands in.
    """
    found, hidden = [], 0
    for node in _TEXTS_AND_HIDDEN(body):
        if not isinstance(node, str):
            hidden = hidden or len(_TEXTS(node))
        elif hidden:
            hidden -= 1
        else:
            found.append(node)
    return found


def absolute(base: str, href: str | None) -> str | None:
    """Return *href* against *base* as an absolute http(s) address, or None; never raises."""
    if not href or len(href) > META_CHARACTERS:
        return None
    try:
        url = urljoin(base, one_line(href).replace(" ", "%20"))
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable = None
    return url if usable else None


def _parsable(html: str) -> bytes:
    """Return the page in UTF-8, without what the parser stumbles over."""
    # To look for characters is cheaper than to make copies without them.
    for noncharacter in _NONCHARACTERS:
        if noncharacter in html:
            html = html.replace(noncharacter, "")
    content = html.encode("utf-8", "ignore")
    if any(control in content for control in _CONTROLS):
        content = content.translate(None, _CONTROLS)
    content = _EARLY_END.sub(b"", content)
    head, rest = content[:_HEAD_BYTES], content[_HEAD_BYTES:]
    # An odd doctype or a self-closed root makes the parser lose the whole page.
    return _SELF_CLOSED_ROOT.sub(rb"\1>", _DOCTYPE.sub(b"", head, count=1), count=1) + rest


def _tree(html: str) -> HtmlElement | None:
    root = _parsed(_parsable(html))
    if root is not None and _COUNT_BREAKS(root) > _MANY_BREAKS:
        root = _parsed(_parsable(_BREAKS.sub("<br><br>", html)))
    return root


def _parsed(content: bytes) -> HtmlElement | None:
    parser = HTMLParser(collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = etree.fromstring(content, parser)
    except (etree.LxmlError, ValueError):
        root = None
    return root if isinstance(root, HtmlElement) else None


def _base(tree: HtmlElement, url: str) -> str:
    element = tree.find(".//base[@href]")
    return (absolute(url, element.get("href")) if element is not None else None) or url


def _meta(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in islice(tree.iter("meta"), META_ELEMENTS):
        content = element.get("content") or ""
        value = plain(content) if content and len(content) <= META_CHARACTERS else ""
        if value:
            for key in ("property", "name", "itemprop", "http-equiv"):
                for name in (element.get(key) or "").lower().split():
                    found.setdefault(name, []).append(value)
    for value in found.get(_PARSELY_PAGE, ()):
        _add_parsely(found, value)
    return found


def _add_parsely(found: dict[str, list[str]], value: str) -> None:
    """Add what Parsely's older form, one JSON object, says under the names of its newer one."""
    try:
        said = json.loads(value)
    except (ValueError, RecursionError):
        return
    for key, name in _PARSELY_KEYS.items():
        given = said.get(key) if isinstance(said, dict) else None
        texts = [text for text in (given if isinstance(given, list) else [given]) if isinstance(text, str) and text]
        if texts:
            found.setdefault(name, []).extend(map(plain, texts))
