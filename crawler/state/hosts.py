"""How long hosts take to answer: counted in memory while a run lasts, saved with its end."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.state.database import Database

#: Seconds that the times of a run are kept.
KEPT = 30 * 86_400


class Hosts:
    """The verbs on hosts. Times are seconds, moments Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._times: dict[str, list[float]] = {}

    def answered(self, host: str, seconds: float) -> None:
        """Count an answer that took *seconds* from the request to the end of its headers."""
        self._times.setdefault(host, []).append(seconds)

    def save(self, run: str, *, now: float) -> None:
        """Save what was counted, and forget what is old."""
        for host, times in self._times.items():
            self._db.execute(
                "INSERT INTO host_run (host, run, at, requests, median, slowest) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (host, run) DO UPDATE SET at = excluded.at, requests = excluded.requests,"
                " median = excluded.median, slowest = excluded.slowest",
                (host, run, now, len(times), median(times), max(times)),
            )
        self._times.clear()
        self._db.execute("DELETE FROM host_run WHERE at < ?", (now - KEPT,))
