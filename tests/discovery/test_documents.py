import gzip
from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.discovery import Announced, Candidate, Link, NotADocument, digest, read_document

URL = "https://example.com/document"
KINDS = {"robots", "home", "section", "feed", "news_sitemap", "sitemap", "sitemap_index", "candidate"}
RSS = b"<rss><channel><item><link>https://example.com/a</link></item></channel></rss>"
SITEMAP = b"<urlset><url><loc>https://example.com/a</loc></url></urlset>"
PAGE = b"<!DOCTYPE html><a href='/2024/05/17/council-votes-to-reopen-bridge'>Council votes to reopen bridge</a>"
PIECES = rb"""<rss>|<item>|<link>http://a.b/|</link>|<urlset>|<url>|<loc>|</url>|<feed>|<entry>|&amp;|&#xD800;|&bogus;|]]>
|<![CDATA[|<?xml version='1.0' encoding='utf-16'?>|{"version":"https://jsonfeed.org/version/1","items":[|{}|]}|<html>
|<!DOCTYPE x [<!ENTITY a 'b'>]>|<a href='//[::1'>|<base href=':'>|http://a.b/|Sitemap: http://[|xml:base='http://['
|<pubDate>|<guid>|<title type='xhtml'>|<svg>|<content type='a/b' mode='base64'>""".replace(b"\n", b"").split(b"|")
PIECES += [b"\0", b"\xff\xfe", b"\x1f\x8b\x08", b"\n"]


def outcome(body, kind="candidate"):
    """Return the kind that was read, or the reason why nothing was; any other exception fails the test."""
    try:
        return read_document(body, url=URL, kind=kind).kind
    except NotADocument as error:
        return str(error)


@pytest.mark.parametrize("kind", sorted(KINDS - {"robots"}))
def test_a_document_is_read_as_what_it_is_whatever_was_expected(kind):
    assert read_document(RSS, url=URL, kind=kind).kind == "feed"
    assert read_document(gzip.compress(SITEMAP), url=URL, kind=kind).kind == "sitemap"
    assert read_document(SITEMAP.replace(b"urlset", b"sitemapindex"), url=URL, kind=kind).kind in {
        "sitemap_index",
        "sitemap",
    }


@pytest.mark.parametrize("kind", ["candidate", "feed", "sitemap", "sitemap_index", "news_sitemap"])
@pytest.mark.parametrize(
    ("body", "found"),
    [
        (PAGE, "an HTML page"),
        (b"", r"nothing \(0 bytes\)"),
        (b'{"error": 404}', "JSON that is no JSON Feed"),
        (b"%PDF-1.7", "a PDF"),
        (b"User-agent: *", "plain text"),
    ],
)
def test_what_is_neither_feed_nor_sitemap_is_named(kind, body, found):
    with pytest.raises(NotADocument, match=f"^expected a feed or sitemap, found {found}$"):
        read_document(body, url=URL, kind=kind)


def test_pages_are_read_as_pages_only_where_one_is_expected():
    assert [link.title for link in read_document(PAGE, url=URL, kind="home").links] == [
        "Council votes to reopen bridge"
    ]
    assert read_document(b"", url=URL, kind="section") == Announced(kind="section")
    assert read_document(b"https://example.com/a\n", url=URL, kind="home").kind == "home"
    assert read_document(b"https://example.com/a\n", url=URL).kind == "sitemap"


def test_robots_names_sitemaps_outside_its_groups():
    body = """\ufeffUser-agent: *\r\nDisallow: /\r\nSITEMAP : /sitemap.xml # main\r\nsitemap:https://cdn.example.net/news-sitemap.xml
    Sitemap: https://example.com/sitemap.xml\rSitemap:\nSitemap: http://[::1\n""".encode()
    announced = read_document(body, url="https://example.com/robots.txt", kind="robots")
    assert announced.kind == "robots"
    assert announced.documents == (
        Candidate(url="https://example.com/sitemap.xml", kind="sitemap"),
        Candidate(url="https://cdn.example.net/news-sitemap.xml", kind="news_sitemap"),
    )
    assert read_document(PAGE, url=URL, kind="robots") == Announced(kind="robots")


def test_the_limit_reaches_sitemaps():
    body = b"".join(b"https://example.com/%d\n" % number for number in range(9))
    assert len(read_document(body, url=URL, limit=3).links) == 3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=12).map(b"".join),
    st.sampled_from(sorted(KINDS)),
)
@example(b"\x1f\x8b", "candidate")
@example(b"<feed><title type='application/xml' mode='base64'>\xff</title>", "feed")
def test_any_bytes_give_a_document_or_a_reason(body, kind):
    found = outcome(body, kind)
    assert found in KINDS - {"candidate"} or found.startswith("expected a ")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([RSS, SITEMAP, PAGE, gzip.compress(SITEMAP)]), st.integers(0, 100), st.binary(max_size=4))
def test_a_document_that_is_cut_and_garbled_gives_a_document_or_a_reason(body, at, junk):
    found = outcome(body[:at] + junk + body[at + len(junk) :])
    assert found in KINDS - {"candidate"} or found.startswith("expected a ")


MAY = datetime(2024, 5, 1, 10, tzinfo=UTC)
ONE = Link(url="https://example.com/one", method="feed", title="One", published=MAY)
TWO = Link(url="https://example.com/two", method="feed", modified=MAY)


def test_order_titles_spelling_and_zones_do_not_change_a_document():
    elsewhere = MAY.astimezone(timezone(timedelta(hours=2)))
    same = attrs.evolve(ONE, url="http://www.example.com/one/", title="Another", published=elsewhere, score=1.0)
    assert digest(Announced(kind="feed", links=(ONE, TWO))) == digest(Announced(kind="feed", links=(TWO, same)))


@pytest.mark.parametrize(
    "changed",
    [
        Announced(kind="feed", links=(ONE,)),
        Announced(kind="feed", links=(ONE, attrs.evolve(TWO, modified=None))),
        Announced(kind="feed", links=(ONE, attrs.evolve(TWO, modified=None, published=MAY))),
        Announced(kind="feed", links=(ONE, TWO), documents=(Candidate(url="https://example.com/x", kind="feed"),)),
        Announced(kind="feed"),
    ],
)
def test_links_dates_and_documents_change_a_document(changed):
    assert digest(Announced(kind="feed", links=(ONE, TWO))) != digest(changed)


def test_a_digest_is_a_sha256():
    assert digest(Announced(kind="feed")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
