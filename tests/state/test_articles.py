"""Accepted articles: saved with their line and their names in one step, or not at all."""

import pytest

from crawler.discovery import Link
from crawler.state.announcements import Finding
from crawler.state.outbox import Segment

SITE = "https://courier.example/"
RUN = "20261122T101500Z"


def accept(state, article, asked=None, aliases=None, line=b"{}\n"):
    asked = asked or article.url
    state.frontier.admit(asked, source="courier", now=1)
    return state.articles.accept(
        article, line, key=article.url.removeprefix("https://"), asked=asked.removeprefix("https://"),
        aliases=aliases or {}, day="2026-11-22", run=RUN, now=2,
    )  # fmt: skip


def counts(state):
    return {key: n for key, n in state.frontier.tally().get("courier", {}).items() if n}


@pytest.fixture
def outbox(state, freeze):
    """Returns the lines in the outbox once all of them are frozen."""

    def lines():
        freeze()
        return [line.line for line in state.outbox.lines(99)]

    return lines


def test_an_article_its_line_and_its_outcome_are_saved_together(state, new_article, outbox):
    assert accept(state, new_article(f"{SITE}a")) is None
    assert outbox() == [b"{}\n"]
    assert counts(state) == {("stored", ""): 1}


def test_the_second_article_of_one_address_changes_nothing(state, new_article, outbox):
    accept(state, new_article(f"{SITE}a"))
    known = accept(state, new_article(f"{SITE}a", "another text"), asked=f"{SITE}b")
    assert known.url == f"{SITE}a"
    assert len(outbox()) == 1
    assert counts(state) == {("stored", ""): 1, ("pending", ""): 1}


def test_an_article_that_cannot_be_saved_leaves_its_address_to_be_fetched_again(state, new_article, outbox):
    accept(state, new_article(f"{SITE}a"))
    clash = new_article(f"{SITE}b", id=new_article(f"{SITE}a").id)
    with pytest.raises(Exception, match=r"(?i)unique"):
        accept(state, clash)
    assert counts(state) == {("stored", ""): 1, ("pending", ""): 1}
    assert len(outbox()) == 1


def test_an_article_is_known_by_the_names_that_led_to_it(state, new_article):
    accept(state, new_article(f"{SITE}final"), asked=f"{SITE}asked", aliases={"courier.example/asked": "redirect"})
    assert state.articles.by_key("courier.example/asked").url == f"{SITE}final"
    assert state.articles.by_key("courier.example/final").headline.startswith("Headline")
    assert state.articles.by_key("courier.example/other") is None


def test_an_article_is_not_known_by_a_name_that_it_only_claims(state, new_article):
    accept(state, new_article(f"{SITE}a"), aliases={"courier.example/b": "canonical"})
    assert state.articles.by_key("courier.example/b") is None
    assert state.articles.claiming("courier.example/b").url == f"{SITE}a"


def test_the_article_at_a_claimed_address_ends_the_claim(state, new_article):
    accept(state, new_article(f"{SITE}a"), aliases={"courier.example/b": "canonical"})
    assert accept(state, new_article(f"{SITE}b", "another text")) is None
    assert state.articles.claiming("courier.example/b") is None
    assert state.history("courier.example/b").article["url"] == f"{SITE}b"


def test_no_article_can_take_the_address_of_a_stored_one(state, new_article):
    accept(state, new_article(f"{SITE}a"))
    for how in ("canonical", "page", "redirect"):
        accept(state, new_article(f"{SITE}{how}", how), aliases={"courier.example/a": how})
    assert state.articles.by_key("courier.example/a").url == f"{SITE}a"
    assert state.history("courier.example/a").aliased_from is None


def test_the_target_of_a_redirect_that_waits_is_its_duplicate(state, new_article):
    found = [Finding(link=Link(url=f"{SITE}final", method="feed"))]
    state.frontier.announce("courier", "feed", found, now=1)
    accept(state, new_article(f"{SITE}final"), asked=f"{SITE}asked", aliases={"courier.example/asked": "redirect"})
    assert counts(state) == {("stored", ""): 1, ("duplicate", "redirect"): 1}


def test_a_headline_with_half_a_character_is_saved(state, new_article):
    assert accept(state, new_article(f"{SITE}a", headline="half \udfff a character")) is None
    assert state.articles.by_key("courier.example/a").headline == "half \ufffd a character"


def test_articles_of_the_same_text_come_first_stored_first(state, new_article):
    for name in "ab":
        accept(state, new_article(f"{SITE}{name}"))
    found = state.articles.by_text(new_article(f"{SITE}a").contentHash)
    assert {known.url for known in found} == {f"{SITE}a", f"{SITE}b"}
    assert state.articles.by_text("0" * 64) == []


def test_published_lines_leave_the_outbox_and_are_found_by_their_position(state, new_article, freeze):
    for name, line in (("a", b"first\n"), ("b", b"second\n")):
        accept(state, new_article(f"{SITE}{name}", name), line=line)
        freeze()
    begun = Segment(name="2026-11-22.jsonl", day="2026-11-22", part=1, size=0, lines=0, worker=state.outbox.worker)
    grown = state.outbox.published(begun, state.outbox.lines(9))
    assert (grown.size, grown.lines) == (13, 2)
    assert state.outbox.last_segment("2026-11-22") == grown
    assert state.outbox.lines(9) == []
    assert state.history("courier.example/b").article["position"] == 6
