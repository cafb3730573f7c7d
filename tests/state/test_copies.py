"""The copy index: finds a text by its copies on other sites, forgets it in time, and names what is damaged."""

import random

import pytest

from crawler.state import StorageError
from crawler.state.copies import DAY


def text(number):
    chance = random.Random(number)
    return " ".join("".join(chance.choices("aeiourtlsn", k=6)) for _ in range(300))


@pytest.fixture
def add(state, new_article):
    def make(number, url, now=0.0):
        article = new_article(url, text(number))
        state.copies.add(article, now=now)
        return article

    return make


def elsewhere(state, article):
    return [found.article for found in state.copies.like(article) if found.domain != article.publisher["domain"]]


def test_a_text_is_found_by_its_copy_on_another_site(state, add, new_article):
    original = add(1, "https://one.org/a")
    add(2, "https://two.org/b")
    assert elsewhere(state, new_article("https://three.org/c", text(1)[:1400])) == [original.id]


def test_a_text_is_not_found_by_another_page_of_its_own_site(state, add, new_article):
    add(1, "https://one.org/a")
    assert elsewhere(state, new_article("https://www.one.org/c", text(1))) == []


def test_a_text_is_forgotten_in_time(state, add, new_article):
    add(1, "https://one.org/a", now=0)
    kept = add(2, "https://one.org/b", now=10 * DAY)
    assert state.copies.expire(now=15 * DAY, days=14) == 1
    assert elsewhere(state, new_article("https://two.org/c", text(1))) == []
    assert elsewhere(state, new_article("https://two.org/c", text(2))) == [kept.id]


def test_a_damaged_row_is_a_storage_error_that_names_the_article(state, add, new_article):
    original = add(1, "https://one.org/a")
    state._db.execute("UPDATE sketch SET data = ?", (b"\0",))  # as a hand or a bad disk would
    with pytest.raises(StorageError, match=original.id):
        elsewhere(state, new_article("https://two.org/c", text(1)))
