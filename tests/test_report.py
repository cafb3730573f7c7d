"""The operator's page: complete, harmless whatever pages supply, and readable in a real browser of any width."""

import random
import re
import shutil
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from lxml import html

from crawler import output, report
from crawler.discovery import Link
from crawler.health.rhythm import DAY, HOUR
from crawler.sources import Source
from crawler.state import CrawlState
from crawler.state.announcements import Finding
from crawler.state.documents import Document, Validators
from crawler.state.health import PastRun, Standing

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC).timestamp()
HOSTILE = (
    "</title></style><script>document.title='owned'</script><img src=x onerror=alert(1)>\"'&amp;{{ 7*7 }}\u202e\x1b[31m"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SOURCES = {
    "courier": Source(id="courier", home="https://courier.example/", name="The Harbour Courier"),
    "hostile": Source(id="hostile", home="https://hostile.example/", name=HOSTILE),
    "quiet-weekly": Source(id="quiet-weekly", home="https://weekly.example/"),
    "later": Source(id="later", home="https://later.example/"),
}
STANDINGS = {
    "courier": ("", ""),
    "hostile": ("blocked", HOSTILE),
    "quiet-weekly": ("quiet", "nothing new for 21 days; usually never longer than 7 days"),
}


@pytest.fixture
def filled(tmp_path, new_article):
    """A month of three sources, one of which supplies the worst it can."""
    state = CrawlState(tmp_path / "data")
    chance = random.Random(7)
    state.begin_run("20261122T101500Z", f"crawl news -a url=https://{HOSTILE}", now=NOW - 400)
    with state.transaction():  # one commit for all of it
        for name, per_day in {"courier": 4, "hostile": 2, "quiet-weekly": 0.2}.items():
            feed = Document(source=name, url=f"https://{name}.example/feed", kind="feed", origin="sources")
            map_ = Document(source=name, url=f"https://{name}.example/map", kind="news_sitemap", origin="sources")
            first = PastRun(run=state.run, at=NOW - 40 * DAY, outcome="new", verdict="", visits={}, settled={})
            verdict, detail = STANDINGS[name]
            standing = Standing(source=name, verdict=verdict, detail=detail, since=NOW - 3 * DAY, checked=NOW)
            state.health.record(first, standing)
            for document in (feed, map_):
                state.documents.add(document)
                state.documents.read(
                    document, kind=document.kind, validators=Validators(), digest="x", links=9, now=NOW
                )
            for number in range(int(30 * per_day)):
                at = NOW - chance.random() * 29 * DAY
                store(state, new_article, name, number, at, (feed, map_), HOSTILE if name == "hostile" else None)
            state.hosts.answered(f"{name}.example", chance.random() * 3)
    state.end_run(exit_code=3, now=NOW)
    yield state
    state.close()


def store(state, new_article, name, number, at, documents, headline):
    link = Link(url=f"https://{name}.example/news/{number}/a-story-of-many-words", method="feed")
    for document in documents[: 1 + number % 2]:
        state.frontier.announce(name, document.url, [Finding(link=link)], now=at)
    (lease,) = state.frontier.lease(name, 1, run=state.run, now=at)
    if number % 5 == 4:
        state.frontier.settle(lease.key, "rejected", run=state.run, now=at, reason="video")
        return
    words = f"Story {number} of {name}: the council has decided what the harbour will cost"
    article = new_article(
        link.url,
        f"The text of story {number} of {name}.",
        headline=headline or words,
        datePublished=datetime.fromtimestamp(at - HOUR * (1 + number % 4), UTC).isoformat(),
        publisher={"domain": f"{name}.example", "sourceId": name},
        metadata={"schemaVersion": "1.0", "fieldSources": {"datePublished": "jsonld"}},
    )
    record = output.encode_article({"articleBody": article.articleBody, "metadata": {}})
    state.articles.accept(
        article, record, key=lease.key, asked=lease.key, aliases={}, day="2026-11-22", run=state.run, now=at
    )


@pytest.fixture
def page(filled):
    return report.page(filled, SOURCES, now=NOW)


def test_the_page_has_every_part_with_landmarks_captions_and_headers(page):
    tree = html.document_fromstring(page)
    assert [h.text for h in tree.xpath("//h2")] == [
        "Sources", "Articles per day", "Freshness", "Coverage", "Outcomes", "Copies and revisions", "Slowest hosts",
        "Runs", "Latest articles",
    ]  # fmt: skip
    assert len(tree.xpath("//header")) == len(tree.xpath("//main")) == len(tree.xpath("//nav[@aria-label]")) == 1
    assert tree.xpath("/html/@lang") == ["en"]
    tables = tree.xpath("//table")
    assert len(tables) >= 7
    for table in tables:
        assert table.xpath("./caption"), table.text_content()[:80]
        assert all(scope in ("col", "row") for scope in table.xpath(".//th/@scope"))
        assert len(table.xpath(".//th")) == len(table.xpath(".//th/@scope"))
    assert all(label.get("aria-label") for label in tree.xpath("//*[local-name() = 'svg']"))
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in tree.xpath("//nav//a/@href")} <= set(ids)


def test_the_page_asks_the_network_for_nothing_and_runs_no_script(page):
    tree = html.document_fromstring(page)
    assert not tree.xpath("//script | //link | //iframe | //object | //embed | //form | //base | //img | //*[@src]")
    assert not re.search(r"@import|url\(", page)
    assert "default-src 'none'" in tree.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    outside = [link for link in tree.xpath("//@href") if not link.startswith("#")]
    assert outside
    assert all(
        link.startswith(("https://courier.example/", "https://hostile.example/", "https://quiet")) for link in outside
    )
    assert set(tree.xpath("//a[not(starts-with(@href, '#'))]/@rel")) == {"noopener noreferrer nofollow"}


def test_what_pages_supply_is_text_and_nothing_else(page):
    tree = html.document_fromstring(page)
    assert not tree.xpath("//@onerror | //script | //img")
    assert not [name for name in tree.xpath("//@*") if "alert" in name and "<" not in name]
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "49" not in tree.xpath("string(//td[@class='why'])")
    (name,) = {text for text in tree.xpath("//section[1]//th/span/text()") if "script" in text}
    assert name.startswith("</title></style><script>document.title='owned'</script><img src=x")


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "//evil.example/a", "file:///etc", "http:///x",
     "vbscript:x", " javascript:alert(1)", "java\nscript:alert(1)", "https://[", "", "https:evil"],
)  # fmt: skip
def test_only_web_addresses_become_links(filled, new_article, address):
    article = attrs.evolve(new_article("https://courier.example/x"), url=address)
    filled.frontier.announce(
        "courier", "feed", [Finding(link=Link(url="https://courier.example/x", method="feed"))], now=NOW
    )
    (lease,) = filled.frontier.lease("courier", 1, run=filled.run, now=NOW)
    filled.articles.accept(
        article, b"{}", key=lease.key, asked=lease.key, aliases={}, day="2026-11-22", run=filled.run, now=NOW
    )
    tree = html.document_fromstring(report.page(filled, SOURCES, now=NOW))
    newest = tree.xpath("//ul[@class='latest']/li")[0]
    assert not newest.xpath(".//a")
    assert newest.text_content().strip().startswith("Headline of")


def test_the_figures_are_those_of_the_state(filled):
    facts = report.facts(filled, SOURCES, now=NOW)
    assert [entry.id for entry in facts["needing"]] == ["hostile", "quiet-weekly"]
    assert facts["headline"] == "2 of 3 sources need somebody."
    assert sum(sum(counts) for counts in facts["per_day"].values()) == sum(
        states["stored"] for states in facts["tally"].values()
    )
    medians = dict(facts["delays"])
    assert HOUR <= medians["courier"] <= 4 * HOUR
    found = facts["coverage"]["courier"]
    assert found.stored == found.announced
    assert found.rest == {"rejected: video": found.rest["rejected: video"]}
    assert facts["changes"][0]["articles"] > 90
    assert {row["host"] for row in facts["hosts"]} == {"courier.example", "hostile.example", "quiet-weekly.example"}


def test_an_empty_state_makes_a_page_too(tmp_path):
    state = CrawlState(tmp_path)
    assert "Nothing has been visited yet." in report.page(state, {}, now=NOW)
    state.close()


def test_the_command_writes_the_page_and_says_where(operator, paper):
    assert operator.crawl(paper.url, "-a", "limit=3").code == 0
    ended = operator.run("report")
    assert (ended.code, ended.err) == (0, "")
    page = Path(ended.out.strip())
    assert page == operator.data / "report" / "index.html"
    assert operator.records[0]["headline"] in html.document_fromstring(page.read_text(encoding="utf-8")).text_content()
    assert page.stat().st_mode & 0o777 == 0o640


def test_the_command_says_where_nothing_was_crawled(operator):
    ended = operator.run("report")
    assert ended.code == 74
    assert "nothing has been crawled here" in ended.err


@pytest.fixture
def browser(tmp_path):
    """Opens a page in a headless Chromium with a profile of its own and returns what it says."""
    if not CHROMIUM:
        pytest.skip("no Chromium here (Debian: apt-get install chromium): the page is not seen by a real browser")

    def see(path, *flags):
        # A browser of its own: no address but the file's is ever asked for.
        quiet = ("gpu", "quic", "background-networking", "component-update", "sync", "dev-shm-usage")
        command = [CHROMIUM, "--headless", "--no-sandbox", "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}"]
        command += [*(f"--disable-{name}" for name in quiet), *flags, path.as_uri()]
        return subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()

    return see


def size_of(png):
    return struct.unpack(">II", png.read_bytes()[16:24])


def test_a_real_browser_renders_the_page_and_nothing_in_it_runs(page, browser, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(page, encoding="utf-8")
    seen = html.document_fromstring(browser(path, "--dump-dom"))
    assert seen.xpath("string(//title)") == "Crawl report, 2026-11-22 16:00 UTC"
    assert len(seen.xpath("//h2")) == 9
    assert len(seen.xpath("//*[local-name() = 'svg']")) == 3
    assert not seen.xpath("//script | //img")
    shot = tmp_path / "phone.png"
    browser(path, f"--screenshot={shot}", "--window-size=400,3000", "--hide-scrollbars")
    assert size_of(shot) == (400, 3000)
    assert len(shot.read_bytes()) > 50_000  # it is no blank sheet
