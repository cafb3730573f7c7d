"""Removes characters no reader sees and keeps every one a reader does; knows nothing of HTML."""

from __future__ import annotations

import html
import re

_SURROGATES = range(0xD800, 0xE000)
_LINE_ENDS = {0x0B: " ", 0x0C: " ", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
#: Soft hyphen, zero-width space, word joiner, Mongolian vowel separator, byte order mark, bidi marks and
#: isolates, old format characters, interlinear marks.
_INVISIBLE = [
    0xAD,
    0x200B,
    0x2060,
    0x180E,
    0xFEFF,
    0x061C,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x2070),
    *range(0xFFF9, 0xFFFC),
]
_CONTROLS = [*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0)]
_TABLE: dict[int, str | None] = {
    **dict.fromkeys(_CONTROLS),
    **dict.fromkeys(_INVISIBLE),
    **dict.fromkeys(_SURROGATES, "\ufffd"),
    **_LINE_ENDS,
    0xA0: " ",
}
# Joiners are spelling in Arabic, Indic, Myanmar, Khmer and Mongolian scripts and hold emoji together; between other
# letters they are noise.
_JOINED = (
    "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ua8e0-\ua8ff\ufb50-\ufdff\ufe70-\ufeff"
    "\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff"
)
_LOOSE_JOINER = re.compile(f"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")
_DIRTY = re.compile("[" + "".join(re.escape(chr(c)) for c in _TABLE if c not in _SURROGATES) + "\ud800-\udfff]")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")


def clean(text: str) -> str:
    """Return *text* without control, bidi and zero-width characters and soft hyphens; no-break spaces become spaces.

    Lone surrogates, which no UTF-8 writer accepts, become U+FFFD; typographic characters stay.
    """
    # Nothing of the table is printable, and asking that is far cheaper than looking for it.
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    text = _DIRTY.sub(lambda match: _TABLE[ord(match[0])] or "", text)
    return _LOOSE_JOINER.sub("", text) if "\u200c" in text or "\u200d" in text else text


def one_line(text: str) -> str:
    """Return *text* cleaned, on one line, with single spaces."""
    line = " ".join(text.split())
    # What is left to clean is not printable; but four control characters were taken for spaces.
    if line.isprintable() and not ("\x1c" in text or "\x1d" in text or "\x1e" in text or "\x1f" in text):
        return line
    return " ".join(clean(text).split())


def plain(text: str) -> str:
    """Return one line of plain text from a value that may hold entities, doubly escaped ones, or tags."""
    for _ in range(2):
        if "&" in text:
            text = html.unescape(text)
    return one_line(_TAG.sub(" ", text) if "<" in text else text)


def lines(text: str) -> list[str]:
    """Return the non-empty lines of *text*, cleaned, with single spaces."""
    found = (" ".join(line.split()) for line in clean(text).split("\n"))
    return [line for line in found if line]
