"""Takes the main text out of a parsed page with trafilatura; knows nothing of the page's metadata but its headline."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from crawler.extraction.cascade import LIBRARY_ERRORS
from crawler.extraction.characters import lines
from crawler.extraction.scripted import scripted_text
from crawler.extraction.tuning import extractor
from crawler.identity import normalise, word_count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData

#: What holds no words of an article, as a rule. Trafilatura takes these away itself, but only after it has copied and
#: searched them several times; they are up to half of a page's elements.
_WORDLESS = (
    *("iframe", "canvas", "audio", "video", "source", "track", "map", "area", "link", "meta"),
    *("input", "textarea", "datalist", "dialog", "menu", "fieldset", "nav", "footer"),
    *("style", "noscript", "template", "title"),
)
#: Visible text with fewer words is a caption or a notice.
_FEWEST_WORDS = 20
#: A text with fewer words is looked for again on the page as it is.
_LEAN_WORDS = 100
#: Characters of most words with what is between them.
_WORD_CHARACTERS = 12
#: Words that are looked for together on the page.
_SAMPLE_WORDS = 5
#: Main text of a live blog that is this much shorter than its shown updates has lost some.
_UPDATES_SHARE = 1.3
_BLOCK_END = re.compile(r"<(?:/p|/div|/li|/h\d|br)\b[^<>]{0,200}>", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
#: How many first lines may repeat the headline before the text begins.
_HEADLINE_LINES = 2


def article_text(document: Document, data: LinkedData, *, free: bool | None) -> tuple[str | None, str]:
    """Return the article's text, one block a line, and its witness.

    The visible text is the article. What JSON-LD holds is only asked where there is hardly any (a page that scripts
    fill), never to pass a subscription; and for the updates of a live blog, as far as the page shows them.
    """
    found = main_text(document)
    if found and "\n" not in found and not _is_shown(found, document):
        # Where it finds hardly any text, trafilatura takes the one in JSON-LD: all in one block, and paid for or not.
        found = None
    if updates := _shown_updates(document, data):
        if word_count(updates) > _UPDATES_SHARE * word_count(found or ""):
            return updates, "jsonld"
    elif free is not False and not _has_words(found or "", _FEWEST_WORDS):
        stated = stated_text(data)
        if word_count(stated) > _FEWEST_WORDS:
            return stated, "jsonld"
        if scripted := scripted_text(document):
            return scripted, "script"
    return found, "trafilatura"


def stated_text(data: LinkedData) -> str:
    """Return the article as JSON-LD states it, one block a line; empty where it does not."""
    return "\n".join(_blocks([(data.article or {}).get("articleBody")]))


def _is_shown(text: str, document: Document) -> bool:
    """Return whether the page shows most of *text*; samples, as inline markup may split a word here and there."""
    words, shown = normalise(text).split(), normalise(document.shown)
    samples = [" ".join(words[at : at + _SAMPLE_WORDS]) for at in range(0, len(words), _SAMPLE_WORDS)]
    return sum(sample in shown for sample in samples) * 2 >= len(samples)


def _shown_updates(document: Document, data: LinkedData) -> str | None:
    """Return the introduction and updates of a live blog in page order, without what the page does not show."""
    node = data.article or {}
    updates = [u for u in data.all(node, "liveBlogUpdate") if isinstance(u, dict)]
    if not updates:
        return None
    pieces = [node.get("articleBody"), *(piece for u in updates for piece in (u.get("headline"), u.get("articleBody")))]
    shown = normalise(document.shown)
    return "\n".join(block for block in _blocks(pieces) if normalise(block) in shown) or None


def _blocks(pieces: Iterable[Any]) -> list[str]:
    found = (line for piece in pieces if isinstance(piece, str) for line in lines(_text_of(piece)))
    return list(dict.fromkeys(found))


def _text_of(piece: str) -> str:
    return html.unescape(_MARKUP.sub("", _BLOCK_END.sub("\n", html.unescape(piece))))


def main_text(document: Document) -> str | None:
    """Return the page's main text, one block a line, or None where trafilatura finds none."""
    text = _extracted(document.tree, _WORDLESS)
    # Some pages keep their text where others have menus and notes.
    return text if _has_words(text, _LEAN_WORDS) else _extracted(document.tree, ()) or None


def _has_words(text: str, fewest: int) -> bool:
    """Return whether *text* has at least *fewest* words, which its beginning shows in most cases."""
    return word_count(text[: fewest * _WORD_CHARACTERS]) >= fewest or word_count(text) >= fewest


def _extracted(page: HtmlElement, without: tuple[str, ...]) -> str:
    try:
        text = extractor()(page, without)
    except LIBRARY_ERRORS:
        return ""
    return "\n".join(lines(text))


def without_headline(text: str, headline: str | None) -> str:
    """Return *text* without a first block that only repeats the headline."""
    wanted = normalise(headline or "")
    blocks = text.split("\n")
    for place, block in enumerate(blocks[:_HEADLINE_LINES]):
        if wanted and normalise(block) == wanted and len(blocks) > 1:
            return "\n".join(blocks[:place] + blocks[place + 1 :])
    return text
