"""Several workers on one PostgreSQL: every article once, every pause kept, whoever is killed or frozen meanwhile."""

import json
import random
import re
import signal
import threading
import time
from collections import Counter
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from crawler.state.postgres import PostgresDatabase

HOSTS, STORIES = 12, 10
#: Seconds between two requests to a host, and without a sign of life until others take over.
DELAY, LEASE = 0.3, 4
#: Seconds by which two arrivals may lie closer together than their requests: the machine is busy.
JITTER = 0.1

WORDS = [
    "harbour",
    "council",
    "evening",
    "bridge",
    "market",
    "winter",
    "storm",
    "family",
    "school",
    "ferry",
    "island",
    "budget",
    "railway",
    "station",
    "village",
    "doctor",
    "winner",
    "garden",
    "library",
    "museum",
    "theatre",
    "concert",
    "farmer",
    "fisher",
    "tourist",
    "engineer",
    "teacher",
    "student",
    "minister",
    "budget",
    "traffic",
    "repair",
    "opening",
    "closing",
    "morning",
    "visitors",
    "meeting",
    "proposal",
    "answer",
    "question",
    "decision",
    "neighbour",
]


class Paper:
    """A site of ten stories and a feed, which remembers when it was asked for what."""

    def __init__(self, number):
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append((time.monotonic(), self.path))
                status, kind, body = outer.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer((f"127.0.0.{number}", 0), Handler)
        self._server.daemon_threads = True
        self.number = number
        self.host_port = "{}:{}".format(*self._server.server_address)
        self.paths = [f"/news/{number + 20}{story:02}-a-story-of-some-words" for story in range(STORIES)]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def answer(self, path):
        if path == "/feed.rss":
            items = "".join(f"<item><link>http://{self.host_port}{path}</link></item>" for path in self.paths)
            return 200, "application/rss+xml", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
        if path not in self.paths:
            return 404, "text/plain", b"nothing"
        words = random.Random(path)
        sentences = [" ".join(words.choices(WORDS, k=14)).capitalize() + "." for _ in range(12)]
        text = "".join(f"<p>{' '.join(sentences[start : start + 3])}</p>" for start in range(0, 12, 3))
        title = f"The {words.choice(WORDS)} of the {words.choice(WORDS)} number {path[6:10]}"
        page = f"<!doctype html><html lang=en><title>{title}</title><article><h1>{title}</h1>{text}</article></html>"
        return 200, "text/html", page.encode()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def papers():
    """Twelve sites: an address without a name is a site for itself."""
    papers = [Paper(number) for number in range(2, 2 + HOSTS)]
    yield papers
    for paper in papers:
        paper.close()


@pytest.fixture(scope="module")
def new_operator(new_operator):
    """Operators who have the extra that speaks to PostgreSQL."""
    return partial(new_operator, "postgres")


@pytest.fixture
def new_worker(new_operator, papers, tmp_path):
    """Makes operators that crawl the twelve sites, each in a directory of its own."""
    file = tmp_path / "sources.toml"
    file.write_text(
        "".join(
            f'[paper{paper.number}]\nhome = "http://{paper.host_port}/"\nfeeds = ["http://{paper.host_port}/feed.rss"]\n'
            for paper in papers
        )
    )

    def make(**settings):
        operator = new_operator()
        operator.settings |= {
            "SOURCES_FILE": str(file),
            "ALLOW_PRIVATE": ",".join(paper.host_port for paper in papers),
            "DOWNLOAD_DELAY": str(DELAY),
            "CONCURRENT_REQUESTS_PER_DOMAIN": "1",
            "CONCURRENT_REQUESTS": "4",
            "LEASE_SECONDS": str(LEASE),
            **settings,
        }
        return operator

    return make


def fetched(papers):
    return sum(path in paper.paths for paper in papers for _, path in list(paper.asked))


def wait_until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def at_work(database):
    """The workers that hold sites."""
    rows = database.rows("SELECT DISTINCT worker FROM run JOIN host ON host.run = run.id")
    return {row["worker"] for row in rows}


def gaps(paper):
    return [after - before for before, after in pairwise(sorted(moment for moment, _ in paper.asked))]


def addresses(papers):
    return {f"http://{paper.host_port}{path}" for paper in papers for path in paper.paths}


def test_a_worker_that_is_killed_and_one_that_is_frozen_lose_nothing_and_repeat_nothing(papers, new_worker, postgres):
    workers = {name: new_worker(STATE_URL=postgres, WORKER=name) for name in ("killed", "frozen", "other")}
    killed, frozen, other = (worker.start("crawl", "news") for worker in workers.values())
    with closing(PostgresDatabase(postgres)) as database:
        wait_until(lambda: {"killed", "frozen", "other"} <= at_work(database) and fetched(papers) >= 20)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        wait_until(lambda: fetched(papers) >= 30)
        frozen.send_signal(signal.SIGSTOP)
        wait_until(lambda: not {"killed", "frozen"} & at_work(database))
        time.sleep(1)
    frozen.send_signal(signal.SIGCONT)
    _, said = frozen.communicate(timeout=60)
    # The server ends the connection of a worker that is frozen in the middle of a transaction.
    assert (frozen.returncode, "have taken over its work" in said) in ((75, True), (74, False)), said
    _, said = other.communicate(timeout=100)
    assert other.returncode == 0, said
    again = workers["killed"].run("crawl", "news")
    assert again.code == 0, again.err
    found = Counter(record["url"] for worker in workers.values() for record in worker.records)
    assert set(found) == addresses(papers)
    assert set(found.values()) == {1}
    assert min(gap for paper in papers for gap in gaps(paper)) > DELAY - JITTER


def told(operator, papers):
    """What a crawl left: its records, what became of every address, and what explain says of some."""
    fields = ("id", "url", "headline", "articleBody", "contentHash", "language")
    records = sorted(json.dumps([record.get(name) for name in fields]) for record in operator.records)
    sources = {name: source["thisRun"] for name, source in operator.report["sources"].items()}
    explained = [operator.run("explain", f"http://{paper.host_port}{paper.paths[0]}").out for paper in papers[:2]]
    return records, sources, [without_times(text.replace(str(operator.data), "DATA")) for text in explained]


def without_times(text):
    return re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?|\d{8}T\d{6}Z(-\d+)?|\d{4}-\d\d-\d\d\S*\.jsonl|byte \d+", "TIME", text)


def test_the_same_crawl_on_sqlite_and_on_postgresql_leaves_the_same(papers, new_worker, postgres):
    left = []
    for store in ({}, {"STATE_URL": postgres}):
        operator = new_worker(DOWNLOAD_DELAY="0", CONCURRENT_REQUESTS="32", **store)
        ended = operator.run("crawl", "news")
        assert ended.code == 0, ended.err
        left.append(told(operator, papers))
    assert left[0] == left[1]
    assert len(left[0][0]) == HOSTS * STORIES
    assert {source["stored"] for source in left[0][1].values()} == {STORIES}


def test_without_the_extra_or_with_another_address_the_crawl_is_refused_in_one_line(new_worker):
    for name, value in (("STATE_URL", "mysql://host/db"), ("WORKER", "a name"), ("LEASE_SECONDS", "soon")):
        operator = new_worker(**{"STATE_URL": "postgresql://127.0.0.1:1/none"} | {name: value})
        ended = operator.run("crawl", "news")
        assert ended.code == 2, ended.err
        assert ended.err.startswith(f"{name}: expected ")
        assert ended.err.count("\n") == 1


def test_a_database_that_is_not_there_is_a_storage_failure_in_one_line(new_worker):
    ended = new_worker(STATE_URL="postgresql://crawler:secret@127.0.0.1:1/none").run("crawl", "news")
    assert ended.code == 74, ended.err
    assert ended.err.count("\n") == 1
    assert "secret" not in ended.err


@pytest.mark.thorough
def test_shards_are_disjoint_and_together_the_whole_crawl(papers, new_worker):
    shards = [new_worker(DOWNLOAD_DELAY="0") for _ in range(3)]
    for number, operator in enumerate(shards, 1):
        ended = operator.run("crawl", "news", "-a", f"shard={number}/3")
        assert ended.code == 0, ended.err
    found = Counter(record["url"] for operator in shards for record in operator.records)
    assert set(found) == addresses(papers)
    assert set(found.values()) == {1}


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "1/0", "-1/3", "1/3/5", ""])
def test_a_share_that_is_none_is_refused_in_one_line(new_worker, text):
    ended = new_worker().run("crawl", "news", "-a", f"shard={text}")
    assert (ended.code, ended.err) == (2, f'-a shard=: expected a share such as 3/8, got "{text}"\n')
