"""Articles under many addresses, end to end: each is stored once, and none is asked for more often than it must be."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from crawler.newsroom import Fault

PAGE = """<html lang="en"><head><title>{title}</title><meta property="og:type" content="article">
<meta property="og:title" content="{title}"><meta property="article:published_time" content="2026-11-20T10:00:00Z">
{head}</head><body><article><h1>{title}</h1>{text}</article></body></html>"""
SENTENCE = "<p>The council of {name} spoke at length of matter {number} and of all that it would cost the town.</p>"


def page(name, head=""):
    text = "".join(SENTENCE.format(name=name, number=f"{name}-{number}") for number in range(12))
    return Fault(status=200, body=PAGE.format(title=f"What {name} said of the ferry", head=head, text=text).encode())


@pytest.fixture
def site(operator, paper, tmp_path):
    """A source of one feed, which announces what a test says."""
    file = tmp_path / "sources.toml"
    file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    base = paper.url.rstrip("/")

    def crawl(*paths):
        items = "".join(f"<item><title>News</title><link>{base}{path}</link></item>" for path in paths)
        feed = f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()
        paper.fault("/feed", Fault(status=200, body=feed, headers={"Content-Type": "application/rss+xml"}))
        asked = len(paper.requests)
        ended = operator.run("crawl", "news", "-a", "source=courier")
        assert (ended.code, ended.err) == (0, "")
        return [r.path for r in paper.requests[asked:] if r.path not in ("/robots.txt", "/feed")]

    return crawl


def stored(operator, paper):
    return sorted(record["url"].removeprefix(paper.url.rstrip("/")) for record in operator.records)


@pytest.mark.thorough
def test_a_feed_of_redirects_is_not_fetched_again_with_every_new_entry(operator, paper, site):
    for name in ("one", "two"):
        paper.fault(f"/r/{name}", Fault(status=302, headers={"Location": f"/a/{name}"}))
        paper.fault(f"/a/{name}", page(name))
    assert sorted(site("/r/one")) == ["/a/one", "/r/one"]
    assert sorted(site("/r/two", "/r/one", "/a/one")) == ["/a/two", "/r/two"]
    assert site("/r/one", "/r/two", "/a/two", "/a/one") == []
    assert stored(operator, paper) == ["/a/one", "/a/two"]
    assert operator.source["total"]["sumsMatch"]
    assert operator.source["total"]["pending"] == 0


def dated(moment, *, words=60):
    """A page of the ferry story as it was at that moment."""
    text = "".join(
        SENTENCE.format(name="one", number=f"{number} {number * 7} {number * 13}") for number in range(words)
    )
    body = PAGE.format(title="What one said of the ferry", head="", text=text).replace("2026-11-20T10:00:00Z", moment)
    return Fault(status=200, body=body.encode())


def fetched(operator, moment):
    """Let the articles that are stored be as if fetched at that moment."""
    with closing(sqlite3.connect(operator.data / "crawl.db")) as state, state:
        state.execute("UPDATE article SET fetched = ?", (moment.timestamp(),))


def test_explain_tells_of_a_story_told_again_whether_it_was_anything_new(operator, paper, site):
    base = paper.url.rstrip("/")
    paper.fault("/a/first", dated("2026-11-20T10:00:00Z"))
    paper.fault("/a/longer", dated("2026-11-20T12:00:00Z", words=75))
    paper.fault("/a/older", dated("2026-11-20T08:00:00Z", words=65))
    site("/a/first")
    fetched(operator, datetime(2026, 11, 20, 11, tzinfo=UTC))
    for path in ("/a/longer", "/a/older"):
        site(path)
    assert [(record["url"], record["revision"]) for record in operator.records] == [
        (f"{base}/a/first", 1),
        (f"{base}/a/first", 2),
    ]
    told = operator.run("explain", f"{base}/a/longer").out
    assert f"duplicate: new_address (of {base}/a/first, as its revision 2)" in told
    told = operator.run("explain", f"{base}/a/older").out
    assert f"duplicate: same_story (of {base}/a/first)" in told
    assert "looked again: revised (" in operator.run("explain", f"{base}/a/first").out


def test_two_tellings_that_were_there_at_once_are_one_line_though_a_run_ends_between_them(operator, paper, site):
    paper.fault("/a/first", dated("2026-11-20T10:00:00Z"))
    paper.fault("/a/second", dated("2026-11-20T12:00:00Z", words=75))
    site("/a/first")
    site("/a/second")
    assert stored(operator, paper) == ["/a/first"]
    assert operator.source["total"]["duplicate"] == {"same_story": 1}


def test_a_page_that_claims_the_address_of_another_story_does_not_suppress_it(operator, paper, site):
    paper.fault("/a/real", page("real"))
    paper.fault("/a/thief", page("thief", f'<link rel="canonical" href="{paper.url}a/real">'))
    paper.fault("/a/later", page("later", f'<link rel="canonical" href="{paper.url}a/next">'))
    paper.fault("/a/next", page("next"))
    site("/a/later", "/a/thief")
    site("/a/real", "/a/next")
    assert stored(operator, paper) == ["/a/later", "/a/next", "/a/real", "/a/thief"]


def test_a_second_page_that_redirects_to_another_story_does_not_swallow_it(operator, paper, site):
    long = "/2026/11/20/what-the-council-said-of-the-ferry"
    paper.fault(long, page("long", f'<link rel="next" href="{paper.url.rstrip("/")}{long}?page=2">'))
    paper.fault(f"{long}?page=2", Fault(status=302, headers={"Location": "/a/other"}))
    paper.fault("/a/other", page("other"))
    site(long)
    site("/a/other")
    assert stored(operator, paper) == [long, "/a/other"]
    (record,) = [record for record in operator.records if record["url"].endswith(long)]
    assert "other" not in record["articleBody"]
    assert "page_missing: redirected" in record["metadata"]["warnings"]


def test_a_page_that_failed_in_a_quiet_hour_does_not_end_the_run_with_4(operator, paper, site):
    paper.fault("/a/one", page("one"))
    site("/a/one")
    paper.fault("/a/two", Fault(status=500))
    site("/a/one", "/a/two")
    assert operator.source["thisRun"]["failed"] == {"http_500": 1}


@pytest.mark.parametrize("at_once", ["1", "2", "8"])
def test_a_dead_page_asked_for_by_name_is_asked_for_once(operator, paper, at_once):
    operator.settings["CONCURRENT_REQUESTS_PER_DOMAIN"] = at_once
    wanted = [f"/dead-{number}" for number in range(6)]
    addresses = ",".join(paper.url.rstrip("/") + path for path in wanted)
    assert operator.run("crawl", "urls", "-a", f"url={addresses}").code == 4
    assert sorted(request.path for request in paper.requests) == sorted([*wanted, "/robots.txt"])


def test_a_page_known_from_another_source_is_fetched_when_asked_for_by_name(operator, paper, tmp_path):
    story = paper.articles[0]
    url = paper.url.rstrip("/") + story.path
    paper.fault(story.path, Fault(status=500))
    assert operator.run("crawl", "urls", "-a", f"url={url}").code == 4
    paper.clear_faults()
    file = tmp_path / "sources.toml"
    file.write_text(f'[courier]\nhome = "{paper.url}"\n')
    operator.settings["SOURCES_FILE"] = str(file)
    ended = operator.run("crawl", "urls", "-a", f"url={url}")
    assert (ended.code, ended.err) == (0, "")
    assert [record["publisher"]["sourceId"] for record in operator.records] == ["courier"]


@pytest.mark.parametrize("limit", [1, 3])
def test_a_limit_holds_with_many_requests_at_once(operator, paper, limit):
    operator.settings |= {"CONCURRENT_REQUESTS_PER_DOMAIN": "16", "EXTRACTION_WORKERS": "2"}
    assert operator.crawl(paper.url, "-a", f"limit={limit}").code == 0
    assert len(operator.records) == limit


def test_half_a_character_in_a_headline_loses_no_article(operator, paper, site):
    head = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Half \\ud800 a headline"}</script>'
    paper.fault("/a/one", page("one", head))
    site("/a/one")
    assert stored(operator, paper) == ["/a/one"]
