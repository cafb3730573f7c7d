"""What is an article and what is not."""

import pytest

SITE = "https://www.harbour-courier.example"
TEASER = (
    '<div class="t"><h3><a href="/news/story-number-{0}">Story number {0} of the week</a></h3>'
    "<p>Something happened in Saltmere on day {0}, and people who saw it have told us about it at length.</p></div>"
)
LIST = "".join(TEASER.format(n) for n in range(12))


def listing(head="", title="News"):
    return f"<html><head><title>{title}</title>{head}</head><body><main><h1>{title}</h1>{LIST}</main></body></html>"


def test_an_article_is_an_article(read):
    found = read(jsonld={"@type": "NewsArticle", "headline": "A bridge is built", "author": "Edda Farrow"})
    assert found.reason is None
    assert found.probability > 0.9


def test_an_article_that_declares_nothing_is_still_one(read):
    assert read().reason is None


def test_an_article_with_many_teasers_below_is_still_one(read):
    assert read(bottom=f"<aside>{LIST}</aside>").reason is None


def test_an_article_filed_under_a_topic_is_still_one(read):
    assert read(url=f"{SITE}/topics/2026/11/20/a-bridge-is-built-over-the-river").reason is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/", "index"),
        ("/news/", "index"),
        ("/news/page/2", "index"),
        ("/tag/bridges", "tag"),
        ("/thema/bruecken/", "tag"),
        ("/author/edda-farrow", "author"),
        ("/staff/edda-farrow", "author"),
    ],
)
def test_a_page_of_teasers_is_a_list(read_html, path, reason):
    found = read_html(listing(), url=SITE + path)
    assert found.reason == reason
    assert found.detail


def test_a_collection_says_what_it_is(read_html):
    head = '<script type="application/ld+json">{"@type": "ProfilePage", "name": "Edda Farrow"}</script>'
    assert read_html(listing(head), url=f"{SITE}/edda").reason == "author"


def test_a_player_with_a_line_below_is_a_video(read):
    found = read(
        jsonld={"@type": "VideoObject", "name": "The bridge"}, paragraphs=["The bridge is built, as our film shows."]
    )
    assert found.reason == "video"


def test_an_article_with_a_video_in_it_is_an_article(read):
    found = read(jsonld={"@graph": [{"@type": "NewsArticle", "headline": "A bridge"}, {"@type": "VideoObject"}]})
    assert found.reason is None


def test_pictures_with_captions_are_a_gallery(read):
    found = read(
        url=f"{SITE}/fotos/the-bridge-in-pictures", paragraphs=["The bridge, seen from the tower of the church."]
    )
    assert found.reason == "gallery"


def test_a_shop_page_is_a_product(read_html):
    found = read_html(
        '<html><head><title>Kettle</title><meta property="og:type" content="product">'
        '<script type="application/ld+json">{"@type": "Product", "name": "Kettle"}</script></head><body><h1>Kettle</h1>'
        '<div class="product-price">$ 40</div><button class="add-to-cart">Add</button>'
        "<p>A kettle of enamelled steel that holds two litres, whistles in B flat and lasts longer than others.</p>"
        "<p>Free delivery over $ 50. Returns within thirty days. Two kettles for $ 70, a third one for $ 30.</p>",
        url="https://shop.example/products/kettle",
    )
    assert found.reason == "product"


@pytest.mark.parametrize(
    "path", ["/about", "/contact/", "/impressum", "/en/privacy-policy", "/login", "/terms-of-use.html"]
)
def test_a_page_of_the_site_about_itself_is_static(read, path):
    assert read(url=SITE + path).reason == "static"


def test_being_announced_by_a_feed_speaks_for_an_article(read):
    quiet = {"url": f"{SITE}/x1"}
    assert read(hints={"method": "feed"}, **quiet).probability > read(hints={"method": "page"}, **quiet).probability


def test_a_page_without_text_has_none(read_html):
    assert read_html("<html><head><title>Nothing</title></head><body><div></div></body></html>").reason == "no_text"


def test_a_caption_is_too_short(read):
    assert read(paragraphs=["The bridge, yesterday."]).reason == "too_short"


def test_a_text_without_any_headline_is_told(read):
    assert read(h1="", title="").reason == "no_headline"


def test_the_feeds_title_is_a_headline(read):
    found = read(h1="", title="", hints={"title": "A bridge is built", "method": "feed"})
    assert (found.reason, found.fields["headline"], found.sources["headline"]) == (None, "A bridge is built", "feed")


def test_more_links_or_headings_than_any_article_has_make_a_list(read_html):
    assert read_html("<html><body>" + '<p><a href="/x">A link</a></p>' * 7_000).reason == "index"
    assert read_html("<html><body>" + "<h2>A heading</h2>" * 5_000).reason == "index"


def test_a_thread_of_a_forum_is_one(read_html, paragraphs):
    posts = "".join(f'<div class="post-body"><p>{p} I think so.</p></div><button>Reply</button>' for p in paragraphs)
    script = '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'
    page = f"<html><head><title>Bridge?</title>{script}</head><body><h1>Bridge?</h1>{posts}</body></html>"
    assert read_html(page, url="https://forum.example/viewtopic.php?t=7").reason == "forum"


def test_a_page_of_a_manual_is_documentation(read_html):
    steps = "".join(
        f"<h3><code>open({n})</code></h3><p>You open your bridge with <code>{n}</code> if you need it open.</p>"
        f"<pre><code>bridge --open {n}</code></pre><button>Copy</button>"
        for n in range(12)
    )
    page = f"<html><head><title>Bridge API</title></head><body><h1>Bridge API</h1>{steps}</body></html>"
    assert read_html(page, url="https://docs.example/reference/bridge").reason == "documentation"


@pytest.mark.parametrize(
    "path", ["/2026/11/20/a-bridge-is-built", "/presse/pressemitteilungen/2026-17", "/blog/why-we-build-a-bridge"]
)
def test_press_releases_and_blog_posts_that_declare_nothing_are_articles(read, path):
    found = read(url=SITE + path)
    assert found.reason is None
    assert found.probability > 0.5


def test_a_verdict_names_what_speaks_against_an_article_and_what_is_missing(read_html):
    detail = read_html(listing(), url=f"{SITE}/tag/bridges").detail
    assert detail.startswith("Against an article: ")
    assert "; missing: " in detail


def test_a_video_with_a_whole_report_below_is_an_article(read, paragraphs):
    found = read(
        url=f"{SITE}/videos/a-bridge-is-built-over-the-river",
        jsonld={"@type": "VideoObject", "name": "The bridge"},
        paragraphs=paragraphs * 2,
    )
    assert found.reason is None
