import json
import time
from datetime import UTC, datetime

import pytest

from crawler.discovery import NotADocument
from crawler.discovery.feeds import read_feed

URL = "https://example.com/feeds/all"
TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)


def rss(*items, head=""):
    body = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
        f'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel>{head}{body}</channel></rss>'
    ).encode()


def links(body):
    return read_feed(body, url=URL).links


def test_rss_gives_address_title_date_and_language():
    (link,) = links(
        rss(
            "<title>Bridge opens</title><link>/a?x=1&amp;y=2</link><pubDate>Wed, 01 May 2024 12:00:00 +0200</pubDate>",
            head="<title>All</title><link>https://example.com/</link><language>en-gb</language>",
        )
    )
    assert (link.url, link.title, link.language) == ("https://example.com/a?x=1&y=2", "Bridge opens", "en-gb")
    assert (link.published, link.modified, link.method) == (TEN, None, "feed")


def test_atom_resolves_against_xml_base_and_keeps_both_dates():
    first, second = links(
        b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/base/"><title>T</title>
        <entry><title type="html">&lt;b&gt;One&lt;/b&gt;</title><id>tag:1</id><link rel="self" href="self"/>
        <link rel="alternate" href="one"/>
        <published>2024-05-01T10:00:00Z</published><updated>2024-05-01T11:00:00Z</updated></entry>
        <entry xml:base="sub/"><title>Two</title><link href="two"/><updated>2024-05-01T10:00:00Z</updated></entry>
        </feed>"""
    )
    assert (first.url, first.title, first.published) == ("https://other.example/base/one", "One", TEN)
    assert first.modified == datetime(2024, 5, 1, 11, tzinfo=UTC)
    assert (second.url, second.published, second.modified) == ("https://other.example/base/sub/two", None, TEN)


def test_rdf_in_another_encoding_is_read_and_its_dc_date_is_of_publication():
    (link,) = links(
        """<?xml version="1.0" encoding="windows-1251"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"/>
        <item rdf:about="https://example.com/1"><title>Мост</title><link>https://example.com/1</link>
        <dc:date>2024-05-01T10:00:00Z</dc:date></item></rdf:RDF>""".encode("cp1251")
    )
    assert (link.title, link.published, link.modified) == ("Мост", TEN, None)


@pytest.mark.parametrize("version", ["0.91", "0.92", "2.0"])
def test_older_rss_versions_are_read(version):
    body = f'<rss version="{version}"><channel><item><link>https://example.com/a</link></item></channel></rss>'
    assert [link.url for link in links(body.encode())] == ["https://example.com/a"]


def test_json_feed_is_read():
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "language": "de",
        "items": [
            {"id": "1", "url": "/a", "title": "One &amp; more", "date_published": "2024-05-01T10:00:00Z"},
            {"id": "https://example.com/b", "date_published": "2024-05-01T10:00:00"},
            {"id": "3", "external_url": "https://other.example/c", "date_modified": "2024-05-01T10:00:00Z"},
            {"id": 4},
            {"url": ["x"]},
            "no item",
        ],
    }
    first, second, third = links(json.dumps(feed).encode())
    assert (first.url, first.title, first.published, first.language) == (
        "https://example.com/a",
        "One & more",
        TEN,
        "de",
    )
    assert (second.url, second.published) == ("https://example.com/b", None)
    assert (third.url, third.modified) == ("https://other.example/c", TEN)


def test_an_entry_without_a_link_counts_by_its_permanent_id():
    body = rss(
        "<guid>https://example.com/a</guid>",
        '<guid isPermaLink="false">https://example.com/b</guid>',
        '<guid isPermaLink="false">urn:1</guid>',
        "<title>neither</title>",
    )
    assert [link.url for link in links(body)] == ["https://example.com/a", "https://example.com/b"]


def test_the_original_of_a_counted_link_is_taken():
    body = rss(
        "<link>https://feeds.example.net/~r/1</link><feedburner:origLink>https://example.com/a</feedburner:origLink>"
    )
    assert [link.url for link in links(body)] == ["https://example.com/a"]


def test_a_date_without_a_zone_is_left_out():
    naive = rss("<link>https://example.com/a</link><pubDate>Wed, 01 May 2024 10:00:00</pubDate>")
    assert links(naive)[0].published is None


def test_an_update_is_no_publication():
    (link,) = links(rss("<link>https://example.com/a</link><atom:updated>2024-05-01T10:00:00Z</atom:updated>"))
    assert (link.published, link.modified) == (None, TEN)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("<![CDATA[A <i>fine</i> day]]>", "A fine day"),
        ("AT&amp;amp;T &amp;#8217;", "AT&T ’"),
        ("Fish & chips &nbsp; now", "Fish & chips now"),
        ("Is 1 &lt; 2?", "Is 1 < 2?"),
        ("  two\n lines ", "two lines"),
        ("", None),
    ],
)
def test_titles_are_plain_text(title, text):
    assert links(rss(f"<title>{title}</title><link>https://example.com/a</link>"))[0].title == text


def test_a_feed_with_a_bare_ampersand_and_a_torn_end_is_still_read():
    body = rss("<title>A & B</title><link>https://example.com/?a=1&b=2</link>", "<link>https://example.com/b</link>")
    assert [link.url for link in links(body[:-15])] == ["https://example.com/?a=1&b=2", "https://example.com/b"]


def test_words_before_the_feed_and_a_wrong_encoding_do_not_matter():
    body = rss("<title>Café</title><link>https://example.com/a</link>").decode()
    assert links(b"Warning: x in y.php\n<?xml version='1.0'?>" + body.encode())[0].title == "Café"
    assert links(body.encode("utf-16"))[0].title == "Café"
    assert links(b"<?xml version='1.0' encoding='utf-16'?>" + body.encode())[0].title == "Café"


def test_links_are_not_repeated_and_other_schemes_left_out():
    body = rss(
        *(f"<link>{url}</link>" for url in ("https://example.com/a", "mailto:a@example.com", "https://example.com/a#b"))
    )
    assert [link.url for link in links(body)] == ["https://example.com/a"]


@pytest.mark.parametrize(
    "body",
    [
        rss("<link>https://example.com/a</link>", head="<title>Comments on: Bridge opens</title>"),
        rss("<link>https://example.com/a#comment-1</link>", "<link>https://example.com/a#comment-2</link>"),
    ],
)
def test_a_feed_of_comments_is_refused(body):
    with pytest.raises(NotADocument, match="found a feed of comments"):
        read_feed(body, url=URL)


def test_a_file_name_or_address_as_body_is_never_opened(tmp_path):
    secret = tmp_path / "feed.xml"
    secret.write_bytes(rss("<link>https://example.com/a</link>"))
    for body in (str(secret).encode(), secret.as_uri().encode(), b"http://127.0.0.1:9/feed"):
        assert links(body) == ()


@pytest.mark.parametrize(
    "body", [b"{", b'{"items": []}', b'{"version": "jsonfeed.org", "items": ' + b"[" * 100_000, b"{" * 100_000]
)
def test_broken_json_is_refused(body):
    with pytest.raises(NotADocument, match="JSON"):
        read_feed(body, url=URL)


@pytest.mark.parametrize(
    "body",
    [b"", b"<rss", b"<rss>" + b"<item>" * 20_000, b"<rss>" + b"<a>" * 20_000, b"<rss>" + b"<" * 200_000,
     b"<rss>" + b"&" * 200_000,
     b"<rss>" + b"<![CDATA[" * 20_000, b"<rss><item><link>&#xFFFFFFFFFF;&#x0;</link>", b"<feed>" + b"\0" * 1000,
     b"<!DOCTYPE r [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><rss><item><title>&c;</title></item></rss>"],
    ids=range(10),
)  # fmt: skip
def test_hostile_bytes_give_an_empty_feed_soon(body):
    started = time.monotonic()
    assert links(body) == ()
    assert time.monotonic() - started < 15
