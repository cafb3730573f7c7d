"""Kill -9, full disks and two runs at once: nothing lost, nothing twice, no line torn, no line ever changed."""

import json
import os
import random
import resource
import signal
import subprocess
import threading
import time
from collections import Counter

import pytest

from crawler.newsroom import Fault, Newsroom

KILLS = 50
EXTRA = 300
#: Seconds an answer takes, so that 50 lives are needed for 300 articles and more.
ANSWER = 0.03


class Follower:
    """Reads the article files as a consumer would, up to the last newline, and remembers every line it saw."""

    def __init__(self, directory):
        self._directory = directory
        self._stop = threading.Event()
        self.seen = {}
        self.changed = []
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        self._thread.join()
        self.look()

    def look(self):
        for path in sorted(self._directory.glob("*.jsonl")):
            whole = path.read_bytes()
            complete = whole[: whole.rfind(b"\n") + 1].splitlines(keepends=True)
            before = self.seen.get(path.name, [])
            if complete[: len(before)] != before:
                self.changed.append(path.name)
            self.seen[path.name] = complete

    def _follow(self):
        while not self._stop.wait(0.01):
            self.look()


def live_and_die(operator, paper, after):
    """Start a crawl and kill it *after* so many seconds since its first request; return whether it was killed."""
    asked = len(paper.requests)
    process = operator.start("crawl", "news", "-a", f"url={paper.url}")
    while len(paper.requests) == asked and process.poll() is None:
        time.sleep(0.01)
    time.sleep(after)
    killed = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return killed


@pytest.mark.timeout(400)
@pytest.mark.parametrize("times", [10, pytest.param(KILLS, marks=pytest.mark.thorough)])
def test_a_crawl_killed_many_times_has_every_article_once_and_no_reader_saw_a_line_change(operator, times):
    moments = random.Random(20261122)
    operator.settings["CONCURRENT_REQUESTS_PER_DOMAIN"] = "2"
    with Newsroom(extra=EXTRA) as paper, Follower(operator.data / "articles") as follower:
        paper.fault("/*", Fault(delay=ANSWER))
        kills = 0
        while kills < times:
            # Some lives end before their first article, some in the middle of writing one.
            kills += live_and_die(operator, paper, moments.uniform(0, 0.5))
        paper.clear_faults()
        ended = operator.crawl(paper.url)
    assert (ended.code, ended.err) == (0, "")
    assert follower.changed == []
    found = Counter(record["url"].removeprefix(paper.url.rstrip("/")) for record in operator.records)
    assert {story.path for story in paper.articles} <= set(found)
    assert set(found.values()) == {1}
    assert len({record["id"] for record in operator.records}) == len(operator.records)
    assert all(line.endswith(b"}\n") for line in operator.lines)
    assert operator.source["total"]["sumsMatch"]
    assert operator.source["total"]["stored"] == len(operator.records)


def limit_file_size(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_file_that_cannot_grow_ends_with_74_and_completes_after_room_is_made(operator, paper):
    ended = operator.run_anew("crawl", "news", "-a", f"url={paper.url}", preexec_fn=limit_file_size(300_000))
    assert ended.code == 74
    assert len(ended.err.splitlines()) == 1
    assert "crawl.db" in ended.err or "articles" in ended.err
    ended = operator.crawl(paper.url)
    assert ended.code == 0
    found = Counter(record["url"].removeprefix(paper.url.rstrip("/")) for record in operator.records)
    assert {story.path for story in paper.articles} <= set(found)
    assert set(found.values()) == {1}


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MiB; needs the right to mount, as CI containers often have."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_ends_with_74_and_completes_after_room_is_made(operator, paper, small_disk):
    operator.data = small_disk / "data"
    filler = small_disk / "filler"
    filler.write_bytes(b"\0" * 24_200_000)
    ended = operator.crawl(paper.url)
    assert ended.code == 74
    assert len(ended.err.splitlines()) == 1
    filler.unlink()
    ended = operator.crawl(paper.url)
    assert (ended.code, ended.err) == (0, "")
    found = Counter(record["url"].removeprefix(paper.url.rstrip("/")) for record in operator.records)
    assert {story.path for story in paper.articles} <= set(found)
    assert set(found.values()) == {1}


def test_too_little_free_disk_ends_with_74_before_anything_is_fetched(operator, paper):
    operator.settings["DISK_RESERVE"] = str(1 << 60)
    ended = operator.crawl(paper.url)
    assert ended.code == 74
    assert "DISK_RESERVE" in ended.err
    assert paper.requests == []


def test_a_second_crawl_at_once_exits_75_and_asks_for_nothing(operator, paper):
    paper.fault("/*", Fault(delay=0.5))
    operator.settings["CONCURRENT_REQUESTS_PER_DOMAIN"] = "1"
    first = operator.start("crawl", "news", "-a", f"url={paper.url}", "-a", "limit=12")
    while not paper.requests:
        time.sleep(0.02)
    second = operator.run("crawl", "news", "-a", f"url={paper.url}")
    assert second.code == 75
    assert second.err.count("\n") == 1
    assert "another run" in second.err
    _, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_one_signal_stops_cleanly_and_the_next_run_goes_on(operator, paper, signum, code):
    paper.fault("/news/*", Fault(delay=0.1))
    process = operator.start("crawl", "news", "-a", f"url={paper.url}")
    while not any(request.path.startswith("/news/") for request in paper.requests):
        time.sleep(0.02)
    process.send_signal(signum)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert operator.report["signal"] == signal.Signals(signum).name
    assert operator.source["total"]["sumsMatch"]
    paper.clear_faults()
    assert operator.crawl(paper.url).code == 0
    assert {story.path for story in paper.articles} <= {
        record["url"].removeprefix(paper.url.rstrip("/")) for record in operator.records
    }


def test_a_signal_waits_for_what_was_sent_and_not_for_what_waits_for_its_turn(operator, paper):
    """An explored site has some twenty documents in line, one every three seconds."""
    operator.settings |= {"DOWNLOAD_DELAY": "3", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    process = operator.start("crawl", "news", "-a", f"url={paper.url}")
    while len(paper.requests) < 3:
        time.sleep(0.02)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (143, "")
    assert time.monotonic() - began < 6
    assert len(paper.requests) <= 4
    assert operator.source["total"]["sumsMatch"]
    assert operator.source["total"]["failed"] == {}


def test_a_signal_to_the_whole_process_group_stops_cleanly(operator, paper):
    """``timeout`` and Ctrl-C signal the workers too."""
    paper.fault("/news/*", Fault(delay=0.1))
    process = operator.start("crawl", "news", "-a", f"url={paper.url}", start_new_session=True)
    while not any(request.path.startswith("/news/") for request in paper.requests):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (143, "")
    assert operator.source["total"]["sumsMatch"]


@pytest.mark.thorough
def test_a_second_signal_stops_at_once_and_loses_nothing(operator, paper):
    paper.fault("/culture/*", Fault(delay=20))
    process = operator.start("crawl", "news", "-a", f"url={paper.url}")
    while not any(request.path.startswith("/culture/") for request in paper.requests):
        time.sleep(0.02)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - began < 15
    paper.clear_faults()
    assert operator.crawl(paper.url).code == 0
    assert operator.source["total"]["stored"] == len(operator.records)


def test_the_state_of_a_newer_release_is_refused_by_name(operator, paper):
    assert operator.crawl(paper.url, "-a", "limit=1").code == 0
    subprocess.run(
        [
            "python3",
            "-c",
            f"import sqlite3; sqlite3.connect({str(operator.data / 'crawl.db')!r}).execute('PRAGMA user_version=99')",
        ],
        check=True,
    )
    ended = operator.crawl(paper.url)
    assert ended.code == 74
    assert "newer release" in ended.err


def test_a_shortened_article_file_is_named_and_one_taken_away_begins_a_new_part(operator, paper):
    assert operator.crawl(paper.url, "-a", "limit=3").code == 0
    (path,) = operator.data.glob("articles/*.jsonl")
    whole = path.read_bytes()
    os.truncate(path, len(whole) // 2)
    ended = operator.crawl(paper.url, "-a", "limit=3")
    assert ended.code == 74
    assert path.name in ended.err
    assert "shortened" in ended.err
    path.rename(operator.data / "taken-away.jsonl")
    assert operator.crawl(paper.url, "-a", "limit=3").code == 0
    (second,) = operator.data.glob("articles/*.jsonl")
    assert second.name == path.name.replace(".jsonl", "-2.jsonl")
    assert not {r["id"] for r in operator.records} & {json.loads(line)["id"] for line in whole.splitlines()}
