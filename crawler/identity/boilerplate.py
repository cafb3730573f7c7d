"""Finds what a site prints in its articles, as against what its articles say, by comparing articles of one site.

A block that recurs is not yet site text: follow-ups repeat their background, and a quote is quoted again. Such articles
have a subject in common, while those that carry a donation appeal have nothing in common but the appeal. So a recurring
block counts as site text only if the rest of the articles that hold it is about different things (the topic-spread
test). Texts of one site only, distinct articles only: two visits to one article would look like two witnesses.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from itertools import combinations, islice, pairwise
from statistics import median
from typing import TYPE_CHECKING

import attrs

from crawler.identity.text import UNSPACED, is_unspaced
from crawler.identity.units import Block, Unit, blocks_of, key_of, keys_of, keys_of_endings, sentences_at, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Articles a block must stand in before it can be site text, and with a further sign (position or cue words).
RECURS = 6
RECURS_WITH_SIGN = 4
#: The same for a block that stands between two blocks of site text, or between one and the edge of the article.
RECURS_BETWEEN = 3
#: So many blocks that always stand together, in the same place, bear each other out: two articles must hold them.
RUN = 3
RECURS_AS_RUN = 2
#: Share of the site's articles that must hold it.
SHARE = 0.1
#: Two articles are about different things if at most this share of the smaller one's own words is in the other.
SPREAD = 0.08
#: Words of an article that are compared, the first of its own: articles of all lengths can be held against each other.
SUBJECT = 100
#: Holders compared pair by pair; own words an article needs to be compared; such articles a verdict needs.
COMPARED = 12
FEWEST_WORDS = 8
FEWEST_ARTICLES = 3
#: A word in more than this share of a site's articles (and in more than so many) is about the site's subject, if it has
#: one, and not about theirs.
COMMON_SHARE = 0.5
COMMON_LEAST = 16
#: Never more than this share of a text is taken (letters): what would be left is no article.
MOST_TAKEN = 0.6
#: Blocks at the beginning and end of an article where site text mostly stands.
EDGE = 2
#: Letters of a block or sentence below which it is site text only by its neighbours.
SHORT = 25
#: Letters of a sentence that is looked for behind words that end without a mark.
LONGEST_FUSED = 200
#: Share of a block's occurrences that must stand between site text.
MOSTLY = 0.6

#: Words that tell a subject. Shorter ones are mostly the language's: unrelated English articles share 15 % of their
#: words of four letters, and 6 % of these.
_WORD = re.compile(r"[^\W\d_]{6,}")
_SPACE = re.compile(r"\s+")
#: Words of appeals and plugs in English, Russian, German, French, Spanish, Italian, Arabic, Hebrew, Chinese, Japanese
#: and Korean. They only ever strengthen.
_CUES = re.compile(
    r"subscri|newsletter|sign up|donat|support (?:us|our)|inbox|©|copyright|all rights|app store|follow us|cookie"
    r"|подпи|рассылк|поддерж|пожертв|newsletter|abonn|spende|unterstütz|soutene|inscri|suscri|apoya|iscriv|sosten"
    r"|اشترك|ادعم|תרמ|הירשמ|订阅|訂閱|購読|登録|구독",
    re.IGNORECASE,
)


@attrs.frozen(kw_only=True)
class SiteText:
    """Keys of the blocks and of the sentences that a site prints around its articles."""

    blocks: frozenset[bytes] = frozenset()
    sentences: frozenset[bytes] = frozenset()


@attrs.frozen(kw_only=True)
class Stripped:
    """A text without its site text."""

    body: str
    taken: tuple[str, ...] = ()
    is_thin: bool = False
    """More than MOST_TAKEN would have gone, so nothing was taken."""


def learn(texts: Sequence[str]) -> SiteText:
    """Return the site text that *texts* have: distinct articles of one site, blocks separated by newlines."""
    if len(texts) < RECURS_AS_RUN:
        return SiteText()
    articles = [blocks_of(text) for text in texts]
    blocks = _site_text(articles)
    remaining = [[block for block in article if block.key not in blocks] for article in articles]
    sentences = _site_text([[unit for block in article for unit in block.sentences] for article in remaining])
    if sentences:  # a block of site text may itself have had a sentence fused to it
        known = SiteText(blocks=blocks, sentences=sentences)
        blocks |= _site_text([[unit_of(_cut(block, known)[0]) for block in article] for article in articles])
    return SiteText(blocks=blocks, sentences=sentences)


def undecided(texts: Sequence[str], known: SiteText) -> frozenset[bytes]:
    """Return the keys of the blocks that recur in *texts* and are not *known* to be site text: more will tell."""
    holders = Counter(key for text in texts for key in keys_of(text))
    return frozenset(key for key, count in holders.items() if count > 1) - known.blocks


def strip(text: str, known: SiteText) -> Stripped:
    """Return *text* without the blocks, and the first and last sentences of blocks, that are *known* site text."""
    if not known.blocks and not known.sentences:
        return Stripped(body=text)
    kept, taken = [], []
    for block in blocks_of(text):
        body, gone = _without(block, known)
        taken += gone
        if body:
            kept.append(body)
    lost = sum(map(len, taken))
    if lost > MOST_TAKEN * max(1, len(text)):
        return Stripped(body=text, is_thin=True)
    return Stripped(body="\n".join(kept), taken=tuple(taken))


def _without(block: Block, known: SiteText) -> tuple[str, list[str]]:
    if block.key in known.blocks:
        return "", [block.text]
    own, gone = _cut(block, known)
    return ("", [block.text]) if gone and key_of(own) in known.blocks else (own, gone)


def _cut(block: Block, known: SiteText) -> tuple[str, list[str]]:
    """Return a block without known sentences at its beginning and end, and those."""
    if not known.sentences:
        return block.text, []
    first, last = 0, len(block.sentences)
    while first < last and block.sentences[first].key in known.sentences:
        first += 1
    while last > first and block.sentences[last - 1].key in known.sentences:
        last -= 1
    if (first, last) == (0, len(block.sentences)):
        return _cut_unmarked(block.text, known)
    # Cut, not joined again: what stands between two sentences is the article's, and some scripts have no spaces.
    places = sentences_at(block.text)
    own = block.text[places[first].start : places[last - 1].stop] if first < last else ""
    return own.strip(), [unit.text for unit in block.sentences[:first] + block.sentences[last:]]


def _cut_unmarked(block: str, known: SiteText) -> tuple[str, list[str]]:
    """Cut a known sentence off the end of a block whose own words end without a mark, as captions and lists do."""
    start = max(1, len(block) - LONGEST_FUSED)
    if known.sentences.isdisjoint(keys_of_endings(block[start:])):
        return block, []
    for space in _SPACE.finditer(block, start, max(1, len(block) - SHORT)):
        if key_of(block[space.end() :]) in known.sentences:
            return block[: space.start()].rstrip(), [block[space.end() :].strip()]
    return block, []


def _site_text(articles: Sequence[Sequence[Unit | Block]]) -> frozenset[bytes]:
    """Return the keys of the units (blocks or sentences) that are site text."""
    site = _Site(articles)
    found = {key for key in site.recurring(RECURS_WITH_SIGN) if site.is_site_text(key)}
    found |= {key for run in site.runs() if site.is_site_run(run) for key in run}
    while near := {key for key in site.recurring(RECURS_BETWEEN) - found if site.belongs_to(key, found)}:
        found |= near
    return frozenset(found)


class _Site:
    """What is known of the units of one site's articles."""

    def __init__(self, articles: Sequence[Sequence[Unit | Block]]) -> None:
        self._articles = articles
        self._keys = [[unit.key for unit in article] for article in articles]
        self._holders: dict[bytes, list[int]] = {}
        self._text: dict[bytes, str] = {}
        for number, article in enumerate(articles):
            for key, text in {unit.key: unit.text for unit in reversed(article)}.items():
                if key is not None:
                    self._holders.setdefault(key, []).append(number)
                    self._text.setdefault(key, text)

    def recurring(self, least: int) -> set[bytes]:
        """Return the keys of units that at least so many articles hold, and the share of the site that it takes."""
        needed = max(least, SHARE * len(self._keys))
        return {key for key, holders in self._holders.items() if len(holders) >= needed}

    def is_site_text(self, key: bytes) -> bool:
        """Whether a recurring unit stands in articles that have nothing else in common."""
        text = self._text[key]
        if len(text) < SHORT and not UNSPACED.search(text):
            return False
        holders = self._holders[key]
        has_sign = len(holders) >= RECURS or _CUES.search(text) or self._has_a_place(key, holders)
        return bool(has_sign) and self._spread(holders)

    def runs(self) -> Iterator[list[bytes]]:
        """Yield the chains of recurring units, each mostly followed by the next, that are RUN long and longer."""
        follows = self._follows()
        inner = set(follows.values())
        for first in follows.keys() - inner:
            run = [first]
            while (following := follows.get(run[-1])) is not None and following not in run:
                run.append(following)
            if len(run) >= RUN:
                yield run

    def is_site_run(self, run: Sequence[bytes]) -> bool:
        """Whether a run has a place of its own in articles that have nothing else in common."""
        ends = set(self._holders[run[-1]])
        holders = [number for number in self._holders[run[0]] if number in ends]
        enough = len(holders) >= max(RECURS_AS_RUN, SHARE * len(self._keys))
        is_placed = self._has_a_place(run[0], holders) or self._has_a_place(run[-1], holders)
        return enough and is_placed and self._spread(holders, fewest=RECURS_AS_RUN)

    def _follows(self) -> dict[bytes, bytes]:
        """Return which recurring unit mostly follows which. A unit that stands twice in its articles (a line between
        the parts of an appeal) may lead back to itself."""
        pairs = Counter(
            pair
            for keys in self._keys
            for pair in dict.fromkeys(pairwise(keys))
            if all(key is not None and len(self._holders[key]) >= RECURS_AS_RUN for key in pair)
        )
        return {
            one: other
            for (one, other), count in pairs.items()
            if one and other and one != other
            and count >= MOSTLY * max(len(self._holders[one]), len(self._holders[other]))
        }  # fmt: skip

    def belongs_to(self, key: bytes, site_text: set[bytes]) -> bool:
        """Whether a unit inherits from its neighbours: it mostly stands between site text, or between site text and
        the edge of the article; or beside site text, and then its articles must have different subjects too."""
        places = list(self._neighbours(key))
        inside = sum(all(side is None or side in site_text for side in place) and any(place) for place in places)
        beside = sum(any(side in site_text for side in place) for place in places)
        if inside >= MOSTLY * len(places):
            return True
        recurs = len(places) >= RECURS_WITH_SIGN
        return recurs and beside >= MOSTLY * len(places) and self._spread(self._holders[key])

    def _neighbours(self, key: bytes) -> Iterator[tuple[bytes | None, bytes | None]]:
        for number in self._holders[key]:
            keys = self._keys[number]
            place = keys.index(key)
            yield (keys[place - 1] if place else None), (keys[place + 1] if place + 1 < len(keys) else None)

    def _has_a_place(self, key: bytes, holders: Sequence[int]) -> bool:
        """Whether a unit mostly stands at the edge of its articles, or always as many blocks from it: templates put
        their text after the second paragraph, say, and writers put theirs where it belongs."""
        keys = [self._keys[number] for number in holders]
        from_top = [article.index(key) for article in keys]
        from_end = [len(article) - place for article, place in zip(keys, from_top, strict=True)]
        at_edge = sum(top < EDGE or end <= EDGE for top, end in zip(from_top, from_end, strict=True))
        at_place = max(Counter(places).most_common(1)[0][1] for places in (from_top, from_end))
        return max(at_edge, at_place) >= MOSTLY * len(holders)

    def _spread(self, holders: Sequence[int], *, fewest: int = FEWEST_ARTICLES) -> bool:
        """Whether at least *fewest* articles have different subjects: little overlap of the words that are theirs."""
        step = max(1, len(holders) // COMPARED)
        subjects = [self._subjects[number] for number in holders[::step][:COMPARED]]
        subjects = [words for words in subjects if len(words) >= FEWEST_WORDS]
        if len(subjects) < fewest:
            return False
        return median(len(a & b) / min(len(a), len(b)) for a, b in combinations(subjects, 2)) <= SPREAD

    @cached_property
    def _subjects(self) -> list[set[str]]:
        """The first words of each article's own units, without those that most articles of the site have."""
        words = [
            dict.fromkeys(_words(unit.text for unit in article if unit.key and len(self._holders[unit.key]) == 1))
            for article in self._articles
        ]
        frequency = Counter(word for article in words for word in article)
        limit = max(COMMON_LEAST, COMMON_SHARE * len(words))
        own = [(word for word in article if frequency[word] <= limit) for article in words]
        return [set(islice(article, SUBJECT)) for article in own]


def _words(units: Iterable[str]) -> Iterator[str]:
    """Yield the words of six letters and more; of scripts without spaces, runs of four letters."""
    for unit in units:
        text = unit.casefold()
        if is_unspaced(text):
            yield from (text[place : place + 4] for place in range(len(text) - 3))
        else:
            yield from _WORD.findall(text)
