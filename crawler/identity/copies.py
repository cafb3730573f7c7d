"""Knows the same story again when it was cut, extended or given a new headline: sampled containment of word 4-grams.

News copies are abridged and extended, so what counts is how much of the *shorter* text is in the longer one; measures
of overall likeness (Jaccard, SimHash) miss them. Only hashes that a rate divides are kept, so that a long text costs
no more than a short one, and the same hashes are kept of every text that has them.
"""

from __future__ import annotations

import hashlib
import re
import struct
import sys
import unicodedata
from array import array
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import attrs

from crawler.identity.text import is_unspaced

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Words of a gram; letters of one in scripts without spaces.
WORDS = 4
LETTERS = 8
#: Fewer words are recognised by their exact text alone.
FEWEST_WORDS = 60
#: Hashes that a text has in the index (at least), and in its sketch.
INDEXED = 16
SKETCHED = 36
RUNS_SKETCHED = 20
#: Sampling never gets coarser than one in so many, nor a query finer than the index of a text of ordinary length.
COARSEST = 256
FINEST_QUERY = 4
#: Two texts are the same story when so much of the shorter one is in the longer one,
SAME = 0.5
#: and either so many of its runs, or so many of its lead's names and numbers: texts of one series (rates, weather, bond
#: issues) share their frame only in pieces, and what they tell differs.
SAME_RUNS = 0.5
SAME_LEAD = 0.5
SAME_NUMBERS = 0.7
LEAD_WORDS = 50

_TOKEN = re.compile(r"[^\W_]+")
_UNFED = hashlib.blake2b(digest_size=8)
_MASK = (1 << 63) - 1
#: Bytes of a kept hash: after sampling, 32 bits of it still tell texts apart.
KEPT = 4
#: Bytes of the lane in which a hash lies while all are mixed, and what is between two hashes then.
LANE = 16
_GAP = bytes(LANE - 8)
_HEADER = struct.Struct("<IHIHHHBB")


@attrs.frozen(kw_only=True)
class Sketch:
    """What is kept of a text: enough to say how much of it is in another."""

    grams: int
    """Distinct 4-grams of the whole text."""
    rate: int
    """One gram in so many is in ``hashes``."""
    hashes: frozenset[int]
    """32-bit hashes that ``rate`` divides."""
    runs: int
    """Distinct runs of the whole text; ``run_rate`` and ``run_hashes`` are to them as the others are to grams."""
    run_rate: int
    run_hashes: frozenset[int]
    names: frozenset[int]
    numbers: frozenset[int]
    """Hashes of the capitalised words and of the numbers among the first LEAD_WORDS words."""

    def indexed(self) -> frozenset[int]:
        """Return the hashes to find this text by."""
        return _sample(self.hashes, sampling_rate(self.grams, INDEXED))


def sketch(text: str) -> Sketch | None:
    """Return the sketch of a text, or None of one too short to be told from others by its grams."""
    text = unicodedata.normalize("NFKC", text)
    grams, runs = _chains(*_tokens(text.casefold()))
    if len(grams) < FEWEST_WORDS - WORDS + 1:
        return None
    rate, run_rate = sampling_rate(len(grams), SKETCHED), sampling_rate(len(runs), RUNS_SKETCHED)
    lead = [match[0] for match in islice(_TOKEN.finditer(text), LEAD_WORDS)]
    return Sketch(
        grams=len(grams),
        rate=rate,
        hashes=_sample(grams, rate),
        runs=len(runs),
        run_rate=run_rate,
        run_hashes=_sample(runs, run_rate),
        names=_hashes(word for word in lead if word[0].isupper()),
        numbers=_hashes(word for word in lead if word[0].isdigit()),
    )


def query(own: Sketch) -> frozenset[int]:
    """Return the hashes to look for in the index: those that any text sharing most of this one is indexed by."""
    return _sample(own.hashes, max(own.rate, min(sampling_rate(own.grams, INDEXED), FINEST_QUERY)))


def containment(one: Sketch, other: Sketch) -> float:
    """Return the estimated share of the shorter text's grams that are in the longer one, 0 to 1."""
    shared = _sample(one.hashes & other.hashes, rate := max(one.rate, other.rate))
    return min(1.0, len(shared) * rate / min(one.grams, other.grams))


def resemblance(one: Sketch, other: Sketch) -> float:
    """Return the estimated share of all grams of both texts that both have (Jaccard), 0 to 1."""
    shared = containment(one, other) * min(one.grams, other.grams)
    return shared / (one.grams + other.grams - shared)


def run_containment(one: Sketch, other: Sketch) -> float:
    """Return the estimated share of the shorter text's runs that are in the longer one, 0 to 1."""
    shared = _sample(one.run_hashes & other.run_hashes, rate := max(one.run_rate, other.run_rate))
    return min(1.0, len(shared) * rate / max(1, min(one.runs, other.runs)))


def is_same_story(one: Sketch, other: Sketch) -> bool:
    """Whether one text is a copy of the other, abridged or extended; members of a template series are not."""
    if containment(one, other) < SAME:
        return False
    if run_containment(one, other) >= SAME_RUNS:
        return True
    numbers = _agreement(one.numbers, other.numbers)
    return (_agreement(one.names, other.names) or 0) >= SAME_LEAD and (numbers is None or numbers >= SAME_NUMBERS)


def _agreement(one: frozenset[int], other: frozenset[int]) -> float | None:
    """Return the share of the smaller set that is in the other; None where one is empty."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else None


def sampling_rate(count: int, least: int) -> int:
    """Return the largest power of two, at most COARSEST, that leaves *least* of *count*."""
    rate = 1
    while rate < COARSEST and count / (rate * 2) >= least:
        rate *= 2
    return rate


def _sample(hashes: Iterable[int], rate: int) -> frozenset[int]:
    return frozenset([value for value in hashes if not value % rate])


def _tokens(text: str) -> tuple[_Hashes, int]:
    """Return the hashes of a text's words, or letters where there are no spaces, and how many make a gram."""
    words = _TOKEN.findall(text)
    units, length = ("".join(words), LETTERS) if is_unspaced(text) else (words, WORDS)
    known = {unit: _digest(unit) for unit in set(units)}
    # From the last to the first, as the first byte is the highest.
    value = int.from_bytes(_GAP.join([known[unit] for unit in reversed(units)]))
    mask = int.from_bytes(_MASK.to_bytes(LANE) * len(units))
    return _Hashes(value & mask, len(units), mask), length


class _Hashes(NamedTuple):
    """Hashes of 63 bits in the lanes of one large number, the first in the lowest: mixing all of them takes two
    multiplications of large numbers, which are several times faster than as many of small ones."""

    value: int
    size: int
    """How many lanes are hashes; there may be anything above them."""
    mask: int
    """63 ones in each lane."""

    def mixed(self, other: _Hashes, apart: int) -> _Hashes:
        """Return the mix of each hash with the one of *other* that is so many places further on, if there is one."""
        # Multiplicative mixing, as in D. Lemire and O. Kaser, "Strongly universal string hashing is fast" (2014); the
        # shift brings high bits down, because sampling looks at the low ones. No lane overflows: 64 bits times 63 and
        # 63 more are fewer than 128.
        value = self.value * 0x9E3779B97F4A7C15 + (other.value >> 8 * LANE * apart) & self.mask
        value = value * 0xC2B2AE3D27D4EB4F & self.mask
        return _Hashes((value ^ value >> 29) & self.mask, max(other.size - apart, 0), self.mask)

    def kept(self) -> set[int]:
        """Return the low KEPT bytes of each hash."""
        lanes = self.value & (1 << 8 * LANE * self.size) - 1
        numbers = array("I", lanes.to_bytes(LANE * self.size, "little"))
        if sys.byteorder == "big":
            numbers.byteswap()
        return set(numbers[:: LANE // KEPT])


def _chains(tokens: _Hashes, length: int) -> tuple[set[int], set[int]]:
    """Return the hashes of every *length* tokens in a row, and of every three times as many (a run);
    *length* is a power of two."""
    grams = tokens
    for half in (1 << power for power in range(length.bit_length() - 1)):
        grams = grams.mixed(grams, half)
    runs = grams.mixed(grams, length).mixed(grams, 2 * length)
    return grams.kept(), runs.kept()


def pack(own: Sketch) -> bytes:
    """Return a sketch as the bytes that are kept of it, about 500."""
    sets = (own.hashes, own.run_hashes, own.names, own.numbers)
    header = _HEADER.pack(own.grams, own.rate, own.runs, own.run_rate, *map(len, sets))
    return header + b"".join(value.to_bytes(KEPT) for hashes in sets for value in sorted(hashes))


def unpack(data: bytes) -> Sketch:
    """Return the sketch that pack() made *data* of; raises ValueError if it did not."""
    try:
        grams, rate, runs, run_rate, *counts = _HEADER.unpack_from(data)
    except struct.error as error:
        raise ValueError(f"expected a sketch, got {len(data)} bytes") from error
    if len(data) != _HEADER.size + KEPT * sum(counts) or not rate or not run_rate:
        raise ValueError(f"expected a sketch of {sum(counts)} hashes, got {len(data)} bytes")
    values = iter(data[place : place + KEPT] for place in range(_HEADER.size, len(data), KEPT))
    sets = [frozenset(int.from_bytes(next(values)) for _ in range(count)) for count in counts]
    return Sketch(
        grams=grams,
        rate=rate,
        runs=runs,
        run_rate=run_rate,
        hashes=sets[0],
        run_hashes=sets[1],
        names=sets[2],
        numbers=sets[3],
    )


def _hashes(words: Iterable[str]) -> frozenset[int]:
    return frozenset(int.from_bytes(_digest(word)[-KEPT:]) for word in words)


def _digest(unit: str) -> bytes:
    own = _UNFED.copy()  # cheaper than a new one, whose parameters are checked each time
    own.update(unit.encode("utf-8", "surrogatepass"))
    return own.digest()
