"""Reads the article's paragraphs out of the data that a page's scripts would show; knows nothing of any framework."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from crawler.extraction.characters import lines
from crawler.identity import word_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.extraction.document import Document

_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|([nrt])|(.))")
_PARAGRAPH = re.compile(r"<p\b[^<>]{0,500}>((?:(?!</?p\b).){1,8000})</p>", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_MARKED = re.compile(r"(?:\\u003[cC]|<)p(?:[ >]|\\u003[eE])")
#: Characters between two paragraphs of one text: an image with its caption, an advertisement.
_GAP = 4000
_MOST_CHARACTERS = 2_000_000
_FEWEST_PARAGRAPHS, _FEWEST_WORDS = 3, 60


def scripted_text(document: Document) -> str | None:
    """Return the longest run of paragraphs in the page's scripts, one a line, or None.

    Only of use where the page shows no text: pages that are put together in the browser carry their text as markup in
    a string of JavaScript or JSON, once or twice escaped.
    """
    found = [text for script in _scripts(document) for text in _runs(script)]
    best = max(found, key=word_count, default="")
    return best if word_count(best) >= _FEWEST_WORDS else None


def _scripts(document: Document) -> Iterator[str]:
    for script in document.tree.iter("script"):
        if script.text and len(script.text) <= _MOST_CHARACTERS and _MARKED.search(script.text):
            yield _paired(_ESCAPE.sub(_character, script.text))


def _character(match: re.Match[str]) -> str:
    code, space, other = match.groups()
    return chr(int(code, 16)) if code else " " if space else other


def _paired(text: str) -> str:
    """Return *text* with one character for each surrogate pair, which escapes write as two (RFC 8259, 7)."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _runs(script: str) -> Iterator[str]:
    run: list[str] = []
    end = 0
    for match in _PARAGRAPH.finditer(script):
        if run and match.start() - end > _GAP:
            yield from _joined(run)
            run = []
        run += lines(" ".join(html.unescape(_TAG.sub("", match[1])).split()))
        end = match.end()
    yield from _joined(run)


def _joined(run: list[str]) -> Iterator[str]:
    blocks = list(dict.fromkeys(run))
    if len(blocks) >= _FEWEST_PARAGRAPHS:
        yield "\n".join(blocks)
