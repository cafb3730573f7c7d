"""Tells HTML from what is only called HTML, by its first bytes; decodes nothing."""

from __future__ import annotations

import re

_MAGIC = {
    b"%PDF-": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "gzip data",
    b"\x00\x00\x00": "binary data",
    b"RIFF": "a media file",
    b"ID3": "a media file",
    b"OggS": "a media file",
}
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF|urlset|sitemapindex|opml)[\s>]", re.IGNORECASE)
_TAG = re.compile(
    rb"<(?:!doctype html|html|head|body|div|p|br|article|title|meta|h1|table|span|a)[\s/>]", re.IGNORECASE
)
#: Bytes that are looked at.
_HEAD_BYTES = 64 * 1024
#: Share of control bytes above which bytes are no text in any charset.
_BINARY_SHARE = 0.1
_CONTROL = bytes({*range(0x09), 0x0B, *range(0x0E, 0x20)})
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def not_html(body: bytes) -> tuple[str, str] | None:
    """Return reason (``empty`` or ``not_html``) and evidence why *body* is no HTML page, or None if it may be one."""
    head = body[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.strip(b"\x00 \t\r\n"):
        return "empty", "The response has no content."
    wide = body.startswith(_WIDE_MARKS) or b"<\x00" in head[:400] or b"\x00<" in head[:400]
    if wide:
        return None
    tag = _TAG.search(head)
    for magic, name in _MAGIC.items():
        if not tag and head.startswith(magic):
            return "not_html", f"The response is {name}."
    if not tag and len(head.translate(None, _CONTROL)) < (1 - _BINARY_SHARE) * len(head):
        return "not_html", "The response is binary data."
    if (feed := _FEED.search(head[:2000])) and b"<html" not in head[:2000].lower():
        return "not_html", f"The response is an XML document: {feed[0].decode('ascii')}."
    if not tag:
        return "not_html", "The response holds no HTML element."
    return None
