from crawler.discovery.guesses import feed_guesses, sitemap_guesses
from crawler.urls import fetch_form


def test_guesses_lie_at_the_root_of_the_host_and_have_no_repeats():
    for guesses in (feed_guesses("https://example.com/"), sitemap_guesses("https://example.com/index.html")):
        assert all(url.startswith("https://example.com/") and fetch_form(url) == url for url in guesses)
        assert len(set(guesses)) == len(guesses)


def test_news_sitemaps_are_tried_before_plain_ones():
    guesses = sitemap_guesses("https://example.com")
    assert guesses[0] == "https://example.com/news-sitemap.xml"
    assert guesses.index("https://example.com/sitemap-news.xml") < guesses.index("https://example.com/sitemap.xml")


def test_a_site_below_a_path_is_tried_there_first():
    assert feed_guesses("https://example.com/paper/")[0] == "https://example.com/paper/feed"
    assert "https://example.com/feed" in feed_guesses("https://example.com/paper/")


def test_what_is_no_address_has_no_guesses():
    assert feed_guesses("no address") == sitemap_guesses("http://[::1") == ()
