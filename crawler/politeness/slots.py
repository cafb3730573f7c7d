"""Pace of one site: when the next request to any host of a registrable domain may begin. Knows no state and no HTTP."""

from __future__ import annotations

import random
from time import monotonic
from typing import TYPE_CHECKING

from scrapy.core.downloader import Slot
from scrapy.settings import SETTINGS_PRIORITIES

from crawler import urls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy import Request
    from scrapy.settings import BaseSettings

    from crawler.sources import Source

#: Seconds between two starts even where the operator wants no pause: Scrapy counts a request as in flight only a tick
#: after its start, and would begin a whole queue at once.
TICK = 0.001
#: Seconds after the answer of a site that has refused in which it is read whether it refuses again.
VERDICT = 0.1


class SiteSlot(Slot):
    """Scrapy's queue of one site, with pauses that the server sees as promised.

    The pause counts from the moment an answer begins (or a request fails), not from the moment a request is handed to
    a connection: looking up a name, connecting and TLS take time, and only an answer proves that the request was there.
    """

    def __init__(self, site: str, *, concurrency: int, delay: float, jitter: float, is_fixed: bool) -> None:
        super().__init__(concurrency, delay, 0.0)
        self.site = site
        self.is_fixed = is_fixed
        """The operator has fixed the pause: a slow server does not lengthen it."""
        self.not_before = 0.0
        """Monotonic seconds: the site has asked to be left alone until then."""
        self.strikes = 0
        """Refusals (429, 503) in a row."""
        self.closed: tuple[str, str] | None = None
        """Reason and detail, while the run asks the site for nothing more."""
        self.transferring: set[Request] = _Transfers(self)
        self._spread = jitter
        self._jitter = 0.0
        self._began: dict[Request, float] = {}
        self._took = 0.0

    @property
    def pause(self) -> float:
        """Seconds that must lie between two requests now: as promised, and as long as the server took to answer."""
        return max(self.delay, 0.0 if self.is_fixed else self._took, VERDICT if self.strikes else TICK) * (
            1 + self._jitter
        )

    @property
    def is_resting(self) -> bool:
        """Whether the site has asked to be left alone for now."""
        return self.not_before > monotonic()

    def free_transfer_slots(self) -> int:
        """Return how many requests may begin; after a refusal one at a time, whose answer tells of the others."""
        free = super().free_transfer_slots()
        return min(free, 1 - len(self.transferring)) if self.strikes else free

    def download_delay(self) -> float:
        """Return the seconds that must have passed since ``lastseen``; Scrapy asks before each start."""
        return max(self.pause, self.not_before - self.lastseen)

    def slow_down(self, seconds: float) -> None:
        """Make the pause at least *seconds* long from now on."""
        self.delay = max(self.delay, seconds)

    def begun(self, request: Request) -> None:
        """A request is on its way. Jitter only ever lengthens a pause."""
        self._began[request] = self.lastseen
        self._jitter = random.uniform(0, self._spread)  # noqa: S311  # nobody gains by guessing it

    def answered(self, request: Request) -> None:
        """The answer to a request begins, or never will: from now on the next pause is counted."""
        if request in self._began:
            self.lastseen = monotonic()
            self._took = self.lastseen - self._began.pop(request)


class _Transfers(set["Request"]):
    """The requests in flight. Scrapy removes one the moment it ends, just before it looks for the next to begin."""

    def __init__(self, slot: SiteSlot) -> None:
        super().__init__()
        self._slot = slot

    def add(self, request: Request) -> None:
        super().add(request)
        self._slot.begun(request)

    def remove(self, request: Request) -> None:
        super().remove(request)
        self._slot.answered(request)


def is_fixed(settings: BaseSettings) -> bool:
    """Whether the operator has fixed the pause on the command line, where nothing else has a say in it."""
    return (settings.getpriority("DOWNLOAD_DELAY") or 0) >= SETTINGS_PRIORITIES["cmdline"]


def delays(sources: Iterable[Source], settings: BaseSettings) -> dict[str, dict[str, float]]:
    """Return DOWNLOAD_SLOTS for sources that ask for a slower pace than DOWNLOAD_DELAY.

    A source only ever slows its site down; a DOWNLOAD_DELAY given on the command line is the operator's word.
    """
    if is_fixed(settings):
        return {}
    least = settings.getfloat("DOWNLOAD_DELAY")
    slots: dict[str, dict[str, float]] = {}
    for source in sources:
        for domain in source.domains if source.delay else ():
            slot = slots.setdefault(urls.registrable_domain(domain), {"delay": least})
            slot["delay"] = max(slot["delay"], source.delay or 0)
    return slots
