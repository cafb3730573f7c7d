"""Dates of the wild."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.extraction.dates import Moment, instant, parse


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026-11-22T10:15:00+01:00", "2026-11-22T10:15:00+01:00"),
        ("2026-11-22T10:15:00.123Z", "2026-11-22T10:15:00+00:00"),
        ("2026-11-22 10:15:00 +0100", "2026-11-22T10:15:00+01:00"),
        ("2026-11-22T10:15+01", "2026-11-22T10:15:00+01:00"),
        ("2026-11-22T10:15:00-05:00[America/New_York]", "2026-11-22T10:15:00-05:00"),
        ("20261122T101500Z", "2026-11-22T10:15:00+00:00"),
        ("2026-11-22", "2026-11-22"),
        ("2026/11/22", "2026-11-22"),
        ("20261122", "2026-11-22"),
        ("22.11.2026", "2026-11-22"),
        ("3.5.2026 09:07", "2026-05-03"),
        ("Sun, 22 Nov 2026 10:15:00 GMT", "2026-11-22T10:15:00+00:00"),
        ("Sun Nov 22 10:15:00 CET 2026", "2026-11-22T10:15:00+01:00"),
        ("November 22, 2026", "2026-11-22"),
        ("22 Nov 2026", "2026-11-22"),
        ("Nov 22, 2026 10:15 AM EST", "2026-11-22T10:15:00-05:00"),
        ("July 1, 2026 10:15 AM ET", "2026-07-01T10:15:00-04:00"),
        ("1795342500", "2026-11-22T10:15:00+00:00"),
        ("1795342500000", "2026-11-22T10:15:00+00:00"),
        ("2026-11-22T24:00:00Z", "2026-11-23T00:00:00+00:00"),
    ],
)
def test_a_date_is_read_as_it_is_written(written, iso):
    assert parse(written).iso() == iso


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "yesterday",
        "0000-00-00",
        "20266-01-01",
        "2026-02-30",
        "10:15",
        "Monday",
        "November",
        "2026",
        "1",
        "NaN",
    ],
)
def test_what_is_no_date_is_none(written):
    assert parse(written) is None


@pytest.mark.parametrize(
    "written",
    ["9" * 20, "2026-11-22T10:15:00+99:99", "a" * 5000, "1/2/3/4", "22 Nov", "\x00", "٢٠٢٦", "2026-13-45T99:99Z"],
)
def test_what_is_hostile_is_none(written):
    assert parse(written) is None


def test_a_time_without_a_zone_gives_only_the_day():
    assert parse("2026-11-22T10:15:00").iso() == "2026-11-22"


def test_a_time_without_a_zone_is_one_of_the_source():
    assert parse("2026-07-01T10:15:00").within("Europe/Oslo").iso() == "2026-07-01T10:15:00+02:00"


def test_midnight_without_a_zone_is_a_day():
    assert parse("2026-11-22T00:00:00").day_only


@pytest.mark.parametrize("zone", ["Nowhere/At-All", "", None, "../../etc/passwd", "\x00"])
def test_an_unknown_zone_changes_nothing(zone):
    local = parse("2026-11-22T10:15:00")
    assert local.within(zone) == local


def test_distance_reads_an_unknown_zone_as_utc():
    day = Moment(at=parse("2026-11-22").at, day_only=True)
    assert day.distance(instant(datetime(2026, 11, 22, 6, tzinfo=UTC))) == timedelta(hours=6)
