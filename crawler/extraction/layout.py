"""Finds where on the page a line of its text stands; knows nothing of what the text says."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate, chain, compress
from typing import TYPE_CHECKING

import attrs
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lxml.html import HtmlElement

#: Marks and spaces, those in ASCII apart from the others; NUL, which no text of a page holds, may stand between texts.
_BETWEEN = "\0"
_ASCII_MARKS = bytes(code for code in range(1, 128) if not chr(code).isalnum())
_OTHER_MARKS = re.compile(r"[^\x00-\x7f\w]+")
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
_TOLD_APART = BLOCKS | _LINK | _STRONG
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
    """Offsets of the text of every block-level element that holds any."""
    tagged: dict[str, list[HtmlElement]]
    """These elements by their tag."""
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


@attrs.frozen
class Lengths:
    """How much of a stretch of text lies inside elements of one kind."""

    _starts: Sequence[int]
    _sizes: Sequence[int]
    _sums: list[int] = attrs.field(init=False)

    @_sums.default
    def _summed(self) -> list[int]:
        return list(accumulate(self._sizes, initial=0))

    def share(self, start: int, end: int) -> float:
        """Return the share, 0 to 1, of the text from *start* to *end*."""
        if end <= start or not self._starts:
            return 0.0
        first, last = bisect_right(self._starts, start), bisect_left(self._starts, end)
        total = self._sums[last] - self._sums[first]
        if first and (after := self._starts[first - 1] + self._sizes[first - 1]) > start:
            total += min(end, after) - start
        if last > first and (after := self._starts[last - 1] + self._sizes[last - 1]) > end:
            total -= after - end
        return min(1.0, total / (end - start))

    def count(self, start: int, end: int) -> int:
        """Return the number of stretches that begin from *start* to *end*."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)


def read(body: HtmlElement) -> Layout:
    """Return the layout of the page below *body*."""
    texts, owners, closed = _walked(body)
    keys = squash(_BETWEEN.join(texts)).split(_BETWEEN)
    at = list(accumulate(map(len, keys), initial=0))
    tagged: dict[str, list[HtmlElement]] = {tag: [] for tag in BLOCKS}
    ranges: dict[HtmlElement, tuple[int, int]] = {}
    linked: list[tuple[int, int]] = []
    strong: list[tuple[int, int]] = []
    for element, tag, first, last in closed:
        if (start := at[first]) < (end := at[last]):
            if tag in BLOCKS:
                ranges[element] = (start, end)
                tagged[tag].append(element)
            else:
                (linked if tag in _LINK else strong).append((start, end - start))
    return Layout(
        text="".join(keys),
        starts=list(compress(at, keys)),
        elements=list(compress(owners, keys)),
        ranges=ranges,
        tagged=tagged,
        linked=_lengths(linked),
        strong=_lengths(strong),
    )


def _walked(body: HtmlElement) -> tuple[list[str], list[HtmlElement], list[tuple[HtmlElement, str, int, int]]]:
    """Return the texts below *body*, the element each belongs to, and each element told apart with its texts.

    An element is closed when one comes that is not in it: to be told of each end costs more than all that is done here.
    """
    texts: list[str] = []
    owners: list[HtmlElement] = []
    closed: list[tuple[HtmlElement, str, int, int]] = []
    around: list[tuple[HtmlElement, str, int, bool]] = []
    top, tag, first, shown = body, body.tag, 0, body.tag not in _UNSHOWN
    if body.text and shown:
        texts.append(body.text)
        owners.append(body)
    for element in chain(body.iterdescendants(etree.Element), (None,)):
        parent = body if element is None else element.getparent()
        while top is not parent:
            if tag in _TOLD_APART and len(texts) > first:
                closed.append((top, tag, first, len(texts)))
            tail = top.tail
            top, tag, first, shown = around.pop()
            if tail and shown and not tail.isspace():
                texts.append(tail)
                owners.append(top)
        if element is None:
            break
        around.append((top, tag, first, shown))
        top, tag, first = element, element.tag, len(texts)
        shown = shown and tag not in _UNSHOWN
        if shown and (text := element.text) and not text.isspace():
            texts.append(text)
            owners.append(element)
    if tag in _TOLD_APART and texts:
        closed.append((body, tag, 0, len(texts)))
    return texts, owners, closed


def _lengths(spans: list[tuple[int, int]]) -> Lengths:
    starts, sizes = zip(*spans, strict=True) if spans else ((), ())
    return Lengths(starts, sizes)


def squash(text: str) -> str:
    """Return the letters and digits of *text*, which stay the same however a page is laid out."""
    # Most characters are ASCII: its marks are taken out of bytes at a tenth of the price.
    kept = text.encode("utf-8", "surrogatepass").translate(None, _ASCII_MARKS).decode("utf-8", "surrogatepass")
    return kept if kept.isascii() else _OTHER_MARKS.sub("", kept)


def block_of(element: HtmlElement) -> HtmlElement:
    """Return the innermost block-level element around *element*, or itself."""
    while element.tag not in BLOCKS:
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return element
