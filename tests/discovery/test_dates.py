from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.dates import day_or_instant, instant

TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)
TEN_IN_BERLIN = datetime(2024, 5, 1, 10, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01T10:00:00Z", TEN),
        ("2024-05-01T10:00Z", TEN),
        ("2024-05-01T10:00:00.000000000Z", TEN),
        ("2024-05-01 10:00:00 GMT", TEN),
        ("2024-05-01T10:00:00+02:00", TEN_IN_BERLIN),
        ("2024-05-01T10:00:00+0200", TEN_IN_BERLIN),
        ("2024-05-01T10:00+02", TEN_IN_BERLIN),
        ("Wed, 01 May 2024 10:00:00 GMT", TEN),
        ("Wed, 01 May 2024 10:00:00 +0200", TEN_IN_BERLIN),
        ("Wed, 01 May 2024 10:00:00 GMT+0200", TEN_IN_BERLIN),
        ("1 May 24 10:00 CEST", TEN_IN_BERLIN),
        ("Wed, 01 May 2024 10:00:00 +0200 (CEST)", TEN_IN_BERLIN),
        ("Wed, 01 May 2024 05:00:00 EST", TEN),
    ],
)
def test_dates_with_a_zone_are_moments(text, moment):
    assert instant(text) == moment
    assert instant(text).utcoffset() is not None


@pytest.mark.parametrize(
    "text",
    [None, "", "2024-05-01", "2024-05-01T10:00:00", "Wed, 01 May 2024 10:00:00", "Wed, 01 May 2024",
     "Wed, 01 May 2024 10:00:00 PM", "Wed, 01 May 2024 10:00:00 XYZ", "2024-13-01T10:00:00Z", "yesterday", "0",
     "0001-01-01T00:00:00+14:00", "2024-05-01T10:00:00+99:00", "9" * 100_000],
)  # fmt: skip
def test_no_zone_and_no_date_is_invented(text):
    assert instant(text) is None


def test_a_day_orders_as_its_midnight():
    assert day_or_instant("2024-05-01") == datetime(2024, 5, 1, tzinfo=UTC)
    assert day_or_instant("2024-05-01T23:00:00") == datetime(2024, 5, 1, tzinfo=UTC)
    assert day_or_instant("2024-05-01T10:00:00Z") == TEN
    assert day_or_instant("May 1") is None


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="0123456789-+:TZ ,MayGT()", max_size=40) | st.text(max_size=30))
def test_any_text_is_read_without_an_error(text):
    for found in (instant(text), day_or_instant(text)):
        assert found is None or found.astimezone(UTC)
