"""However the request for an address ends, the address has one named outcome, and explain tells it."""

import json
import sqlite3
from contextlib import closing

import pytest
from fault_server import FaultServer, answer

from crawler import urls
from crawler.state import CrawlState

LONG = "/" + "x" * 3000


#: A downloader middleware of an operator's own that wants nothing to do with some addresses.
REFUSING = """
from scrapy.exceptions import IgnoreRequest


class Refusing:
    def process_request(self, request):
        if "unwanted" in request.url:
            raise IgnoreRequest("not on a Sunday")
"""


def moved(to):
    return answer(status=302, Location=to, Set_Cookie="seen=1")


SENTENCES = b"".join(b"<p>At %d o'clock the boat brings %d letters and a piano.</p>" % (n, n * n) for n in range(20))
STORY = answer(
    b"<html><head><title>Ferry returns</title><meta property='og:type' content='article'></head><body><article>"
    b"<h1>Ferry returns</h1>" + SENTENCES + b"</article></body></html>"
)

ENDINGS = {
    "/redirects-to-itself": (moved("/redirects-to-itself"), "failed: redirect_loop"),
    "/circle-a": ({"/circle-a": moved("/circle-b"), "/circle-b": moved("/circle-a")}, "failed: redirect_loop"),
    "/endless-0": ({f"/endless-{n}": moved(f"/endless-{n + 1}") for n in range(9)}, "failed: redirect_loop"),
    "/to-stored": (moved("/story"), "duplicate: "),
    "/to-failed": (moved("/gone"), "failed: http_404"),
    "/to-elsewhere": (moved("http://127.0.0.9:9/"), "rejected: off_site"),
    "/to-long": (moved(LONG), "failed: too_long"),
    "/to-file": (moved("file:///etc/passwd"), "failed: bad_redirect"),
    "/to-nowhere": (moved(""), "failed: redirect_loop"),
    "/to-nonsense": (moved("http://[::1"), "failed: "),
    "/to-denied": (moved("/private/a"), "rejected: robots"),
    "/unwanted": (STORY, "failed: refused (not on a Sunday)"),
    "/gone": (answer(status=404), "failed: http_404"),
    "/nothing": (answer(status=204, Content_Length=None), "rejected: empty"),
    "/not-modified": (answer(status=304, Content_Length=None), "failed: bad_redirect"),
    "/no-status": (b"\r\n\r\n", "failed: "),
}


@pytest.fixture(scope="module")
def crawled(new_operator):
    operator, server = new_operator(), FaultServer()
    answers = {"/robots.txt": answer(b"User-agent: *\nDisallow: /private\n"), "/story": STORY}
    for path, (what, _) in ENDINGS.items():
        answers |= what if isinstance(what, dict) else {path: what}
    operator.site = server.site("127.0.0.1", answers)
    (operator.directory / "refusing.py").write_text(REFUSING)
    operator.settings["DOWNLOADER_MIDDLEWARES"] = json.dumps(
        {
            "crawler.politeness.scope.Scope": 50,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawler.politeness.robots.RobotsTxt": 100,
            "crawler.politeness.backoff.BackOff": 950,
            "refusing.Refusing": 60,
        }
    )
    operator.settings["DOWNLOAD_TIMEOUT"] = "2"
    operator.crawl_of = lambda *paths: operator.run(
        "crawl", "urls", "-a", "url=" + ",".join(f"http://{operator.site}{path}" for path in paths)
    )
    operator.crawl_of("/story")
    operator.ended = operator.crawl_of(*ENDINGS)
    yield operator
    server.close()


@pytest.mark.parametrize("path", ENDINGS)
def test_an_address_ends_in_a_named_outcome(crawled, path):
    state = CrawlState(crawled.data, read_only=True)
    row = state.history(urls.identity_key(f"http://{crawled.site}{path}")).url
    state.close()
    assert f"{row['state']}: {row['reason']} ({row['detail']})".startswith(ENDINGS[path][1])


@pytest.mark.parametrize("path", ["/redirects-to-itself", "/to-stored", "/to-elsewhere", "/unwanted"])
def test_explain_tells_of_it(crawled, path):
    assert f"\n{ENDINGS[path][1]}" in crawled.run("explain", f"http://{crawled.site}{path}").out


def test_nothing_is_left_over_and_the_sums_match(crawled):
    total = crawled.source["total"]
    assert total["sumsMatch"]
    assert total["pending"] == 0
    assert crawled.ended.code == 0


def test_an_address_that_is_too_long_to_be_one_is_said_to_be(crawled):
    ended = crawled.run("explain", f"http://{crawled.site}{LONG}")
    assert ended.code == 2
    assert "2048 characters" in ended.err


#: Spiders of which one part has a mistake; found by SPIDER_MODULES.
MISTAKES = """
from crawler.spiders.news import NewsSpider
from crawler.spiders.urls import UrlsSpider


class Callback(UrlsSpider):
    name = "callback"

    async def article(self, response, lease):
        raise ZeroDivisionError("a mistake in a callback")
        yield


class Errback(UrlsSpider):
    name = "errback"

    def article_failed(self, failure):
        raise ZeroDivisionError("a mistake in an errback")


class Look(NewsSpider):
    name = "look"

    async def look(self, response, visit):
        raise ZeroDivisionError("a mistake in a look")
        yield
"""


def test_a_mistake_of_our_own_in_a_look_leaves_the_article_for_its_next_time(operator, paper):
    assert operator.crawl(paper.url, "-a", "limit=1").code == 0
    (operator.directory / "mistakes.py").write_text(MISTAKES)
    operator.settings["SPIDER_MODULES"] = "mistakes"
    with closing(sqlite3.connect(operator.data / "crawl.db")) as state:
        state.execute("INSERT OR REPLACE INTO revisit SELECT id, source, 0, NULL, NULL FROM article")
        state.execute("UPDATE url SET state = 'rejected' WHERE state = 'pending'")
        state.commit()
    assert operator.run("crawl", "look", "-a", f"url={paper.url}").code == 1
    with closing(sqlite3.connect(operator.data / "crawl.db")) as state:
        assert state.execute("SELECT count(*) FROM revisit WHERE due <= unixepoch()").fetchone() == (0,)
    told = operator.run("explain", operator.records[0]["url"]).out
    assert "looked again: unread (our_bug: ZeroDivisionError: a mistake in a look)" in told


@pytest.mark.parametrize(("spider", "status"), [("callback", 200), ("errback", 404)])
def test_a_mistake_of_our_own_is_an_outcome_by_name_and_exit_code_1(operator, server, spider, status):
    site = server.site("127.0.0.1", {"/a": answer(b"<p>x", status)})
    (operator.directory / "mistakes.py").write_text(MISTAKES)
    operator.settings["SPIDER_MODULES"] = "mistakes"
    ended = operator.run("crawl", spider, "-a", f"url=http://{site}/a")
    assert ended.code == 1
    told = operator.run("explain", f"http://{site}/a").out
    assert f"failed: our_bug (ZeroDivisionError: a mistake in a{'n' if spider[0] == 'e' else ''} {spider})" in told
    assert "to be tried again from" in told
