"""No connection to what is not public, by any way a site can name an address, in any spelling of it."""

import gc
import socket
import threading
from urllib.parse import quote

import pytest
from twisted.internet.address import IPv4Address, IPv6Address

from crawler.newsroom import Fault
from crawler.politeness.resolver import GuardedResolver

#: Spellings of this machine that a parser, a resolver or a kernel somewhere takes for it.
SPELLINGS = (
    "127.0.0.1", "localhost", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.0.0.1",
    "017700000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.2", "127.0.0.1.",
    "\u246027.0.0.1", "user@127.0.0.1", "news.example@127.0.0.1", "LOCALHOST", "localhost.", "[::]",
)  # fmt: skip


class Inner:
    """A server of this machine that nobody named; it only counts who comes."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET6)
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.bind(("::", 0))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.visitors = []
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        while True:
            try:
                line, visitor = self.socket.accept()
            except OSError:
                return
            self.visitors.append(visitor)
            line.close()


@pytest.fixture
def inner():
    server = Inner()
    yield server
    server.socket.shutdown(socket.SHUT_RDWR)
    server.socket.close()


def addresses(inner, path="/news/2026/11/20/the-inner-story-of-the-harbour"):
    return [f"http://{spelling}:{inner.port}{path}" for spelling in SPELLINGS]


def links(found):
    anchors = "".join(f'<p><a href="{url}">The inner story of the harbour and its boats</a></p>' for url in found)
    return f"<html><head><title>News</title></head><body>{anchors}</body></html>".encode()


def rss(found):
    items = "".join(f"<item><title>Story {n}</title><link>{url}</link></item>" for n, url in enumerate(found))
    return f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode()


def sitemap(found):
    return f"<urlset>{''.join(f'<url><loc>{url}</loc></url>' for url in found)}</urlset>".encode()


def sitemap_index(found):
    return f"<sitemapindex>{''.join(f'<sitemap><loc>{url}</loc></sitemap>' for url in found)}</sitemapindex>".encode()


@pytest.fixture
def visit(operator, paper, tmp_path):
    """Crawls the paper as a source whose articles may lie on this machine under all of its names."""

    def go(**documents):
        own = {"home": f'"{paper.url}"', "hosts": '["localhost", "127.0.0.2", "0.0.0.0"]'}
        named = {key: f'["{paper.url.rstrip("/")}{path}"]' for key, path in documents.items()}
        file = tmp_path / "sources.toml"
        file.write_text("[courier]\n" + "".join(f"{key} = {value}\n" for key, value in (own | named).items()))
        operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port, "DOWNLOAD_TIMEOUT": "5"}
        ended = operator.run("crawl", "news")
        assert ended.code in (0, 3, 4), ended.err
        assert operator.source["total"]["sumsMatch"]

    return go


def test_links_of_a_page_lead_to_no_inner_address(visit, paper, inner):
    paper.fault("/section", Fault(status=200, body=links(addresses(inner))))
    visit(pages="/section", feeds="/feed.rss")
    assert inner.visitors == []


def test_a_feed_leads_to_no_inner_address(visit, operator, paper, inner):
    paper.fault("/feed.rss", Fault(body=rss(addresses(inner))))
    visit(feeds="/feed.rss")
    assert inner.visitors == []
    assert operator.source["total"]["failed"]["blocked_address"] >= 3


def test_a_sitemap_and_an_index_of_sitemaps_lead_to_no_inner_address(visit, paper, inner):
    paper.fault("/sitemap-news.xml", Fault(body=sitemap(addresses(inner))))
    paper.fault("/sitemap.xml", Fault(body=sitemap_index(addresses(inner, "/sitemap.xml"))))
    visit(sitemaps="/sitemap-news.xml", feeds="/feed.rss")
    visit(sitemaps="/sitemap.xml")
    assert inner.visitors == []


@pytest.mark.parametrize("way", ["redirect", "refresh header", "meta refresh"])
def test_a_page_that_sends_us_on_leads_to_no_inner_address(visit, operator, paper, inner, way):
    pages = [f"/moved/{number}" for number in range(len(SPELLINGS))]
    for path, url in zip(pages, addresses(inner), strict=True):
        # A header carries what Latin-1 has no letter for as percent escapes of UTF-8.
        target = "".join(letter if letter.isascii() else quote(letter) for letter in url)
        refresh = f"<html><head><meta http-equiv='refresh' content='0; url={url}'></head><body>Moved</body></html>"
        paper.fault(
            path,
            {
                "redirect": Fault(status=302, headers={"Location": target}),
                "refresh header": Fault(status=200, body=b"<html>", headers={"Refresh": f"0; url={target}"}),
                "meta refresh": Fault(status=200, body=refresh.encode()),
            }[way],
        )
    paper.fault("/feed.rss", Fault(body=rss([paper.url.rstrip("/") + path for path in pages])))
    visit(feeds="/feed.rss")
    assert {request.path for request in paper.requests} >= set(pages)
    assert inner.visitors == []
    assert operator.records == []


FIRST = ("localhost", "[::ffff:127.0.0.1]")
REST = [pytest.param(spelling, marks=pytest.mark.thorough) for spelling in SPELLINGS if spelling not in FIRST]


@pytest.mark.parametrize("spelling", [*FIRST, *REST])
def test_a_robots_txt_that_sends_us_on_leads_to_no_inner_address(visit, paper, inner, spelling):
    target = f"http://{spelling}:{inner.port}/robots.txt"
    paper.fault("/robots.txt", Fault(status=301, headers={"Location": target}))
    visit(feeds="/feed.rss")
    assert inner.visitors == []


ELSEWHERE = ("file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/html,<p>x", "s3://a/b", "\\\\x")


def test_no_other_scheme_is_followed_from_a_redirect_a_link_or_a_feed(visit, operator, paper):
    away = [f"/away/{number}" for number in range(len(ELSEWHERE))]
    for path, target in zip(away, ELSEWHERE, strict=True):
        paper.fault(path, Fault(status=302, headers={"Location": target}))
    paper.fault("/section", Fault(status=200, body=links(ELSEWHERE)))
    paper.fault("/feed.rss", Fault(body=rss([*ELSEWHERE, *(paper.url.rstrip("/") + path for path in away)])))
    visit(feeds="/feed.rss", pages="/section")
    assert {request.path for request in paper.requests} >= set(away)
    assert operator.records == []
    total = operator.source["total"]
    assert sum(total["failed"].values()) + sum(total["rejected"].values()) == total["announced"]


class Answers:
    """A resolver that gives another answer each time, as the owner of a name may."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def resolveHostName(self, receiver, name, port=0, types=None, semantics="TCP"):  # noqa: ARG002, N802  # Twisted's
        receiver.resolutionBegan(self)
        for host in self.answers.pop(0):
            kind = IPv6Address if ":" in host else IPv4Address
            receiver.addressResolved(kind("TCP", host, port))
        receiver.resolutionComplete()
        return receiver


class Received:
    def __init__(self):
        self.hosts, self.is_complete = [], False

    def resolutionBegan(self, resolution):  # noqa: N802
        pass

    def addressResolved(self, address):  # noqa: N802
        self.hosts.append((address.host, address.port))

    def resolutionComplete(self):  # noqa: N802
        self.is_complete = True


class Process:
    crawlers = ()


@pytest.fixture
def guarded():
    """The guard before a resolver with these answers; nothing is connected to."""

    def make(*answers, allowed=(), cache=0):
        reactor = type("Reactor", (), {"nameResolver": Answers(*answers)})()
        guard = GuardedResolver(reactor, cache)
        guard.process, guard.allowed = Process(), frozenset(allowed)

        def ask(name="news.example", port=443):
            received = Received()
            guard.resolveHostName(received, name, port)
            assert received.is_complete
            return received.hosts

        return ask

    from scrapy.resolver import dnscache

    dnscache.clear()
    yield make
    dnscache.clear()
    gc.collect()


PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "inner",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fd00::1",
    ],
)
@pytest.mark.parametrize("cache", [0, 100])
def test_a_name_that_points_inside_the_second_time_gains_nothing(guarded, inner, cache):
    ask = guarded([PUBLIC], [inner], [inner], cache=cache)
    answers = [ask(), ask(), ask()]
    assert answers[0] == [(PUBLIC, 443)]
    assert all(host == PUBLIC for answer in answers for host, _ in answer)


def test_of_a_mixed_answer_only_what_is_public_is_passed_on(guarded):
    assert guarded(["127.0.0.1", PUBLIC, "::1", "10.1.2.3"])() == [(PUBLIC, 443)]


def test_only_the_exact_host_and_port_that_were_named_may_be_private(guarded):
    ask = guarded(["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"], allowed=["news.example:8080"])
    assert ask(port=8080) == [("127.0.0.1", 8080)]
    assert ask(port=8081) == []
    assert ask("other.example", 8080) == []


def test_a_blocked_answer_in_the_cache_opens_no_other_port(guarded):
    ask = guarded(["127.0.0.1"], allowed=["news.example:8080"], cache=100)
    assert ask(port=22) == []
    assert ask(port=8080) == [("127.0.0.1", 8080)]
    assert ask(port=22) == []


def test_an_ipv6_host_is_named_with_its_brackets(guarded):
    ask = guarded(["::1"], ["::1"], allowed=["[::1]:8080"])
    assert ask("::1", 8080) == [("::1", 8080)]
    assert ask("::1", 8081) == []


def test_the_report_says_which_private_addresses_were_allowed(operator, paper):
    operator.crawl(paper.url, "-a", "limit=1")
    assert operator.report["privateAddressesAllowed"] == [paper.host_port]


def test_a_name_is_looked_up_once_and_no_more_names_are_kept_than_may_be(guarded):
    ask = guarded([PUBLIC], ["93.184.216.35"], ["93.184.216.36"], [PUBLIC], cache=2)
    first = [ask("one.example"), ask("one.example", port=80), ask("two.example"), ask("two.example")]

    assert first == [[(PUBLIC, 443)], [(PUBLIC, 80)], [("93.184.216.35", 443)], [("93.184.216.35", 443)]]
    assert ask("three.example") == [("93.184.216.36", 443)]
    # The third name took the place of the first, which is asked for again.
    assert ask("one.example") == [(PUBLIC, 443)]
