"""Copies of the TDMRep files of sites. Judges nothing that they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from crawler.state.database import Database


@attrs.frozen
class TdmCopy:
    """The last answer to ``/.well-known/tdmrep.json``."""

    origin: str
    """``scheme://host:port``."""
    fetched: float
    """Unix seconds."""
    body: bytes
    """Empty where the site has no such file."""


class Reservations:
    """The verbs on TDMRep files. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, origin: str) -> TdmCopy | None:
        """Return the copy of an origin's file."""
        row = self._db.row("SELECT origin, fetched, body FROM tdmrep WHERE origin = ?", (origin,))
        return TdmCopy(**dict(row)) if row else None

    def keep(self, copy: TdmCopy) -> None:
        """Keep an answer in place of the one before."""
        self._db.execute(
            "INSERT INTO tdmrep (origin, fetched, body) VALUES (?, ?, ?)"
            " ON CONFLICT (origin) DO UPDATE SET fetched = excluded.fetched, body = excluded.body",
            attrs.astuple(copy),
        )
