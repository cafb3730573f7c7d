"""What other people's servers have told us to keep to: when each was last asked, who wants to rest, robots.txt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from crawler.state.database import Database


@attrs.frozen(kw_only=True)
class Rest:
    """A site that asked to be left alone."""

    site: str
    """Registrable domain."""
    until: float
    """Unix seconds."""
    strikes: int
    """Refusals in a row."""
    reason: str
    """``rate_limited`` or ``blocked``."""
    detail: str
    is_closed: bool
    """Whether no run waits for it, however short the time."""


@attrs.frozen(kw_only=True)
class RobotsCopy:
    """The last answer to a robots.txt that could be used, and what came after it."""

    origin: str
    """``scheme://host:port``."""
    fetched: float
    """Unix seconds."""
    status: int
    body: bytes
    """The rules; empty where the server has none."""
    failed: float | None = None
    """When it could last not be had, if that was after ``fetched``."""
    failure: str | None = None


class Manners:
    """The verbs on servers. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def requested(self, site: str, *, now: float) -> None:
        """Remember when *site* was last asked for something."""
        with self._db.unsynced():  # a machine that has lost its power is away for longer than a pause
            self._db.execute(
                "INSERT INTO pace (site, last) VALUES (?, ?) ON CONFLICT (site) DO UPDATE SET last = excluded.last",
                (site, now),
            )

    def last_request(self, site: str) -> float | None:
        """Return when *site* was last asked for something."""
        row = self._db.row("SELECT last FROM pace WHERE site = ?", (site,))
        return row["last"] if row else None

    def rest(self, site: str) -> Rest | None:
        """Return what *site* asked for last, or None if it has answered well since."""
        row = self._db.row("SELECT * FROM rest WHERE site = ?", (site,))
        return Rest(**dict(row) | {"is_closed": bool(row["is_closed"])}) if row else None

    def set_rest(self, rest: Rest) -> None:
        """Remember that a site wants to be left alone."""
        self._db.execute(
            "INSERT INTO rest (site, until, strikes, reason, detail, is_closed) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (site) DO UPDATE SET until = excluded.until, strikes = excluded.strikes,"
            " reason = excluded.reason, detail = excluded.detail, is_closed = excluded.is_closed",
            attrs.astuple(rest),
        )

    def forget_rest(self, site: str) -> None:
        """Forget that *site* wanted to be left alone: it answers again."""
        self._db.execute("DELETE FROM rest WHERE site = ?", (site,))

    def robots(self, origin: str) -> RobotsCopy | None:
        """Return the copy of an origin's robots.txt."""
        row = self._db.row("SELECT * FROM robots WHERE origin = ?", (origin,))
        return RobotsCopy(**dict(row)) if row else None

    def all_robots(self) -> list[RobotsCopy]:
        """Return every copy."""
        return [RobotsCopy(**dict(row)) for row in self._db.rows("SELECT * FROM robots ORDER BY origin")]

    def keep_robots(self, copy: RobotsCopy) -> None:
        """Keep an answer in place of the one before."""
        self._db.execute(
            "INSERT INTO robots (origin, fetched, status, body, failed, failure) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (origin) DO UPDATE SET fetched = excluded.fetched, status = excluded.status,"
            " body = excluded.body, failed = excluded.failed, failure = excluded.failure",
            attrs.astuple(copy),
        )
