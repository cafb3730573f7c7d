"""Which links are worth fetching: those of feeds all, those of sitemaps and pages by what they look like."""

import re

import pytest

from crawler.discovery import Link
from crawler.sources import Source
from crawler.spiders.findings import GREY_LEAST, Findings

SITE = "https://courier.example/"
ARTICLE = f"{SITE}news/2026/11/20/council-votes-to-rebuild-the-ferry-landing-a12345"
OTHER = f"{SITE}tag/ferries"


@pytest.fixture
def findings():
    return Findings(Source(id="courier", home=SITE, deny=re.compile("/live/")))


def judged(findings, *links, **known):
    return {finding.link.url: finding.refusal for finding in findings.of(links, now=0, **known)}


def link(url, method, score=None):
    return Link(url=url, method=method, score=score)


@pytest.mark.parametrize("method", ["feed", "news_sitemap"])
def test_what_a_feed_announces_is_taken_whatever_it_looks_like(findings, method):
    assert judged(findings, link(OTHER, method)) == {OTHER: None}


@pytest.mark.parametrize("method", ["feed", "sitemap"])
def test_what_lies_elsewhere_is_refused_by_name(findings, method):
    elsewhere = "https://elsewhere.example/news/2026/11/20/a-story-of-many-words"
    assert judged(findings, link(elsewhere, method)) == {elsewhere: "off_site"}


def test_what_the_operator_denies_is_refused_by_name(findings):
    assert judged(findings, link(f"{SITE}live/a", "feed")) == {f"{SITE}live/a": "denied"}


def test_what_is_plainly_no_article_in_a_sitemap_is_refused_by_name(findings):
    found = judged(findings, link(ARTICLE, "sitemap"), link(OTHER, "sitemap"))
    assert found == {ARTICLE: None, OTHER: "not_article_address"}


def test_what_is_plainly_no_article_on_a_page_is_not_even_announced(findings):
    found = judged(findings, link(ARTICLE, "page"), link(OTHER, "page"), link("https://x.example/a", "page"))
    assert found == {ARTICLE: None}


@pytest.mark.parametrize("method", ["sitemap", "page"])
def test_the_operators_own_pattern_knows_better_than_any_score(method):
    findings = Findings(Source(id="courier", home=SITE, allow=re.compile("/tag/")))
    assert judged(findings, link(OTHER, method)) == {OTHER: None}


def test_only_a_few_links_that_may_or_may_not_be_articles_are_tried(findings):
    grey = [link(f"{SITE}x{number}", "page", score=1.0) for number in range(100)]
    taken = judged(findings, *grey)
    assert 0 < len(taken) <= GREY_LEAST
    assert judged(findings, *grey) == {}


def test_a_source_with_many_articles_may_try_more_of_them(findings):
    articles = [link(f"{ARTICLE}{number}", "page") for number in range(100)]
    judged(findings, *articles)
    grey = [link(f"{SITE}x{number}", "page", score=1.0) for number in range(100)]
    assert len(judged(findings, *grey)) == 10


def test_links_of_a_shape_that_led_to_articles_are_all_taken(findings):
    grey = [link(f"{SITE}item/{word}", "page", score=0.5) for word in ("one", "two", "three", "four", "five", "six")]
    assert len(judged(findings, *grey, likely={"courier.example/item/word"})) == len(grey)


def test_only_what_pages_link_to_and_no_pattern_names_is_judged_by_its_shape(findings):
    links = [link(f"{ARTICLE}{method}", method) for method in ("feed", "news_sitemap", "sitemap", "page")]
    shapes = {finding.link.method: finding.shape for finding in findings.of(links, now=0)}
    assert shapes == {
        "feed": None,
        "news_sitemap": None,
        "sitemap": None,
        "page": "courier.example/news/#/#/#/headline-##",
    }
    named = Findings(Source(id="courier", home=SITE, allow=re.compile("/news/")))
    (finding,) = named.of([link(ARTICLE, "page")], now=0)
    assert finding.shape is None
