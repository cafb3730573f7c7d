"""Finds where on the page a line of its text stands; knows nothing of what the text says."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

_NOT_WORD = re.compile(r"[\W_]+")
_UNSHOWN = frozenset(
    {"script", "style", "template", "title", "svg", "iframe", "select", "option", "textarea", "button"}
)
_LINK, _STRONG = frozenset({"a"}), frozenset({"b", "strong", "em", "i", "u"})
#: Elements that begin a line of their own; a line belongs to the innermost of them.
BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details"),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1"),
        *("h2", "h3", "h4", "h5", "h6", "header", "html", "li", "main"),
        *("nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td"),
        *("th", "tr", "ul"),
    )
)
#: A key at least this long (characters without spaces) is looked for anywhere; a shorter one between edges of elements.
_TELLING = 25
#: As much of a long line's beginning or end is looked for where the whole is not found.
_SAMPLE = 40
#: Places at which a short line is looked for before it is given up.
_TRIES = 40


@attrs.frozen(kw_only=True)
class Place:
    """Where a line stands: offsets count letters and digits of the page's text from its beginning."""

    start: int
    end: int
    element: HtmlElement
    """The innermost block-level element that the line begins in."""


@attrs.frozen(kw_only=True)
class Layout:
    """A page's text without spaces and marks, with the element each stretch of it belongs to."""

    text: str
    starts: list[int]
    """Offsets at which a stretch of text begins, ascending; ``elements`` holds the element of each."""
    elements: list[HtmlElement]
    ranges: dict[HtmlElement, tuple[int, int]]
    """Offsets of the text of every element that holds any."""
    linked: Lengths
    strong: Lengths

    def places(self, lines: Iterable[str]) -> list[Place | None]:
        """Return where each of *lines* stands; they come mostly in page order, so each is looked for after the last."""
        found, after = [], 0
        for line in lines:
            place = self._place(squash(line), after)
            found.append(place)
            after = place.end if place else after
        return found

    def start_of(self, line: str) -> int:
        """Return the first offset at which *line* stands for itself, between edges of elements, or -1."""
        key = squash(line)
        return self._find_at_a_start(key, 0) if key else -1

    def _place(self, key: str, after: int) -> Place | None:
        if not key:
            return None
        start, length = self._find(key, after)
        if start < 0:
            return None
        element = self.elements[bisect_right(self.starts, start) - 1]
        return Place(start=start, end=start + length, element=block_of(element))

    def _find(self, key: str, after: int) -> tuple[int, int]:
        if len(key) < _TELLING:
            start = self._find_at_a_start(key, after)
            return (start if start >= 0 else self._find_at_a_start(key, 0)), len(key)
        head = key[:_SAMPLE]
        for wanted, begin in ((key, after), (head, after), (key, 0), (head, 0)):
            start = self.text.find(wanted, begin)
            if start >= 0:
                return start, len(key)
        start = self.text.find(key[-_SAMPLE:])
        return max(0, start + _SAMPLE - len(key)) if start >= 0 else -1, len(key)

    def _find_at_a_start(self, key: str, after: int) -> int:
        for _ in range(_TRIES):
            start = self.text.find(key, after)
            if start < 0 or (self._is_edge(start) and self._is_edge(start + len(key))):
                return start
            after = start + 1
        return -1

    def _is_edge(self, offset: int) -> bool:
        place = bisect_left(self.starts, offset)
        return offset == len(self.text) or (place < len(self.starts) and self.starts[place] == offset)


@attrs.define
class Lengths:
    """How much of a stretch of text lies inside elements of one kind."""

    _starts: list[int] = attrs.field(factory=list)
    _sums: list[int] = attrs.field(factory=lambda: [0])
    _sizes: list[int] = attrs.field(factory=list)

    def add(self, start: int, size: int) -> None:
        self._starts.append(start)
        self._sizes.append(size)
        self._sums.append(self._sums[-1] + size)

    def share(self, start: int, end: int) -> float:
        """Return the share, 0 to 1, of the text from *start* to *end*."""
        first, last = bisect_right(self._starts, start), bisect_left(self._starts, end)
        total = self._sums[last] - self._sums[first]
        if first:
            total += max(0, min(end, self._starts[first - 1] + self._sizes[first - 1]) - start)
        if last > first:
            total -= max(0, self._starts[last - 1] + self._sizes[last - 1] - end)
        return min(1.0, total / (end - start)) if end > start else 0.0

    def count(self, start: int, end: int) -> int:
        """Return the number of stretches that begin from *start* to *end*."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)


def read(body: HtmlElement) -> Layout:
    """Return the layout of the page below *body*."""
    reader = _Reader()
    walker = etree.iterwalk(body, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            reader.leave(element, is_root=element is body)
        elif reader.enter(element):
            walker.skip_subtree()
    return Layout(
        text="".join(reader.pieces),
        starts=reader.starts,
        elements=reader.elements,
        ranges=reader.ranges,
        linked=reader.linked,
        strong=reader.strong,
    )


@attrs.define
class _Reader:
    """Collects a layout from elements as they open and close."""

    pieces: list[str] = attrs.field(factory=list)
    starts: list[int] = attrs.field(factory=list)
    elements: list[HtmlElement] = attrs.field(factory=list)
    ranges: dict[HtmlElement, tuple[int, int]] = attrs.field(factory=dict)
    linked: Lengths = attrs.field(factory=Lengths)
    strong: Lengths = attrs.field(factory=Lengths)
    _opened: list[int] = attrs.field(factory=list)
    _at: int = 0

    def enter(self, element: HtmlElement) -> bool:
        """Return whether what *element* holds is not shown as text."""
        self._opened.append(self._at)
        if element.tag in _UNSHOWN:
            return True
        self._take(element.text, element)
        return False

    def leave(self, element: HtmlElement, *, is_root: bool) -> None:
        start, tag = self._opened.pop(), element.tag
        if self._at > start:
            if tag in BLOCKS:
                self.ranges[element] = (start, self._at)
            elif tag in _LINK:
                self.linked.add(start, self._at - start)
            elif tag in _STRONG:
                self.strong.add(start, self._at - start)
        if element.tail and not is_root:
            self._take(element.tail, element.getparent())

    def _take(self, text: str | None, element: HtmlElement) -> None:
        key = squash(text) if text else ""
        if key:
            self.pieces.append(key)
            self.starts.append(self._at)
            self.elements.append(element)
            self._at += len(key)


@lru_cache(maxsize=1024)
def squash(text: str) -> str:
    """Return the letters and digits of *text*, which stay the same however a page is laid out."""
    return _NOT_WORD.sub("", text)


def block_of(element: HtmlElement) -> HtmlElement:
    """Return the innermost block-level element around *element*, or itself."""
    while element.tag not in BLOCKS:
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return element
