import gzip

import pytest

from crawler.discovery import formats


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<rss version='2.0'>", "feed"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- a comment -->\n<feed xmlns='x'>", "feed"),
        (b"<rdf:RDF xmlns='x'>", "feed"),
        (b"Warning: something in line 3\n<?xml version='1.0'?><urlset>", "sitemap"),
        (b"<sm:sitemapindex xmlns:sm='x'>", "sitemap"),
        ("<?xml version='1.0' encoding='utf-16'?><rss/>".encode("utf-16"), "feed"),
        ("<rss><channel>".encode("utf-16-le"), "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "json feed"),
        (b'{"items": [], "version": "https:\\/\\/jsonfeed.org\\/version\\/1"}', "json feed"),
        (b'{"error": "not found"}', "JSON that is no JSON Feed"),
        (b"[]", "JSON that is no JSON Feed"),
        (b"https://example.com/a\nhttps://example.com/b\n", "text sitemap"),
        (b"<!DOCTYPE html><title>The feed</title>", "an HTML page"),
        (b"<html><body>&lt;rss></body>", "an HTML page"),
        (b"<p>rss</p>", "an HTML page"),
        (b"<?xml version='1.0'?><opml/>", "other XML"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1f\x8bnonsense", "a broken gzip file"),
        (b"Not found", "plain text"),
        (b"\0\0\0\0", "something else"),
        (b"", "nothing (0 bytes)"),
        (b" \n ", "nothing (3 bytes)"),
    ],
)
def test_the_first_kilobyte_says_what_it_is(body, found):
    assert formats.sniff(body) == found


def test_gzip_is_unpacked_whatever_it_is_called():
    body = b"<urlset></urlset>"
    assert formats.unpack(gzip.compress(body)) == body
    assert formats.unpack(gzip.compress(gzip.compress(body))) == body
    assert formats.unpack(gzip.compress(body) + gzip.compress(body)) == body * 2
    assert formats.unpack(gzip.compress(body) + b"trailing junk") == body
    assert formats.unpack(b"\x1f\x8bnonsense") == b"\x1f\x8bnonsense"
    assert formats.unpack(body) == body


def test_a_torn_gzip_file_gives_what_it_still_holds():
    body = b"".join(b"<url><loc>https://example.com/%d</loc></url>" % number for number in range(50_000))
    packed = gzip.compress(body)
    torn = formats.unpack(packed[: len(packed) // 2])
    assert torn
    assert body.startswith(torn)


def test_a_gzip_bomb_stops_at_the_limit(monkeypatch):
    monkeypatch.setattr(formats, "MAX_BODY", 1_000_000)
    assert len(formats.unpack(gzip.compress(bytes(20_000_000)))) == 1_000_000


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<?xml version='1.0' encoding='windows-1251'?>\xcf\xf0", "Пр"),
        (b"<?xml version='1.0' encoding='utf-16'?>\xc3\xa9", "é"),
        (b"<?xml version='1.0' encoding='rot13'?>x", "x"),
        (b"<?xml version='1.0' encoding='unicode_escape'?>\\d", "\\d"),
        (b"<?xml version='1.0' encoding='no-such-thing'?>x", "x"),
        (b"\xef\xbb\xbfx", "x"),
        (b"\xff", "\ufffd"),
    ],
)
def test_wrong_and_odd_encodings_are_decoded(body, text):
    assert formats.decode(body).endswith(text)
