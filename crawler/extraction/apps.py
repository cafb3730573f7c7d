"""Recognises a page whose text only its scripts would put there. Runs none of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml.etree import XPath

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.extraction.document import Document

#: Words of masthead, menu and footer around an empty place; a page that shows more has been built already.
SHELL_WORDS = 150

_NOT_DATA = "not(@type) or @type = '' or @type = 'module' or contains(@type, 'javascript')"
_PROGRAMS: Callable[..., Any] = XPath(f"//script[{_NOT_DATA}][@src or normalize-space()]")
_NOTES: Callable[..., Any] = XPath("//noscript[contains(translate(., 'JAVSCRIPT', 'javscript'), 'javascript')]")
_EMPTY: Callable[..., Any] = XPath("//body//*[not(*) and not(normalize-space())]")
#: Elements that hold nothing until a framework fills them: what their guides and starter projects call them.
_PLACE = re.compile(r"(?:^|[-_])(?:root|app|main|content|story|article|next|nuxt|gatsby|page)(?:$|[-_])", re.IGNORECASE)
_CONTAINERS = frozenset({"div", "section"})


def unbuilt(document: Document) -> str | None:
    """Return a sentence on why the page has no text before its scripts have run, or None where nothing says so."""
    if document.shown_words > SHELL_WORDS or not _PROGRAMS(document.tree):
        return None
    if _NOTES(document.tree):
        return "The page asks for JavaScript and shows no text without it."
    empty = next((element for element in _EMPTY(document.tree) if _is_place(element)), None)
    return None if empty is None else f"Scripts fill <{empty.tag}>, which is empty on the page as it comes."


def _is_place(element: Any) -> bool:
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag in ("main", "article") or "-" in tag:
        return True
    return tag in _CONTAINERS and bool(_PLACE.search(element.get("id") or ""))
