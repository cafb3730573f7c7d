"""Shapes of addresses in the state: likely ones first, barren ones refused by name, and nothing lost by it."""

from itertools import product

import pytest

from crawler.discovery import Link
from crawler.discovery.shapes import NEVER, Experience, shape_of
from crawler.state.announcements import Finding
from crawler.state.shapes import MOST, TRIAL

SITE = "https://courier.example/"
RUN = "20261122T101500Z"


@pytest.fixture
def announce(state):
    def announce(*paths, now=10, method="page", document="front page"):
        links = [Link(url=SITE + path, method=method) for path in paths]
        found = [Finding(link=link, shape=shape_of(link.url) if method == "page" else None) for link in links]
        return state.frontier.announce("courier", document, found, now=now)

    return announce


@pytest.fixture
def visit(state):
    """Lease up to so many addresses, let those under /news/ be articles, and return the paths in their order."""

    def visit(count=1000, now=20):
        leases = state.frontier.lease("courier", count, run=RUN, now=now)
        for lease in leases:
            if lease.url.startswith(f"{SITE}news/"):
                state.frontier.settle(lease.key, "stored", run=RUN, now=now)
            else:
                state.frontier.settle(lease.key, "rejected", reason="tag", run=RUN, now=now)
        return [lease.url.removeprefix(SITE) for lease in leases]

    return visit


def counts(state):
    tally = {key: n for key, n in state.frontier.tally()["courier"].items() if n}
    assert sum(tally.values()) == state.frontier.announced()["courier"]
    return tally


def tags(first, last):
    names = list(map("".join, product("abcdefghij", repeat=2)))
    return [f"tag/t{name}" for name in names[first:last]]


def test_shapes_that_led_to_articles_are_fetched_before_those_that_did_not(announce, visit):
    announce("news/a-storm", "tag/ta", "tag/tb", "tag/tc")
    visit()
    announce("tag/td", "photo/words", "news/b-storm", "tag/te")
    assert visit() == ["news/b-storm", "photo/words", "tag/td", "tag/te"]


def test_what_waits_takes_its_new_place_as_soon_as_its_shape_is_known(announce, visit):
    announce("tag/ta", now=9)
    announce(*tags(0, 5), *[f"news/{n}-storm" for n in "abc"], now=5)
    assert visit(1) == ["tag/ta"]
    ended = [path for _ in range(8) for path in visit(1)]
    assert ended.index("news/c-storm") < 6


def test_an_old_address_of_a_likely_shape_does_not_go_before_new_ones_for_ever(announce, visit):
    announce("news/a-storm")
    visit()
    announce("news/old-one", now=100)
    announce("tag/new", now=100 + 2 * 86_400)
    assert visit(1, now=1e6) == ["tag/new"]


def test_a_shape_that_never_led_to_an_article_is_refused_by_name_but_for_one_in_twenty(state, announce, visit):
    announce(*tags(0, NEVER))
    visit()
    announce(*tags(NEVER, NEVER + 2 * TRIAL))
    assert counts(state) == {("rejected", "tag"): NEVER, ("rejected", "barren_shape"): 38, ("pending", ""): 2}
    told = state.history(f"courier.example/{tags(NEVER, NEVER + 1)[0]}").url
    assert told["detail"] == (
        "of addresses like courier.example/tag/word none of 12 was an article; one in 20 is tried all the same"
    )


def test_what_waits_when_its_shape_turns_out_barren_is_refused_too(state, announce, visit):
    announce(*tags(0, NEVER + 2 * TRIAL))
    assert len(visit(NEVER)) == NEVER
    assert counts(state) == {("rejected", "tag"): NEVER, ("rejected", "barren_shape"): 38, ("pending", ""): 2}


def test_an_article_among_the_trials_brings_back_all_that_was_refused_for_its_shape(state, announce, visit):
    announce(*tags(0, NEVER))
    visit()
    announce(*tags(NEVER, NEVER + TRIAL))
    (trial,) = state.frontier.lease("courier", 9, run=RUN, now=20)
    state.frontier.settle(trial.key, "stored", run=RUN, now=30)
    assert counts(state) == {("rejected", "tag"): NEVER, ("pending", ""): TRIAL - 1, ("stored", ""): 1}
    assert len(visit()) == TRIAL - 1


def test_a_feed_that_names_an_address_outweighs_its_shape(state, announce, visit):
    announce(*tags(0, NEVER))
    visit()
    announce("tag/named", "tag/not")
    assert announce("tag/named", "tag/new", method="feed", document="feed") == 1
    assert sorted(visit()) == ["tag/named", "tag/new"]
    assert counts(state)[("rejected", "barren_shape")] == 1


def test_what_feeds_announce_is_never_refused_for_its_shape(announce, visit):
    announce(*tags(0, 3 * NEVER), method="feed")
    assert len(visit()) == 3 * NEVER


@pytest.mark.parametrize("reason", ["paywall", "consent_wall", "filtered", "robots", "needs_browser", "http_500"])
def test_walls_filters_and_faults_teach_nothing_of_a_shape(state, announce, reason):
    announce(*tags(0, NEVER))
    for lease in state.frontier.lease("courier", NEVER, run=RUN, now=20):
        state.frontier.settle(lease.key, "rejected", reason=reason, run=RUN, now=20)
    assert state.frontier.shapes.of("courier", "courier.example/tag/word") == Experience()


def test_shapes_of_a_source_are_bounded_and_its_own(state, announce, visit):
    sections = [f"{section}/x" for section in map("".join, product("abcdefg", repeat=3))]
    announce(*sections)
    visit(now=20)
    announce("news/a-storm")
    visit(now=30)
    tried = [state.frontier.shapes.of("courier", shape_of(SITE + section)).tries for section in sections]
    assert sum(tried) == MOST - 1
    assert state.frontier.shapes.likely("courier") == {"courier.example/news/word"}
    assert state.frontier.shapes.likely("herald") == frozenset()
