"""Worker processes: run a pure function on foreign bytes with a bound on time and memory, off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import resource
import sys
import threading
import time
from concurrent.futures import TimeoutError as FutureTimeoutError
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext
    from multiprocessing.sharedctypes import Synchronized

T = TypeVar("T")

#: Seconds that a short run waits for its workers to begin, before it ends them.
BEGINNING = 3.0
#: Bytes that a pipe to or from the workers holds: the most that any user of Linux may ask for by default.
PIPE_BYTES = 1 << 20
#: Seconds between a worker's looks at whether its crawl still lives.
ORPHAN_CHECK = 1.0


class WorkerFailure(Exception):
    """The function did not finish: ``reason`` is extraction_timeout, extraction_memory or extraction_crash."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)  # all of them: a failure may be pickled
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


def prepare() -> None:
    """Begin to load what workers need, where they are forked from: it takes as long as a crawl takes to begin."""
    from multiprocessing import forkserver

    # Python's tracker of shared semaphores would write to cron's mail after a kill -9 that some were left.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    # A fork server is a fresh program: its children hold neither the run lock nor the event loop of the crawl, which a
    # plain fork would keep after a kill -9.
    forkserver.set_forkserver_preload(["crawler.forkserver"])
    forkserver.ensure_running()
    # Each worker would run the script that began this program, for the functions that it may define. `scrapy` defines
    # none, and imports all of Scrapy: .15 s and 20 MB.
    main = sys.modules["__main__"]
    main.__spec__ = main.__spec__ or ModuleSpec("scrapy.__main__", None)


class Workers:
    """A pool of processes. One that is too slow or too large is killed and replaced; the crawl goes on."""

    def __init__(self, *, count: int, seconds: float, memory: int) -> None:
        # Only now: most visits of a cron job find nothing new, and need no worker.
        from pebble import ProcessPool

        prepare()
        context = _context()
        self._seconds = seconds
        self._count = count
        self._begun = context.Value("i", 0)
        self._is_used = False
        self._pool = ProcessPool(
            max_workers=count, context=context, initializer=_begin, initargs=(memory, os.getpid(), self._begun)
        )

    async def run(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Return ``function(*args, **kwargs)`` from a worker; raises WorkerFailure when a bound is hit."""
        with self._bounded():
            return await asyncio.wrap_future(self._schedule(function, args, kwargs))

    def call(self, function: Callable[[], T]) -> T:
        """Return ``function()`` from a worker, as `run` does, where there is no event loop to hold up."""
        with self._bounded():
            return self._schedule(function, (), {}).result()

    def _schedule(self, function: Callable[..., T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Future[T]:
        self._is_used = True
        future: Future[T] = self._pool.schedule(function, args=args, kwargs=kwargs, timeout=self._seconds)
        return future

    @contextlib.contextmanager
    def _bounded(self) -> Iterator[None]:
        from concurrent.futures.process import BrokenProcessPool

        from pebble import ProcessExpired

        try:
            yield
        except (TimeoutError, FutureTimeoutError) as error:
            raise WorkerFailure("extraction_timeout", f"took longer than {self._seconds:g} s") from error
        except MemoryError as error:
            raise WorkerFailure("extraction_memory", "needed more memory than a page may have") from error
        except (ProcessExpired, BrokenProcessPool, RecursionError) as error:
            raise WorkerFailure("extraction_crash", f"the worker died ({error})") from error

    def close(self) -> None:
        """Stop the workers, once they have begun: one that is still starting would not find what it shares with us."""
        until = time.monotonic() + BEGINNING
        while self._is_used and self._begun.value < self._count and time.monotonic() < until:
            time.sleep(0.02)
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble's types leave it out
        self._pool.join()


def _context() -> ForkServerContext:
    """Return the context of the workers, with pipes that hold a few pages each.

    A page is larger than a pipe is as a rule (64 KiB): both ends would take turns at each part of it, and a worker
    would find its next page only when the busy crawl gets to writing it.
    """
    from multiprocessing.context import ForkServerContext

    class Wide(ForkServerContext):
        def Pipe(self, duplex: bool = True) -> tuple[Connection[Any, Any], Connection[Any, Any]]:  # noqa: N802  # multiprocessing's
            ends: tuple[Connection[Any, Any], Connection[Any, Any]] = super().Pipe(duplex)
            if not duplex and hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux; see pipe(7)
                with contextlib.suppress(OSError):  # more than this user may have: it stays as it is
                    fcntl.fcntl(ends[1].fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            return ends

    return Wide()


def _begin(memory: int, crawl: int, begun: Synchronized[int]) -> None:
    """Bound this worker's memory, and end it when the crawl has gone without saying so (kill -9, power cut)."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    threading.Thread(target=_end_with, args=(crawl,), daemon=True).start()
    with begun.get_lock():
        begun.value += 1


def _end_with(crawl: int) -> None:
    parent = os.getppid()
    while os.getppid() == parent and _is_alive(crawl):
        time.sleep(ORPHAN_CHECK)
    os._exit(0)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
