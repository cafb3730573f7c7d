"""Reads WARC files on a Ray cluster: one task a file, whose pages come to the crawl as it takes them.

Knows neither pages nor articles: what is to be made of a response is given. A task leaves nothing behind but what
it has handed over, so one that dies is begun again, and what had come before is passed over.
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import signal
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from crawler.archive import Damage, Extracted, Stored
from crawler.archive.file import BATCH, ArchiveFile
from crawler.archive.reader import read_on
from crawler.workers import WorkerFailure, Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from datetime import datetime

#: Ray's own name for the address of its cluster.
ADDRESS = "RAY_ADDRESS"
#: Ray tells its makers nothing, and prints nothing into what the crawl says.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS_SKIP_REGEX": "."}
#: A Ray that we start ourselves is for this machine alone, so nothing of it may be reached or reach out. Its processes
#: listen on loopback alone where Ray believes that there are no clusters, and what one of them asks of cloud providers,
#: whether or not its statistics are on, is sent to a closed port.
ALONE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "http_proxy": "http://127.0.0.1:9",
    "no_proxy": "127.0.0.1,localhost",
}
#: Seconds in which a cluster must answer.
CONNECT_SECONDS = 10
#: Bytes of shared memory for results: of each task only some pages wait to be taken.
OBJECTS = 100 << 20
#: Batches of pages that a task may be ahead of whoever takes them.
AHEAD = 4
#: Deaths of a task, without a page between them, after which its file is given up for this run.
PATIENCE = 3

#: Returns what is known of a page and the call that reads it; None of a response that is no page.
Work: TypeAlias = "Callable[[Stored], tuple[Any, Callable[[], Any]] | None]"

_log = logging.getLogger(__name__)


class ClusterError(Exception):
    """There is no cluster to work on; the message says what was expected."""


class Cluster:
    """The cluster that RAY_ADDRESS names, or one of this machine that ends with the run."""

    def __init__(self, work: Work, *, cores: int, seconds: float, memory: int) -> None:
        """Connect; raises ClusterError. *cores* are those of this machine; *seconds* and *memory* bound each page."""
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        self._work = work
        self._bounds = {"count": 1, "seconds": seconds, "memory": memory}
        self._directory: Path | None = None
        address = os.environ.get(ADDRESS)
        with _signals_kept():
            if address and address != "local":
                self._connect(address)
            else:
                self._start(cores)

    @property
    def files(self) -> int:
        """How many files it reads at once: one a core."""
        import ray

        return max(int(ray.cluster_resources().get("CPU", 1)), 1)

    def open(self, path: Path) -> ClusterFile:
        """Return the file, to be read there; raises OSError."""
        return ClusterFile(path, self)

    def read(self, path: Path, begin: int, wanted: Callable[[str, datetime], bool]) -> Any:
        """Begin a task and return its batches as Ray gives them."""
        import ray

        task = ray.remote(num_cpus=1, num_returns="streaming", max_retries=0, _generator_backpressure_num_objects=AHEAD)
        return task(_batches).remote(str(path), begin, wanted, self._work, self._bounds)

    def close(self) -> None:
        """End all tasks; one of this machine ends whole."""
        import ray

        ray.shutdown()
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)  # its logs

    def _connect(self, address: str) -> None:
        import ray

        try:
            _require_somebody(address)
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            raise ClusterError(f"{ADDRESS}: expected a Ray cluster at {address}: {_first_line(error)}") from error

    def _start(self, cores: int) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="ray"))  # short: the path of a socket may have 107 bytes
        with _environment(ALONE):
            import ray

            ray.init(
                address="local",
                num_cpus=cores,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                object_store_memory=OBJECTS,
                _temp_dir=str(self._directory),
            )


class ClusterFile(ArchiveFile):
    """A file that is read by a task."""

    def __init__(self, path: Path, cluster: Cluster) -> None:
        super().__init__(path)
        self._cluster = cluster

    async def responses(self, *, begin: int, wanted: Callable[[str, datetime], bool]) -> AsyncIterator[Stored | Damage]:
        """Yield the responses without their bodies, with what was made of them, and damage; raises OSError."""
        from ray.exceptions import RayError, RayTaskError

        came = deaths = 0
        while True:
            known, came = came, 0  # counted, as all pages of a file in one piece may have the same offset
            try:
                async for promise in self._cluster.read(self.path, begin, wanted):
                    for page in await promise:
                        if isinstance(page, OSError):
                            raise page
                        came += 1
                        if came > known:
                            yield page
                            deaths = 0
            except RayTaskError:
                raise  # a mistake of ours
            except RayError as error:
                deaths, came = deaths + 1, max(came, known)
                _log.info("%s: its task died after %d pages: %s", self.path, came, _first_line(error))
                if deaths == PATIENCE:
                    raise OSError(f"its task died {PATIENCE} times: {_first_line(error)}") from error
            else:
                return


def _require_somebody(address: str) -> None:
    """Raise OSError or ValueError if nobody answers: Ray would try for minutes, and say so again and again."""
    if address == "auto":
        return  # Ray looks for a file
    host, colon, port = address.rpartition(":")
    if "/" in address or not colon or not port.isdecimal():
        raise ValueError("that is no HOST:PORT")
    socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()


def _batches(
    path: str, begin: int, wanted: Callable[[str, datetime], bool], work: Work, bounds: dict[str, Any]
) -> Iterator[list[Stored | Damage | OSError]]:
    """Yield what a file holds, a few responses at a time; the task of a cluster."""
    workers = Workers(**bounds)
    try:
        pages = read_on(Path(path), begin=begin, wanted=wanted)
        while batch := list(itertools.islice(pages, BATCH)):
            yield [_worked_on(page, work, workers) if isinstance(page, Stored) else page for page in batch]
    except OSError as error:
        yield [error]
    finally:
        workers.close()


def _worked_on(stored: Stored, work: Any, workers: Workers) -> Stored:
    """Return the response with what *work* makes of it in place of its body."""
    told, result = None, None
    if task := work(stored):
        told, call = task
        try:
            result = workers.call(call)
        except WorkerFailure as failure:
            result = failure
    return attrs.evolve(stored, body=b"", extracted=Extracted(size=len(stored.body), told=told, result=result))


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Let what is started inside find *values* in its environment."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep our own answers to signals: Ray puts others in their place."""
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
