"""What a failed request means: a reason by name, and whether it is worth another try."""

import re
import time

import pytest
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.statscollectors import StatsCollector
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from crawler.politeness.pace import SiteClosed
from crawler.politeness.resolver import BLOCKED
from crawler.politeness.robots import RobotsDenied, RobotsUnreachable
from crawler.politeness.scope import OutOfScope
from crawler.spiders.failures import RETRIES, outcome_of, pause

URL = "https://courier.example/news/a"


@pytest.fixture
def stats():
    return StatsCollector(get_crawler())


def outcome(error, stats, tries=1):
    failure = Failure(error)
    failure.request = Request(URL)
    return outcome_of(failure, tries=tries, stats=stats)


def answered(status):
    return HttpError(Response(URL, status=status))


@pytest.mark.parametrize("status", [400, 404, 405, 410, 414, 501])
def test_a_page_that_is_gone_is_not_asked_for_again(stats, status):
    found = outcome(answered(status), stats)
    assert (found.state, found.reason, found.retry_in) == ("failed", f"http_{status}", None)
    assert str(status) in found.detail


@pytest.mark.parametrize("status", [401, 402, 403, 429, 451, 500, 502, 503, 504, 520, 999])
def test_a_server_that_may_come_round_is_asked_again(stats, status):
    found = outcome(answered(status), stats)
    assert (found.state, found.reason, found.retry_in) == ("failed", f"http_{status}", RETRIES[0])


@pytest.mark.parametrize("status", [300, 301, 304])
def test_a_redirect_to_nowhere_is_named(stats, status):
    assert outcome(answered(status), stats).reason == "bad_redirect"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CannotResolveHostError("x"), "dns"),
        (DownloadTimeoutError("x"), "timeout"),
        (DownloadConnectionRefusedError("x"), "connection_refused"),
        (DownloadFailedError("x"), "connection_failed"),
        (ResponseDataLossError("x"), "cut_short"),
        (RuntimeError("something new"), "bad_response"),
    ],
)
def test_a_fault_on_the_line_is_named_and_tried_again(stats, error, reason):
    found = outcome(error, stats)
    assert (found.state, found.reason, found.retry_in) == ("failed", reason, RETRIES[0])


@pytest.mark.parametrize(
    ("error", "reason"),
    [(DownloadCancelledError("x"), "too_large"), (UnsupportedURLSchemeError("x"), "bad_address")],
)
def test_what_will_not_change_is_not_tried_again(stats, error, reason):
    found = outcome(error, stats)
    assert (found.state, found.reason, found.retry_in) == ("failed", reason, None)


def test_a_page_that_robots_txt_forbids_is_rejected_until_robots_txt_changes(stats):
    found = outcome(RobotsDenied("robots.txt of courier.example forbids it"), stats, tries=9)
    assert (found.state, found.reason, found.retry_in, found.was_free) == ("rejected", "robots", None, True)


def test_a_page_waits_for_a_robots_txt_that_cannot_be_had_with_all_others_of_its_origin(stats):
    found = outcome(RobotsUnreachable("https://courier.example", "the server answered 500"), stats)
    assert (found.state, found.reason, found.was_free) == ("pending", "robots_unreachable", True)
    assert found.retry_in > 0
    assert re.search(found.covers, "https://courier.example/news/a")
    assert not re.search(found.covers, "https://courier.example:8443/news/a")
    assert not re.search(found.covers, "http://courier.example/news/a")


def test_a_page_waits_with_all_of_its_site_until_the_site_may_be_asked_again(stats):
    found = outcome(SiteClosed("courier.example", "rate_limited", "429", until=time.time() + 600), stats)
    assert (found.state, found.reason, found.was_free) == ("pending", "rate_limited", True)
    assert 590 < found.retry_in <= 600
    for url in ("https://courier.example/a", "http://www.courier.example:81/a"):
        assert re.search(found.covers, url)
    for url in ("https://xcourier.example/a", "https://courier.example.org/a", "https://a.org/courier.example/"):
        assert not re.search(found.covers, url)


def test_too_many_requests_is_no_reason_to_give_a_page_up(stats):
    assert outcome(answered(429), stats, tries=99).retry_in == RETRIES[-1]


def test_a_request_that_anything_else_refuses_is_named_with_its_reason(stats):
    found = outcome(IgnoreRequest("not on a Sunday"), stats)
    assert (found.state, found.reason, found.detail) == ("failed", "refused", "not on a Sunday")


def test_a_redirect_loop_is_named(stats):
    found = outcome(IgnoreRequest("max redirections reached"), stats)
    assert (found.state, found.reason, found.retry_in) == ("failed", "redirect_loop", None)


def test_a_redirect_off_the_site_is_rejected_by_name(stats):
    found = outcome(OutOfScope("rejected", "off_site", "elsewhere.example/robots.txt is not on courier.example"), stats)
    assert (found.state, found.reason) == ("rejected", "off_site")


def test_a_host_that_leads_to_a_private_address_is_blocked_and_not_tried_again(stats):
    stats.inc_value(f"{BLOCKED}courier.example")
    found = outcome(CannotResolveHostError("x"), stats)
    assert (found.reason, found.retry_in) == ("blocked_address", None)


def test_an_error_that_says_nothing_is_named_by_its_kind(stats):
    assert outcome(DownloadTimeoutError(), stats).detail


def test_tries_become_rarer_and_end():
    pauses = [pause(tries) for tries in range(6)]
    assert pauses == [None, *RETRIES, None, None]
    assert list(RETRIES) == sorted(RETRIES)
