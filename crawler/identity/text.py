"""Decides which texts are the same text, by their words alone."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_WORD = re.compile(r"\w+")
#: Scripts that put no spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han and its extensions.
UNSPACED = re.compile(
    "[\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: Letters a word has on average in scripts without spaces, so that 100 words mean as much text as elsewhere.
LETTERS_PER_WORD = 2


def normalise(text: str) -> str:
    """Return the words of *text*, NFKC, case-folded, with one space between them; punctuation does not count."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def content_hash(text: str) -> str:
    """Return the SHA-256 (hex) of the normalised text: equal for texts that differ only in case, space and marks."""
    return hashlib.sha256(normalise(text).encode("utf-8", "surrogatepass")).hexdigest()


def is_unspaced(text: str) -> bool:
    """Return whether a text is mostly in scripts without spaces; a name in one of them does not make it so."""
    return 2 * len(UNSPACED.findall(text)) > len(text)


def word_count(text: str) -> int:
    """Return the number of words; in scripts without spaces, half the number of letters."""
    letters = len(UNSPACED.findall(text))
    if letters:
        text = UNSPACED.sub(" ", text)
    return len(_WORD.findall(text)) + letters // LETTERS_PER_WORD
