"""The rules alone: what is a break, what is chance, and whose silence is too long."""

import random
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from crawler.health.rhythm import DAY, HOUR, lasting, too_quiet
from crawler.health.verdicts import is_break, of_articles, of_pages
from crawler.state.health import PastRun, Signs

GOOD = Signs(run="", words=300, authors=1, language="en", dated="instant")
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def articles(*groups):
    """Articles of one run after another."""
    return [attrs.evolve(one, run=f"{number:03}") for number, group in enumerate(groups) for one in group]


def well(signs):
    return frozenset(one.run for one in signs)


def verdict(*groups):
    signs = articles(*groups)
    found = of_articles(signs, well(signs))
    return found and found.name


NORMAL = [[GOOD] * 2] * 6


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"dated": "none"}, "dates_gone"),
        ({"dated": "announced"}, "dates_gone"),
        ({"dated": "now"}, "dated_today"),
        ({"authors": 0}, "authors_gone"),
        ({"words": 100}, "text_short"),
        ({"words": 1000}, "text_long"),
        ({"language": "de"}, "language_changed"),
        ({"authors": 0, "dated": "none"}, "layout_changed"),
    ],
)
def test_a_break_of_every_article_is_named_by_its_third_small_run(change, named):
    bad = [attrs.evolve(GOOD, **change)] * 2
    assert verdict(*NORMAL, bad, bad, bad) == named
    assert verdict(*NORMAL, bad, bad, bad, [GOOD] * 2) is None


def test_a_break_is_named_by_the_third_single_article_of_a_source_that_is_known_well():
    bad = [attrs.evolve(GOOD, dated="none")]
    assert verdict(*[[GOOD]] * 100, bad, bad) is None
    assert verdict(*[[GOOD]] * 100, bad, bad, bad) == "dates_gone"


def test_a_break_is_named_by_six_single_articles_of_a_source_that_is_little_known():
    bad = [attrs.evolve(GOOD, dated="none")]
    assert verdict(*[[GOOD]] * 10, *[bad] * 5) is None
    assert verdict(*[[GOOD]] * 10, *[bad] * 6) == "dates_gone"


def test_a_brief_without_author_is_no_break():
    brief = attrs.evolve(GOOD, authors=0, words=90)
    assert verdict(*NORMAL, [brief]) is None
    assert verdict(*NORMAL, [GOOD, brief], [brief, GOOD]) is None


def test_a_source_that_never_names_authors_or_dates_is_well():
    bare = attrs.evolve(GOOD, authors=0, dated="none")
    assert verdict(*[[bare] * 2] * 12) is None


def test_a_source_of_two_languages_may_write_in_either():
    one, other = GOOD, attrs.evolve(GOOD, language="fr")
    assert verdict(*[[one, other]] * 6, [other] * 9) is None


def test_nothing_is_said_of_a_source_before_it_has_a_normal():
    bad = [attrs.evolve(GOOD, dated="none")] * 9
    assert verdict(*[[GOOD] * 2] * 4, bad) is None


def test_runs_in_which_a_source_was_broken_are_no_part_of_its_normal():
    bad = attrs.evolve(GOOD, authors=0)
    signs = articles(*NORMAL, *[[bad] * 2] * 40)
    good = frozenset(one.run for one in signs if one.authors)
    assert of_articles(signs, good).name == "authors_gone"


def test_what_chance_brings_is_no_break():
    assert is_break(3, 3, 0, 99)
    assert not is_break(3, 3, 0, 97)
    assert not is_break(10, 10, 40, 100)
    assert is_break(16, 16, 40, 100)


@pytest.mark.parametrize("seed", range(2))
def test_fourteen_days_of_a_careless_but_healthy_source_raise_nothing(seed):
    """23 polls a day; every 12th article without author, every 30th without date, every 8th a brief, two languages."""
    chance = random.Random(seed)
    runs = [[_careless(chance) for _ in range(chance.choice((0, 0, 1, 1, 2)))] for _ in range(23 * 14)]
    signs = articles(*runs)
    raised = set()
    for end in range(len(runs)):
        newest = [one for one in signs if one.run <= f"{end:03}"][-400:]
        raised.add(of_articles(newest, well(newest)))
    assert raised == {None}


def _careless(chance):
    return attrs.evolve(
        GOOD,
        authors=chance.random() > 1 / 12,
        dated="none" if chance.random() < 1 / 30 else "instant",
        words=90 if chance.random() < 1 / 8 else int(chance.lognormvariate(6, 0.5)),
        language=chance.choice(("en", "en", "en", "ru")),
    )


def pages(*runs):
    past = [
        PastRun(run=f"{number:03}", at=number, outcome="new", verdict="", visits={"read": 1}, settled=settled)
        for number, settled in enumerate(runs)
    ]
    found = of_pages(past, frozenset(run.run for run in past))
    return found and found.name


STORED, HALF = {("stored", ""): 3}, {("stored", ""): 1, ("rejected", "video"): 1}


@pytest.mark.parametrize(
    ("outcome", "named"),
    [
        (("failed", "http_403"), "blocked"),
        (("failed", "http_429"), "rate_limited"),
        (("failed", "timeout"), "timeout"),
        (("rejected", "consent_wall"), "walls"),
        (("rejected", "paywall"), "walls"),
        (("rejected", "robots"), "robots_denied"),
        (("rejected", "no_text"), "no_articles"),
        (("failed", "extraction_timeout"), "no_articles"),
        (("duplicate", "same_text"), "same_text"),
    ],
)
def test_pages_that_end_otherwise_than_before_are_named(outcome, named):
    assert pages(*[STORED] * 6, {outcome: 3}) is None
    assert pages(*[STORED] * 6, {outcome: 3}, {outcome: 3}) == named


def test_pages_that_always_ended_so_are_no_break():
    assert pages(*[HALF] * 12) is None
    assert pages(*[STORED] * 6, {("rejected", "paywall"): 1}) is None
    assert pages(*[STORED] * 6, {("rejected", "denied"): 9}) is None


def month(rate, *, seed, days=42):
    """Publication times of a newsroom that works on weekdays from 7 to 19, with *rate* articles in an hour."""
    chance, moment, times = random.Random(seed), MONDAY, []
    while moment < MONDAY + timedelta(days=days):
        if moment.weekday() < 5 and 7 <= moment.hour < 19 and chance.random() < rate:
            times.append(moment.timestamp() + chance.random() * HOUR)
        moment += timedelta(hours=1)
    return times


@pytest.mark.parametrize("rate", [0.03, 0.1, 0.3, 0.9])
@pytest.mark.parametrize("seed", range(6))
def test_nights_weekends_and_slow_weeks_are_not_too_quiet(rate, seed):
    """From the third week on each of the last fourteen days, asked every hour."""
    times = month(rate, seed=seed)
    last = (MONDAY + timedelta(days=42)).timestamp()
    asked = [last - hour * HOUR for hour in range(14 * 24)]
    raised = [now for now in asked if too_quiet([t for t in times if t <= now], None, now=now)]
    assert raised == []


def test_a_source_that_falls_silent_is_named_after_twice_its_longest_silence():
    times = month(0.9, seed=1)
    assert too_quiet(times, None, now=times[-1] + 3 * DAY) is None
    found = too_quiet(times, None, now=times[-1] + 7 * DAY)
    assert (found.name, found.detail) == ("quiet", "nothing new for 7 days; usually never longer than 3 days")


def test_a_source_that_announces_what_is_not_stored_is_not_quiet():
    times = month(0.9, seed=1)
    assert too_quiet(times, times[-1] + 6 * DAY, now=times[-1] + 7 * DAY) is None


def test_a_source_with_few_articles_has_no_rhythm():
    assert too_quiet([1.0, 2.0, 3.0], None, now=99 * DAY) is None


@pytest.mark.parametrize(
    ("seconds", "told"), [(5, "less than a minute"), (60, "1 minute"), (5400, "2 hours"), (3 * DAY, "3 days")]
)
def test_durations_are_told_in_their_largest_unit(seconds, told):
    assert lasting(seconds) == told
