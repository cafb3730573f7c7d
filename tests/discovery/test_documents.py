import gzip
from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.discovery import KINDS, Announced, Candidate, Link, NotADocument, digest, read_document

URL = "https://example.com/document"
RSS = b"<rss><channel><item><link>https://example.com/a</link></item></channel></rss>"
SITEMAP = b"<urlset><url><loc>https://example.com/a</loc></url></urlset>"
PAGE = b"<!DOCTYPE html><a href='/2024/05/17/council-votes-to-reopen-bridge'>Council votes to reopen bridge</a>"
PIECES = [b"<rss>", b"<item>", b"<link>http://a.b/", b"</link>", b"<urlset>", b"<url>", b"<loc>", b"</url>", b"<feed>", b"<entry>",
          b"&amp;", b"&#xD800;", b"&bogus;", b"<![CDATA[", b"]]>", b"<?xml version='1.0' encoding='utf-16'?>", b"\0", b"\xff\xfe",
          b"\x1f\x8b\x08", b'{"version":"https://jsonfeed.org/version/1","items":[', b"{}", b"]}", b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
          b"<a href='//[::1'>", b"<base href=':'>", b"<html>", b"http://a.b/\n", b"Sitemap: http://[", b"xml:base='http://['",
          b"<pubDate>", b"<guid>", b"<title type='xhtml'>", b"<svg>", b"<content type='a/b' mode='base64'>"]  # fmt: skip


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
    try:
        announced = read_document(body, url=URL, kind=kind)
    except NotADocument as error:
        assert str(error).startswith("expected a ")
    else:
        assert announced.kind in KINDS - {"candidate"}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([RSS, SITEMAP, PAGE, gzip.compress(SITEMAP)]), st.integers(0, 100), st.binary(max_size=4))
def test_a_document_that_is_cut_and_garbled_gives_a_document_or_a_reason(body, at, junk):
    try:
        read_document(body[:at] + junk + body[at + len(junk) :], url=URL)
    except NotADocument as error:
        assert str(error)


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
