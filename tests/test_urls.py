import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler import urls

NEARLY_URLS = st.from_regex(
    r"(https?:[\\/]{0,3})?[\w.@:\[\]%-]{0,20}(/[\w./%;~ \\-]{0,20}){0,3}(\?[\w=&;%.]{0,30})?(#!?[\w/%]{0,9})?",
    fullmatch=True,
)
ANYTHING = st.one_of(
    NEARLY_URLS, st.text(max_size=80), st.text(alphabet=st.characters(), max_size=30).map("http://x.test/".__add__)
)
BROAD = settings(max_examples=60, deadline=None)


@BROAD
@given(ANYTHING, ANYTHING)
@example("http://[::1", "http://x.test/\ud800")
@example("http:\\\\foo", "//[")
@example("http://x.test:port/", "\0")
def test_no_function_raises_on_any_text(first, second):
    form = urls.fetch_form(first)
    assert form is None or urls.fetch_form(form) == form
    joined = urls.join(first, second)
    assert joined is None or urls.fetch_form(joined) == joined
    key = urls.identity_key(first)
    assert re.fullmatch(r"[0-9a-f]{32}", urls.article_id(key))
    assert urls.host(first) == urls.host(first).lower()
    assert isinstance(urls.host_port(first), str)
    assert isinstance(urls.registrable_domain(first), str)
    assert isinstance(urls.in_scope(first, {second}), bool)
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", urls.source_id(first))


@BROAD
@given(NEARLY_URLS)
def test_a_page_and_its_fetch_form_have_one_key(url):
    form = urls.fetch_form(url)
    if form is not None:
        assert urls.identity_key(form) == urls.identity_key(url)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("HTTP://WWW.Example.COM:80/Path", "http://www.example.com/Path"),
        ("https://example.com:443", "https://example.com/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://example.com/a#comments", "https://example.com/a"),
        ("https://example.com/#!/story/1", "https://example.com/#!/story/1"),
        ("https://example.com/a?utm_source=x&b=2&a=1&fbclid=y", "https://example.com/a?a=1&b=2"),
        ("https://example.com/a?UTM_Source=x", "https://example.com/a"),
        ("https://example.com/a?id=5&amp;page=2", "https://example.com/a?id=5&page=2"),
        ("https://example.com/a/../b/./c", "https://example.com/b/c"),
        ("https://example.com/%e9t%c3%a9", "https://example.com/%E9t%C3%A9"),
        ("https://example.com/été?q=é", "https://example.com/%C3%A9t%C3%A9?q=%C3%A9"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        (" \n https://exam\tple.com/a b \ufeff", "https://example.com/a%20b"),
        ("http:\\\\example.com\\a", "http://example.com/a"),
        ("http:///example.com/a", "http://example.com/a"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("http://127.0.0.1:8123/a//b", "http://127.0.0.1:8123/a//b"),
        (
            "https://example.com/a?ref=1&cid=2&src=3&p=4&partner=5",
            "https://example.com/a?cid=2&p=4&partner=5&ref=1&src=3",
        ),
    ],
)
def test_the_fetch_form_of(url, form):
    assert urls.fetch_form(url) == form


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/a",
        "/a",
        "ftp://example.com/a",
        "javascript:void(0)",
        "mailto:a@example.com",
        "data:text/html,x",
        "http://",
        "http:///",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "http://[::1",
        "http://ex ample.com/",
        "http://ex%61mple.com/",
        "http://a..b/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://127.1/",
        "http://example.com/\ud800",
        "http://" + "a." * 127 + "com/",
        "http://example.com/" + "a" * 2_048,
        "http://example.com/" + "é" * 1_000,
    ],
)
def test_what_cannot_be_asked_for_has_no_fetch_form(url):
    assert urls.fetch_form(url) is None
    assert isinstance(urls.identity_key(url), str)


SAME_PAGE = [
    ("http://example.com/story", "https://example.com/story"),
    ("https://www.example.com/story", "https://example.com/story"),
    ("https://m.example.com/story", "https://www.example.com/story"),
    ("https://www2.example.com/story", "https://example.com/story"),
    ("https://mobile.example.com/story", "https://example.com/story"),
    ("https://amp.example.com/story", "https://example.com/story"),
    ("https://example.com/story/", "https://example.com/story"),
    ("https://example.com//2024//story", "https://example.com/2024/story"),
    ("https://example.com/story#section-2", "https://example.com/story"),
    ("https://example.com/story?utm_medium=social&utm_source=x", "https://example.com/story"),
    ("https://example.com/story?b=2&a=1", "https://example.com/story?a=1&b=2"),
    ("https://example.com/story/amp", "https://example.com/story"),
    ("https://example.com/story/amp/", "https://example.com/story"),
    ("https://example.com/story/amp.html", "https://example.com/story"),
    ("https://example.com/story.amp.html", "https://example.com/story.html"),
    ("https://example.com/amp/story", "https://example.com/story"),
    ("https://example.com/story?amp=1", "https://example.com/story"),
    ("https://example.com/story?outputType=amp", "https://example.com/story"),
    ("https://example.com/story?m=1", "https://example.com/story"),
    ("https://example-com.cdn.ampproject.org/c/s/example.com/story", "https://example.com/story"),
    ("https://www.google.com/amp/s/www.example.com/story", "https://example.com/story"),
    ("https://example.com/world/index.html", "https://example.com/world"),
    ("https://example.com/default.aspx", "https://example.com"),
    ("https://EXAMPLE.com/%7Euser", "https://example.com/~user"),
    ("https://example.com/caf%c3%a9", "https://example.com/café"),
    ("https://example.com/story.do;jsessionid=0A1B", "https://example.com/story.do"),
    ("https://example.com/story?CMP=share_btn_tw", "https://example.com/story"),
    ("https://example.com/story?ref=rss", "https://example.com/story"),
    ("https://example.com/story?at_campaign=64&at_custom1=x&at_medium=y", "https://example.com/story"),
    ("https://example.com:443/story", "https://example.com/story"),
    ("https://example.com./story", "https://example.com/story"),
]
OTHER_PAGE = [
    ("https://example.com/story?id=1", "https://example.com/story?id=2"),
    ("https://example.com/?p=11", "https://example.com/?p=12"),
    ("https://example.com/item?cid=1", "https://example.com/item?cid=2"),
    ("https://example.com/item?ref=1", "https://example.com/item?ref=2"),
    ("https://example.com/item?src=a", "https://example.com/item?src=b"),
    ("https://example.com/item?mod=a", "https://example.com/item?mod=b"),
    ("https://example.com/item?cmp=41", "https://example.com/item?cmp=42"),
    ("https://example.com/item?feature=a", "https://example.com/item?feature=b"),
    ("https://example.com/story?page=2", "https://example.com/story"),
    ("https://example.com/Story", "https://example.com/story"),
    ("https://example.com/#!/story/1", "https://example.com/#!/story/2"),
    ("https://example.com/artikel;art123,4", "https://example.com/artikel;art123,5"),
    ("https://sport.example.com/story", "https://example.com/story"),
    ("https://example.com:8080/story", "https://example.com/story"),
    ("https://example.com/camp", "https://example.com/c"),
    ("https://example.com/news/amp/story", "https://example.com/news/story"),
    ("https://m.com/story", "https://com/story"),
    ("https://example.com/story?tag=a", "https://example.com/story?tag=b"),
    ("https://example.com/index.php?id=1", "https://example.com/index.php?id=2"),
    ("https://example.com/story?ampere=1", "https://example.com/story?ampere=2"),
]


@pytest.mark.parametrize(("first", "second"), SAME_PAGE)
def test_two_addresses_of_one_page_have_one_key(first, second):
    assert urls.identity_key(first) == urls.identity_key(second)


@pytest.mark.parametrize(("first", "second"), OTHER_PAGE)
def test_two_pages_have_two_keys(first, second):
    assert urls.identity_key(first) != urls.identity_key(second)


def test_a_fast_way_and_the_long_way_agree():
    for url in ("http://example.com/", "https://a-b.example.co.uk/x/Y_z~1-2.html", "https://example.com/a//b/"):
        assert urls.fetch_form(url) == url == urls._canonical(url)


def test_the_article_id_is_half_a_sha256_of_the_key():
    assert urls.article_id("") == "e3b0c44298fc1c149afbf4c8996fb924"
    assert urls.article_id("example.com/story") != urls.article_id("example.com/story2")


@pytest.mark.parametrize(
    ("base", "href", "found"),
    [
        ("https://example.com/a/b", "c", "https://example.com/a/c"),
        ("https://example.com/a/b", " ../c\n", "https://example.com/c"),
        ("https://example.com/a", "//other.example/x", "https://other.example/x"),
        ("https://example.com/a", "\\\\other.example\\x", "https://other.example/x"),
        ("https://example.com/a", "?q=1", "https://example.com/a?q=1"),
        ("https://example.com/a?b=1", "", "https://example.com/a?b=1"),
        ("https://example.com/a", "/x?u=a\\b", "https://example.com/x?u=a%5Cb"),
        ("https://example.com/a", "javascript:alert(1)", None),
        ("https://example.com/a", "http://[::1", None),
        ("https://example.com/a", "tel:+123", None),
        ("", "relative", None),
    ],
)
def test_joining(base, href, found):
    assert urls.join(base, href) == found


def test_hosts_and_ports():
    assert urls.host("https://WWW.Example.com.:8080/x") == "www.example.com"
    assert urls.host("http://[::1]:80/") == "::1"
    assert urls.host("http://münchen.example/") == "xn--mnchen-3ya.example"
    assert urls.host("no address") == ""
    assert urls.host_port("http://127.0.0.1:8123/x") == "127.0.0.1:8123"
    assert urls.host_port("http://example.com/") == "example.com:80"
    assert urls.host_port("https://example.com/") == "example.com:443"
    assert urls.host_port("http://[::1]/") == "[::1]:80"
    assert urls.host_port("http://example.com:port/") == ""


@pytest.mark.parametrize(
    ("given_name", "domain"),
    [
        ("https://news.bbc.co.uk/x", "bbc.co.uk"),
        ("www.Example.com", "example.com"),
        ("example.com:8080", "example.com"),
        ("127.0.0.1:8123", "127.0.0.1"),
        ("http://[::1]:80/", "::1"),
        ("localhost", "localhost"),
        ("one.blogspot.com", "one.blogspot.com"),
        ("co.uk", "co.uk"),
        ("", ""),
    ],
)
def test_the_registrable_domain_of(given_name, domain):
    assert urls.registrable_domain(given_name) == domain


def test_scope_is_a_host_or_its_subdomains():
    assert urls.in_scope("https://sport.example.com/a", {"example.com"})
    assert urls.in_scope("https://example.com/a", ["example.com"])
    assert urls.in_scope("http://127.0.0.1:8123/a", {"127.0.0.1"})
    assert urls.in_scope("http://127.0.0.1:8123/a", {"127.0.0.1:8123"})
    assert not urls.in_scope("http://127.0.0.1:8124/a", {"127.0.0.1:8123"})
    assert not urls.in_scope("https://notexample.com/a", {"example.com"})
    assert not urls.in_scope("https://example.com.evil.test/a", {"example.com"})
    assert not urls.in_scope("http://127.0.0.1/", {"0.0.1"})
    assert not urls.in_scope("", {""})


def test_source_ids_are_readable_and_tell_hosts_apart():
    assert urls.source_id("https://www.example.com/news") == "example-com"
    assert urls.source_id("http://127.0.0.1:8123/") == "127-0-0-1-8123"
    sites = [
        "http://a.b.example/",
        "http://a-b.example/",
        "http://a_b.example/",
        "http://a.b.example:81/",
        "http://[::1]/",
    ]
    assert len({urls.source_id(site) for site in sites}) == len(sites)
    assert len(urls.source_id("http://" + "long-label." * 20 + "example/")) <= urls.MAX_SOURCE_ID
