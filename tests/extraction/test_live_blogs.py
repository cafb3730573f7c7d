"""Live blogs and their entries."""

import pytest

BLOG = {
    "@type": "LiveBlogPosting",
    "headline": "The vote as it happens",
    "datePublished": "2026-11-20T08:00:00+01:00",
    "liveBlogUpdate": [
        {
            "@type": "BlogPosting",
            "headline": "The doors are open",
            "datePublished": "2026-11-20T08:10:00+01:00",
            "articleBody": "<p>The doors are open &amp; people come in.</p>",
        },
        {"@type": "BlogPosting", "datePublished": "2026-11-20T08:20:00", "articleBody": "The mayor speaks."},
    ],
}


def test_entries_have_their_own_times(read):
    found = read(jsonld=BLOG, hints={"timezone": "Europe/Oslo"})
    assert found.fields["type"] == "LiveBlogPosting"
    assert found.fields["headline"] == "The vote as it happens"
    assert found.updates == (
        {
            "datePublished": "2026-11-20T08:10:00+01:00",
            "headline": "The doors are open",
            "articleBody": "The doors are open & people come in.",
        },
        {"datePublished": "2026-11-20T08:20:00+01:00", "articleBody": "The mayor speaks."},
    )


def test_an_entry_with_the_pages_address_is_not_the_article(read):
    address = "https://www.harbour-courier.example/news/2026/11/20/a-bridge-is-built-over-the-river"
    entry = {**BLOG["liveBlogUpdate"][0], "url": f"{address}#entry-1", "author": "Nobody", "publisher": "X"}
    assert read(jsonld={**BLOG, "liveBlogUpdate": [entry]}).fields["headline"] == "The vote as it happens"


@pytest.mark.parametrize(
    "entries",
    [
        None,
        "text",
        [None, 7, "text", {}],
        [{"datePublished": "yesterday", "articleBody": "When?"}],
        [{"datePublished": "2026-11-20", "articleBody": ""}],
        [{"datePublished": "2026-11-20", "articleBody": "x" * 100_000}],
        [[[{"datePublished": "2026-11-20"}]]],
    ],
)
def test_what_is_no_entry_is_left_out(read, entries):
    assert read(jsonld={**BLOG, "liveBlogUpdate": entries}).updates == ()


def test_an_article_has_no_entries(read):
    assert read(jsonld={**BLOG, "@type": "NewsArticle"}).updates == ()
