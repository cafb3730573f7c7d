"""Turns the bytes of a page into text, whatever charset server and page claim; reads no more of HTML than that."""

from __future__ import annotations

import codecs
import logging
import re

import attrs

from crawler.extraction.charsets import resolve
from crawler.extraction.mojibake import undone

#: Where browsers look for a charset in a page (HTML standard, 13.2.3.2: the first 1,024 bytes) ...
PRESCAN_BYTES = 1024
#: ... and where pages with long heads really have it; only used when nothing else speaks.
LATE_PRESCAN_BYTES = 16 * 1024
#: Bytes shown to the detector: enough for every script, cheap enough for every page.
DETECT_BYTES = 32 * 1024
#: Share of undecodable characters up to which a page is of its charset, only damaged in places.
TOLERABLE_DAMAGE = 0.002
#: Share of zero bytes in every other place from which bytes are UTF-16; in Latin scripts it is nearly all.
_WIDE_SHARE = 0.6
_ESCAPE = b"\x1b"
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# What browsers assume for a page of this language that names no charset (HTML standard, 13.2.3.2, last table).
_LOCALE_DEFAULTS = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "ky", "tg"), "cp1251"),
    **dict.fromkeys(("cs", "sk", "pl", "hu", "sl", "hr"), "cp1250"),
    **dict.fromkeys(("et", "lt", "lv"), "cp1257"),
    "ar": "cp1256",
    "fa": "cp1256",
    "el": "cp1253",
    "he": "cp1255",
    "tr": "cp1254",
    "vi": "cp1258",
    "th": "cp874",
    "ja": "cp932",
    "ko": "cp949",
    "zh": "gb18030",
}
_CYRILLIC = frozenset({"cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic"})
_ODD_CAPITAL = re.compile("[а-яё][А-ЯЁ]|[а-яё][\u0080-\u00ff\u2200-\u25ff]")
_META = re.compile(rb"<meta[\s/]([^>]*)>", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,80}encoding\s*=\s*[\"']([a-zA-Z0-9_:.-]+)[\"']", re.IGNORECASE)
_LANG = re.compile(rb"<html[^>]{0,2000}?\blang\s*=\s*[\"']?([a-zA-Z]{2,3})", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


@attrs.frozen(kw_only=True)
class Decoded:
    """A page as text."""

    html: str
    encoding: str
    """Python's name of the charset that was used."""
    warnings: tuple[str, ...] = ()
    """``charset_guessed``, ``charset_contradicted``, ``charset_doubled`` or ``charset_damaged``."""


def decode(body: bytes, declared: str | None = None) -> Decoded:
    """Return *body* as text; *declared* is the charset of the HTTP header. Never raises.

    A byte order mark wins; then UTF-8 where the bytes are valid UTF-8 and not plain ASCII, which no other charset
    produces by accident; then the header, the page's ``<meta>`` (HTML standard, 13.2.3.2), the default of the page's
    language, and last a detector. Text that was turned into UTF-8 twice is turned back where that is certain.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return Decoded(html=body[len(mark) :].decode(name, "replace"), encoding=name)
    if wide := _wide(body):
        return Decoded(html=body.decode(wide, "replace"), encoding=wide)
    claims = _claims(body, declared)
    if "iso2022_jp" in claims and _ESCAPE in body:
        return Decoded(html=body.decode("iso2022_jp", "replace"), encoding="iso2022_jp")
    utf8 = _strict(body, "utf-8")
    if utf8 is None:
        return _first_that_fits(body, claims) or _guessed(body)
    contradicted = claims and "utf-8" not in claims and not body.isascii()
    warnings = ("charset_contradicted",) if contradicted else ()
    if (single := undone(utf8, body)) is not None:
        return Decoded(html=single, encoding="utf-8", warnings=(*warnings, "charset_doubled"))
    return Decoded(html=utf8, encoding="utf-8", warnings=warnings)


def _wide(body: bytes) -> str | None:
    """Return which UTF-16 it is, told by the zero bytes of its ASCII characters, or None if it is none."""
    head = body[:PRESCAN_BYTES]
    half = len(head) // 2
    if half and head[1::2].count(0) > half * _WIDE_SHARE and b"<" in head[0::2]:
        return "utf-16-le"
    if half and head[0::2].count(0) > half * _WIDE_SHARE and b"<" in head[1::2]:
        return "utf-16-be"
    return None


def _claims(body: bytes, declared: str | None) -> list[str]:
    header = resolve(declared)
    meta = _meta_charset(body[:PRESCAN_BYTES]) or _meta_charset(body[:LATE_PRESCAN_BYTES])
    # Bytes that show no UTF-16 are none, whatever the server says.
    order = [None if header and header.startswith("utf-16") else header, meta]
    if header == "cp1252" and meta:
        # Latin-1 in the header is mostly a server's default (AddDefaultCharset), while the page's claim was typed.
        order = [meta, header]
    found = list(dict.fromkeys(name for name in order if name))
    return sorted(found, key=lambda name: _odd_capitals(body, name)) if set(found) <= _CYRILLIC else found


def _odd_capitals(body: bytes, name: str) -> int:
    """Return how many capitals stand inside words: one Cyrillic charset read as another swaps them with small ones."""
    return len(_ODD_CAPITAL.findall(body[: LATE_PRESCAN_BYTES * 4].decode(name, "replace")))


def _meta_charset(head: bytes) -> str | None:
    for attributes in _META.findall(_COMMENT.sub(b"", head)):
        label = _CHARSET.search(attributes)
        if label and (name := resolve(label[1].decode("ascii"))):
            # A meta element that can be read byte by byte cannot be UTF-16; the standard reads it as UTF-8.
            return "utf-8" if name.startswith("utf-16") else name
    label = _XML_ENCODING.search(head)
    return resolve(label[1].decode("ascii")) if label else None


def _strict(body: bytes, name: str) -> str | None:
    """Decode all of *body*; a last character that was cut off is not an error."""
    try:
        return codecs.getincrementaldecoder(name)("strict").decode(body)
    except (UnicodeError, ValueError):
        return None


def _first_that_fits(body: bytes, claims: list[str]) -> Decoded | None:
    for name in claims:
        text = _strict(body, name)
        if text is not None and text.count("\x00") <= len(text) // 10:
            return Decoded(html=text, encoding=name)
    for name in [*claims, "utf-8"]:
        text = body.decode(name, "replace")
        if text.count("\ufffd") <= TOLERABLE_DAMAGE * len(text):
            return Decoded(html=text, encoding=name, warnings=("charset_damaged",))
    return None


def _guessed(body: bytes) -> Decoded:
    for name in (_locale_default(body), _detected(body), "cp1252"):
        text = _strict(body, name) if name else None
        if name and text is not None:
            return Decoded(html=text, encoding=name, warnings=("charset_guessed",))
    return Decoded(html=body.decode("cp1252", "replace"), encoding="cp1252", warnings=("charset_guessed",))


def _locale_default(body: bytes) -> str | None:
    language = _LANG.search(body[:LATE_PRESCAN_BYTES])
    return _LOCALE_DEFAULTS.get(language[1].decode("ascii").lower()) if language else None


def _detected(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    logging.getLogger("charset_normalizer").setLevel(logging.ERROR)
    # Markup is ASCII and tells the detector nothing; the letters outside it do.
    letters = re.sub(rb"<[^>]{0,2000}>", b" ", body)[:DETECT_BYTES]
    best = from_bytes(letters).best()
    return resolve(best.encoding.replace("_", "-")) if best else None
