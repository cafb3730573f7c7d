"""robots.txt through real crawls: whatever a server does with it, we know whether we may go on, and why not."""

import asyncio
import gzip
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from fault_server import ENDLESS, answer

from crawler import urls
from crawler.state import CrawlState

ALLOW = b"User-agent: *\nDisallow: /private\n"
DENY = b"User-agent: *\nDisallow: /\n"
PAGE = "/news/2026/11/22/a-page-that-may-be-an-article"
STORY = answer(b"<html><title>x</title><p>Some words.</p></html>")

FETCHED, DENIED, UNREACHABLE = "fetched", ("rejected", "robots"), ("pending", "robots_unreachable")
#: Rules that end beyond the bytes that are read.
FILLER = b"# filler\n" * 60_000


async def hang(_):
    await asyncio.sleep(ENDLESS)


async def drip(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    for _ in range(ENDLESS * 10):
        writer.write(b"#")
        await writer.drain()
        await asyncio.sleep(0.1)


async def endless(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + DENY)
    began = time.monotonic()
    while time.monotonic() - began < ENDLESS:
        writer.write(FILLER)
        await writer.drain()


def moved(to, status=301):
    return answer(status=status, Location=to)


def moved_times(times, end):
    """A chain of so many redirects with an answer at its end."""
    hops = {f"/r{n}": moved(f"/r{n + 1}") for n in range(1, times)}
    return {"/robots.txt": moved("/r1"), **hops, f"/r{times}": end}


CASES = {
    "200 that allows": (answer(ALLOW), FETCHED),
    "200 that denies": (answer(DENY), DENIED),
    "200 with nothing": (answer(), FETCHED),
    "200 with a page of HTML": (answer(b"<!doctype html><title>Oops</title><p>Not found"), FETCHED),
    "200 in UTF-16": (answer(DENY.decode().encode("utf-16")), DENIED),
    "200 in gzip": (answer(gzip.compress(DENY), Content_Encoding="gzip"), DENIED),
    "200 of gzip bytes that nobody declared": (answer(gzip.compress(DENY)), FETCHED),
    "200 that denies beyond 512,000 bytes": (answer(FILLER + DENY), FETCHED),
    "200 that denies within 512,000 bytes": (answer(DENY + FILLER), DENIED),
    "200 without end": (endless, DENIED),
    "203 that denies": (answer(DENY, 203), DENIED),
    "204": (answer(status=204, Content_Length=None), FETCHED),
    "301 to one that denies": ({"/robots.txt": moved("/other.txt"), "/other.txt": answer(DENY)}, DENIED),
    "302 to one that allows": ({"/robots.txt": moved("/other.txt", 302), "/other.txt": answer(ALLOW)}, FETCHED),
    "five redirects to one that denies": (moved_times(5, answer(DENY)), DENIED),
    "six redirects": (moved_times(6, answer(ALLOW)), UNREACHABLE),
    "a redirect to itself": (moved("/robots.txt"), UNREACHABLE),
    "a redirect in a circle": ({"/robots.txt": moved("/b"), "/b": moved("/robots.txt")}, UNREACHABLE),
    "a redirect to nowhere": (answer(status=301), UNREACHABLE),
    "a redirect to a file": (moved("file:///etc/passwd"), UNREACHABLE),
    "a redirect to an address that is not public": (moved("http://127.0.0.250:9/robots.txt"), UNREACHABLE),
    "304 that nobody asked for": (answer(status=304, Content_Length=None), UNREACHABLE),
    "400": (answer(DENY, 400), FETCHED),
    "401": (answer(DENY, 401), FETCHED),
    "403 with rules in its body": (answer(DENY, 403), FETCHED),
    "404 with rules in its body": (answer(DENY, 404), FETCHED),
    "410": (answer(status=410), FETCHED),
    "429": (answer(ALLOW, 429), UNREACHABLE),
    "500 with rules in its body": (answer(ALLOW, 500), UNREACHABLE),
    "502": (answer(status=502), UNREACHABLE),
    "503": (answer(ALLOW, 503), UNREACHABLE),
    "520": (answer(status=520), UNREACHABLE),
    "no answer": (hang, UNREACHABLE),
    "an answer that drips": (drip, UNREACHABLE),
    "a line that goes dead": (None, UNREACHABLE),
    "an answer that is no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", UNREACHABLE),
    "an answer cut short": (answer(DENY, Content_Length=5000)[:-3], UNREACHABLE),
    "a content encoding that is a lie": (answer(DENY, Content_Encoding="gzip"), None),
}


def states_of(operator, pages):
    state = CrawlState(operator.data, read_only=True)
    found = {name: state.frontier.state_of(urls.identity_key(url)) for name, url in pages.items()}
    state.close()
    return found


def test_whatever_robots_txt_does_a_page_is_fetched_only_if_it_may_be(operator, server):
    operator.settings["DOWNLOAD_TIMEOUT"] = "2"
    pages, sites = {}, {}
    for number, (name, (robots, _)) in enumerate(CASES.items(), 1):
        answers = robots if isinstance(robots, dict) else {"/robots.txt": robots}
        sites[name] = server.site(f"127.0.1.{number}", {PAGE: STORY} | answers)
        pages[name] = f"http://{sites[name]}{PAGE}"
    ended = operator.run("crawl", "urls", "-a", f"url={','.join(pages.values())}")
    assert ended.code in (3, 4), ended.err
    states = states_of(operator, pages)
    for name, (_, expected) in CASES.items():
        was_fetched = PAGE in server.paths(sites[name])
        if expected is None:
            assert was_fetched == (states[name][0] != "pending"), name
        elif expected is FETCHED:
            assert (was_fetched, states[name][0]) == (True, "rejected"), (name, states[name])
        else:
            assert (was_fetched, states[name]) == (False, expected), name
    assert len(CASES) > 20


@pytest.fixture
def site(server):
    return server.site("127.0.0.1", {"/robots.txt": answer(ALLOW), PAGE: STORY})


def crawl(operator, site, path=PAGE):
    return operator.run("crawl", "urls", "-a", f"url=http://{site}{path}")


def age_robots(operator, seconds):
    """Make the copy of robots.txt so much older."""
    database = sqlite3.connect(operator.data / "crawl.db")
    database.execute("UPDATE robots SET fetched = fetched - ?", (seconds,))
    database.commit()
    database.close()


def test_a_copy_is_used_for_a_day_and_then_asked_for_again(operator, server, site):
    crawl(operator, site)
    crawl(operator, site, "/second")
    assert server.paths(site).count("/robots.txt") == 1
    age_robots(operator, 86_401)
    crawl(operator, site, "/third")
    assert server.paths(site).count("/robots.txt") == 2


def test_a_copy_stands_in_for_30_days_and_no_longer(operator, server, site):
    server.say(site, "/robots.txt", answer(b"User-agent: *\nDisallow: /second\n"))
    crawl(operator, site)
    server.say(site, "/robots.txt", answer(status=500))
    age_robots(operator, 29 * 86_400)
    assert "robots_denied" in crawl(operator, site, "/second").err
    crawl(operator, site, "/third")
    assert "/third" in server.paths(site)
    age_robots(operator, 2 * 86_400)
    assert "robots_unreachable" in crawl(operator, site, "/fourth").err
    assert "/fourth" not in server.paths(site)


@pytest.mark.thorough
def test_a_refused_address_comes_back_only_when_robots_txt_allows_it(operator, server, site, tmp_path):
    feed = f'<rss version="2.0"><channel><item><title>A</title><link>http://{site}{PAGE}</link></item></channel></rss>'
    server.say(site, "/feed", answer(feed.encode()))
    server.say(site, "/robots.txt", answer(b"User-agent: NewsCrawler\nDisallow: /news\n"))
    file = tmp_path / "sources.toml"
    file.write_text(f'[courier]\nhome = "http://{site}/"\nfeeds = ["http://{site}/feed"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": site, "SOURCE_PAGES": "2"}
    crawl_all = ("crawl", "news", "-a", "source=courier")
    assert operator.run(*crawl_all).code == 0
    told = operator.run("explain", f"http://{site}{PAGE}").out
    assert "rejected: robots" in told
    assert "tried again" not in told
    assert f"robots.txt of http://{site}: http://{site}{PAGE} is forbidden for NewsCrawler (answered 200" in told
    operator.run(*crawl_all)
    age_robots(operator, 86_401)
    operator.run(*crawl_all)
    assert PAGE not in server.paths(site)
    server.say(site, "/robots.txt", answer(ALLOW))
    age_robots(operator, 86_401)
    operator.run(*crawl_all)
    operator.run(*crawl_all)
    assert server.paths(site).count(PAGE) == 1


def test_refused_addresses_do_not_count_as_pages_of_a_source(operator, server, site, tmp_path):
    links = [f"http://{site}/private/{n}" for n in range(20)] + [f"http://{site}{PAGE}"]
    # The newest are asked for first, so all that is refused comes before the page.
    dates = [format_datetime(datetime.now(UTC) - timedelta(hours=place)) for place in range(len(links))]
    items = "".join(
        f"<item><title>A</title><link>{link}</link><pubDate>{date}</pubDate></item>"
        for link, date in zip(links, dates, strict=True)
    )
    server.say(site, "/feed", answer(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()))
    file = tmp_path / "sources.toml"
    file.write_text(f'[courier]\nhome = "http://{site}/"\nfeeds = ["http://{site}/feed"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": site, "SOURCE_PAGES": "3"}
    operator.run("crawl", "news")
    assert PAGE in server.paths(site)


def test_each_port_and_scheme_has_its_own_rules(operator, server, site):
    other = server.site("127.0.0.1", {"/robots.txt": answer(DENY), PAGE: STORY})
    operator.run("crawl", "urls", "-a", f"url=http://{site}{PAGE},http://{other}{PAGE}")
    assert (server.paths(site), server.paths(other)) == (["/robots.txt", PAGE], ["/robots.txt"])


def test_crawl_delay_is_obeyed(operator, server, site):
    server.say(site, "/robots.txt", answer(b"User-agent: NewsCrawler\nCrawl-delay: 1.5\n"))
    pages = ",".join(f"http://{site}/{n}" for n in range(3))
    operator.run("crawl", "urls", "-a", f"url={pages}")
    moments = [asked.at for asked in server.asked]
    assert len(moments) == 4
    assert min(later - earlier for earlier, later in pairwise(moments[1:])) >= 1.5 - 0.02


def test_probe_shows_what_robots_txt_says(operator, server, site):
    server.say(site, "/robots.txt", answer(b"User-agent: NewsCrawler\nCrawl-delay: 1\nDisallow: /\n"))
    told = operator.run("probe", f"http://{site}/").out
    assert f"http://{site}/ is forbidden for NewsCrawler, Crawl-delay 1 s (answered 200" in told


def test_explain_tells_of_a_robots_txt_that_cannot_be_had(operator, server, site):
    server.say(site, "/robots.txt", answer(status=500))
    ended = crawl(operator, site)
    assert ended.code == 4
    assert "robots_unreachable: robots.txt could not be had: the server answered 500" in ended.err
    told = operator.run("explain", f"http://{site}{PAGE}").out
    assert "pending: robots_unreachable (robots.txt could not be had: the server answered 500)" in told
    assert "to be tried again from" in told
