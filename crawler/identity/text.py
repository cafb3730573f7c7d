"""Decides which texts are the same text, by their words alone."""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\w+")
#: Scripts that put no spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han and its extensions.
UNSPACED = re.compile(
    "[\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: Letters a word has on average in scripts without spaces, so that 100 words mean as much text as elsewhere.
LETTERS_PER_WORD = 2

# Most texts are in Latin-1 but for some marks and a few names. As bytes they are read by one look-up a character,
# which is ten times as fast as a search for words.
_LATIN = [chr(code) for code in range(0x100)]
#: Frequent marks beyond Latin-1, of which no word is made.
_MARKS = "’‘“”„–—…•€"
#: What a character is to a word: a part of it, a share of one by itself, or its end.
_LETTER, _UNSPACED_LETTER, _OTHER = b"a", b"\0", b" "
#: The same for each character of Latin-1.
_SHAPES = bytes(
    c if c == ord(_UNSPACED_LETTER) else ord(_LETTER if _WORD.match(chr(c)) else _OTHER) for c in range(0x100)
)
#: What of no word is made, as a space.
_SPACED = bytes(ord(character if _WORD.match(character) else " ") for character in _LATIN)
#: Share of characters beyond Latin-1 above which a text is searched for words, as each of them is a call.
_FEW = 1 / 20


def _searched(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


#: What characters of Latin-1 become that do not stay one of it: ß, µ and the fractions.
_WIDENED = {c: s for c in _LATIN if (s := _searched(c)) and s not in _LATIN}
#: What the others become.
_NORMAL = bytes(ord(c if c in _WIDENED else _searched(c) or " ") for c in _LATIN)


def normalise(text: str) -> str:
    """Return the words of *text*, NFKC, case-folded, with one space between them; punctuation does not count."""
    latin = _unmarked(text)
    if not latin.isascii():
        for character, become in _WIDENED.items():
            latin = latin.replace(character, become)
    try:
        return b" ".join(latin.encode("latin-1").translate(_NORMAL).split()).decode("latin-1")
    except UnicodeEncodeError:
        pass
    # Nothing is joined over the end of a line, so that a letter beyond Latin-1 makes no more than its line slow.
    return " ".join(filter(None, map(normalise, text.split("\n")))) if "\n" in text else _searched(text)


def words(text: str) -> list[str]:
    """Return the words of *text* as they are written."""
    try:
        return _unmarked(text).encode("latin-1").translate(_SPACED).decode("latin-1").split()
    except UnicodeEncodeError:
        return _WORD.findall(text)


def content_hash(text: str) -> str:
    """Return the SHA-256 (hex) of the normalised text: equal for texts that differ only in case, space and marks."""
    return hashlib.sha256(normalise(text).encode("utf-8", "surrogatepass")).hexdigest()


def is_unspaced(text: str) -> bool:
    """Return whether a text is mostly in scripts without spaces; a name in one of them does not make it so."""
    return not text.isascii() and 2 * len(UNSPACED.findall(text)) > len(text)


def word_count(text: str) -> int:
    """Return the number of words; in scripts without spaces, half the number of letters."""
    shapes = _shapes(text)
    if shapes is None:
        letters = len(UNSPACED.findall(text))
        spaced = len(_WORD.findall(UNSPACED.sub(" ", text) if letters else text))
    else:
        letters = shapes.count(_UNSPACED_LETTER)
        # A word begins where a letter follows none.
        spaced = (_OTHER + shapes.replace(_UNSPACED_LETTER, _OTHER)).count(_OTHER + _LETTER)
    return spaced + letters // LETTERS_PER_WORD


def _unmarked(text: str) -> str:
    if not text.isascii():
        for mark in _MARKS:
            text = text.replace(mark, " ")
    return text


def _shapes(text: str) -> bytes | None:
    """Return for each character what it is to a word, or None where too many are beyond Latin-1."""
    text = _unmarked(text)
    if len(text) - len(text.encode("latin-1", "ignore")) > _FEW * len(text):
        return None
    return text.replace("\0", " ").encode("latin-1", "crawler.shapes").translate(_SHAPES)


def _shapes_beyond(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return b"".join(map(_shape_beyond, error.object[error.start : error.end])), error.end


@lru_cache(maxsize=4096)
def _shape_beyond(character: str) -> bytes:
    return _UNSPACED_LETTER if UNSPACED.match(character) else _LETTER if _WORD.match(character) else _OTHER


codecs.register_error("crawler.shapes", _shapes_beyond)
