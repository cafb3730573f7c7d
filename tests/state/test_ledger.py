"""An address whose story is over takes little room and loses nothing."""

import random

import pytest

from crawler.discovery import Link
from crawler.state.announcements import Finding
from crawler.state.frontier import Filter
from crawler.state.ledger import AFTER, FEWEST, Ledger

RUN = "20261122T101500Z"
LONG_AFTER = AFTER + 1000


@pytest.fixture
def ledger(state):
    return Ledger(state._db)


@pytest.fixture
def settled(state):
    """The keys of addresses that were settled in the beginning."""
    found = [
        Finding(link=Link(url=f"https://example.com/news/{n}", title=f"Story {n}", method="feed")) for n in range(99)
    ]
    state.frontier.announce("courier", "https://example.com/feed", found, now=0)
    leases = state.frontier.lease("courier", 99, run=RUN, now=1)
    for lease in leases:
        state.frontier.settle(lease.key, "rejected", run=RUN, now=2, reason="index", detail=f"of {lease.key}")
    return [lease.key for lease in leases]


def fold(ledger):
    return ledger.fold(now=LONG_AFTER)


def test_a_folded_address_is_told_of_like_any_other(state, ledger, settled):
    before = [state.history(key) for key in settled]
    assert fold(ledger) == len(settled)
    assert [state.history(key) for key in settled] == before
    assert state.frontier.state_of(settled[0]) == ("rejected", "index")


def test_a_folded_address_is_known_and_counted_still(state, ledger, settled):
    counted = state.frontier.tally(), state.frontier.announced()
    fold(ledger)
    again = [Finding(link=Link(url=f"https://{key}", method="sitemap")) for key in settled]
    assert state.frontier.announce("courier", "https://example.com/sitemap", again, now=LONG_AFTER) == 0
    assert (state.frontier.tally(), state.frontier.announced()) == counted
    assert not state.frontier.lease("courier", 5, run=RUN, now=LONG_AFTER)


def test_a_folded_address_that_is_asked_for_by_name_is_tried_again(state, ledger, settled):
    fold(ledger)
    key = random.choice(settled)
    (lease,) = state.frontier.lease("courier", 1, run=RUN, now=LONG_AFTER, wanted=Filter(keys=[key]))
    assert (lease.key, lease.title, lease.tries) == (key, f"Story {key.rpartition('/')[2]}", 2)
    state.frontier.settle(key, "stored", run=RUN, now=LONG_AFTER)
    assert state.frontier.tally() == {"courier": {("rejected", "index"): 98, ("stored", ""): 1}}
    assert [attempt["outcome"] for attempt in state.history(key).attempts] == ["rejected: index", "stored"]
    others = [other for other in settled if other != key]
    assert all(state.history(other).attempts for other in others)


def test_an_address_that_may_be_tried_again_or_waits_is_left(state, ledger):
    found = [Finding(link=Link(url=f"https://example.com/news/{n}", method="feed")) for n in range(2 * FEWEST)]
    state.frontier.announce("courier", "https://example.com/feed", found, now=0)
    for lease in state.frontier.lease("courier", FEWEST, run=RUN, now=1):
        state.frontier.settle(lease.key, "failed", run=RUN, now=2, reason="timeout", retry_at=10)
    assert fold(ledger) == 0
    assert len(state.frontier.lease("courier", 3 * FEWEST, run=RUN, now=LONG_AFTER)) == 2 * FEWEST


@pytest.mark.parametrize("reason", ["robots", "needs_browser"])
def test_what_may_come_back_when_something_changes_elsewhere_is_left(state, ledger, settled, reason):
    for key in settled:
        state.frontier.settle(key, "rejected", run=RUN, now=2, reason=reason)
    assert fold(ledger) == 0


def test_a_week_passes_before_an_address_is_folded(ledger, settled):
    assert ledger.fold(now=AFTER) == 0
    assert ledger.fold(now=AFTER + 2) == len(settled)


def test_a_run_that_settles_something_folds_what_is_over(state, settled):
    state.end_run(exit_code=0, now=LONG_AFTER)
    assert Ledger(state._db).held(settled[:1])
