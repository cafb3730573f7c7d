"""Turns the bytes of a page into text, whatever charset server and page claim; reads no more of HTML than that."""

from __future__ import annotations

import codecs
import logging
import re

import attrs

#: Where browsers look for a charset in a page (HTML standard, 13.2.3.2: the first 1,024 bytes) ...
PRESCAN_BYTES = 1024
#: ... and where pages with long heads really have it; only used when nothing else speaks.
LATE_PRESCAN_BYTES = 16 * 1024
#: Bytes shown to the detector: enough for every script, cheap enough for every page.
DETECT_BYTES = 32 * 1024
#: Share of undecodable characters up to which a page is of its charset, only damaged in places.
TOLERABLE_DAMAGE = 0.002
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# Labels that the encoding standard (encoding.spec.whatwg.org, 4.2) reads as a larger charset than their name says.
_LABELS = {
    **dict.fromkeys(
        ("ascii", "us-ascii", "iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1", "x-user-defined"), "cp1252"
    ),
    **dict.fromkeys(("iso-8859-9", "latin5", "l5"), "cp1254"),
    **dict.fromkeys(("tis-620", "iso-8859-11", "dos-874", "windows-874"), "cp874"),
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk", "chinese"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601", "korean", "windows-949"), "cp949"),
    **dict.fromkeys(("big5", "x-x-big5", "cn-big5", "big5-hkscs"), "big5hkscs"),
    **dict.fromkeys(("utf8", "unicode-1-1-utf-8", "x-unicode20utf8"), "utf-8"),
    "utf-16": "utf-16-le",
    "x-cp1251": "cp1251",
    "koi8-ru": "koi8_u",
    "koi": "koi8_r",
}
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
    """``charset_guessed``, ``charset_contradicted`` or ``charset_damaged``."""


def decode(body: bytes, declared: str | None = None) -> Decoded:
    """Return *body* as text; *declared* is the charset of the HTTP header. Never raises.

    A byte order mark wins; then UTF-8 where the bytes are valid UTF-8 and not plain ASCII, which no other charset
    produces by accident; then the header, the page's ``<meta>`` (HTML standard, 13.2.3.2), the default of the page's
    language, and last a detector.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return Decoded(html=body[len(mark) :].decode(name, "replace"), encoding=name)
    claims = _claims(body, declared)
    utf8 = _strict(body, "utf-8")
    if utf8 is not None and not any(name.startswith("utf-16") for name in claims):
        contradicted = claims and "utf-8" not in claims and not body.isascii()
        return Decoded(html=utf8, encoding="utf-8", warnings=("charset_contradicted",) if contradicted else ())
    return _first_that_fits(body, claims) or _guessed(body)


def resolve(label: str | None) -> str | None:
    """Return Python's name of the charset a web page means by *label*, or None if there is no such charset."""
    if not label:
        return None
    label = label.strip().strip("\"'").lower()
    name = _LABELS.get(label, label)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # Python also knows transforms such as base64 and rot13, and utf-7, which pages may not use.
    return found.name if found._is_text_encoding and found.name not in ("utf-7", "idna", "punycode") else None


def _claims(body: bytes, declared: str | None) -> list[str]:
    header = resolve(declared)
    meta = _meta_charset(body[:PRESCAN_BYTES]) or _meta_charset(body[:LATE_PRESCAN_BYTES])
    order = [header, meta]
    if header == "cp1252" and meta:
        # Latin-1 in the header is mostly a server's default (AddDefaultCharset), while the page's claim was typed.
        order = [meta, header]
    return list(dict.fromkeys(name for name in order if name))


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
    return best.encoding if best else None
