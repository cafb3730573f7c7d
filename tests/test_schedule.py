"""When a document is visited next: by what it brings, never later than half of what it shows, ever more rarely when it
fails; and what that is worth over a simulated month."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import schedule
from crawler.schedule import DAY, HOUR, LONGEST, SHORTEST, WEEK, Rhythm

MONDAY = 1_795_996_800.0 // DAY * DAY


def load_benchmark(name):
    path = Path(__file__).parent / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def watched(an_hour, *, days=14, shown=100, at=lambda _moment: 1):
    """The rhythm of a document that was visited every hour and brought so many articles; *at* scales by time."""
    rhythm = schedule.after_reading(Rhythm(), now=MONDAY, new=shown, shown=shown)
    due = 0.0
    for hour in range(1, int(days * 24) + 1):
        due += an_hour * at(MONDAY + hour * HOUR - 1)
        rhythm = schedule.after_reading(rhythm, now=MONDAY + hour * HOUR, new=int(due), shown=shown)
        due -= int(due)
    return rhythm


def interval(rhythm):
    return schedule.next_visit(rhythm, checked=rhythm.until) - rhythm.until


def test_a_document_that_brings_four_times_as_much_is_visited_twice_as_often():
    ratio = interval(watched(0.25)) / interval(watched(1))
    assert ratio == pytest.approx(2, rel=0.15)


def test_a_document_that_brings_one_article_an_hour_is_visited_at_the_interval_of_the_setting():
    assert interval(watched(1)) == pytest.approx(schedule.INTERVAL, rel=0.15)


def test_no_interval_is_longer_than_half_the_time_that_the_entries_reach_back():
    rhythm = watched(0.1)
    for window in (HOUR, 3 * HOUR):
        narrow = schedule.after_reading(rhythm, now=rhythm.until + HOUR, new=0, shown=100, span=window)
        assert interval(narrow) <= window / 2 + SHORTEST
        assert interval(narrow) < interval(rhythm)


def test_a_document_all_of_whose_entries_were_new_is_visited_much_sooner():
    rhythm = watched(1, shown=20)
    again = schedule.after_reading(rhythm, now=rhythm.until + HOUR, new=20, shown=20)
    assert interval(again) <= HOUR / 2


def test_the_dates_of_a_first_reading_say_how_fast_a_document_is():
    intervals = [
        interval(schedule.after_reading(Rhythm(), now=MONDAY, new=30, shown=30, span=span))
        for span in (3 * HOUR, 2 * DAY, 40 * DAY)
    ]
    assert intervals == sorted(intervals)
    assert intervals[0] <= 0.5 * HOUR
    assert intervals[2] > 3 * HOUR


def test_a_document_visits_more_often_in_its_busy_part_of_the_day():
    busy = watched(1, at=lambda moment: 3 if moment % DAY < 8 * HOUR else 0)
    noon, midnight = (schedule.interval_at(busy, MONDAY + 28 * DAY + hour * HOUR) for hour in (14, 2))
    assert noon > 1.5 * midnight
    night = schedule.next_visit(busy, checked=MONDAY + 28 * DAY + 22 * HOUR)
    assert night < MONDAY + 29 * DAY + HOUR, "the morning's rate cuts the night's interval short"


def test_an_archive_that_is_added_at_once_does_not_keep_a_document_busy():
    rhythm = watched(0.2)
    flooded = schedule.after_reading(rhythm, now=rhythm.until + HOUR, new=40_000, shown=50_000)
    assert flooded.rate < watched(2).rate


def test_a_silent_document_is_visited_once_a_day_and_a_hectic_one_every_ten_minutes():
    assert interval(watched(0, days=90)) > 0.9 * LONGEST
    assert interval(watched(60, shown=1000)) == SHORTEST


def test_a_change_of_pace_is_followed_within_days():
    rhythm, now = watched(0.1, days=30), None
    slow = interval(rhythm)
    for _ in range(72):
        now = rhythm.until + HOUR
        rhythm = schedule.after_reading(rhythm, now=now, new=4, shown=100)
    assert interval(rhythm) < slow / 3


@pytest.mark.parametrize(
    ("dates", "span"),
    [
        ([], None),
        ([5, 10, 20], None),
        ([MONDAY] * 50, None),
        ([MONDAY - n * HOUR for n in range(20)], 20 * HOUR),
        ([MONDAY - n * HOUR for n in range(19)] + [0], 20 * HOUR),
        ([MONDAY + n * HOUR for n in range(20)], None),
    ],
    ids=["none", "too few", "all at once", "hourly", "with a pinned one", "in the future"],
)
def test_how_far_the_entries_reach_back_is_read_from_dates_that_can_be_believed(dates, span):
    found = schedule.span_of(dates, shown=len(dates), now=MONDAY)
    assert found == (pytest.approx(span, rel=0.12) if span else None)


def test_dates_of_a_few_entries_say_nothing_of_the_rest():
    assert schedule.span_of([MONDAY - n * HOUR for n in range(10)], shown=50, now=MONDAY) is None


def test_a_failing_document_is_tried_after_doubling_pauses_then_daily_then_weekly():
    pauses = [schedule.pause(HOUR, fails) for fails in range(40)]
    assert pauses == sorted(pauses)
    assert pauses[:6] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY]
    assert pauses[-1] == WEEK


visit = st.tuples(
    st.floats(-1e6, 1e8), st.integers(0, 10**6), st.integers(0, 10**6), st.none() | st.floats(60, 1e9), st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(st.lists(visit, max_size=12))
def test_whatever_a_document_and_the_clock_do_the_next_visit_is_within_a_day(visits):
    """Clocks are set back, feeds are emptied and filled, machines sleep for years."""
    rhythm, now = Rhythm(), MONDAY
    for elapsed, new, shown, span, is_full in visits:
        now += elapsed
        full = {"shown": shown, "span": span} if is_full else {}
        rhythm = schedule.after_reading(rhythm, now=now, new=new, **full)
        due = schedule.next_visit(rhythm, checked=now)
        assert now + SHORTEST <= due <= now + LONGEST + SHORTEST
        assert Rhythm.of_text(rhythm.as_text()).as_text() == rhythm.as_text()


def test_over_a_simulated_month_the_rule_finds_nearly_all_soon_and_beats_fixed_polling():
    """The same month, 40 sources of the long run in tests/benchmarks/freshness.py."""
    freshness = load_benchmark("freshness")
    papers = freshness.papers(40, days=28)
    rule = freshness.month(papers, freshness.Rule(schedule.INTERVAL), days=28)
    hourly = freshness.month(papers, freshness.Fixed(HOUR), days=28)
    equal = freshness.month(papers, freshness.Fixed(freshness.TICK * (DAY / rule.polls // freshness.TICK)), days=28)
    assert equal.polls >= rule.polls
    assert rule.polls < 26
    assert rule.found > 0.99
    assert rule.mean_hours < 0.35
    for fixed in (hourly, equal):
        assert rule.found >= fixed.found
        assert rule.mean_hours < fixed.mean_hours
