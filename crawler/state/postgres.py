"""One PostgreSQL connection with the same face as `Database`: SQLite's words, errors named, writers by turns.

One writer at a time, as in SQLite: a transaction begins with a lock that all of them take. So whatever a verb reads
first is still so when it writes, and no two can wait for each other.
"""

from __future__ import annotations

import logging
import re
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from crawler.state.database import Database, LeaseLostError, StateUrlError, StorageError, storable
from crawler.state.dialect import in_postgresql
from crawler.state.postgres_schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import psycopg

    from crawler.state.database import Cursor

    Connection = psycopg.Connection[dict[str, Any]]

#: Addresses of a server that a connection is made to.
SCHEMES = ("postgresql://", "postgres://")
#: Seconds that a server which has gone away is waited for.
PATIENCE = 60.0
#: Seconds between attempts, and that one may take.
PAUSE = 0.5
CONNECT_SECONDS = 10
#: The key of the lock that a transaction begins with: ASCII "NWSC", as in SQLite's application_id.
WRITER_LOCK = 0x4E575343
#: Seconds after which the server ends a transaction that does nothing, so that a frozen worker holds up nobody; with
#: short leases it is sooner, but a worker on a busy machine may pause for so long.
IDLE_SECONDS = 15
IDLE_AT_LEAST = 1

#: Placeholders of SQLite, and what psycopg would take for one.
_PLACEHOLDER = re.compile(r"\?|(?<!:):([a-z_]+)|%")

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


class PostgresDatabase(Database):
    """A connection that is made again when the server comes back; what was inside a transaction then is lost whole."""

    def __init__(
        self, url: str, *, read_only: bool = False, patience: float = PATIENCE, idle: float = IDLE_SECONDS
    ) -> None:
        self._psycopg = _driver(url)
        self._url = url
        self.path = _without_password(url)
        self.run = ""
        self.when_broken: Callable[[StorageError], None] | None = None
        self.is_shared = False
        self._read_only = read_only
        self._patience = patience
        self._idle = idle
        self._in_transaction = False
        self._patterns: dict[str, str] = {}
        with self._named():
            self._server = self._open()
            try:
                self._prepare(read_only=read_only)
            except BaseException:
                self._server.close()
                raise

    def execute(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Cursor:
        """Run one statement; a lone surrogate or NUL in a text is stored as U+FFFD.

        One that writes is a transaction of its own.
        """
        if self._in_transaction:
            with self._named():
                return self._run(sql, values)
        if not sql.lstrip().startswith("SELECT"):
            with self.transaction():
                return self._run(sql, values)
        return self._again(lambda: self._run(sql, values))

    def rows(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """Return all rows of a query."""
        return self.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the statements inside hold together or not at all; one inside another joins it."""
        if self._in_transaction:
            yield
            return
        self._again(self._begin)
        self._in_transaction = True
        try:
            yield
            with self._named():
                self._server.execute("COMMIT")
        except BaseException:
            self._rollback()
            raise
        finally:
            self._in_transaction = False

    def unsynced(self) -> AbstractContextManager[None]:
        """Return a transaction like any other: what other workers have seen must not be undone."""
        return self.transaction()

    def pattern(self, text: str) -> str:
        """Return a regular expression of Python's in the server's words, which it has been seen to understand."""
        if text not in self._patterns:
            try:
                words = in_postgresql(text)
                self.rows("SELECT matches(?, '')", (words,))
            except (ValueError, self._psycopg.DataError) as error:
                raise StateUrlError(f"-a match=: {_first_line(error)}: {text}") from error
            self._patterns[text] = words
        return self._patterns[text]

    def close(self) -> None:
        """Close the connection."""
        self._server.close()

    def _run(self, sql: str, values: Sequence[Any] | dict[str, Any]) -> Cursor:
        given: Any
        if isinstance(values, dict):
            given = {name: _adapted(value) for name, value in values.items()}
        else:
            given = [_adapted(value) for value in values]
        return self._server.execute(_translated(sql), given)

    def _begin(self) -> None:
        """Begin a transaction as the only writer; raises LeaseLostError if this run has been given up."""
        cursor = self._server.cursor()
        begin = "BEGIN; SELECT pg_advisory_xact_lock(%s); SELECT alive IS NOT NULL AS alive FROM run WHERE id = %s"
        cursor.execute(begin, (WRITER_LOCK, self.run))
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        if self.is_shared and not (row and row["alive"]):
            self._rollback()
            self._tell(
                LeaseLostError(
                    f"{self.path}: this run gave no sign of life for too long: other workers have taken over its work"
                )
            )

    def _rollback(self) -> None:
        try:
            self._server.execute("ROLLBACK")
        except self._psycopg.Error:
            self._server.close()  # which rolls back too

    def _again(self, act: Callable[[], Result]) -> Result:
        """Do *act*; when the server has gone away, wait for it and do it again."""
        with self._named():
            try:
                return act()
            except (self._psycopg.OperationalError, self._psycopg.InterfaceError) as error:
                if not self._server.closed:
                    raise
                self._reconnect(error)
                return act()

    def _reconnect(self, cause: Exception) -> None:
        began = time.monotonic()
        _log.warning("%s: %s; waiting up to %.0f s for the server", self.path, _first_line(cause), self._patience)
        while True:
            try:
                self._server = self._open()
                break
            except self._psycopg.OperationalError:
                if time.monotonic() - began > self._patience:
                    raise
                time.sleep(PAUSE)
        _log.warning("%s: the server is back after %.0f s", self.path, time.monotonic() - began)

    def _open(self) -> Connection:
        from psycopg.rows import dict_row

        connection: Connection = self._psycopg.connect(
            self._url,
            autocommit=True,
            row_factory=dict_row,
            cursor_factory=self._psycopg.ClientCursor,
            connect_timeout=CONNECT_SECONDS,
            application_name="newscrawler",
            client_encoding="utf8",
            keepalives_idle=CONNECT_SECONDS,
            tcp_user_timeout=int(PATIENCE * 1000),
        )
        connection.adapters.register_loader("numeric", _number_loader())
        connection.execute(f"SET idle_in_transaction_session_timeout = {int(self._idle * 1000)}")
        if self._read_only:
            connection.execute("SET default_transaction_read_only = on")
        return connection

    def _prepare(self, *, read_only: bool) -> None:
        tables = self._server.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        ).fetchall()
        names = {row["table_name"] for row in tables}
        if not names and read_only:
            raise StorageError(f"{self.path}: expected a crawl state, found no table: nothing has been crawled here")
        if names and "crawl_state" not in names:
            raise StorageError(f"{self.path}: expected a crawl state, found another program's database")
        version = self._version() if names else 0
        if version > len(MIGRATIONS):
            raise StorageError(
                f"{self.path}: expected schema version {len(MIGRATIONS)} or older, found {version}: "
                "it was written by a newer release"
            )
        if version < len(MIGRATIONS):
            if read_only:
                raise StorageError(
                    f"{self.path}: expected schema version {len(MIGRATIONS)}, found {version}: a crawl migrates it"
                )
            self._migrate_all()

    def _version(self) -> int:
        row = self._server.execute("SELECT version FROM crawl_state").fetchone()
        return int(row["version"]) if row else 0

    def _migrate_all(self) -> None:
        """Bring the tables to the newest version; of several workers that begin at once the first does it."""
        with self._server.transaction():
            self._server.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER_LOCK,))
            self._server.execute("CREATE TABLE IF NOT EXISTS crawl_state (version bigint NOT NULL)")
            for script in MIGRATIONS[self._version() :]:
                self._server.execute(script)
            self._server.execute("DELETE FROM crawl_state")
            self._server.execute("INSERT INTO crawl_state VALUES (%s)", (len(MIGRATIONS),))

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Turn what the server or the network may do into StorageError; leave our own mistakes alone."""
        try:
            yield
        except (self._psycopg.OperationalError, self._psycopg.InterfaceError, self._psycopg.InternalError) as error:
            self._tell(StorageError(f"{self.path}: {_first_line(error)}"), error)

    def _tell(self, failure: StorageError, cause: Exception | None = None) -> None:
        if self.when_broken:
            self.when_broken(failure)
        raise failure from cause


def _driver(url: str) -> Any:
    if not url.startswith(SCHEMES):
        raise StateUrlError(f"STATE_URL: expected postgresql://USER@HOST/DATABASE, got {_without_password(url)}")
    try:
        import psycopg
    except ImportError as error:
        raise StateUrlError(
            "STATE_URL: expected the extra that speaks to PostgreSQL: pip install 'crawler[postgres]'"
        ) from error
    try:
        psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise StateUrlError(f"STATE_URL: {_first_line(error)}") from error
    return psycopg


def _number_loader() -> Any:
    """Return what makes sums a number as SQLite gives it: an integer where it is one."""
    from psycopg.adapt import Loader

    class Number(Loader):
        def load(self, data: Any) -> int | float:
            text = bytes(data).decode()
            return int(text) if text.lstrip("-").isdecimal() else float(text)

    return Number


@lru_cache(maxsize=512)
def _translated(sql: str) -> str:
    """Return a statement with psycopg's placeholders."""

    def placeholder(match: re.Match[str]) -> str:
        if match[1]:
            return f"%({match[1]})s"
        return "%%" if match[0] == "%" else "%s"

    return _PLACEHOLDER.sub(placeholder, sql)


def _adapted(value: Any) -> Any:
    """Return the value as SQLite would store it: truth as a number, and only text that is UTF-8."""
    if isinstance(value, bool):
        return int(value)
    return storable(value).replace("\0", "\ufffd") if isinstance(value, str) else value


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the given address"
    user = f"{parts.username}@" if parts.username else ""
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{user}{place}{parts.path}" if parts.scheme else "an address without a scheme"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
