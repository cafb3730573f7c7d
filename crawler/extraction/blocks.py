"""Describes each block of a page's text by numbers: words, place in the text, neighbours; decides nothing."""

from __future__ import annotations

import re
import string
from collections import Counter
from itertools import accumulate
from math import inf
from typing import TYPE_CHECKING, Any

import attrs

from crawler.extraction import surroundings
from crawler.extraction.cues import CUES, counts
from crawler.identity import normalise, word_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_SMALL, _CAPITAL, _DIGIT = (kind.encode() for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits))
_SENTENCE = re.compile(r"[.!?。！？…]+[\"'”’»)\]]*(?:\s|$)")
_CLOSING = tuple(".!?。！？…")
_AFTER_CLOSING = "\"'”’»)]"
_ODD = re.compile(r"https?:|www\.|@|#\w|©|\||[›»>→]\s*$")
#: One of which stands in anything odd; to look for them all takes less time than to try the pattern.
_ODD_SIGNS = ("http", "www.", "@", "#", "©", "|", "›", "»", ">", "→")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d{2}\b")
_TIME_DIGITS = 3

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
    normal: str
    """Its words, normalised."""
    words: tuple[str, ...]
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
    return [_block(text, place) for text, place in zip(bare, page.places(bare), strict=True)]


def _block(text: str, place: Place | None) -> Block:
    normal = normalise(text)
    words = tuple(normal.split())
    # In ASCII a text that is normalised has as many words as before.
    size = len(words) if text.isascii() else word_count(text)
    return Block(text=text, normal=normal, words=words, size=size, place=place)


def numbers(blocks: Sequence[Block], page: Layout, told: Told) -> list[tuple[float, ...]]:
    """Return for each block its numbers, in the order of :data:`NAMES`: all floats, as a model is asked fastest."""
    if not blocks:
        return []
    text = _Text(blocks, told)
    around = surroundings.Surroundings([b.place for b in blocks], [b.size for b in blocks], page, told.headline)
    own: list[Sequence[float]] = [
        *zip(*map(_wording, blocks), strict=True),
        *text.cues(),
        *text.position(),
        *zip(*map(text.overlap, blocks), strict=True),
        *zip(*around.numbers(), strict=True),
        *text.repeats(),
    ]
    near = [own[at] for at in _NEAR_PLACES]
    before, after = ((-1.0, *column[:-1]) for column in near), ((*column[1:], -1.0) for column in near)
    return list(zip(*own, *before, *after, strict=True))


def _wording(block: Block) -> list[float]:
    text, size = block.text, max(1, block.size)
    sample = text[:_SAMPLE_CHARACTERS]
    letters, upper, digits = _characters(sample)
    return [
        float(block.size),
        float(len(text)),
        float(len(_SENTENCE.findall(text))),
        float(text[-8:].rstrip(_AFTER_CLOSING).endswith(_CLOSING)),
        float(text.endswith((":", "："))),
        float(text.endswith(("?", "？", "؟"))),
        float(text[:1].islower()),
        upper / max(1, letters),
        digits / max(1, len(sample)),
        text.count(",") / size,
        float(len(_ODD.findall(sample)) if any(map(sample.__contains__, _ODD_SIGNS)) else 0),
        len(_TIME.findall(sample)) / size if digits >= _TIME_DIGITS else 0.0,
    ]


def _characters(sample: str) -> tuple[int, int, int]:
    """Return how many letters, capitals and digits *sample* has; ASCII, which most are, is counted in bytes."""
    plain = sample.encode("ascii", "ignore")
    small, capital, digits = (len(plain) - len(plain.translate(None, kind)) for kind in (_SMALL, _CAPITAL, _DIGIT))
    if len(plain) == len(sample):
        return small + capital, capital, digits
    others = "".join(_NOT_ASCII.findall(sample))
    letters, capitals, decimals = (sum(map(kind, others)) for kind in (str.isalpha, str.isupper, str.isdecimal))
    return small + capital + letters, capital + capitals, digits + decimals


class _Text:
    """The blocks of one text among each other and beside what else the page says."""

    def __init__(self, blocks: Sequence[Block], told: Told) -> None:
        self._blocks = blocks
        self._total = sum(block.size for block in blocks) or 1
        self._headline = tuple(normalise(told.headline).split())
        self._headline_words = frozenset(self._headline)
        self._description = frozenset(_grams(normalise(told.description).split()))
        #: The longest word of each: a block that has none of these quotes nothing.
        self._telling = frozenset(max(gram, key=len) for gram in self._description)
        self._stated = normalise(told.body).split()
        self._stated_grams = frozenset(_grams(self._stated))
        self._stated_text = f" {' '.join(self._stated)} "
        self._names = [name for name in map(normalise, told.names) if name]
        self._keywords = {word for keyword in told.keywords for word in normalise(keyword).split()}
        self._vocabulary: set[str] = set().union(*(block.words for block in blocks))

    def cues(self) -> Iterable[Sequence[float]]:
        lowered = [
            (block.text if block.size <= _SHORT_WORDS else block.text[:_CUE_CHARACTERS]).casefold()
            for block in self._blocks
        ]
        roots = [max(1, block.size) ** 0.5 for block in self._blocks]
        for purpose in zip(*counts(lowered, self._vocabulary), strict=True):
            yield [found / root for found, root in zip(purpose, roots, strict=True)]

    def position(self) -> list[list[float]]:
        many, total = len(self._blocks), self._total
        is_prose = [block.size >= PROSE_WORDS for block in self._blocks]
        size = list(accumulate((block.size for block in self._blocks), initial=0))
        prose = list(accumulate(is_prose, initial=0))
        number = [float(min(n, _FAR)) for n in range(many)]
        first: dict[str, int] = {}
        return [
            number,
            number[::-1],
            [before / total for before in size[:-1]],
            [1 - to_end / total for to_end in size[1:]],
            [float(min(before, _FAR)) for before in prose[:-1]],
            [float(min(prose[-1] - to_end, _FAR)) for to_end in prose[1:]],
            _to_prose(is_prose),
            _to_prose(is_prose[::-1])[::-1],
            [float(total)] * many,
            [float(first.setdefault(block.normal, n) < n) for n, block in enumerate(self._blocks)],
        ]

    def overlap(self, block: Block) -> list[float]:
        own, size = block.words, max(1, len(block.words))
        shared = len(self._headline_words.intersection(own))
        named = block.normal if size <= _SHORT_WORDS else ""
        return [
            shared / size,
            shared / max(1, len(self._headline)),
            float(bool(own) and own == self._headline),
            0.0 if self._telling.isdisjoint(own) else _share(own, self._description),
            sum([name in named for name in self._names]) / size**0.5,
            float(bool(self._stated)),
            self._in_stated(block),
            min(_MOST_TIMES, len(self._stated) / self._total),
        ]

    def _in_stated(self, block: Block) -> float:
        if not self._stated:
            return -1.0
        if len(block.words) < _GRAM:
            return float(f" {block.normal} " in self._stated_text)
        return _share(block.words, self._stated_grams)

    def repeats(self) -> list[list[float]]:
        known = self._keywords & self._vocabulary
        shares = [sum(map(known.__contains__, b.words)) / max(1, len(b.words)) if known else 0.0 for b in self._blocks]
        return [shares, self._begun_alike(1), self._begun_alike(2)]

    def _begun_alike(self, many: int) -> list[float]:
        """Return how many blocks begin with the same words as each, which is one of them."""
        beginnings = [block.words[:many] for block in self._blocks]
        times = Counter(beginnings)
        return [float(times[beginning]) for beginning in beginnings]


def _to_prose(is_prose: Sequence[bool]) -> list[float]:
    """Return how many blocks before each the next prose stands; where none is near, whether the text begins there."""
    found, last = [], -inf
    for n, is_here in enumerate(is_prose):
        none = _FAR if n + 1 < _NEAR_BLOCKS else _NEAR_BLOCKS
        found.append(n - last if n - last < _NEAR_BLOCKS else float(none))
        last = float(n) if is_here else last
    return found


def _share(own: Sequence[str], known: frozenset[tuple[str, ...]]) -> float:
    """Return the share of runs of words that are *known*."""
    return sum(map(known.__contains__, _grams(own))) / max(1, len(own) - _GRAM + 1)


def _grams(own: Sequence[str]) -> Iterable[tuple[str, ...]]:
    if len(own) < _GRAM:
        return [tuple(own)] if own else []
    return zip(own, own[1:], own[2:], own[3:], strict=False)
