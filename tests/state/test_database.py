"""The database file: migrated once, refused where it is not ours, and named when it fails."""

import sqlite3
import subprocess
import sys
from contextlib import nullcontext

import pytest

from crawler.state import CrawlState, RunLock, StorageError
from crawler.state.database import Database
from crawler.state.schema import APPLICATION_ID, MIGRATIONS


@pytest.fixture
def path(tmp_path):
    return tmp_path / "crawl.db"


@pytest.fixture
def database(path):
    database = Database(path)
    yield database
    database.close()


def sql(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_new_file_is_brought_to_the_newest_version_and_marked_as_ours(database):
    assert database.row("PRAGMA user_version")[0] == len(MIGRATIONS)
    assert database.row("PRAGMA application_id")[0] == APPLICATION_ID


@pytest.mark.parametrize(("articles", "chores"), [(0, []), (1, ["copies"])])
def test_what_a_migration_emptied_is_left_to_the_next_run_where_there_is_anything_to_fill_it(path, articles, chores):
    (place,) = (number for number, script in enumerate(MIGRATIONS) if "CREATE TABLE chore" in script)
    connection = sqlite3.connect(path)
    connection.executescript(
        "".join(MIGRATIONS[:place]) + f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {place};"
    )
    connection.close()
    columns = "id, key, url, source, domain, headline, content_hash, revision, stored, run"
    for _ in range(articles):
        sql(path, f"INSERT INTO article ({columns}) VALUES ('i', 'k', 'u', 's', 'd', 'h', 'c', 1, 0, 'r')")
    database = Database(path)
    assert [row["name"] for row in database.rows("SELECT name FROM chore")] == chores
    database.close()


def test_a_commit_survives_a_power_cut(database):
    assert database.row("PRAGMA journal_mode")[0] == "wal"
    assert database.row("PRAGMA synchronous")[0] == 2


def test_what_is_committed_without_a_sync_survives_a_kill_and_all_else_is_synced(path, database):
    script = (
        "import os, sys; from crawler.state.database import Database; database = Database(sys.argv[1])\n"
        "with database.unsynced():\n"
        "    database.execute(\"INSERT INTO pace (site, last) VALUES ('example.com', 1)\")\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    assert database.row("SELECT last FROM pace WHERE site = 'example.com'")[0] == 1
    with database.unsynced():
        assert database.row("PRAGMA synchronous")[0] == 1
    assert database.row("PRAGMA synchronous")[0] == 2


def test_what_is_unsynced_inside_a_transaction_is_synced_with_it(database):
    with database.transaction(), database.unsynced():
        database.execute("INSERT INTO pace (site, last) VALUES ('example.com', 1)")
        assert database.row("PRAGMA synchronous")[0] == 2
    assert database.row("SELECT count(*) FROM pace")[0] == 1


def test_opening_again_changes_nothing(path):
    for _ in range(2):
        database = Database(path)
        database.execute("INSERT OR IGNORE INTO source (id) VALUES ('courier')")
        assert database.row("SELECT count(*) FROM source")[0] == 1
        database.close()


@pytest.mark.parametrize("version", [0, 1, 99])
def test_the_database_of_another_program_is_refused_and_left_as_it_was(path, version):
    sql(path, "CREATE TABLE theirs (x)", f"PRAGMA user_version = {version}")
    with pytest.raises(StorageError, match="another program's database"):
        Database(path)
    connection = sqlite3.connect(path)
    assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master")] == ["theirs"]
    connection.close()


def test_the_database_of_a_newer_release_is_refused(path):
    Database(path).close()
    sql(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StorageError, match="newer release"):
        Database(path)


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be taken for one" * 40])
def test_reading_what_is_no_crawl_state_is_refused_in_one_sentence(path, content):
    path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        Database(path, read_only=True)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_corrupted_file_is_a_storage_failure_and_somebody_is_told(path):
    database = Database(path)
    with database.transaction():
        for number in range(2000):
            database.execute("INSERT INTO source (id) VALUES (?)", (f"source-{number}",))
    database.close()
    whole = path.read_bytes()
    most = len(whole) * 9 // 10  # the schema lies before
    path.write_bytes(whole[:most] + b"\xa5" * (len(whole) - most))
    broken, told = Database(path), []
    broken.when_broken = told.append
    with pytest.raises(StorageError, match=r"crawl\.db: database disk image is malformed") as caught:
        broken.rows("SELECT * FROM source")
    broken.close()
    assert told == [caught.value]


def test_a_directory_in_the_place_of_the_file_is_named(path):
    path.mkdir()
    with pytest.raises(StorageError, match=r"crawl\.db"):
        Database(path)


@pytest.mark.parametrize("name", ["da#ta", "da?ta", "da%41ta", "da ta", "да"])
def test_a_data_directory_of_any_name_can_be_read(tmp_path, name):
    CrawlState(tmp_path / name).close()
    state = CrawlState(tmp_path / name, read_only=True)
    assert state.history("x/a").url is None
    state.close()


def test_reading_creates_nothing(tmp_path):
    with pytest.raises(StorageError, match="nothing has been crawled here"):
        CrawlState(tmp_path / "data", read_only=True)
    assert not (tmp_path / "data").exists()


def insert_and_fail(database, inner):
    with database.transaction():
        with inner:
            database.execute("INSERT INTO source (id) VALUES ('lost')")
        raise RuntimeError


def test_a_transaction_holds_together_or_not_at_all(database):
    with pytest.raises(RuntimeError):
        insert_and_fail(database, nullcontext())
    with database.transaction():
        database.execute("INSERT INTO source (id) VALUES ('kept')")
    assert [row["id"] for row in database.rows("SELECT id FROM source")] == ["kept"]


def test_a_transaction_inside_another_shares_its_fate(database):
    with pytest.raises(RuntimeError):
        insert_and_fail(database, database.transaction())
    assert database.rows("SELECT id FROM source") == []


def test_a_mistake_in_a_statement_is_no_storage_failure(database):
    told = []
    database.when_broken = told.append
    with pytest.raises(sqlite3.OperationalError):
        database.execute("SELECT * FROM nowhere")
    assert told == []


def test_a_migration_that_fails_leaves_the_version_before(path, monkeypatch):
    Database(path).close()
    broken = (*MIGRATIONS, "CREATE TABLE half (x); CREATE TABLE half (x);")
    monkeypatch.setattr("crawler.state.database.MIGRATIONS", broken)
    with pytest.raises((StorageError, sqlite3.OperationalError)):
        Database(path)
    monkeypatch.undo()
    database = Database(path)
    assert database.row("PRAGMA user_version")[0] == len(MIGRATIONS)
    assert database.rows("SELECT * FROM sqlite_master WHERE name = 'half'") == []
    database.close()


def test_two_runs_within_one_second_have_different_names(tmp_path):
    state = CrawlState(tmp_path)
    names = []
    for _ in range(3):
        state.begin_run("20261122T101500Z", "crawl", now=0)
        names.append(state.run)
    assert names == ["20261122T101500Z", "20261122T101500Z-2", "20261122T101500Z-3"]
    state.close()


def test_a_command_line_of_any_bytes_can_be_recorded(tmp_path):
    state = CrawlState(tmp_path)
    state.begin_run("20261122T101500Z", "crawl news -a match=\udcff", now=0)
    state.close()


def test_the_run_lock_is_held_by_one_and_free_again_after_release(tmp_path):
    one, two = RunLock(tmp_path), RunLock(tmp_path)
    assert one.acquire()
    assert not two.acquire()
    one.release()
    assert two.acquire()
    two.release()


def test_a_lock_that_cannot_be_made_is_a_storage_failure(tmp_path):
    (tmp_path / "data").write_text("a file where the directory should be")
    with pytest.raises(StorageError, match="expected a directory"):
        RunLock(tmp_path / "data").acquire()
