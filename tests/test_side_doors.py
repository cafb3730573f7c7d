"""No side doors: nothing listens, nothing is sent along, and nothing that pages supply can forge what people read."""

import json
import re
from pathlib import Path

import pytest

from crawler.newsroom import Fault
from crawler.terminal import Secrets, printable

#: What a page may say to be taken for a line of ours, to move a cursor, or to turn text around.
FORGERY = "A story\r\n2026-11-22 10:00:00 [crawler] CRITICAL: forged\x1b[2J\x1b]0;owned\x07\u202eevil\u2028next\x85line"
ESCAPES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def listening(process):
    """Ports a process listens on, by the kernel's tables."""
    inodes = {
        link.readlink().name for link in Path(f"/proc/{process}/fd").iterdir() if "socket" in str(link.readlink())
    }
    rows = [
        row.split()
        for name in ("tcp", "tcp6")
        for row in Path(f"/proc/{process}/net/{name}").read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="reads /proc")
def test_a_crawl_listens_on_nothing_and_sends_nothing_along(operator, paper):
    paper.fault("/news/*", Fault(delay=0.5, headers={"Set-Cookie": "visitor=1; Path=/"}))
    operator.environment = {"http_proxy": "http://127.0.0.1:9/", "HTTP_PROXY": "http://127.0.0.1:9/"}
    process = operator.start("crawl", "news", "-a", f"url={paper.url}", "-a", "limit=3")
    while not any(request.path.startswith("/news/") for request in paper.requests):
        assert process.poll() is None
    assert listening(process.pid) == []
    process.communicate()
    assert process.returncode == 0
    assert not [request for request in paper.requests if {"Cookie", "Referer", "Authorization"} & set(request.headers)]


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_a_page_forges_no_line_of_the_log(operator, paper, level):
    item = f"<item><link>{paper.url}x?{FORGERY}</link><title>{FORGERY}</title></item>"
    paper.fault("/feed.rss", Fault(body=f"<rss><channel><title>{FORGERY}</title>{item}</channel></rss>".encode()))
    headers = {"Content-Encoding": "x\x1b[2J\x85 2026-11-22 CRITICAL", "ETag": '"\x1b[1m"'}
    paper.fault(paper.articles[0].path, Fault(headers=headers))
    ended = operator.run("crawl", "news", "-L", level, "-a", f"url={paper.url}", "-a", "limit=4")
    assert not ESCAPES.search(ended.out + ended.err)
    ours = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[[\w.]+\] [A-Z]+: |  |[\w-]+: |\Z")
    _, _, crawling = ended.err.partition("Spider opened\n")  # before that nothing foreign can be said
    assert crawling
    assert [line for line in crawling.splitlines() if not ours.match(line)] == []
    assert not re.search(r"(?m)^[^\n]{0,25}\[crawler\] CRITICAL", ended.err)


def test_a_page_forges_no_line_of_a_command_or_of_the_report(operator, paper):
    headline = FORGERY.replace("\r\n", " ")
    body = "<p>The council of the harbour has met and has said what it wants to do about the boats.</p>" * 12
    page = (
        f"<html><head><title>{headline}</title></head><body><article><h1>{headline}</h1>{body}</article></body></html>"
    )
    url = f"{paper.url}news/2026/11/20/forged"
    paper.fault("/news/2026/11/20/forged", Fault(status=200, body=page.encode()))
    paper.fault("/robots.txt", Fault(status=404))
    operator.run("crawl", "urls", "-a", f"url={url}")
    for words in (("explain", url), ("extract", url), ("probe", url)):
        ended = operator.run(*words)
        assert not ESCAPES.search(ended.out + ended.err), words
    for line in operator.lines:
        assert len(line.decode().splitlines()) == 1
        assert not ESCAPES.search(line.decode().rstrip("\n"))
    text = max(operator.data.glob("runs/*.json")).read_text()
    assert not ESCAPES.search(text)
    assert {path.name for path in operator.data.rglob("*.jsonl")} <= {f"{day:%Y-%m-%d}.jsonl" for day in days(operator)}


def days(operator):
    from datetime import date

    return [date.fromisoformat(path.stem) for path in operator.data.rglob("*.jsonl")]


def test_secrets_of_addresses_are_in_no_log_and_no_report(operator, paper):
    story = paper.url.rstrip("/") + paper.articles[0].path
    ended = operator.run("crawl", "urls", "-L", "DEBUG", "-a", f"url={story}?token=hush1&edition=2")
    assert "?edition=2&token=***" in ended.err
    refused = operator.run("crawl", "urls", "-a", "url=http://editor:hush1@courier.example/story")
    assert "//***@courier.example/story" in refused.err
    assert "hush1" not in ended.out + ended.err + refused.err + json.dumps(operator.report)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://a:b@c.example/?x=1", "http://***@c.example/?x=1"),
        ("https://c.example/?token=abc&x=1 and", "https://c.example/?token=***&x=1 and"),
        ("https://c.example/?x=1&TOKEN=abc", "https://c.example/?x=1&TOKEN=***"),
        ("mail a@b.example about tokens=3", "mail a@b.example about tokens=3"),
        ("http://c.example/@editor", "http://c.example/@editor"),
    ],
)
def test_what_is_secret_in_an_address_is_not_shown(text, shown):
    assert Secrets(["token"]).hidden(text) == shown


def test_a_forgery_is_one_harmless_line():
    assert len(printable(FORGERY).splitlines()) == 1
    assert not ESCAPES.search(printable(FORGERY))
