"""The crawl state on PostgreSQL: the same tables, waited for when it goes away, not written by who was given up."""

import re
import sqlite3
import threading
import time

import pytest

from crawler.discovery import Link
from crawler.state import CrawlState, LeaseLostError, StateUrlError, StorageError
from crawler.state.announcements import Finding
from crawler.state.leases import Worker
from crawler.state.postgres import PostgresDatabase
from crawler.state.schema import MIGRATIONS

#: PostgreSQL's types by SQLite's.
TYPES = {"TEXT": "text", "REAL": "double precision", "INTEGER": "bigint", "BLOB": "bytea"}


@pytest.fixture
def database(postgres):
    database = PostgresDatabase(postgres)
    yield database
    database.close()


@pytest.fixture
def new_worker(postgres, tmp_path):
    """Begins a run of a worker of that name."""
    opened = []

    def begin(name, lease=60.0, place="here"):
        worker = Worker(name=name, place=place, lease=lease)
        state = CrawlState(tmp_path / name, url=postgres, worker=worker)
        opened.append(state)
        state.begin_run("20261122T101500Z", "crawl news", now=0)
        return state

    yield begin
    for state in opened:
        state.close()


def announce(state, *paths):
    found = [Finding(link=Link(url=f"https://courier.example/{path}", method="feed")) for path in paths]
    return state.frontier.announce("courier", "feed", found, now=1)


def lease(state, count=10):
    return state.frontier.lease("courier", count, run=state.run, now=2)


def test_both_stores_have_the_same_tables_and_columns(database):
    connection = sqlite3.connect(":memory:")
    for script in MIGRATIONS:
        connection.executescript(script)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    expected = {
        (table, row[1], TYPES[row[2]])
        for (table,) in names.fetchall()
        for row in connection.execute(f"PRAGMA table_info({table})")
    }
    connection.close()
    rows = database.rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name != 'crawl_state' AND column_name != 'rowid'"
    )
    assert {tuple(row.values()) for row in rows} == expected


PATTERNS = [
    "/news/", r"/20\d\d/", r"^https://a\.", r"story$", r"\bharbour\b", r"\Bbour", r"(?P<part>news|sport)/", "",
    r"/[a-z-]+-\d{2,}", r"a{,2}b", r"/{id}", "(?i)HARBOUR", r"news(?!/live)", r"(?<=/)live", r"(?<!news/)live",
    r"[^/]+/[^/]+$", r"\x2f", r"[\w.-]+\.example", r".*?-.*", r"\.html?\Z", r"\A\w+:", r"news/(?#where)live",
    "[]a]x", r"[\]x]a", r"(a)\1", "(?:news|sport)/",
]  # fmt: skip


def test_a_regular_expression_finds_in_postgresql_what_it_finds_in_python(database):
    texts = [
        "https://a.example/news/harbour-2026", "http://b.example/sport/live", "https://a.example/2026/11/story.html",
        "https://a.example/news/live/story", "https://a.example/aab/{id}", "x", "", "https://neighbours.example/b?a=]x",
    ]  # fmt: skip
    for pattern in PATTERNS:
        words = database.pattern(pattern)
        for text in texts:
            (row,) = database.rows("SELECT matches(?, ?) AS found", (words, text))
            assert row["found"] == bool(re.search(pattern, text)), (pattern, words, text)


@pytest.mark.parametrize("pattern", ["a++", "(?>a)", "(a)?(?(1)b|c)", "(?P<x>a)(?P=x)", "(?i:a)", "(?a)x", "a{99999}"])
def test_a_regular_expression_that_postgresql_has_no_words_for_is_refused_in_one_sentence(database, pattern):
    with pytest.raises(StateUrlError, match="-a match=: ") as caught:
        database.pattern(pattern)
    assert "\n" not in str(caught.value)


def test_opening_again_changes_nothing(postgres):
    for _ in range(2):
        database = PostgresDatabase(postgres)
        database.execute("INSERT INTO source (id) VALUES ('courier') ON CONFLICT DO NOTHING")
        assert database.row("SELECT count(*) AS n FROM source")["n"] == 1
        database.close()


def test_workers_that_begin_at_once_make_the_tables_once(postgres):
    failures = []

    def open_one():
        try:
            PostgresDatabase(postgres).close()
        except StorageError as error:
            failures.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_the_database_of_another_program_is_refused_and_left_as_it_was(postgres):
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE theirs (x integer)")
        with pytest.raises(StorageError, match="another program's database"):
            PostgresDatabase(postgres)
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (1,)


def test_reading_an_empty_database_creates_nothing(postgres):
    with pytest.raises(StorageError, match="nothing has been crawled here"):
        PostgresDatabase(postgres, read_only=True)


def test_the_database_of_a_newer_release_is_refused(postgres):
    database = PostgresDatabase(postgres)
    database.execute("UPDATE crawl_state SET version = 99")
    database.close()
    with pytest.raises(StorageError, match="newer release"):
        PostgresDatabase(postgres)


def test_who_only_reads_cannot_write(postgres):
    PostgresDatabase(postgres).close()
    database = PostgresDatabase(postgres, read_only=True)
    with pytest.raises(Exception, match="read-only"):
        database.execute("DELETE FROM source")
    database.close()


@pytest.mark.parametrize("url", ["mysql://host/db", "crawl.db", "", "postgresql://[::1/db", "postgresql://u@h/db?x=1"])
def test_an_address_that_names_no_postgresql_is_refused_in_one_sentence(url):
    with pytest.raises(StateUrlError, match=r"STATE_URL: ") as caught:
        PostgresDatabase(url)
    assert "\n" not in str(caught.value)


def test_no_message_tells_the_password():
    with pytest.raises(StorageError) as caught:
        PostgresDatabase("postgresql://crawler:secret@127.0.0.1:1/crawl?connect_timeout=2")
    assert "secret" not in str(caught.value)
    assert "crawler@127.0.0.1:1/crawl" in str(caught.value)


def test_text_that_postgresql_cannot_hold_is_stored_all_the_same(new_worker):
    state = new_worker("one")
    link = Link(url="https://courier.example/a", method="feed", title="half \ud800 and \0 nothing")
    state.frontier.announce("courier", "feed", [Finding(link=link)], now=1)
    assert lease(state)[0].title == "half \ufffd and \ufffd nothing"


def test_the_longest_addresses_have_room(new_worker):
    state = new_worker("one")
    noise = "".join(f"{number * 7919 % 100_003:x}" for number in range(450))[:1990]
    found = [Finding(link=Link(url=f"https://courier.example/{noise}", method="feed"))]
    document = f"https://courier.example/{noise[::-1]}"
    assert state.frontier.announce("courier", document, found, now=1) == 1
    assert state.frontier.announce("courier", document, found, now=2) == 0


def test_a_server_that_comes_back_is_waited_for(own_server, tmp_path, caplog):
    state = CrawlState(tmp_path, url=own_server.url, worker=Worker(name="one", place="here", lease=60))
    state.begin_run("20261122T101500Z", "crawl", now=0)
    announce(state, "a")
    own_server.stop()
    back = threading.Timer(1.0, own_server.start)
    back.start()
    assert announce(state, "b") == 1
    back.join()
    assert sorted(found.url for found in lease(state)) == ["https://courier.example/a", "https://courier.example/b"]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "waiting up to 60 s for the server" in said[0]
    assert "the server is back after" in said[1]
    state.close()


def test_what_was_inside_a_transaction_when_the_server_went_is_lost_whole_and_told(own_server, tmp_path):
    state, told = CrawlState(tmp_path, url=own_server.url), []
    state.when_broken(told.append)

    def announce_and_stop():
        with state.transaction():
            announce(state, "a")
            own_server.stop()
            announce(state, "b")

    with pytest.raises(StorageError) as caught:
        announce_and_stop()
    assert told == [caught.value]
    own_server.start()
    assert announce(state, "a") == 1
    state.close()


def test_a_server_that_stays_away_is_a_storage_failure(own_server):
    database = PostgresDatabase(own_server.url, patience=0.5)
    own_server.stop()
    with pytest.raises(StorageError, match=r"postgresql://"):
        database.rows("SELECT * FROM source")
    database.close()
    own_server.start()


def test_a_run_that_gave_no_sign_of_life_is_given_up_and_can_write_nothing_more(new_worker):
    frozen, other = new_worker("frozen", lease=0.3), new_worker("other")
    announce(frozen, "a", "b")
    (first, _) = lease(frozen)
    assert other.leases.renew() == 0
    time.sleep(0.4)
    assert other.leases.renew() == 1
    with pytest.raises(LeaseLostError, match="no sign of life"):
        frozen.frontier.settle(first.key, "rejected", run=frozen.run, now=3)
    with pytest.raises(LeaseLostError):
        frozen.leases.renew()
    assert {found.tries for found in lease(other)} == {1}


def test_a_worker_that_is_alive_keeps_what_it_has_leased(new_worker):
    one = new_worker("one")
    announce(one, "a")
    assert len(lease(one)) == 1
    other = new_worker("other")
    other.leases.renew()
    assert lease(other) == []


def test_a_restarted_worker_takes_over_from_itself_at_once(new_worker):
    before = new_worker("one")
    announce(before, "a")
    assert len(lease(before)) == 1
    assert len(lease(new_worker("one"))) == 1


def test_the_name_of_a_worker_that_is_alive_elsewhere_is_refused(new_worker):
    new_worker("one", place="machine-1:/data")
    with pytest.raises(LeaseLostError, match="worker one is at work on machine-1:/data"):
        new_worker("one", place="machine-2:/data")


def test_a_domain_has_one_owner_and_is_free_again_after_a_pause(new_worker):
    one, other = new_worker("one"), new_worker("other")
    groups = [{"a.example": 0.3}, {"a.example": 0.3, "b.example": 0.3}, {"c.example": 0.3}]
    assert one.leases.claim(groups, 1) == [0]
    assert other.leases.claim(groups, 9) == [2]
    assert one.leases.is_held("a.example")
    assert not other.leases.is_held("a.example")
    one.leases.release()
    assert other.leases.claim(groups, 9) == [2]
    time.sleep(0.4)
    assert other.leases.claim(groups, 9) == [0, 1, 2]


def test_the_domains_of_a_dead_worker_are_free_after_a_pause(new_worker):
    dead, other = new_worker("dead", lease=0.2), new_worker("other")
    assert dead.leases.claim([{"a.example": 0.3}], 1) == [0]
    time.sleep(0.3)
    assert not dead.leases.is_held("b.example")
    other.leases.renew()
    assert other.leases.claim([{"a.example": 0.3}], 1) == []
    time.sleep(0.4)
    assert other.leases.claim([{"a.example": 0.3}], 1) == [0]


def test_a_pause_that_a_clock_has_moved_far_away_is_not_waited_for(new_worker):
    state = new_worker("one")
    state._db.execute("INSERT INTO host VALUES ('a.example', NULL, 3, unix_now() + 86400)")
    assert state.leases.claim([{"a.example": 3}], 1) == [0]


def test_a_worker_that_was_frozen_and_that_nobody_gave_up_goes_on(new_worker):
    state = new_worker("one", lease=0.2)
    assert state.leases.claim([{"a.example": 1}], 1) == [0]
    time.sleep(0.3)
    assert state.leases.is_held("a.example")


def test_after_an_outage_everyone_has_time_to_come_back(new_worker):
    one, other = new_worker("one", lease=0.4), new_worker("other", lease=0.4)
    time.sleep(0.5)
    assert one.leases.renew() == 0
    assert other.leases.renew() == 0
    assert one.leases.renew() == 0
