"""Damage to the state is named in one line, and what can be made anew is made anew with one command."""

import sqlite3
from contextlib import closing

import pytest

from crawler.newsroom import Newsroom


@pytest.fixture(scope="module")
def crawled(new_operator):
    operator = new_operator()
    with Newsroom() as paper:
        assert operator.crawl(paper.url).code == 0
        operator.paper = paper
        yield operator


def in_state(operator, *statements):
    with closing(sqlite3.connect(operator.data / "crawl.db")) as state:
        found = [state.execute(statement).fetchall() for statement in statements]
        state.commit()
    return found[-1]


def indexed(operator):
    return in_state(operator, "SELECT article, domain, day FROM sketch ORDER BY article")


def test_a_damaged_index_row_ends_a_crawl_with_one_line_and_one_command_makes_the_index_anew(crawled):
    before = indexed(crawled)
    in_state(crawled, "UPDATE sketch SET data = x'00', day = 0 WHERE id = 3")
    ended = crawled.crawl(crawled.paper.url)
    assert ended.code == 74
    (line,) = ended.err.strip().splitlines()
    assert f"{crawled.data}/crawl.db: table sketch, row 3 (article " in line
    assert "`scrapy rebuild`" in line
    ended = crawled.run("rebuild")
    assert (ended.code, ended.err) == (0, "")
    assert f"copy index made anew from {len(crawled.records)} articles" in ended.out
    assert indexed(crawled) == before
    assert crawled.crawl(crawled.paper.url).code == 0


def test_articles_whose_file_was_moved_away_are_counted(crawled):
    (path,) = crawled.data.glob("articles/*.jsonl")
    moved = path.rename(path.with_suffix(".moved"))
    ended = crawled.run("rebuild")
    moved.rename(path)
    assert ended.code == 0
    assert "made anew from 0 articles; " in ended.out
    assert "are no longer in their files" in ended.out
    assert crawled.run("rebuild").code == 0


def test_an_index_that_a_migration_emptied_is_made_anew_by_the_next_run(crawled):
    before = indexed(crawled)
    emptied = ("DELETE FROM posting", "DELETE FROM sketch", "INSERT INTO chore VALUES ('copies')")
    in_state(crawled, *emptied)
    ended = crawled.crawl(crawled.paper.url)
    assert (ended.code, ended.err) == (0, "")
    assert indexed(crawled) == before
    assert in_state(crawled, "SELECT count(*) FROM chore")[0] == (0,)


def test_where_that_would_take_long_the_operator_is_told_once(operator, paper):
    assert operator.crawl(paper.url, "-a", "limit=1").code == 0
    in_state(
        operator,
        "INSERT INTO chore VALUES ('copies')",
        "INSERT INTO article (id, key, url, source, domain, headline, content_hash, raw_hash, revision, stored, run)"
        " WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT 5001)"
        " SELECT n, n, n, 'gone', 'gone.example', n, n, n, 1, unixepoch(), 'before' FROM number",
    )
    (line,) = operator.crawl(paper.url, "-a", "limit=1").err.splitlines()
    assert line == f"{operator.data}: copies of 5002 earlier articles are known again after `scrapy rebuild`"
    assert operator.crawl(paper.url, "-a", "limit=1").err == ""


def test_rebuild_says_what_it_needs(operator):
    ended = operator.run("rebuild")
    assert ended.code == 2
    assert "expected a crawl state, found none" in ended.err


@pytest.mark.parametrize("command", ["explain", "diff"])
def test_a_state_that_is_no_database_is_one_line(operator, command):
    operator.data.mkdir()
    (operator.data / "crawl.db").write_bytes(b"not a database, certainly not one of ours" * 100)
    ended = operator.run(command, "https://example.com/a")
    assert ended.code == 74
    assert ended.err.strip() == f"{operator.data}/crawl.db: file is not a database"


def test_the_demo_on_a_state_that_is_no_database_is_one_line(operator):
    state = operator.data / "demo-18766" / "crawl.db"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"not a database, certainly not one of ours" * 100)
    ended = operator.run("demo", "--port", "18766")
    assert (ended.code, ended.err) == (74, f"{state}: file is not a database\n")


@pytest.mark.parametrize("command", ["probe", "extract"])
def test_what_keeps_nothing_needs_no_state_and_names_a_full_disk_in_one_line(operator, paper, command):
    operator.data.mkdir()
    (operator.data / "crawl.db").write_bytes(b"not a database, certainly not one of ours" * 100)
    url = f"{paper.url.rstrip('/')}{paper.articles[0].path}"
    assert operator.run(command, url).code == 0
    operator.settings["DISK_RESERVE"] = str(1 << 60)
    ended = operator.run(command, url)
    assert ended.code == 74
    (line,) = ended.err.splitlines()
    assert "MiB of free disk (DISK_RESERVE)" in line


def test_rebuild_waits_for_no_running_crawl(operator, paper):
    import fcntl

    assert operator.crawl(paper.url, "-a", "limit=1").code == 0
    with (operator.data / "crawl.lock").open("rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert operator.run("rebuild").code == 75
