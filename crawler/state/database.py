"""One SQLite connection: opened, migrated, and its errors named. Knows no table."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from crawler.sources.filters import SEPARATOR, is_in
from crawler.state.schema import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

#: Seconds to wait for a reader (explain, status) that holds the database.
BUSY_SECONDS = 30
#: KiB of the file that are kept: SQLite's own 2,000 hold less than the links of some feeds lie on in a large state.
CACHE = 16_384

#: JSON may name halves of a character (RFC 8259 §8.2), which no UTF-8 text can hold.
_SURROGATES = re.compile("[\ud800-\udfff]")


Value = TypeVar("Value")


class StorageError(Exception):
    """The disk or the database failed, so nothing more can be promised; the message names file and cause."""


class LeaseLostError(StorageError):
    """Other workers have given this run up and taken over its work, so nothing that it does may count."""


class StateUrlError(StorageError):
    """The operator's STATE_URL cannot be used; the message says what was expected."""


class Cursor(Protocol):
    """What a statement gives back."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchall(self) -> list[Any]:
        """Return its rows: mappings by the names of the columns."""


class Database:
    """A connection whose statements either hold or raise StorageError; programming mistakes raise as they are."""

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self.path = path
        self.run = ""
        """The run that writes."""
        self.is_shared = False
        """Whether other runs may give this one up: then every transaction begins with a look whether they have."""
        self.when_broken: Callable[[StorageError], None] | None = None
        """Told of every StorageError before it is raised, so that one place can end the run."""
        with self._named():
            self._connection = self._connect(read_only=read_only)
            try:
                self._prepare(read_only=read_only)
            except BaseException:
                self._connection.close()
                raise

    def execute(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Cursor:
        """Run one statement; a lone surrogate in a text is stored as U+FFFD."""
        try:
            return self._connection.execute(sql, values)
        except UnicodeEncodeError:
            assert not isinstance(values, dict)  # named values are never foreign text
            return self.execute(sql, [storable(value) for value in values])
        except sqlite3.DatabaseError as error:
            self._name(error)
            raise

    def rows(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """Return all rows of a query."""
        cursor = self.execute(sql, values)
        try:
            return cursor.fetchall()
        except sqlite3.DatabaseError as error:
            self._name(error)
            raise

    def row(self, sql: str, values: Sequence[Any] = ()) -> Any | None:
        """Return the first row of a query, or None."""
        return next(iter(self.rows(sql, values)), None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the statements inside hold together or not at all; one inside another joins it."""
        if self._connection.in_transaction:
            yield
            return
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._rollback()
            raise
        try:
            self.execute("COMMIT")
        except StorageError:
            self._rollback()
            raise

    def unsynced(self) -> AbstractContextManager[None]:
        """Return a transaction that survives our end at once, and a power cut only together with the next synced one.

        For what another run finds out again by itself; one inside another transaction joins it.
        """
        return self.transaction() if self._connection.in_transaction else self._unsynced()

    @contextmanager
    def _unsynced(self) -> Iterator[None]:
        self.execute("PRAGMA synchronous = NORMAL")
        try:
            with self.transaction():
                yield
        finally:
            self.execute("PRAGMA synchronous = FULL")

    def pattern(self, text: str) -> str:
        """Return a regular expression of Python's as this database's ``matches`` wants it; raises StateUrlError."""
        return text

    def close(self) -> None:
        """Close the connection; the write-ahead log is folded into the file."""
        with self._named():
            self._connection.close()

    def _rollback(self) -> None:
        # After a full disk SQLite has often rolled back by itself, and a second ROLLBACK would be an error.
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        target = f"{Path(self.path).absolute().as_uri()}?mode=ro" if read_only else str(self.path)
        connection = sqlite3.connect(target, uri=read_only, timeout=BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.create_function("matches", 2, _matches, deterministic=True)
        connection.create_function("in_section", 3, _in_section, deterministic=True)
        return connection

    def _prepare(self, *, read_only: bool) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        owner = self._connection.execute("PRAGMA application_id").fetchone()[0]
        is_empty = not self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if owner != APPLICATION_ID and not (version == 0 and is_empty):
            raise StorageError(f"{self.path}: expected a crawl state, found another program's database")
        if version > len(MIGRATIONS):
            raise StorageError(
                f"{self.path}: expected schema version {len(MIGRATIONS)} or older, found {version}: "
                "it was written by a newer release"
            )
        if read_only:
            if version < len(MIGRATIONS):
                raise StorageError(
                    f"{self.path}: expected schema version {len(MIGRATIONS)}, found {version}: a crawl migrates it"
                )
            return
        # WAL lets `explain` read during a crawl; FULL makes a commit survive a power cut (sqlite.org/pragma.html).
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(f"PRAGMA cache_size = -{CACHE}")
        for number in range(version, len(MIGRATIONS)):
            self._migrate(number)

    def _migrate(self, number: int) -> None:
        script = f"BEGIN IMMEDIATE; {MIGRATIONS[number]}"
        script += f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number + 1}; COMMIT;"
        try:
            self._connection.executescript(script)
        except sqlite3.Error:
            self._rollback()
            raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Turn what the disk or the file may do into StorageError; leave our own mistakes alone."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            self._name(error)
            raise

    def _name(self, error: sqlite3.DatabaseError) -> None:
        """Raise a StorageError for what the disk or the file did; return where the mistake is our own."""
        is_ours = isinstance(error, sqlite3.ProgrammingError | sqlite3.IntegrityError)
        if is_ours or "no such" in str(error) or "syntax error" in str(error):
            return
        failure = StorageError(f"{self.path}: {error}")
        if self.when_broken:
            self.when_broken(failure)
        raise failure from error


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


def _in_section(wanted: str, sections: str | None, url: str) -> bool:
    return is_in(wanted.split(SEPARATOR), sections.split(SEPARATOR) if sections else None, url)


def marks(count: int, row: str = "?") -> str:
    """Return the placeholders of *count* values, or of as many rows of which *row* is one."""
    return ", ".join([row] * count)


def storable(value: Value) -> Value:
    """Return a text with U+FFFD for every lone surrogate, which UTF-8 cannot hold; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", value)  # type: ignore[return-value]
    return value
