"""Bad input ends in one clear line, the right exit code and an outcome by name; the run goes on with the rest."""

import gzip
import socket
from contextlib import closing
from urllib.request import urlopen

import pytest

from crawler import urls
from crawler.newsroom import Fault, Newsroom
from crawler.state import CrawlState


@pytest.fixture
def story(paper):
    """A story that the RSS feed announces."""
    with urlopen(f"{paper.url}feed.rss") as answer:
        feed = answer.read().decode()
    return next(story for story in paper.articles if f"{story.path}<" in feed and story.kind == "article")


def test_an_unknown_source_is_named_with_the_nearest_known_one(source_file):
    ended = source_file().run("crawl", "news", "-a", "source=couriers")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == 'source: unknown source "couriers", did you mean courier?\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[courier\n", "expected TOML"),
        ("", "expected at least one enabled source"),
        ("[courier]\nname = 'x'\n", "[courier] home: expected the address of the front page, got nothing"),
        (
            "[courier]\nhome = 'ftp://x/'\n",
            '[courier] home: expected a web address such as https://example.com/, got "ftp://x/"',
        ),
        (
            "[courier]\nhome = 'https://x.org/'\ndelay = 'two'\n",
            '[courier] delay: expected seconds as a number from 0 to 86400, got "two"',
        ),
        ("[courier]\nhome = 'https://x.org/'\nfeds = []\n", "[courier] feds: unknown key, did you mean feeds?"),
        ("[courier]\nhome = 'https://x.org/'\nallow = '('\n", "[courier] allow: expected a regular expression"),
        (
            "[courier]\nhome = 'https://x.org/'\nevery = 5\n",
            '[courier] every: expected a duration such as "15m", got 5',
        ),
        ("[courier]\nhome = 'https://x.org/'\ntimezone = 'Moscow'\n", "[courier] timezone: expected an IANA time zone"),
        ("['../x']\nhome = 'https://x.org/'\n", "expected an id of a-z, 0-9, _ and -"),
        ("courier = 3\n", "expected a table [courier], got 3"),
    ],
)
@pytest.mark.parametrize("words", [("crawl", "news"), ("sources",)])
def test_a_mistake_in_the_source_file_names_file_table_key_and_what_was_expected(operator, tmp_path, text, told, words):
    if not text and words == ("sources",):
        pytest.skip("an empty list of sources can be listed")
    file = tmp_path / "sources.toml"
    file.write_text(text)
    operator.settings["SOURCES_FILE"] = str(file)
    ended = operator.run(*words)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "sources.toml" in ended.err
    assert told in ended.err


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://example.com/", "http://", "http://user:secret@example.com/", "http://[::1/"]
)
def test_an_address_that_is_none_is_refused(operator, url):
    ended = operator.crawl(url)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "expected a web address" in ended.err


def test_a_missing_source_file_is_named(operator):
    operator.settings["SOURCES_FILE"] = "/nowhere/sources.toml"
    ended = operator.run("crawl", "news")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "/nowhere/sources.toml" in ended.err


def test_an_unknown_spider_is_refused_with_those_there_are(operator):
    ended = operator.run("crawl", "newz")
    assert (ended.code, ended.err) == (2, "newz: expected a spider (archive, news, urls)\n")


def test_a_host_that_does_not_answer_ends_with_4_and_one_line(operator):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    ended = operator.crawl(f"http://127.0.0.1:{port}/")
    assert ended.code == 4
    assert ended.err.count("\n") == 1
    assert f"127-0-0-1-{port}: connection_refused" in ended.err


def test_a_name_that_does_not_exist_ends_with_4_and_one_line(operator):
    ended = operator.crawl("http://no-such-host.invalid/")
    assert ended.code == 4
    assert ended.err.count("\n") == 1
    assert "no_such_host-invalid: dns" in ended.err


def test_an_address_that_is_not_public_is_never_connected_to(source_file, paper):
    operator = source_file(feeds=f'["{paper.url}feed.rss"]')
    operator.settings["ALLOW_PRIVATE"] = ""
    ended = operator.run("crawl", "news")
    assert ended.code == 4
    assert "blocked_address" in ended.err
    assert paper.requests == []


def test_one_broken_site_does_not_keep_the_run_from_the_others(operator, paper, tmp_path):
    file = tmp_path / "sources.toml"
    file.write_text(f'[broken]\nhome = "http://no-such-host.invalid/"\n[courier]\nhome = "{paper.url}"\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    ended = operator.run("crawl", "news")
    assert ended.code == 3
    assert ended.err.splitlines() == [line for line in ended.err.splitlines() if line.startswith("broken: dns")]
    assert len(operator.records) >= len(paper.articles)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<!doctype html><title>Not found</title><p>Sorry", id="html"),
        pytest.param(b'{"hello": "world"}', id="json"),
        pytest.param(b"\x00\xff\xfe\x00" * 1000, id="binary"),
        pytest.param(b"<?xml version='1.0'?><rss", id="cut"),
    ],
)
def test_a_feed_that_is_none_is_named(source_file, paper, body):
    paper.fault("/feed.rss", Fault(body=body))
    operator = source_file(feeds=f'["{paper.url}feed.rss"]')
    ended = operator.run("crawl", "news")
    assert ended.code == 4
    assert ended.err.count("\n") == 1
    assert ended.err.startswith("courier: feed_broken: ") or ended.err.startswith("courier: nothing_found: ")


@pytest.mark.thorough
def test_a_broken_feed_among_good_ones_is_named_after_three_runs(source_file, paper):
    paper.fault("/feed.rss", Fault(status=404))
    operator = source_file(feeds=f'["{paper.url}feed.rss", "{paper.url}atom.xml"]')
    codes = [operator.run("crawl", "news", "-a", "source=courier").code for _ in range(3)]
    assert codes == [0, 0, 3]


def test_a_sitemap_that_includes_itself_is_read_once(source_file, paper):
    own = f"{paper.url}sitemap.xml"
    children = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in (own, f"{paper.url}sitemap-news.xml"))
    index = f"<sitemapindex>{children}</sitemapindex>"
    paper.fault("/sitemap.xml", Fault(body=index.encode()))
    operator = source_file(sitemaps=f'["{own}"]')
    assert operator.run("crawl", "news").code == 0
    assert [request.path for request in paper.requests].count("/sitemap.xml") == 1
    assert operator.records


def test_sitemaps_that_include_each_other_end(source_file, paper):
    index = "<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>"
    paper.fault("/sitemap.xml", Fault(body=index.format(f"{paper.url}sitemap-news.xml").encode()))
    paper.fault("/sitemap-news.xml", Fault(body=index.format(f"{paper.url}sitemap.xml").encode()))
    ended = source_file(sitemaps=f'["{paper.url}sitemap.xml"]').run("crawl", "news")
    assert ended.code == 4
    assert "nothing_found" in ended.err


def test_a_sitemap_bomb_is_one_failed_document(source_file, paper):
    bomb = gzip.compress(b"<urlset>" + b" " * (80 << 20))
    paper.fault("/sitemap-all.xml.gz", Fault(body=bomb))
    operator = source_file(sitemaps=f'["{paper.url}sitemap-all.xml.gz", "{paper.url}sitemap-news.xml"]')
    assert operator.run("crawl", "news").code == 0
    assert operator.records


#: Pages that are bad, and how they begin to be told of.
BAD = {
    "404": (Fault(status=404), "failed: http_404"),
    "410": (Fault(status=410), "failed: http_410"),
    "dropped": (Fault(drop=True), "failed: connection_failed"),
    "cut": (Fault(cut=300), "failed: cut_short"),
    "cut in chunks": (Fault(cut=300, chunked=True), "failed: cut_short"),
    "slow": (Fault(delay=4), "failed: timeout"),
    "empty": (Fault(body=b""), "rejected: empty"),
    "picture": (Fault(body=b"\x89PNG\r\n\x1a\n" + b"\0" * 5000), "rejected: not_html"),
    "5 MB of br": (Fault(body=b"<html><body>" + b"<br>" * 1_250_000), ("failed: ", "rejected: ")),
    "6 MB": (Fault(body=b"<html><body>" + b"x" * (6 << 20)), "failed: too_large"),
    "deep": (Fault(body=b"<div>" * 100_000), "rejected: "),
    "odd encoding": (Fault(status=200, headers={"Content-Encoding": "\xff"}), ("failed: ", "rejected: ")),
    "inside": (Fault(status=302, headers={"Location": "http://169.254.169.254/"}), "rejected: off_site"),
    "file": (Fault(status=302, headers={"Location": "file:///etc/passwd"}), "failed: "),
    "nowhere": (Fault(status=301, headers={"Location": ""}), ("failed: ", "rejected: ")),
}
#: Answers after which the whole site is left alone for a while.
REFUSALS = {
    "403": (Fault(status=403), "failed: http_403"),
    "503": (Fault(status=503), "failed: http_503"),
    "429": (Fault(status=429, retry_after=2), "failed: http_429"),
}


@pytest.fixture(scope="module")
def mixed(new_operator):
    """An operator who has crawled all bad pages together with as many good ones."""
    operator = new_operator()
    with Newsroom(extra=2 * len(BAD)) as paper:
        paths = [story.path for story in paper.articles if story.kind == "article"][: 2 * len(BAD)]
        operator.addresses = dict(zip(BAD, (paper.url.rstrip("/") + path for path in paths), strict=False))
        for path, (fault, _) in zip(paths, BAD.values(), strict=False):
            paper.fault(path, fault)
        items = "".join(f"<item><link>{paper.url.rstrip('/')}{path}</link></item>" for path in paths)
        feed = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
        paper.fault("/feed.rss", Fault(body=feed.encode()))
        file = operator.directory / "sources.toml"
        file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n')
        operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
        operator.settings |= {"DOWNLOAD_TIMEOUT": "2", "EXTRACTION_SECONDS": "3"}
        operator.ended = operator.run("crawl", "news")
    return operator


def outcome_of(operator, address):
    with closing(CrawlState(operator.data, read_only=True)) as state:
        row = state.history(urls.identity_key(address)).url
    return f"{row['state']}: {row['reason']}"


@pytest.mark.parametrize("name", BAD)
def test_one_bad_page_has_an_outcome_by_name(mixed, name):
    assert outcome_of(mixed, mixed.addresses[name]).startswith(BAD[name][1])


def test_bad_pages_keep_no_good_one_from_being_stored(mixed):
    assert (mixed.ended.code, mixed.ended.err) == (0, "")
    assert len(mixed.records) == len(BAD)
    assert mixed.source["total"]["sumsMatch"]


@pytest.mark.parametrize(("fault", "outcome"), REFUSALS.values(), ids=REFUSALS)
def test_one_refusal_has_an_outcome_by_name_and_the_other_pages_are_stored(source_file, paper, story, fault, outcome):
    operator = source_file(feeds=f'["{paper.url}feed.rss"]')
    paper.fault(story.path, fault)
    ended = operator.run("crawl", "news")
    assert (ended.code, ended.err) == (0, "")
    assert len(operator.records) > 5
    assert f"\n{outcome}" in operator.run("explain", f"{paper.url.rstrip('/')}{story.path}").out
    assert operator.source["total"]["sumsMatch"]


def test_a_page_that_redirects_to_itself_ends(source_file, paper, story):
    paper.fault(story.path, Fault(status=302, headers={"Location": story.path, "Set-Cookie": "consent=1"}))
    operator = source_file(feeds=f'["{paper.url}feed.rss"]')
    assert operator.run("crawl", "news").code == 0
    assert "failed: redirect_loop" in operator.run("explain", f"{paper.url.rstrip('/')}{story.path}").out


def test_a_site_that_forbids_everything_is_said_to(operator, paper):
    paper.fault("/robots.txt", Fault(body=b"User-agent: *\nDisallow: /\n"))
    ended = operator.crawl(paper.url)
    assert ended.code == 4
    assert "robots_denied" in ended.err
    assert {request.path for request in paper.requests} == {"/robots.txt"}


@pytest.mark.thorough
def test_a_failure_that_may_pass_is_tried_again_when_it_is_due(source_file, paper, story):
    paper.fault(story.path, Fault(status=500))
    operator = source_file(feeds=f'["{paper.url}feed.rss"]')
    assert operator.run("crawl", "news").code == 0
    url = f"{paper.url.rstrip('/')}{story.path}"
    assert "to be tried again from" in operator.run("explain", url).out
    paper.clear_faults()
    asked = len(paper.requests)
    assert operator.run("crawl", "news", "-a", "source=courier").code == 0
    assert story.path not in {request.path for request in paper.requests[asked:]}
    assert operator.run("crawl", "urls", "-a", f"url={url}").code == 0
    assert url in {record["url"] for record in operator.records}
