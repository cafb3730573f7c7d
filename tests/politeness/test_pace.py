"""Pace, as the server sees it: one request at a time, and a pause between any two, whatever they are for."""

from itertools import pairwise

import pytest

from crawler.newsroom import Fault

DELAY = 0.4
#: Seconds by which a busy machine may deliver one request late, with its connection to be made, and the next on time.
JITTER = 0.1


@pytest.fixture
def polite(operator):
    operator.settings |= {"DOWNLOAD_DELAY": str(DELAY), "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    return operator


def gaps(paper):
    moments = sorted(request.at for request in paper.requests)
    return [later - earlier for earlier, later in pairwise(moments)]


def test_any_two_requests_are_as_far_apart_as_promised(polite, paper):
    """Documents, robots.txt, articles, missing pages and both halves of a redirect."""
    (moved, *_) = [story for story in paper.articles if story.old_path]
    base = paper.url.rstrip("/")
    pages = ",".join(base + path for path in (moved.old_path, "/missing", paper.articles[0].path))
    assert polite.run("crawl", "urls", "-a", f"url={pages}").code == 0
    assert polite.crawl(paper.url, "-a", "limit=6").code == 0
    asked = [request.path for request in paper.requests]
    assert {"/robots.txt", moved.old_path, moved.path, "/missing"} <= set(asked)
    assert len(asked) > 12
    assert min(gaps(paper)) >= DELAY - JITTER
    # No early request makes up for a late one: from any request on, the next ones keep the pace.
    moments = sorted(request.at for request in paper.requests)
    assert min(later - earlier for earlier, later in zip(moments, moments[5:], strict=False)) >= 5 * DELAY - JITTER


def test_no_second_request_begins_before_the_first_has_its_answer(polite, paper):
    polite.settings["DOWNLOAD_DELAY"] = "0.05"
    slow = 0.3
    paper.fault("/*", Fault(delay=slow))
    assert polite.crawl(paper.url, "-a", "limit=2").code == 0
    assert len(paper.requests) > 5
    assert min(gaps(paper)) >= slow - JITTER


@pytest.fixture
def slow_source(operator, paper, tmp_path):
    """An operator whose source asks for a pace of its own: so many seconds between two requests."""

    def asking(delay):
        file = tmp_path / "sources.toml"
        file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\ndelay = {delay}\n')
        operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
        operator.settings["CONCURRENT_REQUESTS_PER_DOMAIN"] = "1"
        return operator

    return asking


def test_a_delay_on_the_command_line_wins_over_that_of_a_source(slow_source, paper):
    operator = slow_source(delay=3)
    operator.settings["DOWNLOAD_DELAY"] = "0.1"
    assert operator.run("crawl", "news", "-a", "limit=2").code == 0
    assert 0.1 - JITTER <= min(gaps(paper)) < 1


def test_a_source_slows_its_site_down(slow_source, paper):
    operator = slow_source(delay=3.5)
    del operator.settings["DOWNLOAD_DELAY"]
    assert operator.run("crawl", "news", "-a", "limit=1").code == 0
    assert len(paper.requests) >= 3
    assert min(gaps(paper)) >= 3.5 - JITTER
