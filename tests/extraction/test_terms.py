"""What follows from what pages and sites say about their use."""

from datetime import UTC, datetime

import pytest

from crawler.extraction.reservations import of_robots, of_tdmrep
from crawler.extraction.terms import USES, directives, forbids_links, reservations, withheld

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TOKEN = "NewsCrawler"
STORY = "https://news.example/news/story"


def robots(value, name="robots"):
    return {"robotsMeta": [{"source": f"meta:{name}", "value": value}]}


def tag(value):
    return {"xRobotsTag": [{"source": "http", "value": value}]}


def why(usage, *respect):
    return withheld(usage, token=TOKEN, respect=respect, now=NOW)


@pytest.mark.parametrize(
    "usage",
    [
        robots("noindex"),
        robots("NOINDEX, follow"),
        robots("none"),
        robots("noindex", name="newscrawler"),
        tag("noindex"),
        tag("newscrawler: noindex"),
        tag("otherbot: noarchive, newscrawler: noindex"),
        tag("unavailable_after: Fri, 20 Nov 2026 15:00:00 GMT"),
        tag("unavailable_after: 2026-11-21"),
        robots("max-snippet:20, unavailable_after: 20-Nov-2026 15:00:00 GMT, noarchive"),
    ],
)
def test_access_rules_withhold_the_text_whatever_the_operator_wants(usage):
    assert why(usage)


@pytest.mark.parametrize(
    "usage",
    [
        {},
        robots("index, follow, max-image-preview:large"),
        robots("noindex", name="googlebot"),
        robots("nofollow"),
        robots("noarchive, noai, noimageai"),
        tag("otherbot: noindex, nofollow"),
        tag("unavailable_after: Fri, 25 Dec 2026 15:00:00 GMT"),
        tag("unavailable_after: soon"),
        {"contentUsage": [{"source": "http", "value": "train-ai=n"}]},
    ],
)
def test_other_signals_withhold_nothing_unless_the_operator_respects_them(usage):
    assert why(usage) is None


@pytest.mark.parametrize(
    ("usage", "uses"),
    [
        (robots("noai"), {"train-ai"}),
        (robots("noimageai"), set()),
        (robots("noarchive"), {"archive"}),
        ({"contentUsage": [{"source": "http", "value": "train-ai=n, search=y"}]}, {"train-ai"}),
        ({"contentUsage": [{"source": "http", "value": "train-ai=n;exp=1,search=n"}]}, {"train-ai", "search"}),
        ({"contentUsage": [{"source": "http", "value": "train-ai=y, train-ai=n"}]}, {"train-ai"}),
        ({"contentUsage": [{"source": "http", "value": "train-ai=n, train-ai=y"}]}, set()),
        ({"contentUsage": [{"source": "http", "value": "train-ai=n, ???"}]}, set()),
        ({"contentUsage": [{"source": "robots.txt", "value": "/news/ train-ai=n"}]}, {"train-ai"}),
        ({"contentSignal": [{"source": "robots.txt", "value": "search=yes, ai-train=no, ai-input=no"}]},
         {"train-ai", "ai-input"}),
        ({"tdmReservation": [{"source": "http", "value": "1"}]}, {"tdm", "train-ai"}),
        ({"tdmReservation": [{"source": "tdmrep.json", "value": "1"}, {"source": "http", "value": "0"}]}, set()),
        ({"tdmReservation": [{"source": "http", "value": "0"}, {"source": "meta:tdm-reservation", "value": "1"}]},
         {"tdm", "train-ai"}),
        ({"rsl": [{"source": "link", "value": "https://news.example/license.xml"}]}, {"rsl"}),
    ],
)  # fmt: skip
def test_a_reserved_use_is_told_with_the_signal_that_reserves_it(usage, uses):
    assert {use for use, _ in reservations(usage, TOKEN)} == uses
    for use in USES:
        assert bool(why(usage, use)) == (use in uses)


def test_the_reason_names_use_signal_and_source():
    usage = {"contentSignal": [{"source": "robots.txt", "value": "ai-train=no"}]}
    assert why(usage, "train-ai") == "train-ai: Content-Signal (robots.txt)"


@pytest.mark.parametrize("value", ["nofollow", "none", "index,nofollow", "newscrawler: nofollow"])
def test_links_of_a_page_that_says_nofollow_are_not_followed(value):
    assert forbids_links(tag(value), TOKEN)


@pytest.mark.parametrize("value", ["follow", "otherbot: nofollow", "noindex", ""])
def test_links_of_other_pages_are_followed(value):
    assert not forbids_links(tag(value), TOKEN)


def test_a_date_with_a_comma_ends_no_list_of_directives():
    value = "unavailable_after: Friday, 25 Dec 2026 15:00:00 GMT, noarchive"
    assert directives(tag(value), TOKEN) == {
        "unavailable_after": "Friday, 25 Dec 2026 15:00:00 GMT",
        "noarchive": "",
    }


ROBOTS = """
License: https://news.example/license.xml
User-agent: OtherBot
Content-Usage: train-ai=y
User-agent: *
Content-Signal: search=yes, ai-train=no
Content-Usage: train-ai=n
Content-Usage: /news/ train-ai=y
Disallow: /private/
User-agent: gptbot
user-agent: ccbot
Content-Signal: ai-train=no, search=no
"""


@pytest.mark.parametrize(
    ("token", "url", "said"),
    [
        ("NewsCrawler", STORY, {"/news/ train-ai=y", "search=yes, ai-train=no"}),
        ("NewsCrawler", "https://news.example/opinion/a", {"train-ai=n", "search=yes, ai-train=no"}),
        ("OtherBot", STORY, {"train-ai=y"}),
        ("CCBot", STORY, {"ai-train=no, search=no"}),
    ],
)
def test_robots_txt_speaks_about_use_in_the_group_that_speaks_to_us(token, url, said):
    found = of_robots(ROBOTS, url, token)
    assert {value for signal, _, value in found if signal != "rsl"} == said
    assert {source for _, source, _ in found} == {"robots.txt"}
    assert [value for signal, _, value in found if signal == "rsl"] == ["https://news.example/license.xml"]


def test_a_content_signal_before_any_group_speaks_to_all():
    assert of_robots("Content-Signal: ai-train=no\nUser-agent: x\nDisallow: /", STORY, TOKEN) == (
        ("contentSignal", "robots.txt", "ai-train=no"),
    )


@pytest.mark.parametrize(
    ("location", "fits"),
    [
        ("/", True), ("/news/*", True), ("/news", True), ("/*/story", True), ("/*/story$", True),
        ("/news/story$", True), ("/sport/*", False), ("/news$", False), ("/*.pdf$", False),
        ("news/", False), ("/*s*t*y$", True),
        (7, False),
    ],
)  # fmt: skip
def test_a_tdmrep_file_speaks_of_the_addresses_its_first_fitting_rule_names(location, fits):
    import json

    rules = [{"location": location, "tdm-reservation": 1, "tdm-policy": "https://news.example/policy.json"}]
    found = of_tdmrep(json.dumps(rules).encode(), STORY)
    assert found == (
        (
            ("tdmReservation", "tdmrep.json", "1"),
            ("tdmPolicy", "tdmrep.json", "https://news.example/policy.json"),
        )
        if fits
        else ()
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[" * 100_000, b"{}", b"[1, null]", b'[{"location": null}]', b"\xff"]
)
def test_a_tdmrep_file_that_is_none_says_nothing(body):
    assert of_tdmrep(body, STORY) == ()
