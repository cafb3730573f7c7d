"""Turns back text that was encoded as UTF-8 twice, where that is certain; knows nothing of pages."""

from __future__ import annotations

import re

# What a program shows that takes the bytes of UTF-8 for Windows-1252 or Latin-1: each byte as one character.
_SHOWN = {
    byte: bytes([byte]).decode("cp1252", "ignore") + (chr(byte) if byte < 0xA0 else "") for byte in range(128, 256)
}
_BYTES = {character: byte for byte, characters in _SHOWN.items() for character in characters}


def _any_of(first: int, last: int) -> str:
    return "[" + re.escape("".join(_SHOWN[byte] for byte in range(first, last + 1))) + "]"


_REST = _any_of(0x80, 0xBF)
# The shapes of UTF-8 (RFC 3629, 4): a first byte and one to three more.
_DOUBLED = re.compile(
    f"{_any_of(0xC2, 0xDF)}{_REST}|{_any_of(0xE0, 0xEF)}{_REST}{{2}}|{_any_of(0xF0, 0xF4)}{_REST}{{3}}"
)
# The same in bytes, less exactly: looking for one byte is quick and settles nearly every page.
_FIRST = b"\xc3"
_HINT = re.compile(_FIRST + rb"[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]")
#: Fewer are a coincidence, such as a capital E with an accent before a closing quote.
_FEWEST = 4
#: Certain means that, for one character that is no such pair, there are this many that are.
_PER_OTHER = 10


def undone(text: str, utf8: bytes) -> str | None:
    """Return *text* with its doubly encoded characters read once, or None if it is not certain that it has any.

    *utf8* is the same text in UTF-8.
    """
    if _FIRST not in utf8 or len(_HINT.findall(utf8)) < _FEWEST:
        return None
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    found = _DOUBLED.findall(text)
    others = foreign - sum(map(len, found))
    if len(found) < _FEWEST or others * _PER_OTHER > len(found):
        return None
    return _DOUBLED.sub(_once, text)


def _once(match: re.Match[str]) -> str:
    try:
        return bytes(_BYTES[character] for character in match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
