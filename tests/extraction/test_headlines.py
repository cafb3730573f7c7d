"""Which of a page's titles is its headline."""

import pytest

from crawler.extraction.headline import completed, same_words, without_site

SITE = {"The Harbour Courier", "harbour-courier.example"}
LONG = "A second bridge is to be built over the river at Saltmere after years of talk"


def og(title):
    return f'<meta property="og:title" content="{title}"><meta property="og:site_name" content="The Harbour Courier">'


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("A bridge at last | Town", "A bridge at last"),
        ("A bridge at last – Town | The Harbour Courier", "A bridge at last"),
        ("A bridge at last ⋆ The Harbour Courier", "A bridge at last"),
        ("A bridge at last ⋆", "A bridge at last"),
        ("다리가 마침내 놓였다-정치ㅣThe Harbour Courier", "다리가 마침내 놓였다"),
        ("The Harbour Courier: A bridge at last", "A bridge at last"),
        ("A bridge at last » Whatever it says here", "A bridge at last"),
        ("A bridge — a market — a ferry", "A bridge — a market — a ferry"),
        ("The art of mid-town", "The art of mid-town"),
        ("Mayor says: «Build it»", "Mayor says: «Build it»"),
        ("Le maire dit : « Oui »", "Le maire dit : « Oui »"),
        ("«A bridge at last»", "«A bridge at last»"),
        ("Town", "Town"),
    ],
)
def test_names_of_site_and_section_are_taken_off(headline, expected):
    assert without_site(headline, SITE, ["A bridge at last"], ["Town", "정치"]) == expected


def test_a_heading_in_other_quotation_marks_still_ends_the_headline():
    assert without_site("The mayor's ‘bridge’ - Slogan of the paper", set(), ["The mayor’s 'bridge'"]) == (
        "The mayor's ‘bridge’"
    )


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        (LONG[:40] + "…", LONG),
        (LONG[:40] + " ...", LONG),
        (LONG[:43], LONG),
        ("The mayor calls the whole bridge", 'The mayor calls the whole bridge "a gift"'),
    ],
)
def test_a_headline_that_was_cut_is_completed(cut, whole):
    assert completed(cut, [whole]) == whole


@pytest.mark.parametrize(
    ("headline", "other"),
    [(LONG, LONG + " | Town"), ("Bridge", "Bridges"), (LONG + "…", LONG[:50] + "…"), ("", LONG)],
)
def test_a_whole_headline_stays(headline, other):
    assert completed(headline, [other]) == headline


def test_a_headline_that_the_title_ends_in_another_way_is_not_cut_at_a_quotation_mark():
    headline, heading = "The mayor calls the whole bridge", 'The mayor calls the whole bridge "a gift"'
    assert completed(headline, [heading], f"{headline} | The Harbour Courier") == headline
    assert completed(headline, [heading], f"{heading} | The Harbour Courier") == heading


def test_titles_that_differ_in_marks_or_a_cut_end_have_the_same_words():
    assert same_words("A bridge, at last!", "A bridge at last")
    assert same_words("A bridge at…", "A bridge at last")
    assert not same_words("A bridge at", "A bridge at last")


def test_heading_and_open_graph_outvote_jsonld(read):
    data = {"@type": "NewsArticle", "headline": "Saltmere votes"}
    found = read(jsonld=data, head=og("A bridge is built"), title="Saltmere votes")
    assert found.fields["headline"] == "A bridge is built"
    assert found.sources["headline"] == "opengraph"


def test_jsonld_that_tells_headline_and_alternative_apart_is_not_outvoted_by_a_third_wording(read):
    data = {"@type": "NewsArticle", "headline": "Saltmere votes", "alternativeHeadline": "A vote on the river"}
    assert read(jsonld=data, head=og("A bridge is built")).fields["headline"] == "Saltmere votes"
    data["alternativeHeadline"] = "A bridge is built"
    assert read(jsonld=data, head=og("A bridge is built")).fields["headline"] == "A bridge is built"


def test_a_title_for_search_engines_is_less_than_the_heading_a_reader_sees(read):
    found = read(
        head=og("Bridge building in Saltmere, explained"),
        title="Bridge building in Saltmere, explained",
        h1="Why Saltmere is building a bridge",
    )
    assert found.fields["headline"] == "Why Saltmere is building a bridge"
    assert found.sources["headline"] == "html"


def test_an_open_graph_title_of_its_own_is_an_editors(read):
    found = read(head=og("The bridge nobody wanted to pay for"), title="Bridge building explained", h1="On the bridge")
    assert found.fields["headline"] == "The bridge nobody wanted to pay for"


def test_a_heading_about_something_else_is_not_the_headline(read):
    found = read(head=og("A bridge at last"), title="A bridge at last", h1="Welcome to your morning newsletter")
    assert found.fields["headline"] == "A bridge at last"


def test_a_heading_that_begins_with_a_kicker_is_not_preferred(read):
    found = read(head=og("A bridge at last"), title="A bridge at last", h1="<span>Saltmere</span> A bridge at last")
    assert found.fields["headline"] == "A bridge at last"


def test_the_feeds_title_is_kept_where_its_words_differ(read):
    assert read(hints={"title": "Eleven years later"}).fields["alternativeHeadline"] == "Eleven years later"
    assert "alternativeHeadline" not in read(hints={"title": "A bridge is BUILT!"}).fields
    assert "alternativeHeadline" not in read(hints={"title": "A bridge …"}).fields
