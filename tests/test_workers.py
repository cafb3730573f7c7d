"""Worker processes: bounded in time and memory, replaced when they die, and never left behind by a dead crawl."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from crawler.newsroom import Fault
from crawler.state import RunLock
from crawler.workers import WorkerFailure, Workers

#: Bytes: enough for a worker with everything loaded, and little enough that the bound is met at once.
MEMORY = 1 << 30
#: Seconds in which workers of a dead crawl must be gone.
GONE = 8


@pytest.fixture
def workers():
    workers = Workers(count=1, seconds=1.0, memory=MEMORY)
    yield workers
    workers.close()


def run(workers, *calls):
    """Make the calls at once and return results and failures in their order."""

    async def gather():
        return await asyncio.gather(*(workers.run(*call) for call in calls), return_exceptions=True)

    return asyncio.run(gather())


def reasons(results):
    return [result.reason if isinstance(result, WorkerFailure) else result for result in results]


def test_a_page_that_takes_too_long_is_given_up_and_the_pool_goes_on(workers):
    began = time.monotonic()
    assert reasons(run(workers, (time.sleep, 60), (len, b"next"))) == ["extraction_timeout", 4]
    assert time.monotonic() - began < 20


def test_a_page_that_needs_too_much_memory_is_given_up_and_the_pool_goes_on(workers):
    assert reasons(run(workers, (bytearray, 4 * MEMORY), (len, b"next"))) == ["extraction_memory", 4]


@pytest.mark.parametrize("call", [(os._exit, 1), (os.abort,), (signal.raise_signal, signal.SIGKILL)])
def test_a_worker_that_dies_is_replaced(workers, call):
    assert reasons(run(workers, call, (len, b"next"))) == ["extraction_crash", 4]


def test_a_failure_says_how_long_or_what(workers):
    (failure,) = run(workers, (time.sleep, 60))
    assert str(failure) == failure.detail == "took longer than 1 s"


def test_an_error_of_the_function_itself_comes_back_as_it_is(workers):
    (error,) = run(workers, (int, "no number"))
    assert isinstance(error, ValueError)


def test_waiting_for_a_worker_is_not_counted_as_work(workers):
    assert reasons(run(workers, *[(time.sleep, 0.4)] * 5)) == [None] * 5


def test_closing_ends_the_workers():
    workers = Workers(count=1, seconds=1.0, memory=MEMORY)
    (worker,) = run(workers, (os.getpid,))
    workers.close()
    assert wait_until(lambda: not is_alive(worker))


def is_alive(process):
    with contextlib.suppress(OSError):
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    return False


def children(process):
    """All descendants of a process."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *children(child)]
    return found


def wait_until(condition):
    end = time.monotonic() + GONE
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_workers_of_a_killed_crawl_hold_no_lock_and_end_by_themselves(operator, paper):
    paper.fault("/news/*", Fault(delay=0.3))
    process = operator.start("crawl", "news", "-a", f"url={paper.url}")
    while not any(request.path.startswith("/news/") for request in paper.requests):
        assert process.poll() is None
        time.sleep(0.02)
    left = children(process.pid)
    assert left
    process.send_signal(signal.SIGKILL)
    process.wait()
    lock = RunLock(operator.data)
    assert lock.acquire()
    lock.release()
    assert wait_until(lambda: not any(map(is_alive, left)))
    process.communicate()
