"""Pace, as the server sees it: one request at a time, and a pause between any two, whatever they are for."""

import asyncio
from collections import Counter
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from fault_server import answer

from crawler.newsroom import Fault

DELAY = 0.4
#: Seconds by which a server's own clock may be late to notice a request.
TOLERANCE = 0.02


@pytest.fixture
def polite(operator):
    operator.settings |= {"DOWNLOAD_DELAY": str(DELAY), "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    return operator


def gaps(asked):
    moments = sorted(request.at for request in asked)
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
    assert min(gaps(paper.requests)) >= DELAY - TOLERANCE


def test_no_second_request_begins_before_the_first_has_its_answer(polite, paper):
    polite.settings["DOWNLOAD_DELAY"] = "0.05"
    slow = 0.3
    paper.fault("/*", Fault(delay=slow))
    assert polite.crawl(paper.url, "-a", "limit=2").code == 0
    assert len(paper.requests) > 5
    assert min(gaps(paper.requests)) >= slow


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
    assert 0.1 - TOLERANCE <= min(gaps(paper.requests)) < 1


def test_a_source_slows_its_site_down(slow_source, paper):
    operator = slow_source(delay=3.5)
    del operator.settings["DOWNLOAD_DELAY"]
    assert operator.run("crawl", "news", "-a", "limit=1").code == 0
    assert len(paper.requests) >= 3
    assert min(gaps(paper.requests)) >= 3.5 - TOLERANCE


def test_the_pause_holds_from_one_run_to_the_next(polite, paper):
    polite.settings["DOWNLOAD_DELAY"] = "6"
    for path in ("/missing", "/missing-too"):
        polite.run("crawl", "urls", "-a", f"url={paper.url.rstrip('/')}{path}")
    assert [request.path for request in paper.requests] == ["/robots.txt", "/missing", "/missing-too"]
    assert min(gaps(paper.requests)) >= 6 - TOLERANCE


async def late_and_dead(writer):
    """Takes its time and hangs up."""
    await asyncio.sleep(DELAY)
    writer.close()


def test_hosts_redirects_and_retries_of_one_site_share_its_pace(polite, server):
    """Three names of one site, each slow to look up, with redirects between them, errors and dead lines."""
    site = server.site("127.0.0.1")
    port = urlsplit(f"//{site}").port
    hosts = [f"{name}courier.com" for name in ("www.", "m.", "")]
    pages = []
    for host, following in zip(hosts, (*hosts[1:], hosts[0]), strict=True):
        # www and m are the same page to the crawler unless their paths differ.
        own = f"{host}/{host.partition('.')[0]}"
        server.say(site, f"{own}-moved", answer(status=301, Location=f"http://{following}:{port}/there"))
        server.say(site, f"{own}-broken", [answer(status=500), answer()])
        server.say(site, f"{own}-dead", [late_and_dead, answer()])
        pages += [f"http://{own.replace('/', f':{port}/')}-{page}" for page in ("moved", "broken", "dead")]
    polite.settings |= {"RETRY_TIMES": "1", "ALLOW_PRIVATE": site, "TWISTED_DNS_RESOLVER": "local_names.LocalNames"}
    polite.run("crawl", "urls", "-a", f"url={','.join(pages)}")
    asked = Counter(request.path for request in server.asked)
    assert (asked["/robots.txt"], asked["/there"]) == (3, 3)
    for name in ("www", "m", "courier"):
        assert (asked[f"/{name}-moved"], asked[f"/{name}-broken"], asked[f"/{name}-dead"]) == (1, 2, 2)
    assert min(gaps(server.asked)) >= DELAY - TOLERANCE


def test_a_slow_server_is_given_as_long_a_pause_as_it_took(operator, server, tmp_path):
    took = 4.0

    async def slow(writer):
        await asyncio.sleep(took)
        writer.write(answer())

    site = server.site("127.0.0.1", {"/one": slow, "/two": slow, "/robots.txt": answer()})
    file = tmp_path / "urls.txt"
    file.write_text(f"http://{site}/one\nhttp://{site}/two\n")
    del operator.settings["DOWNLOAD_DELAY"]
    operator.settings |= {"CONCURRENT_REQUESTS_PER_DOMAIN": "1", "ALLOW_PRIVATE": site}
    operator.run("crawl", "urls", "-a", f"file={file}")
    first, second = gaps(server.asked)
    assert first >= 3 - TOLERANCE
    assert second >= 2 * took - TOLERANCE
