"""How a run ends: its exit code, and how any component ends it early. Codes are sysexits.h's where it has one."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Collection

    from scrapy.crawler import Crawler

GOOD = 0
BUG = 1
USAGE = 2
NEEDS_HUMAN = 3
NOTHING_WORKED = 4
BUDGET_REACHED = 5
STORAGE = 74  # EX_IOERR
LOCKED = 75  # EX_TEMPFAIL

#: Stats that carry a run's end from component to command.
ENDING = "run/ending"
DETAIL = "run/detail"
SIGNAL = "run/signal"
EXIT = "run/exit_code"

#: Endings that components ask for, and the code each gives.
ENDINGS = {"storage_failure": STORAGE, "another_run": LOCKED, "lease_lost": LOCKED, "configuration": USAGE}

#: Finish reasons of Scrapy's that mean that all was done, or that somebody set a limit.
COMPLETE = frozenset({"finished", "shutdown"})
LIMITS = frozenset(
    {
        "budget",
        "closespider_timeout",
        "closespider_timeout_no_item",
        "closespider_itemcount",
        "closespider_pagecount",
        "closespider_pagecount_no_item",
    }
)


class Stopped(IgnoreRequest):
    """The run ended before the request was sent: whatever it was for stays as it was."""


def note(crawler: Crawler, ending: str, detail: str) -> None:
    """Record why the run ends; the first reason stays."""
    if crawler.stats.get_value(ENDING) is None:
        crawler.stats.set_value(ENDING, ending)
        crawler.stats.set_value(DETAIL, detail)


def end_early(crawler: Crawler, ending: str, detail: str) -> None:
    """Close the running spider because of *ending*; what is in flight is still brought in."""
    first = crawler.stats.get_value(ENDING) is None
    note(crawler, ending, detail)
    if first:
        task = asyncio.ensure_future(crawler.engine.close_spider_async(reason=ending))
        _TASKS.add(task)
        task.add_done_callback(_TASKS.discard)


def drop_waiting(crawler: Crawler) -> None:
    """Give up, in a run that is ending, the requests that wait for their turn; only what was sent is waited for."""
    engine = crawler.engine
    # Scrapy has no signal for the moment at which a run begins to end.
    if engine is None or engine._slot is None or engine._slot.closing is None:
        return
    for site in engine.downloader.slots.values():
        while site.queue:
            _, waiting = site.queue.popleft()
            waiting.errback(Failure(Stopped("the run is ending")))  # type: ignore[no-untyped-call]  # Twisted has no type


#: asyncio keeps only weak references to tasks, and a collected one would leave the run open.
_TASKS: set[asyncio.Future[None]] = set()


def exit_code(
    *,
    ending: str | None,
    finish_reason: str,
    signum: int | None,
    bugs: int,
    answered: Collection[bool],
    needs_human: bool,
    work_left: bool,
) -> int:
    """Return the run's exit code; *answered* says of each visited source whether any of it worked."""
    if ending in ENDINGS:
        return ENDINGS[ending]
    if signum is not None:
        return 128 + signum
    if bugs or finish_reason not in COMPLETE | LIMITS:
        return BUG
    if answered and not any(answered):
        return NOTHING_WORKED
    if needs_human:
        return NEEDS_HUMAN
    return BUDGET_REACHED if work_left or finish_reason in LIMITS else GOOD


def interrupted(signum: int | None) -> str | None:
    """Return the name of the signal that ended the run, for people."""
    return signal.Signals(signum).name if signum is not None else None
