import time

import pytest

from crawler.discovery.pages import MAX_FEED_ANCHORS, MAX_SECTIONS, continuation, read_page

HOME = "https://www.example.com/"
STORY = "/2024/05/17/council-votes-to-reopen-bridge"


def page(body, head=""):
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()


def read(body, *, head="", url=HOME, kind="home"):
    return read_page(page(body, head), url=url, kind=kind)


def documents(body, *, head="", url=HOME, kind="home"):
    return [(child.kind, child.url.removeprefix(HOME)) for child in read(body, head=head, url=url, kind=kind).documents]


def test_links_come_in_document_order_with_their_longest_anchor():
    announced = read(
        f'<a href="{STORY}"><img src="b.jpg" alt="A picture of the old stone bridge over the river"></a>'
        '<a href="https://other.example/2024/05/16/second-story-of-the-day">Second story</a>'
        f'<a href="{STORY}#comments">Council votes to reopen the bridge</a><a href="{STORY}">More</a>'
    )
    first, second = announced.links
    assert (first.url, first.method) == ("https://www.example.com" + STORY, "page")
    assert first.title == "A picture of the old stone bridge over the river"
    assert (second.url, second.title) == ("https://other.example/2024/05/16/second-story-of-the-day", None)
    assert first.score > second.score > 1


def test_the_alternative_text_of_an_image_counts_only_without_other_text():
    (link,) = read(
        f'<a href="{STORY}"><img alt="A picture of the bridge by our own reporter"> Bridge to open again</a>'
    ).links
    assert link.title == "Bridge to open again"


def test_styles_and_scripts_inside_an_anchor_are_no_text():
    (link,) = read(
        f'<a href="{STORY}"><style>.a {{ color: red }}</style>Bridge to open<script>x y</script> again</a>'
    ).links
    assert link.title == "Bridge to open again"


def test_base_href_is_respected():
    (link,) = read('<a href="council-votes-to-reopen-bridge">x</a>', head='<base href="/2024/05/17/">').links
    assert link.url == "https://www.example.com" + STORY


def test_links_that_lead_nowhere_are_left_out():
    assert (
        read(
            '<a href="#top">A</a><a href="javascript:x()">B</a><a href="mailto:a@b.example">C</a><a>D</a><a href>E</a>'
        ).links
        == ()
    )
    assert read(f'<a href="{STORY}">This page itself, once more</a>', url=HOME + STORY[1:], kind="section").links == ()


def test_indexes_and_services_are_no_article_links():
    assert (
        read('<a href="/politics">Politics</a><a href="/about">About us</a><a href="/tag/bridges">Bridges</a>').links
        == ()
    )


def test_feeds_are_named_by_link_elements():
    head = """
    <link rel="alternate" type="application/rss+xml" title="All  news" href="/feed/">
    <LINK REL="Alternate Home" TYPE="application/atom+xml; charset=utf-8" HREF="https://feeds.example.net/atom">
    <link rel="alternate" type="application/feed+json" href="/feed.json">
    <link rel="alternate" type="application/json" title="JSON Feed" href="/news.json">
    <link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1?feed">
    <link rel="alternate" type="text/html" hreflang="de" href="/de/">
    <link rel="stylesheet" type="application/rss+xml" href="/style">
    """
    assert documents("", head=head) == [
        ("feed", "feed/"),
        ("feed", "https://feeds.example.net/atom"),
        ("feed", "feed.json"),
        ("feed", "news.json"),
    ]
    assert read("", head=head).documents[0].title == "All news"


@pytest.mark.parametrize(
    ("href", "title"),
    [
        ("/comments/feed/", "Example » Comments Feed"),
        ("/all/feed/", "Beispiel » Kommentar-Feed"),
        ("/?feed=comments-rss2", ""),
        (STORY + "/feed/", "Example » Council votes"),
        (STORY + "/feed/atom/", ""),
    ],
)
def test_feeds_of_comments_are_dropped(href, title):
    head = f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'
    assert documents("", head=head) == []


def test_anchors_that_look_like_feeds_are_candidates():
    body = """<a href="/rss">x</a> <a href="/service/rss-feeds.html">All feeds</a> <a href="/syndication/">RSS</a>
    <a href="/index.php?format=feed">x</a> <a href="https://feedly.com/i/feed/https://www.example.com/">x</a>
    <a href="/world?from=rss">World</a>
    <a href="/2024/05/17/how-an-rss-feed-saved-my-day">How an RSS feed saved my day</a>"""
    assert documents(body, kind="section") == [
        ("candidate", "rss"),
        ("candidate", "service/rss-feeds.html"),
        ("candidate", "syndication/"),
        ("candidate", "index.php?format=feed"),
    ]
    many = "".join(f'<a href="/rss/{number}.xml">x</a>' for number in range(300))
    assert len(documents(many)) == MAX_FEED_ANCHORS


def test_sections_are_the_menu_links_of_a_home_page():
    body = f"""<header><a href="/">Home</a><nav><a href="/politics">Politics</a><a href="/news/world/">World</a>
    <a href="https://sport.example.com/">Sport</a><a href="/about-us">About</a><a href="/login">Log in</a>
    <a href="https://shop.example.com/">Shop</a><a href="https://other.example/politics">Elsewhere</a>
    <a href="/a/b/c">Deep</a><a href="/photo.jpg">Photo</a><a href="{STORY}">Council votes to reopen bridge</a>
    </nav></header>
    <div class="main-menu"><a href="/culture">Culture</a><a href="/politics/">Politics again</a></div>
    <main><a href="/weekend">Weekend</a></main>"""
    assert documents(body) == [
        ("section", "politics"),
        ("section", "news/world/"),
        ("section", "https://sport.example.com/"),
        ("section", "culture"),
    ]
    assert documents(body, kind="section") == []
    assert len(documents("<nav>" + "".join(f'<a href="/s{n}">S</a>' for n in range(40)) + "</nav>")) == MAX_SECTIONS


@pytest.mark.parametrize(
    ("url", "body", "following"),
    [
        ("politics", '<a rel="next" href="/politics?offset=20">Older</a>', "politics?offset=20"),
        ("politics", '<a href="?page=1">1</a><a href="?page=2">2</a><a href="?page=3">3</a>', "politics?page=2"),
        ("politics", '<a href="?page=1">2</a><a href="?page=2">3</a>', "politics?page=1"),
        ("politics/page/2/", '<a href="/politics/">1</a><a href="/politics/page/3/">3</a>', "politics/page/3/"),
        ("politics", '<a href="/politics/2/">2</a>', "politics/2/"),
        ("", '<a href="/page/2/">Older posts</a>', "page/2/"),
        ("politics?page=2&sort=new", '<a href="/politics?sort=new&page=3">3</a>', "politics?page=3&sort=new"),
    ],
)  # fmt: skip
def test_the_next_page_of_a_listing_is_found(url, body, following):
    assert documents(body, url=HOME + url, kind="section") == [("section", following)]


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("politics", '<a href="/world?page=2">2</a>'),
        ("politics", '<a href="/politics/page/3">3</a>'),
        ("politics?page=3", '<a href="?page=2">2</a><a href="?page=5">5</a>'),
        ("politics", '<a href="/politics/2024">2024</a>'),
        ("politics", '<a rel="next" href="https://other.example/politics?page=2">Next</a>'),
    ],
)
def test_other_numbers_are_no_next_page(url, body):
    assert documents(body, url=HOME + url, kind="section") == []


@pytest.mark.parametrize(
    ("url", "next_url"),
    [
        ("https://example.com/old-bridge-opens?page=1", "https://example.com/old-bridge-opens?page=2"),
        ("https://example.com/bridge", "https://example.com/bridge?page=2"),
        ("https://example.com/bridge", "https://www.example.com/bridge/page/2/"),
        ("https://example.com/2024/05/17/bridge/", "https://example.com/2024/05/17/bridge/2/"),
        ("https://example.com/2024/05/17/bridge/2/", "https://example.com/2024/05/17/bridge/3/"),
        ("https://example.com/bridge-opens-12345.html", "https://example.com/bridge-opens-12345-2.html"),
        ("https://example.com/bridge_12345.html", "https://example.com/bridge_12345_2.html"),
        ("https://example.com/bridge,12345.html", "https://example.com/bridge,12345,2.html"),
        ("https://example.com/story.php?id=12345", "https://example.com/story.php?id=12345&p=2"),
        ("https://example.com/2024/05/17/bridge/amp/", "https://example.com/2024/05/17/bridge/2"),
    ],
)
def test_the_next_page_of_an_article_continues_it(url, next_url):
    assert continuation(url, next_url)


@pytest.mark.parametrize(
    ("url", "next_url"),
    [
        ("https://example.com/2024/05/17/bridge/", "https://example.com/2024/05/16/another-story/"),
        ("https://example.com/2024/05/17/bridge/", "https://example.com/2024/05/17/bridge-2/"),
        ("https://example.com/news/8", "https://example.com/news/9"),
        ("https://example.com/?p=11", "https://example.com/?p=12"),
        ("https://example.com/story?id=11", "https://example.com/story?id=12"),
        ("https://example.com/news/12345", "https://example.com/news/12346"),
        ("https://example.com/bridge?page=2", "https://example.com/bridge?page=4"),
        ("https://example.com/bridge?page=2", "https://example.com/bridge?page=1"),
        ("https://example.com/bridge", "https://example.com/bridge"),
        ("https://example.com/bridge", "https://other.example/bridge?page=2"),
        ("https://example.com/bridge?id=1", "https://example.com/bridge?id=2&page=2"),
        ("http://[::1", "http://[::1?page=2"),
        ("", ""),
    ],
)
def test_another_article_is_no_continuation(url, next_url):
    assert not continuation(url, next_url)


def test_pages_in_other_encodings_are_read():
    body = f'<meta charset="windows-1251"><a href="{STORY}">Мост снова открыт сегодня утром</a>'.encode("cp1251")
    for given in (None, "windows-1251", "no-such-encoding"):
        assert (
            read_page(body, url=HOME, kind="home", encoding=given).links[0].title == "Мост снова открыт сегодня утром"
        )


def test_a_page_of_unclosed_elements_keeps_its_links():
    assert len(read("<font>" * 1_000 + f'<a href="{STORY}">Council votes to reopen the bridge</a>').links) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 1_000_000, b"<br>" * 1_300_000, b"<div>" * 1_000_000, b"<" * 1_000_000, b"<a href=" * 100_000,
     b"<nav>" * 100_000, b"<a href='/x'>" * 20_000, "<p>".encode("utf-16"), b"<!--" * 100_000,
     b"\xff\xfe\x00\xd8" * 1_000,
     b"<base href='http://[::1'><a href='//['>x</a><link rel=alternate type=application/rss+xml href='http://[::1'>"],
    ids=range(12),
)  # fmt: skip
def test_hostile_bytes_give_an_empty_page_soon(body):
    started = time.monotonic()
    announced = read_page(body, url=HOME, kind="home")
    assert announced.links == ()
    assert time.monotonic() - started < 10
