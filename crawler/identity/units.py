"""The parts of a text that can recur on a site: blocks, their sentences, and what makes one the same again."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Texts whose blocks are kept to be compared again, some 25 KB each: those of some sites at work at the same time.
REMEMBERED = 512
#: Letters of such a text, as many as are kept of a site's articles (150 KB then): each is compared a dozen times.
LONGEST_REMEMBERED = 50_000

_SPACE = re.compile(r"\s+")
_OTHER = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")
#: How a sentence ends: with a mark and white space, or with a full-width mark.
_END = re.compile(r"[.!?…][\"'”’»)]*\s+|[。！？]")


def key_of(block: str) -> bytes | None:
    """Return what makes a block the same again: its letters, case-folded, every number alike; None if it has none."""
    return _hash(_folded(block))


def _folded(text: str) -> str:
    return _DIGITS.sub("0", _OTHER.sub(" ", text.casefold())).strip()


def _hash(text: str) -> bytes | None:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() if text else None


class Unit(NamedTuple):
    """A block or sentence, and what makes it the same again."""

    text: str
    key: bytes | None


class Block(NamedTuple):
    """A block and the sentences in it, each with what makes it the same again."""

    text: str
    key: bytes | None
    sentences: tuple[Unit, ...]
    """None of a block that is one sentence."""


def blocks_of(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text. It is asked for again whenever its site is learned again or cleaned."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _split(text)


def _split(text: str) -> tuple[Block, ...]:
    return tuple(_block(block) for block in text.split("\n") if block.strip())


def _block(text: str) -> Block:
    """Return a block, folding every part of it once."""
    parts = [text[at].strip() for at in sentences_at(text)] or [text]
    folded = [_folded(part) for part in parts]
    whole = " ".join(filter(None, folded))
    sentences = tuple(map(Unit, parts, map(_hash, folded))) if len(parts) > 1 else ()
    return Block(text, _hash(whole), sentences)


_remembered = lru_cache(maxsize=REMEMBERED)(_split)


def unit_of(text: str) -> Unit:
    """Return a text as one unit."""
    return Unit(text, key_of(text))


def keys_of(text: str) -> frozenset[bytes]:
    """Return the keys of a text's blocks."""
    return frozenset(block.key for block in blocks_of(text) if block.key)


def keys_of_endings(text: str) -> Iterator[bytes | None]:
    """Yield the keys that *text* has from each of its words on."""
    folded = _folded(text)
    yield _hash(folded)
    for space in _SPACE.finditer(folded):
        yield _hash(folded[space.end() :])


def sentences_at(block: str) -> list[slice]:
    """Return where the sentences of a block are, if it has several: site text may be fused to an article's own words.

    Each reaches to the next, with the quotation marks and white space that end it.
    """
    bounds = [0, *(match.end() for match in _END.finditer(block)), len(block)]
    places = [slice(start, end) for start, end in pairwise(bounds) if block[start:end].strip()]
    return places if len(places) > 1 else []
