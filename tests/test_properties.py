"""Whatever bytes come from outside: no exception, an answer in bounded time, and the same answer to the same again."""

import contextlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler import urls
from crawler.discovery import NotADocument, read_document
from crawler.discovery.dates import day_or_instant, instant
from crawler.extraction import Hints, extract
from crawler.extraction.dates import parse as parse_date
from crawler.extraction.reservations import of_robots, of_tdmrep
from crawler.extraction.terms import USES, directives, forbids_links, reservations, withheld
from crawler.politeness.backoff import retry_after
from crawler.politeness.rules import rules_of
from crawler.sources import SourcesError, parse_sources

#: Seconds any one input may take, with room for a busy machine; hostile input that is slow takes minutes.
SOON = 5.0
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def spliced(*pieces):
    """Text made of a format's own pieces, in any order, with anything in between."""
    return st.lists(st.one_of(st.sampled_from(pieces), st.text(max_size=12)), max_size=30).map("".join)


def foreign(*pieces):
    """Such text as bytes, or any bytes."""
    return st.one_of(spliced(*pieces).map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=400))


@contextlib.contextmanager
def soon():
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON


FEED = ("<rss>", "<channel>", "<item>", "</item>", "<link>", "</link>", "http://a.example/b", "<guid>", "<pubDate>", "&", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "<![CDATA[", "]]>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", '{"version": "https://jsonfeed.org/version/1.1", "items": [', '{"url": "', "\0")  # fmt: skip  # noqa: E501
SITEMAP = ("<urlset>", "<sitemapindex>", "<url>", "<loc>", "</loc>", "http://a.example/b", "<lastmod>", "2026-11-20", "<news:news>", "</url>", "&amp;", "&", "<sitemap>", "</sitemap>", "<![CDATA[", "]]>", "\x00", "http://a.example/c\n")  # fmt: skip  # noqa: E501
PAGE = ("<html>", "<head>", "<title>", "<meta name='robots' content='", "'>", "<a href='", "</a>", "<p>", "<article>", "<base href='", "http://[", "<script type='application/ld+json'>", '{"@type": "NewsArticle", "headline": ', '"@graph": [', "}", "]", "</script>", "<time datetime='", "<div>", "<!--", "NaN", "1e999", "<h1>", "\ud800")  # fmt: skip  # noqa: E501
ROBOTS = ("User-agent: *\n", "User-agent: NewsCrawler\n", "Disallow: /", "Allow: /*a*$\n", "Crawl-delay: 1e9\n", "\r", "#", "Content-Usage: /a train-ai=n\n", "Content-Signal: ai-train=no\n", "License: x\n", "Sitemap: http://[\n", "\ufeff")  # fmt: skip  # noqa: E501
USAGE = ("noindex", "newscrawler:", "unavailable_after: ", "Fri, 20 Nov 2026 15:00:00 GMT", ",", ";", "train-ai=n", "search=y", "=", "\"", "none", "/a ")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("kind", ["feed", "candidate", "sitemap", "robots", "home", "section"])
@some
@given(body=foreign(*FEED, *SITEMAP))
def test_any_bytes_are_a_document_or_none(kind, body):
    def read():
        try:
            return read_document(body, url="http://a.example/x", kind=kind, token="NewsCrawler")
        except NotADocument as error:
            return str(error)

    with soon():
        assert read() == read()


@some
@given(body=foreign(*PAGE))
def test_any_bytes_are_a_page_with_links_or_without(body):
    with soon():
        found = read_document(body, url="http://a.example/x", kind="home")
    assert all(urls.fetch_form(link.url) == link.url for link in found.links)


@some
@given(body=foreign(*PAGE), tag=spliced(*USAGE), encoding=st.one_of(st.none(), st.text(max_size=8)))
def test_any_bytes_are_an_article_or_have_a_reason(body, tag, encoding):
    hints = Hints(robots_tag=(tag,), headers={"Content-Usage": tag}, downloaded=NOW)
    with soon():
        page = extract(body, url="http://a.example/x", encoding=encoding, hints=hints)
    assert page.reason or page.fields["articleBody"]


@many
@given(text=spliced(*ROBOTS), path=st.text(max_size=40))
def test_any_robots_txt_says_something_or_nothing(text, path):
    url = urls.fetch_form(f"http://a.example/{path}") or "http://a.example/"
    with soon():
        rules = rules_of(text.encode("utf-8", "surrogatepass"), "NewsCrawler")
        assert rules.allows(url) in (True, False)
        assert of_robots(text, url, "NewsCrawler") == of_robots(text, url, "NewsCrawler")
    assert rules.crawl_delay is None or 0 < rules.crawl_delay <= 120


def test_a_robots_txt_made_to_be_slow_is_not():
    with soon():
        rules = rules_of(b"User-agent: *\nDisallow: /" + b"*a" * 200 + b"$\n", "NewsCrawler")
        rules.allows("http://a.example/" + "a" * 2_000 + "b")


@many
@given(body=foreign("[", "]", "{", "}", '"location": "/*"', '"tdm-reservation": 1', ",", "1e999", '"location": "*$"'))
def test_any_tdmrep_file_says_something_or_nothing(body):
    with soon():
        assert of_tdmrep(body, "http://a.example/b?c") == of_tdmrep(body, "http://a.example/b?c")


def test_a_tdmrep_pattern_made_to_be_slow_is_not():
    with soon():
        body = b'[{"location": "/' + b"*a" * 50_000 + b'$", "tdm-reservation": 1}]'
        of_tdmrep(body, "http://a.example/" + "a" * 2_000 + "b")


@many
@given(value=spliced(*USAGE))
def test_any_usage_header_says_something_or_nothing(value):
    entry = [{"source": "http", "value": value}]
    usage = dict.fromkeys(("robotsMeta", "xRobotsTag", "contentUsage", "contentSignal", "tdmReservation"), entry)
    with soon():
        assert directives(usage, "NewsCrawler") == directives(usage, "NewsCrawler")
        assert forbids_links(usage, "NewsCrawler") in (True, False)
        assert all(isinstance(use, str) for use, _ in reservations(usage, "NewsCrawler"))
        why = withheld(usage, token="NewsCrawler", respect=USES, now=NOW)
    assert why is None or why


def test_a_usage_header_made_to_be_slow_is_not():
    for value in ("a=" * 50_000, "," * 100_000, "a:" * 50_000, "a" * 100_000, "unavailable_after:x," * 20_000):
        entry = [{"source": "http", "value": value}]
        with soon():
            list(reservations({"contentUsage": entry, "contentSignal": entry, "xRobotsTag": entry}, "NewsCrawler"))


@many
@given(value=st.one_of(spliced("2026", "-", ":", "T", "Z", "+01:00", "Nov", "GMT", "Fri, "), st.integers().map(str)))
def test_any_date_is_a_moment_or_none(value):
    with soon():
        for read in (parse_date, instant, day_or_instant):
            assert read(value) == read(value)
    moment = parse_date(value)
    assert moment is None or parse_date(moment.iso()) is not None


@many
@given(value=st.one_of(spliced("Fri, ", "20 Nov 2026", " 15:00:00", " GMT", "-1", "1e9"), st.integers().map(str)))
def test_any_retry_after_is_at_most_a_day_or_none(value):
    seconds = retry_after(value, now=NOW.timestamp())
    assert seconds is None or 0 <= seconds <= 86_400


@many
@given(spliced("http://", "https:", "//", "a.example", "[::1]", ":80", "@", "?", "&", "#!", "%", "..", "\\", "utm_x=1"))
def test_any_address_has_one_form_and_one_key(text):
    with soon():
        form = urls.fetch_form(text)
    assert form is None or urls.fetch_form(form) == form
    assert form is None or urls.identity_key(form) == urls.identity_key(text)
    joined = urls.join("http://a.example/b/", text)
    assert joined is None or urls.fetch_form(joined) == joined


@many
@given(
    spliced("[courier]\n", "home = ", "'https://a.example/'\n", "tls = 'insecure'\n", "allow = '('\n", "=", "[", "\n")
)
def test_any_source_file_is_read_or_explained(text):
    told = "sources.toml"
    try:
        parse_sources(text, where=told)
    except SourcesError as error:
        told = str(error)
    assert "sources.toml" in told
