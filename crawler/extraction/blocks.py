"""Describes each block of a page's text by numbers: words, place in the text, neighbours; decides nothing."""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from crawler.extraction import surroundings
from crawler.extraction.cues import CUES, counts
from crawler.identity import normalise, word_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.extraction.layout import Layout, Place

#: A block with this many words is prose; shorter ones are headings, captions, notices, teasers.
PROSE_WORDS = 20
#: Blocks longer than this are asked for names and cues only in their beginning.
_SHORT_WORDS = 60
_SAMPLE_CHARACTERS, _CUE_CHARACTERS = 300, 600
_FAR = 30
_NEAR_BLOCKS = 12
_GRAM = 4
_MOST_TIMES = 4.0
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SMALL, _CAPITAL = string.ascii_lowercase.encode(), string.ascii_uppercase.encode()
_DIGIT = re.compile(r"\d")
_SENTENCE = re.compile(r"[.!?。！？…]+[\"'”’»)\]]*(?:\s|$)")
_CLOSED = re.compile(r"[.!?。！？…][\"'”’»)\]]*$")
_ODD = re.compile(r"https?:|www\.|@|#\w|©|\||[›»>→]\s*$")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d{2}\b")

_OWN = (
    *(
        "words",
        "characters",
        "sentences",
        "closed",
        "colon",
        "question",
        "lower",
        "upper",
        "digits",
        "commas",
        "odd",
        "time",
    ),
    *(f"cue {name}" for name in CUES),
    *("number", "from end", "before", "after", "prose before", "prose after", "to prose before", "to prose after"),
    *(
        "total",
        "repeated",
        "in headline",
        "of headline",
        "is headline",
        "in description",
        "names",
        "stated",
        "in stated",
    ),
    "stated size",
    *surroundings.NAMES,
    *("keywords", "first word", "first two"),
)
_NEAR = (
    "words",
    "closed",
    "linked",
    "tag",
    "cue more",
    "hint clutter",
    "same parent",
    "same kind",
    "in stated",
    "gap",
    "colon",
    "upper",
    "steps",
    "branch",
)
#: Names of the numbers; a model names those it was fitted to.
NAMES = (*_OWN, *(f"{side} {name}" for side in ("previous", "next") for name in _NEAR))
_NEAR_PLACES = [_OWN.index(name) for name in _NEAR]
_NOTHING = [-1.0] * len(_NEAR)


@attrs.frozen(kw_only=True)
class Told:
    """What else the page says, as far as it tells blocks apart."""

    headline: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Of authors, publisher and section."""
    body: str = ""
    """The article as JSON-LD states it, in plain text."""


@attrs.frozen(kw_only=True)
class Block:
    """One line of the text."""

    text: str
    words: tuple[str, ...]
    """Normalised."""
    size: int
    """Words, as :func:`crawler.identity.word_count` counts them."""
    place: Place | None


def told_by(fields: Mapping[str, Any], body: str) -> Told:
    """Return what the record's fields tell about blocks; *body* is the text that JSON-LD states."""
    people = [fields.get("publisher"), *(fields.get("authors") or ())]
    names = [person.get("name") for person in people if isinstance(person, dict)]
    return Told(
        headline=fields.get("headline") or "",
        description=fields.get("description") or "",
        keywords=tuple(fields.get("keywords") or ()),
        names=tuple(name for name in (*names, fields.get("articleSection")) if isinstance(name, str)),
        body=body,
    )


def blocks_of(lines: Sequence[str], page: Layout) -> list[Block]:
    """Return *lines* with their places on the page."""
    bare = [line.removeprefix("- ") for line in lines]
    return [
        Block(text=text, words=tuple(normalise(text).split()), size=word_count(text), place=place)
        for text, place in zip(bare, page.places(bare), strict=True)
    ]


def numbers(blocks: Sequence[Block], page: Layout, told: Told) -> list[list[float]]:
    """Return for each block its numbers, in the order of :data:`NAMES`."""
    text = _Text(blocks, told)
    around = surroundings.Surroundings([b.place for b in blocks], [b.size for b in blocks], page, told.headline)
    own = [
        [*_wording(block), *text.position(n), *text.overlap(n), *around.numbers(n), *text.repeats(n)]
        for n, block in enumerate(blocks)
    ]
    return [row + _neighbours(own, n) for n, row in enumerate(own)]


def _neighbours(own: list[list[float]], n: int) -> list[float]:
    before = [own[n - 1][at] for at in _NEAR_PLACES] if n else _NOTHING
    after = [own[n + 1][at] for at in _NEAR_PLACES] if n + 1 < len(own) else _NOTHING
    return before + after


def _wording(block: Block) -> list[float]:
    text, size = block.text, max(1, block.size)
    sample = text[:_SAMPLE_CHARACTERS]
    letters, upper = _letters(sample)
    lowered = (text if size <= _SHORT_WORDS else text[:_CUE_CHARACTERS]).casefold()
    return [
        block.size,
        len(text),
        len(_SENTENCE.findall(text)),
        bool(_CLOSED.search(text[-8:])),
        text.endswith((":", "：")),
        text.endswith(("?", "？", "؟")),
        text[:1].islower(),
        upper / max(1, letters),
        len(_DIGIT.findall(sample)) / max(1, len(sample)),
        text.count(",") / size,
        len(_ODD.findall(sample)),
        len(_TIME.findall(sample)) / size,
        *(found / size**0.5 for found in counts(lowered, block.words)),
    ]


def _letters(sample: str) -> tuple[int, int]:
    """Return how many letters *sample* has, and how many capitals; ASCII, which most are, is counted in bytes."""
    plain, others = sample.encode("ascii", "ignore"), _NOT_ASCII.findall(sample)
    small, capital = (len(plain) - len(plain.translate(None, letters)) for letters in (_SMALL, _CAPITAL))
    return small + capital + sum(map(str.isalpha, others)), capital + sum(map(str.isupper, others))


class _Text:
    """The blocks of one text among each other and beside what else the page says."""

    def __init__(self, blocks: Sequence[Block], told: Told) -> None:
        self._blocks = blocks
        self._total = sum(block.size for block in blocks) or 1
        self._before, self._prose = _running(blocks)
        self._headline = tuple(normalise(told.headline).split())
        self._headline_words = frozenset(self._headline)
        self._description = set(_grams(normalise(told.description).split()))
        self._stated = normalise(told.body).split()
        self._stated_grams = set(_grams(self._stated))
        self._stated_text = f" {' '.join(self._stated)} "
        self._names = [name for name in map(normalise, told.names) if name]
        self._keywords = {word for keyword in told.keywords for word in normalise(keyword).split()}
        self._first = Counter(block.words[:1] for block in blocks)
        self._two = Counter(block.words[:2] for block in blocks)
        first: dict[tuple[str, ...], int] = {}
        self._repeated = [first.setdefault(block.words, n) < n for n, block in enumerate(blocks)]

    def position(self, n: int) -> list[float]:
        before, many, size = self._before[n], len(self._blocks), self._blocks[n].size
        prose_after = self._prose[-1] - self._prose[n] - (size >= PROSE_WORDS)
        return [
            min(n, _FAR),
            min(many - 1 - n, _FAR),
            before / self._total,
            1 - (before + size) / self._total,
            min(self._prose[n], _FAR),
            min(prose_after, _FAR),
            self._to_prose(n, -1),
            self._to_prose(n, 1),
            self._total,
            self._repeated[n],
        ]

    def _to_prose(self, n: int, step: int) -> int:
        for distance in range(1, _NEAR_BLOCKS):
            at = n + step * distance
            if not 0 <= at < len(self._blocks):
                return _FAR
            if self._blocks[at].size >= PROSE_WORDS:
                return distance
        return _NEAR_BLOCKS

    def overlap(self, n: int) -> list[float]:
        words = self._blocks[n].words
        size = max(1, len(words))
        shared = len(self._headline_words.intersection(words))
        grams = _grams(words) if self._stated or self._description else []
        text = " ".join(words) if size <= _SHORT_WORDS else ""
        return [
            shared / size,
            shared / max(1, len(self._headline)),
            bool(words) and words == self._headline,
            sum(gram in self._description for gram in grams) / max(1, len(grams)),
            sum(name in text for name in self._names) / size**0.5,
            bool(self._stated),
            self._in_stated(words, grams),
            min(_MOST_TIMES, len(self._stated) / self._total),
        ]

    def _in_stated(self, words: tuple[str, ...], grams: list[tuple[str, ...]]) -> float:
        if not self._stated:
            return -1
        if len(words) < _GRAM:
            return float(f" {' '.join(words)} " in self._stated_text)
        return sum(gram in self._stated_grams for gram in grams) / max(1, len(grams))

    def repeats(self, n: int) -> list[float]:
        words = self._blocks[n].words
        known = sum(word in self._keywords for word in words)
        return [known / max(1, len(words)), self._first[words[:1]], self._two[words[:2]]]


def _running(blocks: Sequence[Block]) -> tuple[list[int], list[int]]:
    """Return the words, and the blocks of prose, before each block and in all."""
    words, prose = [0], [0]
    for block in blocks:
        words.append(words[-1] + block.size)
        prose.append(prose[-1] + (block.size >= PROSE_WORDS))
    return words, prose


def _grams(words: Sequence[str]) -> list[tuple[str, ...]]:
    if len(words) < _GRAM:
        return [tuple(words)] if words else []
    return list(zip(words, words[1:], words[2:], words[3:], strict=False))
