"""Exploring a site: the usual places are tried one at a time, only where they are needed, and not every day."""

import pytest

from crawler.spiders.exploration import AGAIN, Exploration
from crawler.state.documents import Document

HOME = "https://courier.example/"


def document(kind, url=HOME, origin="sources"):
    return Document(source="courier", url=url, kind=kind, origin=origin)


HOME_PAGE, ROBOTS = document("home"), document("robots", f"{HOME}robots.txt")


@pytest.fixture
def exploration():
    """A site whose home page and robots.txt have been asked for."""
    exploration = Exploration(HOME, known=(), last=None, now=0)
    exploration.begin()
    exploration.begin()
    return exploration


def answered(exploration):
    exploration.end(HOME_PAGE, "home")
    exploration.end(ROBOTS, "robots")
    return exploration


def guesses(exploration, answer=None):
    """Try guesses until there are none; *answer* says what each is read as."""
    tried = []
    while guess := exploration.next_guess():
        tried.append(guess)
        exploration.begin()
        exploration.end(document("candidate", guess, origin="guess"), answer(guess) if answer else None)
    return tried


def test_nothing_is_guessed_while_documents_are_in_flight(exploration):
    assert exploration.next_guess() is None
    exploration.end(HOME_PAGE, "home")
    assert exploration.next_guess() is None
    assert not exploration.is_done
    exploration.end(ROBOTS, "robots")
    assert exploration.next_guess()


def test_a_site_that_does_not_answer_is_not_guessed_at_and_not_explored(exploration):
    exploration.end(HOME_PAGE, None)
    exploration.end(ROBOTS, None)
    assert exploration.next_guess() is None
    assert not exploration.is_done


@pytest.mark.parametrize("kind", ["feed", "news_sitemap"])
def test_a_site_that_names_something_fresh_is_not_guessed_at(exploration, kind):
    exploration.begin()
    exploration.end(document(kind, origin=HOME), kind)
    assert answered(exploration).next_guess() is None
    assert exploration.is_done


@pytest.mark.parametrize("kind", ["feed", "news_sitemap"])
def test_a_site_whose_fresh_document_is_known_but_fails_today_is_not_guessed_at(kind):
    exploration = Exploration(HOME, known=[document(kind, origin=HOME)], last=None, now=0)
    exploration.begin()
    exploration.end(HOME_PAGE, "home")
    assert exploration.next_guess() is None


def test_a_plain_sitemap_is_not_fresh(exploration):
    exploration.begin()
    exploration.end(document("sitemap", origin=HOME), "sitemap")
    assert answered(exploration).next_guess()


def test_every_usual_place_is_tried_once_when_none_answers(exploration):
    tried = guesses(answered(exploration))
    assert len(tried) == len(set(tried)) > 30
    assert all(place.startswith(HOME) for place in tried)
    assert exploration.is_done


def test_the_first_feed_that_is_found_ends_the_search_for_feeds_but_not_for_sitemaps(exploration):
    tried = guesses(answered(exploration), lambda guess: "feed" if guess.endswith("/rss") else None)
    assert f"{HOME}rss" in tried
    assert f"{HOME}rss.xml" not in tried
    assert [place for place in tried if "sitemap" in place]


def test_the_usual_places_are_tried_again_only_after_a_while():
    for now, expected in ((AGAIN - 1, False), (AGAIN + 1, True)):
        exploration = Exploration(HOME, known=(), last=0, now=now)
        exploration.begin()
        exploration.end(HOME_PAGE, "home")
        assert bool(exploration.next_guess()) is expected
