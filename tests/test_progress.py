"""A person at a terminal sees what is going on and may stop it; a pipe gets plain lines; nobody gets nothing."""

import codecs
import os
import pty
import re
import subprocess
import time

import pytest
from rich.console import Console

from crawler.extensions.display import Row, View, drawn
from crawler.newsroom import Fault

CTRL_C = b"\x03"
SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"


class Terminal:
    """A crawl on a terminal of its own, as a person has it: Ctrl-C goes to the whole foreground process group."""

    def __init__(self, operator, *words, term="xterm-256color", **streams):
        self.master, slave = pty.openpty()
        self.text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        environment = {"PATH": os.environ["PATH"], "HOME": str(operator.directory), "TERM": term}
        environment |= {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "LINES": "40", "COLUMNS": "120"}
        streams = {"stdin": slave, "stdout": slave, "stderr": slave} | streams
        # setsid makes the terminal the controlling one of a new session, as a login does.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *operator.command(*words)], env=environment, cwd=operator.project, **streams
        )
        os.close(slave)

    def read(self, until=None, seconds=60):
        """Read until a pattern is seen, or the end."""
        deadline = time.monotonic() + seconds
        while not (until and re.search(until, self.text)):
            assert time.monotonic() < deadline, self.text[-2000:]
            try:
                data = os.read(self.master, 65_536)
            except OSError:  # the last program on the terminal has ended
                break
            self.text += self._decoder.decode(data)
        return self.text

    def press(self, keys):
        os.write(self.master, keys)

    def end(self):
        self.read()
        return self.process.wait(30)


@pytest.fixture
def terminal(operator, request):
    operator.project = request.config.rootpath
    opened = []

    def open_terminal(*words, **more):
        opened.append(Terminal(operator, *words, **more))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.process.kill()
        one.process.wait(30)
        os.close(one.master)


def test_a_person_sees_articles_sources_and_what_is_waited_for_and_the_cursor_is_given_back(terminal, operator, paper):
    operator.settings |= {"DOWNLOAD_DELAY": "0.4", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    paper.fault("/robots.txt", Fault(delay=1))
    evil = b"<html><head><title>x</title></head><body><h1>A \x1b[2J\x1b]0;owned\x07 [red]head[/red] line</h1>"
    paper.fault("/news/*", Fault(status=200, body=evil + b"<p>The council has voted for the new crane.</p>" * 40))
    screen = terminal("crawl", "news", "-a", f"url={paper.url}", "-a", "limit=3")
    assert screen.end() == 0
    text = re.sub(r"\x1b\[[\d;]*m", "", screen.text)
    assert "Crawling one request per site every 0.4 s; Ctrl-C stops and keeps everything." in text
    assert re.search(r"\d articles?  \d+\.\d pages/s  \d being read  0:\d\d", text)
    assert re.search(r"127-0-0-1-\d+ +\d new +\d+ pages? +(fetching|pause)", text)
    assert "fetching robots.txt" in text
    assert re.search(r"pause, 0.\d s of 0.4 s", text)
    assert re.search(r"\d\d:\d\d:\d\d  127-0-0-1-\d+ +\S", text)
    assert "3 new" in text
    assert text.rindex(SHOW_CURSOR) > text.rindex(HIDE_CURSOR)
    assert "\x1b]0;owned" not in text
    assert operator.records


def test_ctrl_c_once_stops_cleanly_and_says_what_was_saved(terminal, operator, paper):
    operator.settings |= {"DOWNLOAD_DELAY": "0.3", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    screen = terminal("crawl", "news", "-a", f"url={paper.url}")
    screen.read(until=r"\d\d:\d\d:\d\d  127-0-0-1")
    screen.press(CTRL_C)
    assert screen.end() == 130
    assert "Ctrl-C again stops at once and loses nothing." in screen.text
    saved = re.search(r"127-0-0-1-\d+: (\d+) new", screen.text)
    assert int(saved[1]) == len(operator.records) > 0
    assert "Stopped by SIGINT: all of the above is saved; the rest is next." in screen.text
    assert operator.source["total"]["sumsMatch"]
    assert "Traceback" not in screen.text


def test_ctrl_c_twice_stops_at_once_and_loses_nothing(terminal, operator, paper):
    paper.fault("/culture/*", Fault(delay=25))
    screen = terminal("crawl", "news", "-a", f"url={paper.url}")
    while not any(request.path.startswith("/culture/") for request in paper.requests):
        time.sleep(0.02)
    began = time.monotonic()
    screen.press(CTRL_C)
    screen.read(until="Ctrl-C again")
    screen.press(CTRL_C)
    assert screen.end() == 130
    assert time.monotonic() - began < 20
    assert "Stopped at once: every article that was stored is saved" in screen.text
    assert screen.text.rindex(SHOW_CURSOR) > screen.text.rindex(HIDE_CURSOR)
    assert "Traceback" not in screen.text
    paper.clear_faults()
    assert operator.crawl(paper.url).code == 0
    paths = [record["url"].removeprefix(paper.url.rstrip("/")) for record in operator.records]
    assert {story.path for story in paper.articles} <= set(paths)
    assert [
        record["metadata"] for record, path in zip(operator.records, paths, strict=True) if paths.count(path) > 1
    ] == []


@pytest.mark.parametrize("how", ["piped", "dumb"])
def test_a_pipe_and_a_plain_terminal_get_plain_lines(terminal, paper, how):
    streams = {"stderr": subprocess.PIPE} if how == "piped" else {"term": "dumb"}
    screen = terminal("crawl", "news", "-a", f"url={paper.url}", "-a", "limit=2", **streams)
    err = ""
    if how == "piped":
        with screen.process.stderr as pipe:
            err = pipe.read().decode()
    assert screen.end() == 0
    lines = (err or screen.text).splitlines()
    assert lines[0] == "Crawling without a pause; Ctrl-C stops and keeps everything."
    assert [line for line in lines if re.match(r"\d\d:\d\d:\d\d  127-0-0-1-\d+ +\S", line)]
    assert "\x1b" not in err + screen.text


def test_a_crawl_whose_reader_has_gone_goes_on_to_its_end(terminal, operator, paper):
    """``scrapy crawl news 2>&1 | head -1``"""
    screen = terminal("crawl", "news", "-a", f"url={paper.url}", "-a", "limit=3", stderr=subprocess.PIPE)
    with screen.process.stderr as pipe:
        assert pipe.readline().startswith(b"Crawling")
    assert screen.end() == 0
    assert len(operator.records) == 3
    assert operator.report["exitCode"] == 0


def test_a_log_on_a_terminal_does_not_break_the_view(terminal, paper):
    screen = terminal("crawl", "news", "-a", f"url={paper.url}", "-a", "limit=1", "-L", "INFO")
    assert screen.end() == 0
    assert "[scrapy.core.engine] INFO: Spider closed" in screen.text
    assert screen.text.rindex(SHOW_CURSOR) > screen.text.rindex(HIDE_CURSOR)


def view(**values):
    row = Row(source="courier", stored=3, pages=5, doing="pause, 2 s of 3 s", is_done=False)
    plain = {"rows": [row], "stored": 3, "pages_a_second": 0.5, "seconds": 83, "reading": 0, "note": "Ctrl-C stops"}
    return View(**plain | values)


def on_paper(view, height=40, width=100):
    console = Console(width=width, height=height, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    console.print(drawn(view, height=height))
    console.file.close()
    return console.export_text()


def test_a_view_names_articles_pace_time_and_what_every_source_waits_for():
    text = on_paper(view())
    assert text.splitlines()[0].split("  ") == ["3 articles", "0.5 pages/s", "0 being read", "1:23", "Ctrl-C stops"]
    assert text.splitlines()[1].split() == ["courier", "3", "new", "5", "pages", "pause,", "2", "s", "of", "3", "s"]


def test_more_sources_than_a_terminal_has_lines_are_counted():
    rows = [Row(source=f"s{n}", stored=0, pages=0, doing="done", is_done=True) for n in range(200)]
    lines = on_paper(view(rows=rows), height=20).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "and 190 more sources"


def test_what_a_site_names_itself_is_neither_markup_nor_a_control_sequence():
    row = Row(source="[red]x[/red]", stored=0, pages=0, doing="fetching /\x1b[2J\u202e[b]", is_done=False)
    text = on_paper(view(rows=[row]))
    assert "[red]x[/red]" in text
    assert "fetching /\ufffd[2J\ufffd[b]" in text
