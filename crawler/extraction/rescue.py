"""Puts back paragraphs that stand beside those of the text but are not in it; judges by the page's build alone."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from lxml import etree

from crawler.extraction.characters import one_line
from crawler.extraction.layout import squash

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.html import HtmlElement

    from crawler.extraction.blocks import Block
    from crawler.extraction.layout import Layout

#: Characters without spaces from which a paragraph is looked for; notices and captions are shorter.
_FEWEST_CHARACTERS = 80
#: A text that lacks less than this share of itself is left as it is: single paragraphs are mostly left out rightly.
_LOST_SHARE = 0.25
#: Paragraphs built like this share of the text are the article's.
_KIND_SHARE = 0.3
_LINKED_SHARE = 0.3
_BESIDE = frozenset({"aside", "footer", "nav", "header", "form", "figure", "li", "table"})
_ANCESTORS = 60
#: Joined without spaces: an element inside a paragraph may begin in the middle of a word.
_WRITTEN: Callable[..., Any] = etree.XPath(
    ".//text()[not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)]",
    smart_strings=False,
)


def restored(lines: Sequence[str], blocks: Sequence[Block], page: Layout) -> list[str]:
    """Return *lines* with lost paragraphs in their places, if they are many and built like most of the text.

    A page that holds its article in several containers of one class, as long guides and live reports do, loses all
    but one of them otherwise.
    """
    placed = [block.place for block in blocks if block.place]
    total = sum(place.end - place.start for place in placed)
    kinds: dict[tuple[str, str, str], int] = {}
    for place in placed:
        kind = _kind(place.element)
        kinds[kind] = kinds.get(kind, 0) + place.end - place.start
    usual = {kind for kind, size in kinds.items() if size > _KIND_SHARE * total}
    lost = _lost(page, usual, [(place.start, place.end) for place in placed], lines)
    if not usual or sum(end - start for start, end, _ in lost) <= _LOST_SHARE * total:
        return list(lines)
    whole, at = [(start, line) for start, _, line in lost], 0
    for block, line in zip(blocks, lines, strict=True):
        # A line that was not found on the page stays behind the one before it.
        at = block.place.start if block.place else at
        whole.append((at, line))
    return [line for _, line in sorted(whole, key=lambda found: found[0])]


def _lost(
    page: Layout, kinds: set[tuple[str, str, str]], taken: list[tuple[int, int]], lines: Sequence[str]
) -> list[tuple[int, int, str]]:
    lost = []
    covered = sorted(taken)
    starts, ends = [start for start, _ in covered], list(accumulate((end for _, end in covered), max, initial=0))
    for element in page.tagged["p"]:
        start, end = page.ranges[element]
        if end - start < _FEWEST_CHARACTERS or ends[bisect_left(starts, end)] > start or _kind(element) not in kinds:
            continue
        if page.linked.share(start, end) <= _LINKED_SHARE and not _is_beside(element):
            lost.append((start, end, element))
    known = {squash(line) for line in lines} if lost else ()
    found = [(s, e, one_line("".join(_WRITTEN(element)))) for s, e, element in lost if page.text[s:e] not in known]
    return [place for place in found if place[2]]


def _kind(element: HtmlElement) -> tuple[str, str, str]:
    parent = element.getparent()
    return ("", "", "") if parent is None else (str(element.tag), str(parent.tag), parent.get("class") or "")


def _is_beside(element: HtmlElement) -> bool:
    at: HtmlElement | None = element
    for _ in range(_ANCESTORS):
        if at is None:
            return False
        if at.tag in _BESIDE:
            return True
        at = at.getparent()
    return True
