"""The crawl state: what was announced, what became of it, what waits to be written. Nothing else speaks SQL."""

from __future__ import annotations

import fcntl
import os
import re
import socket
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from crawler.state.articles import Articles
from crawler.state.captures import Captures
from crawler.state.copies import Copies
from crawler.state.database import Database, LeaseLostError, StateUrlError, StorageError
from crawler.state.documents import Documents
from crawler.state.frontier import Frontier
from crawler.state.health import Health
from crawler.state.history import History, history
from crawler.state.hosts import Hosts
from crawler.state.leases import Leases, Worker
from crawler.state.ledger import Ledger
from crawler.state.manners import Manners
from crawler.state.outbox import Outbox
from crawler.state.postgres import IDLE_AT_LEAST, IDLE_SECONDS, PostgresDatabase
from crawler.state.reservations import Reservations
from crawler.state.revisits import Revisits
from crawler.state.sites import Sites
from crawler.state.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = [
    "CrawlState",
    "LeaseLostError",
    "RunLock",
    "StateUrlError",
    "StorageError",
    "attach",
    "has_state",
    "open_state",
    "state_of",
]

DATABASE_NAME = "crawl.db"
LOCK_NAME = "crawl.lock"
#: A worker's name becomes part of the names of its files.
WORKER_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


class Settings(Protocol):
    """What names a crawl state: DATA_DIR, STATE_URL, WORKER and LEASE_SECONDS."""

    def __getitem__(self, name: str) -> Any: ...


class CrawlState:
    """One data directory's crawl state; ``frontier``, ``documents``, ``articles``, ``sites``, ...

    With a PostgreSQL *url* the state lies there and is shared, and *worker* is the one whose output is in *directory*.
    """

    def __init__(
        self, directory: Path, *, read_only: bool = False, url: str = "", worker: Worker | None = None
    ) -> None:
        if not read_only:
            _make_directory(directory)
        self.directory = directory
        self.run = ""
        self._db = (
            PostgresDatabase(url, read_only=read_only, idle=_idle(worker))
            if url
            else _file(directory / DATABASE_NAME, read_only=read_only)
        )
        self.leases = Leases(self._db, worker)
        self.revisits = Revisits(self._db)
        self.frontier = Frontier(self._db, self.revisits)
        self.documents = Documents(self._db)
        self.manners = Manners(self._db)
        self.reservations = Reservations(self._db)
        self.outbox = Outbox(self._db, worker.name if worker else "")
        self.sites = Sites(self._db, self.outbox)
        self.captures = Captures(self._db)
        self.copies = Copies(self._db, self.sites)
        self.health = Health(self._db)
        self.hosts = Hosts(self._db)
        self.statistics = Statistics(self._db)
        self.articles = Articles(
            self._db,
            frontier=self.frontier,
            sites=self.sites,
            copies=self.copies,
            revisits=self.revisits,
            outbox=self.outbox,
        )

    def when_broken(self, tell: Callable[[StorageError], None]) -> None:
        """Have *tell* called with every failure of the database, wherever it is met."""
        self._db.when_broken = tell

    def transaction(self) -> AbstractContextManager[None]:
        """Make the verbs called inside hold together or not at all."""
        return self._db.transaction()

    def begin_run(self, run: str, command: str, *, now: float) -> int:
        """Record that *run* begins and return how many leases of dead runs were taken back.

        Two runs within one second get different ids: the later one a suffix.
        """
        with self._db.transaction():
            taken = len(self._db.rows("SELECT id FROM run WHERE id = ? OR id LIKE ?", (run, f"{run}-%")))
            self.run = self._db.run = f"{run}-{taken + 1}" if taken else run
            self._db.execute("INSERT INTO run (id, started, command) VALUES (?, ?, ?)", (self.run, now, command))
            self.leases.begin()
            back = self.leases.adopt()
        self._db.is_shared = self.leases.is_shared
        return back

    def end_run(self, *, exit_code: int, now: float) -> None:
        """Record how this run ended; what it still holds returns to pending."""
        with self._db.transaction():
            self.frontier.release(self.run)
            self.hosts.save(self.run, now=now)
            self.leases.release()
            self._db.execute(
                "UPDATE run SET ended = ?, exit = ?, alive = NULL WHERE id = ?", (now, exit_code, self.run)
            )
        self._db.is_shared = False  # it has not been given up, it has ended
        if self.frontier.settled:  # a visit that found nothing new leaves it to the next that does
            Ledger(self._db).fold(now=now)

    def require_pattern(self, text: str) -> None:
        """Raise StateUrlError if the database cannot look for a regular expression of Python's."""
        self._db.pattern(text)

    def history(self, key: str) -> History:
        """Return all that is known of an identity key."""
        return history(self._db, key)

    def close(self) -> None:
        """Close the database."""
        self._db.close()


def open_state(settings: Settings, directory: Path | None = None, *, read_only: bool = False) -> CrawlState:
    """Return the crawl state that the operator's settings name; one of another *directory* is a file.

    Raises StorageError, and its subclass StateUrlError where STATE_URL or WORKER cannot be used.
    """
    own = Path(settings["DATA_DIR"])
    url = settings["STATE_URL"] if directory in (None, own) else ""
    worker = _worker(settings, own) if url else None
    return CrawlState(directory or own, read_only=read_only, url=url, worker=worker)


def has_state(settings: Settings, directory: Path | None = None) -> bool:
    """Return whether there is a crawl state to open; a database says so itself."""
    own = Path(settings["DATA_DIR"])
    return bool(settings["STATE_URL"] and directory in (None, own)) or ((directory or own) / DATABASE_NAME).exists()


class RunLock:
    """The one run that may write to a data directory; the kernel frees it with the process, however that ends."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / LOCK_NAME
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock and return True, or False at once if another process holds it; raises StorageError."""
        _make_directory(self._path.parent)
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise StorageError(f"{self._path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise StorageError(f"{self._path}: expected a file system with locks, got {error.strerror}") from error
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


_STATES: WeakKeyDictionary[object, CrawlState] = WeakKeyDictionary()


def attach(crawler: object, state: CrawlState) -> None:
    """Make *state* the one that ``state_of(crawler)`` returns."""
    _STATES[crawler] = state


def state_of(crawler: object) -> CrawlState:
    """Return the crawl state of a running crawler: the one door between spiders, pipelines and extensions."""
    return _STATES[crawler]


def _worker(settings: Settings, directory: Path) -> Worker:
    place = f"{socket.gethostname()}:{directory.absolute()}"
    default = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:40] + f"-{zlib.crc32(place.encode()):08x}"
    name = str(settings["WORKER"] or default)
    if not WORKER_NAME.fullmatch(name):
        raise StateUrlError(f'WORKER: expected letters, digits, "-" and "_", got "{name}"')
    return Worker(name=name, place=place, lease=float(settings["LEASE_SECONDS"]))


def _idle(worker: Worker | None) -> float:
    """Return the seconds that a transaction of this worker may do nothing: others wait for it, but not for long."""
    return max(IDLE_AT_LEAST, min(IDLE_SECONDS, worker.lease / 4)) if worker else IDLE_SECONDS


def _file(path: Path, *, read_only: bool) -> Database:
    if not read_only:
        _make_private(path)
    elif not path.exists():
        raise StorageError(f"{path}: expected a crawl state, found no file: nothing has been crawled here")
    return Database(path, read_only=read_only)


def _make_private(path: Path) -> None:
    """Create the database file with the rights of all our files; SQLite gives its log the same."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{directory}: expected a directory to write to, got {error.strerror}") from error
