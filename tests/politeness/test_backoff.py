"""Back-off: a site that asks for patience gets it, in this run and the next, and nobody else waits for it."""

from email.utils import formatdate
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.newsroom import Fault, Newsroom
from crawler.politeness.backoff import LONGEST, retry_after

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("3", 3), (" 120 ", 120), ("86401", LONGEST), ("999999999999", LONGEST), ("9" * 400, None),
        (formatdate(NOW + 90, usegmt=True), 90), (formatdate(NOW - 90, usegmt=True), 0),
        (formatdate(NOW + 9e6, usegmt=True), LONGEST), ("Fri, 15 Jan 2027 08:01:30 +0000", 90),
        ("Friday, 15-Jan-27 08:01:30 GMT", 90), ("-5", None), ("1.5", None), ("soon", None), ("", None),
        ("Fri, 99 Foo 2027 99:99:99 GMT", None), ("٣", None), ("0x10", None), ("1 hour", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_date(value, seconds):
    assert retry_after(value, now=NOW) == seconds


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_retry_after_breaks_it(value):
    asked = retry_after(value, now=NOW)
    assert asked is None or 0 <= asked <= LONGEST


@pytest.fixture
def courier(operator, paper, tmp_path):
    """An operator with one source, the paper, of which the feed is read."""
    file = tmp_path / "sources.toml"
    file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port, "RETRY_TIMES": "2"}
    operator.settings["CONCURRENT_REQUESTS_PER_DOMAIN"] = "1"
    return operator


def asked_at(paper, path):
    return [request.at for request in paper.requests if request.path == path]


def test_the_same_page_is_asked_for_again_when_the_server_said_and_nothing_else_before(courier, paper):
    story = paper.articles[0]
    paper.fault(story.path, Fault(status=429, retry_after=2, times=1))
    ended = courier.run("crawl", "news", "-a", "limit=8")
    assert (ended.code, ended.err) == (0, "")
    moments = [request.at for request in paper.requests]
    refused = asked_at(paper, story.path)
    if not refused:
        pytest.skip("the story is not among the first eight")
    after = [at for at in moments if at > refused[0]]
    assert min(after) - refused[0] >= 2 - 0.02
    assert len(refused) == 2


def test_a_date_is_honoured_too(courier, paper):
    paper.fault("/feed.rss", Fault(status=503, headers={"Retry-After": formatdate(usegmt=True)}, times=1))
    assert courier.run("crawl", "news", "-a", "limit=1").code == 0
    assert len(asked_at(paper, "/feed.rss")) == 2


def test_without_retry_after_pauses_double_and_the_third_refusal_ends_it(courier, paper):
    courier.settings["BACKOFF_SECONDS"] = "0.5"
    paper.fault("/news/*", Fault(status=503))
    paper.fault("/culture/*", Fault(status=503))
    ended = courier.run("crawl", "news")
    assert ended.code == 3
    assert ended.err.count("\n") == 1
    assert "courier: rate_limited" in ended.err
    refused = [request.at for request in paper.requests if request.status == 503]
    assert len(refused) == 3
    first, second = (later - earlier for earlier, later in pairwise(refused))
    assert first >= 0.5 - 0.02
    assert second >= 1.0 - 0.02
    assert paper.requests[-1].status == 503
    waiting = courier.source["total"]
    assert waiting["sumsMatch"]
    assert waiting["pending"] > 5


def test_a_long_retry_after_holds_across_runs_while_other_sites_go_on(courier, paper, tmp_path):
    with Newsroom(host="127.0.0.2") as other:
        file = tmp_path / "sources.toml"
        file.write_text(f'{file.read_text()}[other]\nhome = "{other.url}"\nfeeds = ["{other.url}feed.rss"]\n')
        courier.settings["ALLOW_PRIVATE"] += f",{other.host_port}"
        paper.fault("/feed.rss", Fault(status=429, retry_after=7200))
        ended = courier.run("crawl", "news", "-a", "limit=20")
        assert ended.code == 3
        assert ended.err == "courier: rate_limited: none of 1 documents could be read (1 http_429)\n"
        assert {record["publisher"]["sourceId"] for record in courier.records} == {"other"}
        paper.clear_faults()
        asked, began = len(paper.requests), len(other.requests)
        ended = courier.run("crawl", "news", "-a", "source=courier,other")
        assert ended.code == 3
        assert "courier: rate_limited" in ended.err
        assert len(paper.requests) == asked
        assert len(other.requests) > began
        told = courier.run("explain", f"{paper.url}feed.rss").out
        assert "its site 127.0.0.1: left alone until" in told
        assert "asked for 7200 s" in told


@pytest.mark.parametrize("status", [402, 451])
def test_a_demand_for_money_or_a_law_ends_all_requests_to_the_site(courier, paper, status):
    paper.fault("/news/*", Fault(status=status))
    paper.fault("/culture/*", Fault(status=status))
    courier.settings["DOWNLOAD_DELAY"] = "0.1"  # without a pause Scrapy may send two at once
    ended = courier.run("crawl", "news")
    assert ended.code == 3
    assert ended.err.startswith(f"courier: blocked: 127.0.0.1 answered {status}; ")
    assert [request.status for request in paper.requests].count(status) == 1
    assert paper.requests[-1].status == status
    pending = next(story for story in paper.articles if story.path not in {r.path for r in paper.requests})
    told = courier.run("explain", paper.url.rstrip("/") + pending.path).out
    assert "pending: blocked" in told or "unknown" in told


def test_one_refusal_between_good_answers_is_forgotten(courier, paper):
    paper.fault("/culture/*", Fault(status=503, times=1))
    ended = courier.run("crawl", "news")
    assert (ended.code, ended.err) == (0, "")
    assert len(courier.records) > 10
    assert "left alone" not in courier.run("explain", f"{paper.url}feed.rss").out
