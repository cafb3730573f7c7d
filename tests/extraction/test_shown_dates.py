"""The date a page shows its readers."""

from datetime import UTC, datetime

import pytest

from crawler.extraction.datelines import find, published
from crawler.extraction.document import parse
from crawler.extraction.page import Hints
from crawler.extraction.publication import last_resort

NO_DATE_IN_IT = "https://www.harbour-courier.example/news/a-bridge-is-built-over-the-river"


def shown(line, language=None):
    return [moment.at.isoformat(timespec="minutes").removesuffix("T00:00") for moment, _ in find(line, language)]


def resort(body, *, fields=None, **hints):
    claim = last_resort(parse(f"<html><body>{body}</body></html>", NO_DATE_IN_IT), fields or {}, Hints(**hints))
    return claim and (claim[0], claim[1].iso())


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("20 November 2026", "2026-11-20"),
        ("November 20th, 2026", "2026-11-20"),
        ("Fri Nov 20 2026", "2026-11-20"),
        ("20. November 2026", "2026-11-20"),
        ("20.11.2026", "2026-11-20"),
        ("3. 7. 2026", "2026-07-03"),
        ("20-Nov-2026", "2026-11-20"),
        ("le 1er août 2026", "2026-08-01"),
        ("20 de noviembre de 2026", "2026-11-20"),
        ("20 ноября 2026", "2026-11-20"),
        ("20 листопада 2026", "2026-11-20"),
        ("20 listopada 2026", "2026-11-20"),
        ("20 Kasım 2026", "2026-11-20"),
        ("20 KASIM 2026", "2026-11-20"),
        ("20 HAZİRAN 2026", "2026-06-20"),
        ("20. marraskuuta 2026", "2026-11-20"),
        ("20 نوفمبر 2026", "2026-11-20"),
        ("2026年11月20日", "2026-11-20"),
        ("2026년 11월 20일", "2026-11-20"),
        ("2026.11.20 08:15", "2026-11-20T08:15"),
        ("20 November 2026, 08:15", "2026-11-20T08:15"),
        ("20 November 2026, 08:15 pm", "2026-11-20"),
        ("25/11/2026", "2026-11-25"),
        ("11/25/2026", "2026-11-25"),
        ("11/25/2026 08:15", "2026-11-25T08:15"),
        ("11/25/2026 08:15 PM", "2026-11-25"),
    ],
)
def test_a_written_date_is_read(line, day):
    assert shown(line) == [day]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "yesterday",
        "20 November",
        "November 2026",
        "31 February 2026",
        "0000-00-00",
        "1 January 20266",
        "99.99.2026",
        "Laptop Pro 13, 2026",
        "Market 5, 2026",
        "192.168.11.20.2026",
        "9" * 5000,
        "/ 2026 " * 5000,
    ],
)
def test_what_is_no_whole_date_is_none(line):
    assert shown(line) == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en-US", ["2026-03-04"]), ("en-GB", ["2026-04-03"]), ("fr", ["2026-04-03"]), ("en", []), (None, [])],
)
def test_the_order_of_day_and_month_is_the_languages_or_unknown(language, expected):
    assert shown("03/04/2026", language) == expected


def test_a_date_named_as_publication_is_surer_than_any_other():
    body = '<h1>A bridge</h1><p class="meta">4 May 2020</p><div>Text</div><p>Published: 20 November 2026</p>'
    assert resort(body) == ("html", "2026-11-20")


def test_a_date_named_as_a_change_is_not_the_publication():
    body = '<h1>A bridge</h1><p class="meta">Updated: 22 November 2026</p><p class="meta">20 November 2026</p>'
    assert resort(body) == ("html", "2026-11-20")


def test_a_date_in_a_teaser_is_not_the_articles():
    body = '<h1>A bridge</h1><div class="related"><span class="date">20 November 2026</span></div>'
    assert not list(published(parse(f"<html><body>{body}</body></html>", NO_DATE_IN_IT), "en"))


def test_a_shown_day_that_is_the_one_of_the_change_does_not_count():
    fields = {"dateModified": "2026-11-20T09:00:00+01:00"}
    assert resort('<h1>A bridge</h1><p class="date">20 November 2026</p>', fields=fields) is None


def test_a_shown_day_after_the_visit_does_not_count():
    body = '<h1>A bridge</h1><p class="date">20 November 2027</p>'
    assert resort(body, downloaded=datetime(2026, 11, 22, tzinfo=UTC)) is None


def test_a_shown_time_is_one_of_the_sources_zone():
    body = '<h1>A bridge</h1><p class="date">20 November 2026, 08:15</p>'
    assert resort(body, timezone="Europe/Oslo") == ("html", "2026-11-20T08:15:00+01:00")


def test_the_record_says_that_the_day_was_read_from_the_page(read):
    found = read(top="<p>Posted on 20 November 2026</p>", url=NO_DATE_IN_IT)
    assert found.fields["datePublished"] == "2026-11-20"
    assert found.sources["datePublished"] == "html"


def test_a_shown_day_that_is_the_day_of_the_visit_is_told(read):
    visited = datetime(2026, 11, 20, 12, tzinfo=UTC)
    found = read(top="<p>20 November 2026</p>", url=NO_DATE_IN_IT, hints={"downloaded": visited})
    assert "date_is_download_day" in found.warnings
