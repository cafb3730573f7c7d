"""Pages that need a browser: built in a real Chromium that asks nobody for anything itself and ends with the crawl."""

import contextlib
import shutil
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from crawler.browser import MOST_REQUESTS
from crawler.extraction import extract
from crawler.newsroom.faults import Fault
from crawler.newsroom.scripted import ASKING_PATH, BUSY_PATH, DATA_PATH, SCRIPT_PATH, STORY_PATH

#: How a page that gives no text may end, by when its time is over.
ENDINGS = (("failed", "render_timeout"), ("rejected", "no_text"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    not CHROMIUM or not find_spec("playwright"),
    reason="no Chromium here (Debian: apt-get install chromium) or no extra: pages that need a browser are not built",
)


@pytest.fixture(scope="module")
def new_operator(new_operator):
    """Operators who have the extra that a browser needs."""
    return partial(new_operator, "browser")


@pytest.fixture
def reader(operator):
    operator.settings["BROWSER_PATH"] = CHROMIUM or "/nowhere/chromium"
    return operator


def fetch(operator, paper, *paths):
    addresses = ",".join(paper.url + path.lstrip("/") for path in paths)
    return operator.run("crawl", "urls", "-a", f"url={addresses}")


def processes_of(operator):
    """Command lines of all that this operator's commands have begun and that still lives: its home is in their air."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"HOME={operator.directory}\0".encode() in (directory / "environ").read_bytes():
                found[int(directory.name)] = (directory / "cmdline").read_text()
    return found


def has_begun(operator):
    return any("host-resolver-rules" in command for command in processes_of(operator).values())


@needs_chromium
def test_a_page_that_its_script_builds_is_stored_and_one_that_is_never_done_ends_by_name(reader, paper):
    reader.settings["RENDER_SECONDS"] = "3"
    fetch(reader, paper, BUSY_PATH, STORY_PATH)
    (record,) = reader.records
    assert record["headline"] == "Every tide in Saltmere harbour now has a page of its own"
    assert record["articleBody"].startswith("The harbour office has put its tide tables on the web")
    assert record["articleBody"].endswith("out of order since March.")
    assert record["datePublished"] == "2026-11-19T08:15:00+01:00"
    assert record["metadata"]["http"]["rendered"] is True
    asked = [request.path for request in paper.requests]
    assert sorted(asked) == sorted(["/robots.txt", BUSY_PATH, STORY_PATH, SCRIPT_PATH, DATA_PATH])
    by_script = next(request for request in paper.requests if request.path == DATA_PATH)
    assert by_script.headers["User-Agent"].startswith("NewsCrawler/")
    assert "Cookie" not in by_script.headers
    assert reader.source["thisRun"]["failed"] == {"render_timeout": 1}
    assert processes_of(reader) == {}


def test_without_a_browser_the_outcome_says_so(operator, paper):
    operator.settings["BROWSER_PATH"] = "/nowhere/chromium"
    ended = fetch(operator, paper, STORY_PATH)
    assert operator.records == []
    assert operator.source["thisRun"]["failed"] == {"needs_browser": 1}, ended.err


@needs_chromium
def test_pages_that_wanted_a_browser_are_tried_again_when_there_is_one(operator, paper, tmp_path):
    file = tmp_path / "sources.toml"
    feed = f'<rss version="2.0"><channel><item><link>{paper.url}{STORY_PATH[1:]}</link></item></channel></rss>'
    paper.fault("/feed.rss", Fault(body=feed.encode()))

    def visit(render, browser):
        stanza = f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n'
        file.write_text(stanza + (f"render = {render}\n" if render else ""))
        operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port, "BROWSER_PATH": browser}
        operator.run("crawl", "news", "-a", "source=courier")
        return operator.source["total"]

    assert visit("", "/nowhere/chromium")["failed"] == {"needs_browser": 1}
    assert visit("false", CHROMIUM)["failed"] == {"needs_browser": 1}
    assert visit("", CHROMIUM)["stored"] == 1


HOSTILE = """
  fetch("{other}/fetched").catch(() => 0);
  fetch("/redirected").catch(() => 0);
  new WebSocket("ws://{host}/socket");
  navigator.sendBeacon("{other}/beacon");
  new EventSource("{other}/events");
  new Worker(URL.createObjectURL(new Blob(["importScripts('{other}/worker')"])));
  document.body.insertAdjacentHTML("beforeend", `<iframe src="{other}/frame"></iframe><img src="{other}/image">
    <link rel="preconnect" href="{other}"><link rel="stylesheet" href="{other}/style"><object data="{other}/object">
    </object><form id="f" method="post" action="{other}/form"></form>`);
  document.getElementById("f").submit();
  setTimeout(() => {{ location.href = "{other}/moved"; }}, 100);
"""


@needs_chromium
def test_a_page_reaches_no_address_that_the_crawl_may_not_reach_and_asks_only_so_often(reader, paper, server):
    """Whatever a script tries, the other server on this machine hears of none of it."""
    host = server.site()
    script = HOSTILE.format(host=host, other=f"http://{host}")
    page = f"<html><body><div id='app'></div><script>{script}</script></body></html>"
    paper.fault("/news/hostile", Fault(status=200, body=page.encode()))
    paper.fault("/redirected", Fault(status=302, headers={"Location": f"http://{host}/redirected"}))
    reader.settings["RENDER_SECONDS"] = "5"
    fetch(reader, paper, "/news/hostile", ASKING_PATH)
    asked = [request.path for request in paper.requests]
    assert "/redirected" in asked
    assert server.paths(host) == []
    assert 1 < asked.count(DATA_PATH) <= MOST_REQUESTS
    assert sum(reader.source["thisRun"][kind].get(name, 0) for kind, name in ENDINGS) == 2


@needs_chromium
def test_no_browser_outlives_a_crawl_that_is_killed(reader, paper):
    reader.settings["RENDER_SECONDS"] = "60"
    process = reader.start("crawl", "urls", "-a", f"url={paper.url}{BUSY_PATH.lstrip('/')}")
    try:
        while not has_begun(reader):
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(1)  # so that it is at work on the page
        assert has_begun(reader)
    finally:
        process.kill()
        process.communicate()
    ends = time.monotonic() + 30
    while processes_of(reader) and time.monotonic() < ends:
        time.sleep(0.1)
    assert processes_of(reader) == {}


SHELL = "<html><head><title>Paper</title></head><body>{}</body></html>"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<div id='root'></div><script src='/app.js'></script>", "needs_browser"),
        ("<app-story></app-story><script type='module' src='/app.js'></script>", "needs_browser"),
        ("<noscript>Please enable JavaScript.</noscript><p>x</p><script>go()</script>", "needs_browser"),
        ("<div id='root'></div>", "no_text"),
        ("<div id='root'></div><script type='application/ld+json'>{}</script>", "no_text"),
        ("<div id='ad-1'></div><p>Closed today.</p><script src='/ads.js'></script>", "too_short"),
    ],
)
def test_a_page_needs_a_browser_where_scripts_fill_what_is_empty(body, reason):
    url = "https://example.com/2026/11/20/the-ferries-are-late-again"
    assert extract(SHELL.format(body).encode(), url=url).reason == reason


def test_lists_that_scripts_add_to_are_lists_all_the_same(paper):
    import urllib.request

    for path in ("", "news/", "tag/harbour"):
        with urllib.request.urlopen(paper.url + path) as answer:
            body = answer.read().replace(b"</body>", b"<div id='app'></div><script src='/app.js'></script></body>")
        assert extract(body, url=paper.url + path).reason in ("index", "tag")
