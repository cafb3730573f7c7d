"""Addresses: announced once, leased by one run, settled with one outcome, and never out of count."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery import Link
from crawler.discovery.periods import read_period
from crawler.state import CrawlState
from crawler.state.announcements import Finding
from crawler.state.frontier import OUTCOMES, Filter

SITE = "https://courier.example/"
RUN = "20261122T101500Z"


def found(path, refusal=None, **link):
    return Finding(link=Link(url=f"{SITE}{path}", method=link.pop("method", "feed"), **link), refusal=refusal)


def announce(state, *paths, now=10, document="feed", **link):
    return state.frontier.announce("courier", document, [found(path, **link) for path in paths], now=now)


def lease(state, count=10, now=20, run=RUN, **wanted):
    return state.frontier.lease("courier", count, run=run, now=now, wanted=Filter(**wanted))


def settle(state, lease, outcome="rejected", **more):
    state.frontier.settle(lease.key, outcome, run=RUN, now=30, **more)


def counts(state, source="courier"):
    return {key: n for key, n in state.frontier.tally().get(source, {}).items() if n}


def paths(leases):
    return [lease.url.removeprefix(SITE) for lease in leases]


def test_an_address_announced_twice_is_counted_once_and_has_two_witnesses(state):
    assert announce(state, "a", document="feed") == 1
    assert announce(state, "a?utm_source=x", document="sitemap") == 0
    assert state.frontier.announced() == {"courier": 1}
    witnesses = state.history("courier.example/a").announcements
    assert {row["document"] for row in witnesses} == {"feed", "sitemap"}


def test_a_refused_link_is_an_outcome_from_the_first(state):
    state.frontier.announce("courier", "feed", [found("shop", refusal="denied")], now=1)
    assert counts(state) == {("rejected", "denied"): 1}
    assert lease(state) == []


def test_a_title_with_half_a_character_is_announced_all_the_same(state):
    assert announce(state, "a", title="half \ud800 a character") == 1
    assert lease(state)[0].title == "half \ufffd a character"


@pytest.mark.parametrize("refusal", ["off_site", "denied"])
def test_what_one_source_refuses_another_may_take(state, refusal):
    state.frontier.announce("herald", "feed", [found("a", refusal=refusal)], now=1)
    assert announce(state, "a") == 1
    assert (counts(state), counts(state, "herald")) == ({("pending", ""): 1}, {})
    assert state.frontier.announced() == {"courier": 1, "herald": 0}
    (taken,) = lease(state)
    assert (taken.source, taken.method, taken.document) == ("courier", "feed", "feed")
    assert state.frontier.announce("herald", "feed", [found("a", refusal=refusal)], now=1) == 0


def test_what_its_own_source_refuses_stays_refused(state):
    state.frontier.announce("courier", "feed", [found("a", refusal="denied")], now=1)
    assert announce(state, "a") == 0
    assert counts(state) == {("rejected", "denied"): 1}


def test_the_newest_address_is_leased_first(state):
    for day in (3, 9, 6):
        announce(state, f"day-{day}", published=datetime(2026, 11, day, tzinfo=UTC), now=2e9)
    assert paths(lease(state)) == ["day-9", "day-6", "day-3"]


def test_a_date_in_the_future_gains_nothing(state):
    announce(state, "honest", now=100)
    announce(state, "boastful", published=datetime(2099, 1, 1, tzinfo=UTC), now=50)
    assert paths(lease(state)) == ["honest", "boastful"]


def test_an_address_is_leased_once(state):
    announce(state, "a")
    assert len(lease(state)) == 1
    assert lease(state) == []


def test_a_source_leases_its_own_addresses_only(state):
    announce(state, "a")
    assert state.frontier.lease("herald", 10, run=RUN, now=20) == []


def test_a_failed_address_comes_back_when_it_is_due_after_those_that_wait(state):
    announce(state, "failing")
    (first,) = lease(state)
    settle(state, first, "failed", reason="http_500", retry_at=100)
    announce(state, "new")
    assert paths(lease(state, now=99)) == ["new"]
    (again,) = lease(state, now=100)
    assert (again.url, again.tries) == (first.url, 2)


def test_an_address_without_a_time_to_retry_never_comes_back(state):
    announce(state, "gone")
    settle(state, *lease(state), "failed", reason="http_404")
    assert lease(state, now=1e12) == []


@pytest.mark.parametrize("ended", ["failed", "rejected"])
def test_what_ended_for_want_of_something_is_tried_again_when_it_is_there(state, ended):
    announce(state, "app", "other")
    app, other = lease(state)
    settle(state, app, ended, reason="needs_browser")
    settle(state, other, ended, reason="no_text")
    state.frontier.retry({"herald"}, "needs_browser", now=40)
    assert lease(state, now=1e9) == []
    state.frontier.retry({"courier"}, "needs_browser", now=40)
    assert [again.key for again in lease(state, now=40)] == [app.key]


def test_leases_of_a_dead_run_return_and_do_not_count_as_tries(state):
    announce(state, "a", "b")
    lease(state, run="dead")
    assert state.frontier.release() == 2
    assert [lease.tries for lease in lease(state)] == [1, 1]


def test_releasing_one_run_leaves_the_leases_of_another(state):
    announce(state, "a", "b")
    lease(state, 1, run="one")
    lease(state, 1, run="two")
    assert state.frontier.release("one") == 1
    assert counts(state) == {("pending", ""): 1, ("leased", ""): 1}


def test_a_postponed_address_waits_with_what_its_page_said(state):
    announce(state, "a")
    (leased,) = lease(state)
    state.frontier.postpone(leased.key, published=5.0, language="ru")
    assert lease(state, since=6) == []
    assert lease(state, language="en") == []
    assert [lease.tries for lease in lease(state, language="ru")] == [1]


def test_filters_leave_the_rest_pending(state):
    announce(state, "news/a", "sport/b", now=2e9)
    announce(state, "news/old", published=datetime(2001, 1, 1, tzinfo=UTC), now=2e9)
    announce(state, "news/ru", language="ru-RU", now=2e9)
    wanted = {"since": 1e9, "match": re.compile("/news/"), "language": "en"}
    assert paths(lease(state, **wanted)) == ["news/a"]
    assert counts(state)[("pending", "")] == 3


def test_an_address_asked_for_by_name_is_leased_whatever_became_of_it_before(state):
    announce(state, "rejected", "stored")
    for address in lease(state):
        settle(state, address, address.url.removeprefix(SITE))
    announce(state, "pending")
    keys = [f"courier.example/{name}" for name in ("rejected", "stored", "pending", "unknown")]
    by_name = lease(state, keys=keys)
    assert paths(by_name) == ["rejected", "pending"]


def test_an_address_known_from_another_source_is_leased_for_the_one_that_asks(state):
    announce(state, "a")
    (leased,) = state.frontier.lease("herald", 1, run=RUN, now=20, wanted=Filter(keys=["courier.example/a"]))
    assert leased.source == "herald"


def test_another_name_of_an_article_is_settled_when_it_waits_and_never_fetched_again(state, new_article):
    announce(state, "short", "asked", now=1)
    leased = {address.url: address for address in lease(state)}
    state.frontier.release()
    asked = leased[f"{SITE}asked"]
    (asked,) = lease(state, keys=[asked.key])
    state.articles.accept(
        new_article(f"{SITE}final"), b"{}\n", key="courier.example/final", asked=asked.key,
        aliases={asked.key: "redirect", "courier.example/short": "redirect"}, day="2026-11-22", run=RUN, now=2,
    )  # fmt: skip
    assert counts(state) == {("stored", ""): 1, ("duplicate", "redirect"): 1}
    assert announce(state, "asked", "short", document="another feed") == 0
    assert announce(state, "final") == 1
    assert counts(state)[("duplicate", "redirect")] == 2
    assert lease(state, now=1e12) == []


def test_a_name_that_is_only_claimed_keeps_its_own_article(state):
    announce(state, "real")
    state.frontier.add_alias("courier.example/real", "courier.example/claims-it", "canonical", run=RUN, now=1)
    assert paths(lease(state)) == ["real"]
    assert state.frontier.resolve("courier.example/real") == "courier.example/real"


def test_what_was_seen_replaces_what_was_claimed_and_is_not_replaced(state):
    for target, how in (("x/claims", "canonical"), ("x/leads", "redirect"), ("x/late", "canonical"), ("x/2", "page")):
        state.frontier.add_alias("x/a", target, how, run=RUN, now=1)
    assert state.frontier.resolve("x/a") == "x/leads"


def test_an_address_that_is_its_own_target_is_no_alias(state):
    state.frontier.add_alias("x/a", "x/a", "redirect", run=RUN, now=1)
    assert state.history("x/a").aliased_from is None


def test_an_address_that_nobody_announced_can_be_settled_once_admitted(state):
    key = state.frontier.admit(f"{SITE}own?utm_medium=x", source="courier", now=1)
    state.frontier.settle(key, "stored", run=RUN, now=2)
    assert counts(state) == {("stored", ""): 1}
    assert state.frontier.announced() == {"courier": 1}


def test_settling_an_address_without_a_row_is_a_mistake_and_leaves_no_trace(state):
    with pytest.raises(AssertionError):
        state.frontier.settle("x/nowhere", "stored", run=RUN, now=2)
    assert state.history("x/nowhere").attempts == ()


def test_every_try_is_remembered_with_its_run(state):
    announce(state, "a")
    settle(state, *lease(state), "failed", reason="timeout", retry_at=40)
    settle(state, *lease(state, now=50), "stored")
    assert [row["outcome"] for row in state.history("courier.example/a").attempts] == ["failed: timeout", "stored"]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("announce"), st.integers(0, 9), st.sampled_from([None, "denied", "off_site"])),
        st.tuples(st.just("lease"), st.integers(1, 4), st.none()),
        st.tuples(st.just("settle"), st.integers(0, 9), st.sampled_from(sorted(OUTCOMES))),
        st.tuples(st.just("retry"), st.integers(0, 9), st.none()),
        st.tuples(st.just("postpone"), st.integers(0, 9), st.none()),
        st.tuples(st.just("alias"), st.integers(0, 9), st.sampled_from(["canonical", "redirect", "page"])),
        st.tuples(st.just("release"), st.none(), st.none()),
    ),
    max_size=40,
)


def step(state, held, verb, number, extra):
    chosen = held.pop(number % len(held)) if held and verb in ("settle", "retry", "postpone") else None
    if verb == "announce":
        state.frontier.announce("courier", "feed", [found(f"{number}", refusal=extra)], now=number)
    elif verb == "lease":
        held += lease(state, number, now=50)
    elif verb == "alias":
        state.frontier.add_alias(f"courier.example/{number}", "courier.example/target", extra, run=RUN, now=1)
    elif verb == "release":
        state.frontier.release()
        held.clear()
    elif chosen and verb == "settle":
        settle(state, chosen, extra, reason=None if extra == "stored" else "because")
    elif chosen and verb == "retry":
        settle(state, chosen, "failed", reason="timeout", retry_at=40)
    elif chosen:
        state.frontier.postpone(chosen.key, published=None, language=None)


@settings(max_examples=60, deadline=None)
@given(taken=steps)
def test_announced_is_always_the_sum_of_all_outcomes(tmp_path_factory, taken):
    state, held = CrawlState(tmp_path_factory.mktemp("state")), []
    for verb, number, extra in taken:
        step(state, held, verb, number, extra)
        tally = counts(state)
        assert sum(tally.values()) == state.frontier.announced().get("courier", 0)
        assert tally.get(("leased", ""), 0) == len(held)
        assert all(n >= 0 for n in tally.values())
    state.close()


def test_a_period_leases_what_is_dated_in_it_and_then_the_undated(state):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    period = read_period("2019..2019-12-20", now=now)
    wanted = Filter(since=period.begin, until=period.end)
    changed = {"old": 2018, "in": 2019, "late": 2021}
    links = [
        Link(url=f"https://courier.example/{name}", method="sitemap", modified=datetime(year, 5, 1, tzinfo=UTC))
        for name, year in changed.items()
    ]
    undated = ("undated", "2019/12/crane", "2019/11/crane")
    links += [Link(url=f"https://courier.example/{path}", method="sitemap") for path in undated]
    findings = [Finding(link=link) for link in links]
    state.frontier.announce("courier", "sitemap", findings, now=now.timestamp())
    found = state.frontier.lease("courier", 9, run=RUN, now=now.timestamp(), wanted=wanted)
    # A month that is only partly wanted may hold it: the page decides.
    expected = ["2019/12/crane", "2019/11/crane", "in", "undated"]
    assert [one.url.removeprefix("https://courier.example/") for one in found] == expected
    assert state.frontier.note_filtered("courier", wanted) == 2
