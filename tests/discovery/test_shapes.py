"""Shapes of addresses: what many have in common, and when trying them has taught enough."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.shapes import NEVER, NO_MORE, REMEMBERED, Experience, Standing, shape_of

SITE = "https://www.courier.example"


def tried(outcomes):
    known = Experience()
    for is_article in outcomes:
        known = known.after(is_article=is_article)
    return known


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/", "/"),
        ("/storm", "/word"),
        ("/storm.html", "/word.html"),
        ("/news/storm-hits", "/news/words"),
        ("/news/storm-hits-the-old-pier", "/news/headline"),
        ("/news/storm-hits-the-old-pier-a12345.html", "/news/headline-##.html"),
        ("/news/2026/11/20/storm-hits-the-old-pier", "/news/#/#/#/headline"),
        ("/2026/11", "/#/#"),
        ("/news/world/europe/12345", "/news/*/*/##"),
        ("/article/c8q2z9xabc", "/article/word-##"),
        ("/story.php?id=7&page=2&a=1&z=1", "/word.php?a&id&page"),
        ("/новости/в-порту-снова-ходит-ночной-паром", "/новости/headline"),
        ("/a-person-who-writes-very-long-names-here/a", "/*/"),
    ],
)
def test_addresses_are_told_by_first_segment_depth_and_end(path, shape):
    assert shape_of(SITE + path) == f"courier.example{shape}"


def test_other_spellings_of_an_address_have_its_shape():
    one = shape_of(f"{SITE}/news/storm-hits-the-pier")
    assert one == shape_of("http://m.courier.example/news//storm-hits-the-pier/?utm_source=x")
    assert one != shape_of("https://sport.courier.example/news/storm-hits-the-pier")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_has_a_shape(text):
    for url in (text, f"{SITE}/{text}"):
        assert len(shape_of(url)) <= 3 * len(url) + 40


@pytest.mark.parametrize(
    ("outcomes", "standing"),
    [
        ([], Standing.OPEN),
        ([False, False], Standing.OPEN),
        ([True], Standing.LIKELY),
        ([False, True], Standing.LIKELY),
        ([True, False, False], Standing.SELDOM),
        ([False] * 3, Standing.SELDOM),
        ([False] * NEVER, Standing.BARREN),
        ([True] + [False] * NEVER, Standing.SELDOM),
        ([True] * 100 + [False] * NO_MORE, Standing.BARREN),
        ([False] * NEVER + [True], Standing.SELDOM),
        ([False] * NEVER + [True] * NEVER, Standing.LIKELY),
    ],
)
def test_what_is_expected_of_a_shape_follows_from_how_its_addresses_ended(outcomes, standing):
    assert tried(outcomes).standing is standing


def test_old_outcomes_count_less_and_the_first_article_is_never_forgotten():
    known = tried([True] + [False] * 20 * REMEMBERED)
    assert known.tries <= REMEMBERED
    assert known.articles == 1
