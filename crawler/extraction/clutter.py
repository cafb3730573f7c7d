"""Takes out of a text the lines that are not the article: a model judges each, rules bound what it may take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crawler.extraction import layout, trees
from crawler.extraction.blocks import PROSE_WORDS, blocks_of, numbers
from crawler.extraction.credits import is_credit
from crawler.extraction.rescue import restored
from crawler.identity import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from crawler.extraction.blocks import Block, Told
    from crawler.extraction.layout import Layout

MODEL = "blocks.json"
#: Probability of being the article's from which a block stays; chosen on sites the model had not seen.
BOUND = 0.5
#: The bound where little was learned (scripts without spaces) or much would go.
CAREFUL_BOUND = 0.12
#: Share of the words that may go at all.
MOST_DROPPED = 0.5
#: Larger pages are left as they are: the time would be better spent on other pages.
_MOST_BLOCKS, _MOST_CHARACTERS = 1500, 2_000_000
#: Blocks times characters of the page, which is what looking for all of them may cost.
_MOST_SEARCHED = 100_000_000
#: Credits stand in the last part of a text; the same words before that are a sentence.
_CREDITS_FROM = 0.7
#: How many first blocks may repeat the headline before the text begins.
_HEADLINE_BLOCKS = 3
#: As many words for each run of letters mean a script without spaces.
_UNSPACED = 2
_CREDIT = "credit"
#: As many paragraphs that come again in the same order are a copy; fewer may be a refrain.
_COPIED_BLOCKS = 3


@attrs.frozen(kw_only=True)
class Sifted:
    """A text without what is not the article."""

    text: str
    dropped: tuple[tuple[str, str], ...] = ()
    """Blocks that were taken away, in page order, each with the reason."""
    credits: tuple[str, ...] = ()
    """Blocks that say who else worked on the article."""


def sift(text: str, body: HtmlElement, told: Told) -> Sifted:
    """Return *text*, one block a line, without what is not the article, and with what was lost of it.

    *body* is the element of the page that holds all it shows.
    """
    if text.count("\n") > _MOST_BLOCKS or len(text) > _MOST_CHARACTERS:
        return Sifted(text=text)
    page = layout.read(body)
    if len(page.text) * text.count("\n") > _MOST_SEARCHED:
        return Sifted(text=text)
    lines, blocks = whole(text, page)
    model = trees.shipped(MODEL)
    found = reasons(blocks, [model.probability(row) for row in numbers(blocks, page, told)], told)
    dropped = tuple((line, reason) for line, reason in zip(lines, found, strict=True) if reason)
    kept = [line for line, reason in zip(lines, found, strict=True) if reason is None]
    moved = dict.fromkeys(line for line, reason in dropped if reason == _CREDIT)
    return Sifted(text="\n".join(kept), dropped=dropped, credits=tuple(moved)) if kept else Sifted(text=text)


def whole(text: str, page: Layout) -> tuple[list[str], list[Block]]:
    """Return the lines of *text* with paragraphs that were lost, each in its place, and as blocks."""
    lines = text.split("\n")
    blocks = blocks_of(lines, page)
    found = restored(lines, blocks, page)
    return found, blocks if found == lines else blocks_of(found, page)


def reasons(
    blocks: Sequence[Block], probabilities: Sequence[float], told: Told, bound: float = BOUND
) -> list[str | None]:
    """Return for each block why it goes, None where it stays."""
    bound = _bound_for(blocks, probabilities, bound)
    headline, copies = normalise(told.headline), _copies(blocks)
    found: list[str | None] = []
    for number, (block, probability) in enumerate(zip(blocks, probabilities, strict=True)):
        if number >= _CREDITS_FROM * (len(blocks) - 1) and is_credit(block.text):
            found.append(_CREDIT)
        elif number < _HEADLINE_BLOCKS and headline and block.normal == headline:
            found.append("repeats the headline")
        elif number in copies:
            found.append("repeats the text")
        else:
            found.append(f"article with probability {probability:.2f}" if probability < bound else None)
    return found


def _copies(blocks: Sequence[Block]) -> set[int]:
    """Return the places of prose in a second copy of the text, or of a part: the same paragraphs in the same order.

    Some pages hold their article twice, once for machines. A question that comes again before another answer is none.
    """
    prose = [number for number, block in enumerate(blocks) if block.size >= PROSE_WORDS]
    first: dict[str, int] = {}
    copies: set[int] = set()
    run: list[int] = []
    for at, number in enumerate(prose):
        original = first.setdefault(blocks[number].text, at)
        follows = run and first[blocks[run[-1]].text] + 1 == original
        run = [] if original == at else [*run, number] if follows else [number]
        copies.update(run if len(run) >= _COPIED_BLOCKS else ())
    return copies


def _bound_for(blocks: Sequence[Block], probabilities: Sequence[float], bound: float) -> float:
    """Return the probability below which blocks of this page go; 0 where the model is not to be trusted with it."""
    bounds = (CAREFUL_BOUND,) if _is_unspaced(blocks) else (bound, CAREFUL_BOUND)
    total = sum(block.size for block in blocks)
    for allowed in bounds:
        dropped = sum(block.size for block, p in zip(blocks, probabilities, strict=True) if p < allowed)
        if dropped <= MOST_DROPPED * total:
            return allowed
    return 0.0


def _is_unspaced(blocks: Sequence[Block]) -> bool:
    """Return whether most words were counted by their letters, as scripts without spaces need it."""
    written = sum(len(block.words) for block in blocks)
    return sum(block.size for block in blocks) > _UNSPACED * max(1, written)
