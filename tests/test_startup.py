"""What a command imports before it needs it: cron starts one every few minutes, and most find nothing new."""

import os
import subprocess
import sys

import pytest

#: What the workers are forked from.
SERVER = "multiprocessing.forkserver"
#: Each takes a tenth of a second or more to import, or brings a server with it.
HEAVY = ("trafilatura", "crawler.extraction.reading", "htmldate", "justext", "feedparser", SERVER, "aiohttp")


def imported(operator, *words):
    """Return the modules that a command imported, and how it ended."""
    command = operator.command(*words)
    environment = {"PATH": os.environ["PATH"], "SCRAPY_SETTINGS_MODULE": "crawler.settings"}
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", *command[1:]], capture_output=True, text=True, env=environment, check=False
    )
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}, ended.returncode


@pytest.fixture
def courier(operator, paper):
    """A source file with one feed of the sample newspaper."""
    file = operator.directory / "sources.toml"
    file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    return operator


def test_a_visit_that_finds_nothing_new_imports_no_parser_and_starts_no_worker(courier, paper):
    words = ("crawl", "news", "-a", "match=nothing-is-called-so")
    modules, code = imported(courier, *words, "-a", "source=courier")
    assert code == 0
    assert SERVER in modules  # the first visit reads the feed in a worker
    modules, code = imported(courier, *words, "-a", "source=courier")
    assert code == 0
    assert not modules & {*HEAVY}
    assert [request.status for request in paper.requests if request.path == "/feed.rss"] == [200, 304]


def test_a_visit_with_nothing_due_does_not_even_import_what_fetches(courier):
    file = courier.directory / "sources.toml"
    file.write_text(file.read_text() + "enabled = false\n")
    modules, _ = imported(courier, "crawl", "news")
    assert "scrapy.core.engine" in modules
    assert not modules & {*HEAVY}


@pytest.mark.parametrize("words", [["--help"], ["sources"]], ids=" ".join)
def test_a_command_that_reads_no_page_imports_no_parser(courier, words):
    modules, _ = imported(courier, *words)
    assert "crawler.exporters" in modules
    assert not modules & {*HEAVY, "lxml.html.clean"}
