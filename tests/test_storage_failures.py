"""A database that goes away, refuses or is not there, and a clock that jumps: nothing lost, nothing twice, one line."""

import time
from collections import Counter
from functools import partial
from urllib.parse import quote

import pytest

#: On the path of a command: its clock jumps back as soon as there is a file of that name.
JUMP = """
import datetime, os, threading, time, time_machine

clock = time_machine.travel(datetime.datetime.now(datetime.timezone.utc), tick=True).start()

def jump():
    while not os.path.exists("{}"):
        time.sleep(0.02)
    clock.shift(-{})

threading.Thread(target=jump, daemon=True).start()
"""
#: Seconds: over midnight, and longer than any pause.
BACK = 30 * 3600


def assert_whole(operator, paper):
    """Every article is stored once: of the two tellings of the wire story, whichever was read first."""
    found = Counter(record["url"].removeprefix(paper.url.rstrip("/")) for record in operator.records)
    assert set(found.values()) == {1}
    tellings = {paper.wire_story.path, *(path for path, kind in paper.expected.items() if kind == "wire_copy")}
    assert set(found) - tellings == {story.path for story in paper.articles}
    assert len(tellings & set(found)) == 1


def stories(paper):
    return sum(request.path.startswith("/news/") for request in paper.requests)


def wait_until(condition, seconds=60):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.fixture(scope="module")
def new_operator(new_operator):
    """Operators who have the extra that speaks to PostgreSQL."""
    return partial(new_operator, "postgres")


@pytest.fixture
def slow(operator, paper):
    """An operator whose crawl of the sample newspaper takes some seconds, and the words that begin it."""
    operator.settings |= {"DOWNLOAD_DELAY": "0.1", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    return operator, ("crawl", "news", "-a", f"url={paper.url}")


def test_a_database_that_goes_away_in_the_middle_of_a_crawl_and_comes_back_costs_no_article(slow, paper, own_server):
    operator, words = slow
    operator.settings["STATE_URL"] = own_server.url
    crawl = operator.start(*words)
    wait_until(lambda: stories(paper) > 4)
    own_server.stop()
    time.sleep(2)
    own_server.start()
    _, said = crawl.communicate(timeout=100)
    # What was inside a transaction at that moment ends the run, and the next goes on.
    assert (crawl.returncode, said.count("\n")) in ((0, 2), (74, 1)), said
    again = operator.run(*words)
    assert (again.code, again.err) == (0, "")
    assert_whole(operator, paper)


def test_a_clock_that_jumps_back_in_the_middle_of_a_crawl_costs_no_article(slow, paper):
    operator, words = slow
    jump = operator.directory / "jump"
    (operator.directory / "sitecustomize.py").write_text(JUMP.format(jump, BACK))
    operator.environment = {"PYTHONPATH": str(operator.directory)}
    crawl = operator.start(*words)
    wait_until(lambda: stories(paper) > 4)
    jump.touch()
    _, said = crawl.communicate(timeout=100)
    assert (crawl.returncode, said) == (0, "")
    assert_whole(operator, paper)
    assert operator.source["total"]["sumsMatch"]
    operator.environment = {}
    later = operator.run(*words)
    assert (later.code, later.err) == (0, "")
    assert_whole(operator, paper)


def test_a_password_that_is_wrong_or_a_database_that_is_none_is_one_line_and_no_secret_is_told(
    operator, paper, own_server
):
    own_server.ask_for_a_password("crawler", "open-sesame")
    place = f"postgres?host={quote(str(own_server.directory), safe='')}"
    for url, expected in (
        (f"postgresql://crawler:wicked-secret@/{place}", "password authentication failed"),
        (f"postgresql://crawler@/{place}&password=wicked-secret", "password authentication failed"),
        (f"postgresql://crawler:open-sesame@/{place.replace('postgres?', 'nowhere?')}", '"nowhere" does not exist'),
    ):
        operator.settings["STATE_URL"] = url
        ended = operator.crawl(paper.url)
        assert (ended.code, ended.err.count("\n")) == (74, 1), ended.err
        assert expected in ended.err
        assert "wicked-secret" not in ended.err
        assert "open-sesame" not in ended.err
    assert paper.requests == []
    operator.settings["STATE_URL"] = f"postgresql://crawler:open-sesame@/{place}"
    assert operator.crawl(paper.url, "-a", "limit=1").code == 0
    import psycopg

    with psycopg.connect(own_server.url) as connection:
        (command,) = connection.execute("SELECT command FROM run").fetchone()
    assert "STATE_URL=postgresql://***@" in command
    assert "open-sesame" not in command
    written = [path for path in operator.data.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if b"open-sesame" in path.read_bytes()]


def test_a_state_on_sqlite_keeps_no_secret_of_the_command_line(operator, paper):
    assert operator.crawl(f"{paper.url}?token=wicked-secret", "-a", "limit=1").code in (0, 4)
    assert not [path for path in operator.data.rglob("*.json") if b"wicked-secret" in path.read_bytes()]


def test_without_the_extra_a_state_elsewhere_is_refused_in_one_line(new_operator, paper):
    operator = new_operator.func()
    operator.settings["STATE_URL"] = "postgresql://127.0.0.1:1/none"
    ended = operator.crawl(paper.url)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert ended.err.startswith("STATE_URL: expected the extra")
    assert "pip install 'crawler[postgres]'" in ended.err
