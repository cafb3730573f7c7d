"""How a crawl finds a site's articles when the site makes it hard."""

import gzip

import pytest

from crawler import urls
from crawler.newsroom import Fault
from crawler.state import CrawlState

RSS = '<rss version="2.0"><channel><title>x</title>{}</channel></rss>'


def item(url):
    return f"<item><title>A story of some words</title><link>{url}</link></item>"


def paths(records, paper):
    return {record["url"].removeprefix(paper.url.rstrip("/")) for record in records}


def test_the_usual_places_are_tried_where_a_site_names_nothing(operator, paper):
    paper.fault("/robots.txt", Fault(status=404))
    paper.fault("/", Fault(body=b"<html><title>The paper</title><h1>Welcome</h1><p>No links here.</p>"))
    assert operator.crawl(paper.url).code == 0
    assert {story.path for story in paper.articles} <= paths(operator.records, paper)
    asked = len(paper.requests)
    assert operator.crawl(paper.url).code == 0
    again = {request.path for request in paper.requests[asked:]}
    assert "/sitemap.xml" in again
    assert "/feed" not in again, "places that were tried in vain are not tried again at every visit"


def test_a_site_with_nothing_but_links_is_read_from_its_pages(operator, paper):
    for path in ("/robots.txt", "/feed.rss", "/atom.xml", "/feed.json", "/sitemap*"):
        paper.fault(path, Fault(status=404))
    assert operator.crawl(paper.url).code == 0
    found = paths(operator.records, paper)
    linked = {story.path for story in paper.articles}
    assert len(linked & found) > 0.8 * len(linked)
    assert {record["metadata"]["discovery"]["method"] for record in operator.records} == {"page"}


def test_paid_links_in_a_feed_are_refused_as_off_site(operator, paper, tmp_path):
    story = paper.articles[0]
    advertisement = "http://ads.example/buy-now-and-save-a-lot"
    feed = RSS.format(item(advertisement) + item(f"{paper.url.rstrip('/')}{story.path}"))
    paper.fault("/feed.rss", Fault(body=feed.encode()))
    file = tmp_path / "sources.toml"
    file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    assert operator.run("crawl", "news").code == 0
    assert paths(operator.records, paper) == {story.path}
    assert operator.source["total"]["rejected"] == {"off_site": 1}
    assert "rejected: off_site" in operator.run("explain", advertisement).out


def test_allow_and_deny_patterns_decide_what_is_an_article(operator, paper, tmp_path):
    file = tmp_path / "sources.toml"
    file.write_text(
        f'[courier]\nhome = "{paper.url}"\nsitemaps = ["{paper.url}sitemap.xml"]\n'
        'allow = "/culture/"\ndeny = ["soup"]\n'
    )
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    assert operator.run("crawl", "news").code == 0
    found = paths(operator.records, paper)
    assert found
    assert all("/culture/" in path and "soup" not in path for path in found)
    assert {"not_allowed", "denied"} <= operator.source["total"]["rejected"].keys()


def test_a_crawl_that_dies_after_the_feed_loses_none_of_its_articles(operator, paper, tmp_path):
    """The next run gets 304 for the feed, and the articles it announced are still pending."""
    file = tmp_path / "sources.toml"
    file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    assert operator.run("crawl", "news", "-a", "match=no-such-address").code == 0
    assert operator.records == []
    assert operator.run("crawl", "news", "-a", "source=courier").code == 0
    assert len(operator.records) > 10
    assert [request.status for request in paper.requests if request.path == "/feed.rss"] == [200, 304]


@pytest.mark.parametrize("wrap", [gzip.compress, lambda body: b"\xef\xbb\xbf" + body, lambda body: b"\n\n" + body])
def test_a_feed_may_be_compressed_or_begin_with_odd_bytes(operator, paper, tmp_path, wrap):
    story = paper.articles[0]
    paper.fault("/feed.rss", Fault(body=wrap(RSS.format(item(f"{paper.url.rstrip('/')}{story.path}")).encode())))
    file = tmp_path / "sources.toml"
    file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    assert operator.run("crawl", "news").code == 0
    assert paths(operator.records, paper) == {story.path}


def test_what_a_page_says_cannot_move_the_cursor_or_forge_a_line(operator, paper):
    story = paper.articles[0]
    body = (
        b"<html><head><title>x</title></head><body><h1>A \x1b[2J head \xe2\x80\xae line</h1>"
        + b"<p>words of it</p>" * 40
    )
    paper.fault(story.path, Fault(body=body))
    ended = operator.run("crawl", "urls", "-a", f"url={paper.url.rstrip('/')}{story.path}", "-L", "INFO")
    assert "\x1b" not in ended.err
    assert "\u202e" not in ended.err


def test_sitemaps_without_end_cost_no_more_than_the_budget(operator, paper):
    """Every index names 25 others, and each of them is served."""
    index = "".join(f"<sitemap><loc>{paper.url}{{0}}-{n}.xml</loc></sitemap>" for n in range(25))
    paper.fault("/robots.txt", Fault(body=f"Sitemap: {paper.url}endless.xml\n".encode()))
    paper.fault("/endless*", Fault(body=f"<sitemapindex>{index.format('endless')}</sitemapindex>".encode()))
    operator.settings["SOURCE_PAGES"] = "40"
    ended = operator.crawl(paper.url)
    assert ended.code == 5
    assert len(paper.requests) <= 40 + 5


def test_a_feed_that_the_source_file_names_no_more_is_not_asked_for(operator, paper, tmp_path):
    file = tmp_path / "sources.toml"
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    for feeds in ('["{0}gone.rss", "{0}atom.xml"]', '["{0}atom.xml"]'):
        file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = {feeds.format(paper.url)}\n')
        asked = len(paper.requests)
        assert operator.run("crawl", "news", "-a", "source=courier", "-a", "match=nothing").code == 0
    assert "/gone.rss" not in {request.path for request in paper.requests[asked:]}


def test_addresses_like_those_that_were_never_articles_are_left_and_explained(operator, paper):
    for path in ("/robots.txt", "/feed.rss", "/atom.xml", "/feed.json", "/sitemap*"):
        paper.fault(path, Fault(status=404))
    stories = [story.path for story in paper.articles][:6]
    words = ("one", "two", "three", "four", "five", "six")
    topics = [f"/topics/all-that-we-have-on-{one}-and-{other}" for one in words for other in words]
    teasers = "".join(f"<li><h3><a href='{path}'>{path.replace('-', ' ')}</a></h3></li>" for path in topics + stories)
    listing = f"<html lang=en><title>The paper</title><body><h1>The paper</h1><ul>{teasers}</ul></html>"
    for path in ("/", *topics):
        paper.fault(path, Fault(status=200, body=listing.encode()))
    operator.settings |= {"CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    assert operator.crawl(paper.url).code == 0
    assert paths(operator.records, paper) == set(stories)
    total = operator.source["total"]["rejected"]
    assert sum(total.values()) == len(topics)
    assert total["barren_shape"] > 18
    state = CrawlState(operator.data, read_only=True)
    (left,) = [
        path for path in topics if state.frontier.state_of(urls.identity_key(paper.url + path[1:]))[1] == "barren_shape"
    ][:1]
    state.close()
    told = operator.run("explain", paper.url + left[1:]).out
    assert "rejected: barren_shape (of addresses like" in told
    assert "/topics/headline none of 12 was an article; one in 20 is tried all the same" in told
