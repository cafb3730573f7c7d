"""Which run may send requests to which registrable domain, where several workers share one crawl state.

A run says every few seconds that it is alive. One that does not is given up by another: its domains are free after a
pause, and its work is taken over. All moments are the database's, so that no worker's clock matters.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

from crawler.state.database import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.state.database import Database

#: Share of a lease after which a run that could not renew it sends nothing more: clocks differ in speed, and what is
#: sent at the last moment takes time to leave.
MARGIN = 0.8
#: Renewals that fit into one lease.
RENEWALS = 4


@attrs.frozen(kw_only=True)
class Worker:
    """One of several that share a crawl state."""

    name: str
    place: str
    """Machine and data directory: who is known from another place must not be at work at once."""
    lease: float
    """Seconds without a sign of life after which others take over."""


class Leases:
    """The verbs on runs and the domains they hold. Without other workers every domain is held, for ever."""

    def __init__(self, database: Database, worker: Worker | None) -> None:
        self._db = database
        self.worker = worker
        self._held: set[str] = set()
        self._deadline = 0.0
        self._renewed = 0.0

    @property
    def is_shared(self) -> bool:
        """Whether there may be other workers."""
        return self.worker is not None

    def begin(self) -> None:
        """Count the run among the living; raises LeaseLostError if its worker is alive elsewhere."""
        if self.worker is None:
            return
        self._bury("worker = ? AND place = ?", self.worker.name, self.worker.place)  # its lock is ours, so it is dead
        other = self._db.row(
            "SELECT place FROM run WHERE worker = ? AND id != ? AND alive > unix_now()",
            (self.worker.name, self._db.run),
        )
        if other:
            raise LeaseLostError(
                f"worker {self.worker.name} is at work on {other['place']}: expected a name of its own (WORKER)"
            )
        self._db.execute(
            "UPDATE run SET worker = ?, place = ? WHERE id = ?", (self.worker.name, self.worker.place, self._db.run)
        )
        self._say_alive()

    def renew(self) -> int:
        """Say that this run is alive, give up those that are not, and return how many of these there were.

        Raises LeaseLostError if others have given this one up.
        """
        if self.worker is None:
            return 0
        with self._db.transaction():
            was_late = _now() > self._renewed + self.worker.lease / 2
            self._say_alive()
            # After a failure of the server all are late, and each must have the time to say that it is alive.
            return 0 if was_late else self._bury("alive < unix_now()")

    def claim(self, wanted: Sequence[Mapping[str, float]], count: int) -> list[int]:
        """Take up to *count* groups of domains, each whole or not at all, and return their places in *wanted*.

        A group says of each domain how many seconds lie between requests to it.
        """
        if self.worker is None:
            return list(range(min(count, len(wanted))))
        with self._db.transaction():
            rows = self._db.rows(
                "SELECT domain FROM host WHERE (run IS NOT NULL AND run != ?)"
                # One that is later than any pause was written by a clock that has jumped back since.
                " OR (run IS NULL AND next_at > unix_now() AND next_at <= unix_now() + delay)",
                (self._db.run,),
            )
            taken = {row["domain"] for row in rows}
            free = [place for place, domains in enumerate(wanted) if taken.isdisjoint(domains)][:count]
            for place in free:
                for domain, delay in wanted[place].items():
                    self._take(domain, delay)
        return free

    def is_held(self, domain: str) -> bool:
        """Whether a request may go to *domain* at this very moment; asks the database when in doubt."""
        if self.worker is None:
            return True
        if domain not in self._held:
            return False
        if _now() >= self._deadline:
            self.renew()
        return _now() < self._deadline

    def release(self, delays: Mapping[str, float] | None = None) -> None:
        """Give back all that this run holds; the next may send a request after a pause of *delays* (seconds)."""
        if self.worker is None or not self._held:
            return
        with self._db.transaction():
            for domain, delay in (delays or {}).items():
                self._db.execute(
                    "UPDATE host SET delay = ? WHERE domain = ? AND run = ?", (delay, domain, self._db.run)
                )
            self._db.execute("UPDATE host SET run = NULL, next_at = unix_now() + delay WHERE run = ?", (self._db.run,))
        self._held.clear()

    def others(self) -> int:
        """Return how many other runs hold domains."""
        if self.worker is None:
            return 0
        row = self._db.row("SELECT count(DISTINCT run) AS n FROM host WHERE run != ?", (self._db.run,))
        return int(row["n"]) if row else 0

    def adopt(self) -> int:
        """Take over what runs left that are not alive, and return how many leased addresses were among it."""
        dead = "run NOT IN (SELECT id FROM run WHERE alive IS NOT NULL)"
        for table in ("outbox", "waiting"):
            self._db.execute(f"UPDATE {table} SET run = ? WHERE {dead} AND run != ?", (self._db.run, self._db.run))  # noqa: S608
        cursor = self._db.execute(
            "UPDATE url SET state = 'pending', run = NULL, tries = max(tries - 1, 0)"  # noqa: S608  # our constant
            f" WHERE state = 'leased' AND {dead} AND run != ?",
            (self._db.run,),
        )
        return cursor.rowcount

    def _take(self, domain: str, delay: float) -> None:
        self._db.execute(
            "INSERT INTO host (domain, run, delay, next_at) VALUES (?, ?, ?, 0) ON CONFLICT (domain) DO UPDATE"
            " SET run = excluded.run, delay = excluded.delay",
            (domain, self._db.run, delay),
        )
        self._held.add(domain)

    def _say_alive(self) -> None:
        assert self.worker
        asked = _now()
        self._db.execute("UPDATE run SET alive = unix_now() + ? WHERE id = ?", (self.worker.lease, self._db.run))
        self._renewed, self._deadline = asked, asked + MARGIN * self.worker.lease

    def _bury(self, which: str, *values: object) -> int:
        sql = f"SELECT id FROM run WHERE alive IS NOT NULL AND id != ? AND {which}"  # noqa: S608  # our own words
        rows = self._db.rows(sql, (self._db.run, *values))
        for row in rows:
            self._db.execute("UPDATE run SET alive = NULL WHERE id = ?", (row["id"],))
            self._db.execute("UPDATE host SET run = NULL, next_at = unix_now() + delay WHERE run = ?", (row["id"],))
        if rows:
            self.adopt()
        return len(rows)


def _now() -> float:
    """Return seconds that also pass while this process or its machine is suspended."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
