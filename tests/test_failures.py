"""Failures of sites, networks and files, and the exit code of each: a run that did not work never says it did."""

import asyncio
import os
import pty
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from fault_server import answer

from crawler.newsroom import Fault


async def hang(_):
    await asyncio.sleep(10)


PROJECT = Path(__file__).parents[1]

DENY = answer(b"User-agent: *\nDisallow: /\n")

#: What a site's server does, the name it is given, and what people are told of it.
SITES = {
    "time-out": ({"/robots.txt": answer(), "/feed": hang}, "timeout", "1 timeout"),
    "line goes dead": ({"/robots.txt": answer(), "/feed": None}, "connection_failed", "1 connection_failed"),
    "403": ({"/feed": answer(status=403)}, "blocked", "1 http_403"),
    "404": ({"/feed": answer(status=404)}, "http_404", "1 http_404"),
    "429": ({"/feed": answer(status=429)}, "rate_limited", "1 http_429"),
    "500": ({"/feed": answer(status=500)}, "http_500", "1 http_500"),
    "no feed": ({"/feed": answer(b"<p>Hello")}, "feed_broken", "1 not_a_document"),
    "robots denied": ({"/robots.txt": DENY}, "robots_denied", "1 robots"),
    "robots unreachable": ({"/robots.txt": answer(status=500)}, "robots_unreachable", "1 robots_unreachable"),
}


@pytest.fixture
def source(operator, tmp_path):
    """Makes an operator whose source file has one source with that feed."""

    def of(feed):
        file = tmp_path / "sources.toml"
        file.write_text(f'[courier]\nhome = "{feed}"\nfeeds = ["{feed}"]\n')
        operator.settings |= {"SOURCES_FILE": str(file), "DOWNLOAD_TIMEOUT": "1"}
        operator.settings["ALLOW_PRIVATE"] = feed.split("/")[2]
        return operator

    return of


@pytest.mark.parametrize("case", SITES)
def test_a_site_that_cannot_be_read_ends_with_4_and_one_line_that_says_why(source, server, case):
    answers, outcome, told = SITES[case]
    ended = source(f"http://{server.site(answers=answers)}/feed").run("crawl", "news")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == f"courier: {outcome}: none of 1 documents could be read ({told})\n"


def test_a_site_that_speaks_no_tls_ends_with_4(source, server):
    ended = source(f"https://{server.site()}/feed").run("crawl", "news")
    assert ended.code == 4
    assert ended.err.startswith("courier: robots_unreachable: ")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


DEAD = {"no name": "http://no-such-host.invalid/feed", "refused": f"http://127.0.0.1:{free_port()}/feed"}
NAMED = {"no name": "dns", "refused": "connection_refused"}


@pytest.mark.parametrize("case", DEAD)
def test_a_dead_network_ends_with_4_and_stays_4_while_nothing_is_due(source, case):
    operator = source(DEAD[case])
    first, second = operator.run("crawl", "news"), operator.run("crawl", "news")
    assert (first.code, first.err.count("\n")) == (4, 1)
    assert f"courier: {NAMED[case]}: " in first.err
    assert (second.code, second.out, second.err) == (4, "", "")
    third = operator.run("crawl", "news", "-a", "source=courier")
    assert (third.code, third.err) == (4, first.err)


def watched(operator, *words):
    """Run a command on a terminal and return its exit code and what the terminal showed."""
    ours, theirs = pty.openpty()
    shown = []

    def read():
        try:
            while data := os.read(ours, 4096):
                shown.append(data)
        except OSError:  # Linux says so when the last writer has closed a terminal
            pass

    reader = threading.Thread(target=read)
    reader.start()
    code = subprocess.run(
        operator.command(*words), stdin=theirs, stdout=theirs, stderr=theirs, check=False, timeout=100, cwd=PROJECT,
        env=os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings"},
    ).returncode  # fmt: skip
    os.close(theirs)
    reader.join()
    os.close(ours)
    return code, b"".join(shown).decode().replace("\r\n", "\n")


def test_a_person_is_told_what_a_run_with_nothing_due_waits_for(source, paper):
    operator = source(f"{paper.url}feed.rss")
    paper.fault("/feed.rss", Fault(status=500, times=1))
    assert operator.run("crawl", "news").code == 4
    code, told = watched(operator, "crawl", "news")
    assert code == 4
    assert "courier: nothing is due before 2" in told
    assert "the last visit failed (http_500); -a source=courier visits it now" in told
    assert operator.run("crawl", "news", "-a", "source=courier", "-a", "limit=1").code == 0
    code, told = watched(operator, "crawl", "news", "-a", "match=nothing")
    assert code == 0
    assert "courier: nothing is due before 2" in told


def test_one_broken_site_among_good_ones_ends_with_3(operator, paper, server, tmp_path):
    broken = server.site(answers={"/feed": answer(status=403)})
    file = tmp_path / "sources.toml"
    file.write_text(
        f'[broken]\nhome = "http://{broken}/"\nfeeds = ["http://{broken}/feed"]\n'
        f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n'
    )
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": f"{broken},{paper.host_port}"}
    ended = operator.run("crawl", "news", "-a", "limit=2")
    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert ended.err.startswith("broken: blocked: ")


def test_a_source_file_with_a_mistake_ends_with_2(operator, tmp_path):
    (tmp_path / "sources.toml").write_text("[courier\n")
    operator.settings["SOURCES_FILE"] = str(tmp_path / "sources.toml")
    assert operator.run("crawl", "news").code == 2


def test_a_database_that_is_none_ends_with_74(operator, paper):
    operator.data.mkdir()
    (operator.data / "crawl.db").write_bytes(b"This is no database, and never was one." * 100)
    ended = operator.crawl(paper.url)
    assert (ended.code, ended.err.count("\n")) == (74, 1)
    assert "crawl.db" in ended.err
    assert paper.requests == []
