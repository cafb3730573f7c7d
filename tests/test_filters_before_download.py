"""What a filter will not keep is not fetched, as far as feeds and sitemaps tell; and it is called filtered."""

import pytest

from crawler.discovery import read_document
from crawler.sources import parse_sources

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><language>en</language>
<item><link>https://paper.example/a</link><category>World</category><pubDate>20 Nov 2026 10:00:00 GMT</pubDate></item>
<item><link>https://paper.example/sport/b</link><pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate></item>
<item><link>https://paper.example/c</link><category>Culture</category><category>Books &amp; more</category></item>
<item><link>https://paper.example/d</link><category>World</category><pubDate>02 Jan 2015 10:00:00 GMT</pubDate></item>
<item><link>https://paper.example/e</link></item></channel></rss>"""
SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://paper.example/f</loc><news:news>
<news:publication><news:name>P</news:name><news:language>ru</news:language></news:publication>
<news:publication_date>2026-11-20T10:00:00Z</news:publication_date><news:keywords>World, Politics</news:keywords>
</news:news></url></urlset>"""


def article(name, section):
    paragraph = (
        f"<p>The harbour master of {name} said on Monday that the old crane on the pier will stay where it is.</p>"
    )
    return (
        f"<html lang='en'><head><title>The crane of {name} stays</title>"
        f"<meta property='article:section' content='{section}'></head>"
        f"<body><h1>The crane of {name} stays</h1>{paragraph * 6}</body></html>"
    )


@pytest.fixture
def crawl(new_operator, web, tmp_path):
    web.pages.clear()
    web.asked.clear()
    web.add("https://paper.example/feed", FEED, kind="application/rss+xml")
    web.add("https://paper.example/news.xml", SITEMAP, kind="application/xml")
    for path, section in (("a", "World"), ("sport/b", "Sport"), ("c", "Culture"), ("d", "World"), ("e", "Weather")):
        web.add(f"https://paper.example/{path}", article(path, section))
    web.add("https://paper.example/f", article("f", "World").replace("lang='en'", "lang='ru'"))
    operator = new_operator()

    def run(*words, keys=""):
        (tmp_path / "sources.toml").write_text(
            '[paper]\nhome = "https://paper.example/"\nlanguage = "en"\nfeeds = ["https://paper.example/feed"]\n'
            f'news_sitemaps = ["https://paper.example/news.xml"]\n{keys}\n'
        )
        operator.settings |= web.settings | {"SOURCES_FILE": str(tmp_path / "sources.toml")}
        web.asked.clear()
        operator.ended = operator.run("crawl", "news", "-a", "source=paper", *words)
        assert operator.ended.code == 0, operator.ended.err
        documents = {"/robots.txt", "/feed", "/news.xml"}
        operator.fetched = {request.path for request in web.asked} - documents
        return operator

    return run


def test_a_section_is_taken_from_the_feed_the_sitemap_or_the_address_before_the_page(crawl):
    operator = crawl("-a", "section=world,SPORT")
    # Nobody says what /e is about before it is fetched.
    assert operator.fetched == {"/a", "/sport/b", "/d", "/e", "/f"}
    assert {record["url"][-1] for record in operator.records} == set("abdf")
    assert operator.source["filtered"] == 2
    assert operator.source["total"]["pending"] == 2
    assert "pending: filtered" in operator.run("explain", "https://paper.example/c").out
    again = crawl("-a", "section=world,SPORT")
    assert again.fetched == set()
    rest = crawl()
    assert rest.fetched == {"/c", "/e"}
    assert rest.source["filtered"] == 0


def test_language_and_date_are_taken_from_the_documents_before_the_page(crawl):
    operator = crawl("-a", "lang=ru")
    assert operator.fetched == {"/f"}
    assert operator.source["filtered"] == 5
    operator = crawl("-a", "lang=en", "-a", "since=2020-01-01", "-a", "match=/[a-d]$")
    assert operator.fetched == {"/a", "/sport/b", "/c"}


def test_what_a_source_does_not_want_at_all_is_refused_for_good(crawl):
    operator = crawl(keys='only = { lang = "en", section = ["World", "Sport"], since = "3650d" }')
    assert operator.fetched == {"/a", "/sport/b", "/e"}
    assert operator.source["total"]["rejected"] == {"filtered": 4}
    assert "rejected: filtered (its sections are weather)" in operator.run("explain", "https://paper.example/e").out
    assert {record["url"][-1] for record in operator.records} == set("ab")


def test_categories_of_feeds_and_keywords_of_sitemaps_are_read():
    feed = read_document(FEED.encode(), url="https://paper.example/feed")
    assert [link.sections for link in feed.links] == [("World",), (), ("Culture", "Books & more"), ("World",), ()]
    sitemap = read_document(SITEMAP.encode(), url="https://paper.example/news.xml")
    assert sitemap.links[0].sections == ("World", "Politics")
    body = (
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "https://p.example/a", "tags": ["X", 1]}]}'
    )
    assert read_document(body, url="https://p.example/feed").links[0].sections == ("X",)


def test_what_nobody_says_of_an_article_refuses_nothing():
    text = '[p]\nhome = "https://p.example/"\nonly = { lang = ["en"], section = "World", since = "1d" }\n'
    only = parse_sources(text, where="t")["p"].only
    unknown = {"language": None, "sections": (), "moment": None, "now": 0.0}
    assert only.refuses("https://p.example/a", **unknown) is None
    assert only.refuses("https://p.example/a", **unknown | {"language": "de-AT"}) == "its language is de"
    assert only.refuses("https://p.example/a", **unknown | {"sections": ["Sport"]}) == "its sections are sport"
    assert only.refuses("https://p.example/World/a", **unknown | {"sections": ["Sport"]}) is None
    assert only.refuses("https://p.example/a", **unknown | {"moment": -86_401.0})
