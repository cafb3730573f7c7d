"""Makes trafilatura cheaper and lets it find the same: fewer elements to copy and search, no second opinion in vain."""

from __future__ import annotations

import logging
from copy import copy
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lxml import etree
from lxml.html import document_fromstring

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

#: Namespace of the regular expressions in XPath (exslt.org/regexp).
EXSLT = "http://exslt.org/regular-expressions"
#: What holds no words of an article, as a rule. Trafilatura takes these away itself, but only after it has copied and
#: searched them several times; they are up to half of a page's elements.
_WORDLESS = (
    *("iframe", "canvas", "audio", "video", "source", "track", "map", "area", "link", "meta"),
    *("input", "textarea", "datalist", "dialog", "menu", "fieldset", "nav", "footer"),
)
#: Readability's text is preferred when it is more than this many times as long.
_PREFERRED = 2


def lean(tree: HtmlElement) -> HtmlElement:
    """Return a copy of a page without what trafilatura takes away unread."""
    page = copy(tree)
    etree.strip_elements(page, *_WORDLESS, with_tail=False)
    return page


@lru_cache(maxsize=1)
def extractor() -> Callable[..., str | None]:
    """Return ``trafilatura.extract``, set up for this process."""
    from trafilatura import extract, xpaths

    # Only elements are asked for: without this every attribute that a pattern is tried on becomes an object of its own.
    for rules in vars(xpaths).values():
        if isinstance(rules, list):
            rules[:] = [_plain(rule) for rule in rules]
    core: Any = import_module("trafilatura.core")
    core.compare_extraction = _sparing(core.compare_extraction)
    # A page without text is an outcome here, not a line in the operator's mail.
    for name in ("trafilatura", "htmldate", "justext", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return extract


def _plain(rule: Any) -> Any:
    if not isinstance(rule, etree.XPath):
        return rule
    return etree.XPath(rule.path, namespaces={"re": EXSLT}, smart_strings=False)


def _length(element: Any) -> int:
    """Return the number of characters of an element's text, runs of spaces counted as one."""
    return len(" ".join(element.text_content().split()))


def _can_win(page: Any, length: int) -> bool:
    """Whether readability can find more in *page* than twice a text of *length*: it leaves out what is mostly links."""
    most = _length(page)
    return most > _PREFERRED * length and most - sum(map(_length, page.iter("a"))) > _PREFERRED * length


def _sparing(compare: Callable[..., Any]) -> Callable[..., Any]:
    """Return trafilatura's comparison with readability's text, on an empty page where that could not be preferred.

    It is preferred where it is more than twice as long, or where the text has no paragraphs or more tables than these.
    The parameters are those of ``trafilatura.external.compare_extraction``.
    """
    empty = document_fromstring("<html><body></body></html>")

    def compared(cleaned_tree: Any, raw_tree: Any, body: Any, text: str, options: Any) -> Any:
        regular = body.xpath(".//p//text()") and len(body.findall(".//table")) <= len(body.findall(".//p"))
        if regular and options.focus == "balanced" and not _can_win(raw_tree, len(text)):
            raw_tree = empty
        return compare(cleaned_tree, raw_tree, body, text, options)

    return compared
