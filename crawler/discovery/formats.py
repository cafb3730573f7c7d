"""Says what bytes are from their first kilobyte, and unpacks and decodes them. It trusts no file name and no header."""

from __future__ import annotations

import codecs
import re
import sys
import zlib

#: Bytes looked at, the same as other news crawlers look at.
HEAD = 1_024
#: Bytes of a document, unpacked; the sitemap protocol's own limit (sitemaps.org, 50 MiB).
MAX_BODY = 50 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_GZIP_LAYERS = 2  # a .gz file that the server compresses once more
_PIECE = 64 * 1024  # bytes; after a broken piece everything before it is kept

#: The first of these elements to appear decides.
ROOT = re.compile(
    r"<(?:[\w.-]+:)?(?P<root>rss|feed|rdf|urlset|sitemapindex|html|head|body)(?=[\s/>])|<!doctype\s+html", re.IGNORECASE
)
_FEED_ROOTS = frozenset({"rss", "feed", "rdf"})
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.IGNORECASE)
_TEXT_CODEC = re.compile(r"utf-8|ascii|iso8859|iso2022|cp\d|koi8|kz1048|ptcp154|gb|big5|shift_ji|euc|johab|hz|mac|tis")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
         (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
_ZERO_BYTES = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))  # XML 1.0 appendix F.1: no byte-order mark, wide letters
_TEXT_SITEMAP = re.compile(r"\s*https?://[^\s<>\"]+\s*(?:[\r\n]|\Z)", re.IGNORECASE)
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,12})|([0-9]{1,12}));?")
_SIGNATURES = ((b"%PDF", "a PDF"), (b"\x89PNG", "an image"), (b"\xff\xd8\xff", "an image"), (b"GIF8", "an image"),
               (b"PK\x03\x04", "a zip file"), (_GZIP, "a broken gzip file"))  # fmt: skip


def unpack(body: bytes) -> bytes:
    """Return *body*, decompressed where it starts like gzip, and never more than MAX_BODY of it."""
    for _ in range(_GZIP_LAYERS):
        if not body.startswith(_GZIP):
            break
        body = _gunzip(body) or body
    return body[:MAX_BODY]


def _gunzip(body: bytes) -> bytes:
    out = bytearray()
    inflate = zlib.decompressobj(wbits=31)
    while body and len(out) < MAX_BODY:
        try:
            out += inflate.decompress(body[:_PIECE], MAX_BODY - len(out))
        except zlib.error:
            break
        body = inflate.unconsumed_tail + inflate.unused_data + body[_PIECE:]
        if inflate.eof:
            inflate = zlib.decompressobj(wbits=31)
    return bytes(out)


def sniff(body: bytes) -> str:
    """Return what unpacked *body* is: "feed", "json feed", "sitemap", "text sitemap", or what else was found.

    The last is written for a reader: "an HTML page", "JSON that is no JSON Feed", "nothing (0 bytes)", ...
    """
    if not body[:HEAD].strip() and not body.strip():
        return f"nothing ({len(body)} bytes)"
    head = decode(body[:HEAD])
    root = ROOT.search(head)
    if root is not None:
        name = (root["root"] or "html").lower()
        return "feed" if name in _FEED_ROOTS else "sitemap" if name in {"urlset", "sitemapindex"} else "an HTML page"
    return _rootless(body, head.lstrip())


def _rootless(body: bytes, head: str) -> str:
    if head.startswith(("{", "[")):
        # PHP writes the version as "https:\/\/jsonfeed.org\/version\/1.1", and it may stand at the end.
        return "json feed" if head[0] == "{" and b"jsonfeed.org" in body else "JSON that is no JSON Feed"
    if _TEXT_SITEMAP.match(head):
        return "text sitemap"
    named = next((name for magic, name in _SIGNATURES if body.startswith(magic)), None)
    if named:
        return named
    if head.startswith("<"):
        return "other XML" if head[:5].lower() == "<?xml" else "an HTML page"
    return "something else" if "\0" in head else "plain text"


def decode(body: bytes) -> str:
    """Return *body* as text: by byte-order mark, XML declaration, else UTF-8; wrong bytes become U+FFFD."""
    encoding = next((name for bom, name in _BOMS if body.startswith(bom)), None)
    encoding = encoding or next((name for start, name in _ZERO_BYTES if body.startswith(start)), None)
    return body.decode(encoding or _declared(body), errors="replace").removeprefix("\ufeff")


def _declared(body: bytes) -> str:
    match = _DECLARED.match(body)
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else "utf-8"
    except LookupError:
        return "utf-8"
    # A declaration that could be read byte by byte is not in UTF-16, whatever it says; and some codecs are no texts.
    return name if _TEXT_CODEC.match(name) else "utf-8"


def legal(text: str) -> str:
    """Return *text* without characters, and references to characters, that XML cannot hold: one spoils a document."""
    return _REFERENCE.sub(_legal_reference, _ILLEGAL.sub("", text))


def _legal_reference(reference: re.Match[str]) -> str:
    number = int(reference[2]) if reference[2] else int(reference[1], 16)
    letter = chr(number) if number <= sys.maxunicode else "\0"
    return "" if _ILLEGAL.match(letter) else reference[0]
