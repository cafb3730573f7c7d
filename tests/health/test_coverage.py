"""How much of what a source publishes is stored: estimated from two channels that overlap, and where the rest went."""

import random

import pytest

from crawler.health.coverage import coverage
from crawler.state.statistics import Ended


def ended(n, state="stored", reason="", channels="f"):
    flags = {"feed": "f" in channels, "sitemap": "s" in channels, "page": "p" in channels}
    return Ended(state=state, reason=reason, n=n, **flags)


def test_what_was_announced_is_the_measure_where_there_is_one_channel():
    found = coverage([ended(90), ended(6, "failed", "timeout"), ended(4, "pending"), ended(9, "rejected", "video")])
    assert (found.announced, found.stored, found.published, found.recall) == (100, 90, None, 0.9)
    assert found.rest == {"rejected: video": 9, "failed: timeout": 6, "pending": 4}


def test_two_channels_that_overlap_little_tell_of_articles_that_neither_announces():
    found = coverage([ended(40, channels="f"), ended(40, channels="s"), ended(10, channels="fs")])
    assert found.published == pytest.approx(51 * 51 / 11 - 1)
    assert found.recall == pytest.approx(90 / found.published)


def test_two_channels_that_announce_the_same_leave_nothing_out():
    assert coverage([ended(50, channels="fs")]).recall == 1


def test_a_few_articles_are_no_estimate():
    assert coverage([ended(9, channels="f"), ended(9, channels="s"), ended(5, channels="fs")]).published is not None
    assert coverage([ended(3, channels="f"), ended(3, channels="s"), ended(5, channels="fs")]).published is None


def test_another_address_of_a_stored_article_counts_once_and_the_same_text_counts_as_stored():
    groups = [ended(10), ended(5, "duplicate", "redirect"), ended(2, "duplicate", "same_text")]
    assert (coverage(groups).announced, coverage(groups).stored) == (12, 12)


def test_nothing_announced_is_no_share():
    assert coverage([]).recall is None


@pytest.mark.parametrize("seed", range(5))
def test_the_estimate_finds_the_number_of_articles_of_a_source_with_independent_channels(seed):
    chance = random.Random(seed)
    seen = [(chance.random() < 0.6, chance.random() < 0.5) for _ in range(1000)]
    groups = [ended(seen.count(both), channels="f" * both[0] + "s" * both[1]) for both in {*seen} if any(both)]
    assert coverage(groups).published == pytest.approx(1000, rel=0.08)
