"""Addresses and their outcomes: announced, leased to a run, settled. Every address has one outcome or is pending."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs

from crawler import urls
from crawler.discovery.periods import end_of_month
from crawler.sources.filters import SEPARATOR
from crawler.state.announcements import CLAIMED, Announcements, Finding
from crawler.state.database import marks
from crawler.state.ledger import Ledger
from crawler.state.shapes import Shapes

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Iterable

    from crawler.state.database import Database
    from crawler.state.revisits import Revisits

#: What may become of an address.
OUTCOMES = frozenset({"stored", "duplicate", "rejected", "failed"})

#: Before all dates.
BEGINNING = float("-inf")

#: What an operator's filters leave of the addresses of a source; ``matches`` and ``in_section`` are the database's own.
WANTED = """
    freshness >= :since
    AND (:until IS NULL OR freshness <= :until OR freshness = :month_end OR freshness = announced)
    AND (:language IS NULL OR ifnull(language, :spoken) IS NULL OR lower(ifnull(language, :spoken)) = :language
        OR lower(ifnull(language, :spoken)) LIKE :language || '-%')
    AND (:section IS NULL OR in_section(:section, sections, url))
    AND (:match IS NULL OR matches(:match, url))
"""

#: What else is asked of the addresses of one turn. An address of no known date is as fresh as its announcement.
UNBOUNDED = ("",)
BOUNDED = ("AND freshness <> announced", "AND freshness = announced")


@attrs.frozen(kw_only=True)
class Lease:
    """An address taken by a run, with all that was announced of it."""

    key: str
    url: str
    source: str
    method: str
    document: str | None
    title: str | None
    published: float | None
    modified: float | None
    language: str | None
    tries: int
    """How many times it has been tried, this time included."""


@attrs.frozen(kw_only=True)
class Filter:
    """What an operator wants of this run; what does not fit stays pending for another."""

    since: float | None = None
    """Unix time; an address whose newest known date is older is left alone."""
    until: float | None = None
    """Unix time; an address that is known to be later is left alone, and those of no known date come last."""
    match: re.Pattern[str] | None = None
    language: str | None = None
    """Primary subtag; an address known to be in another language is left alone."""
    spoken: str | None = None
    """The source's own language, which holds where nothing else is said."""
    sections: Collection[str] = ()
    """Names as ``sources.filters.section_names`` writes them; an address known to be in others is left alone."""
    keys: Collection[str] | None = None
    """Only these addresses: all that are not stored, whatever became of them before."""


class Frontier:
    """The verbs on addresses. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database, revisits: Revisits) -> None:
        self._db = database
        self._ledger = Ledger(database)
        self.shapes = Shapes(database)
        self._announcements = Announcements(database, revisits, self._ledger, self.shapes, self.resolve)
        self.settled: Counter[tuple[str, str, str]] = Counter()
        """How many addresses this process settled, by source, state and reason."""
        self.tried: Counter[tuple[str, str, str]] = Counter()
        """Those of them that had never been tried before."""
        self.held: dict[tuple[str, str], str] = {}
        """Why addresses could not be asked for in this process and were left pending, by source and reason."""

    def admit(self, url: str, *, source: str, now: float) -> str:
        """Return the key of *url* that can be settled; an address that nobody announced is announced by the spider."""
        from crawler.discovery import Link

        key = urls.identity_key(url)
        if self.state_of(key) is None:
            self.announce(source, "spider", [Finding(link=Link(url=url, method="spider"))], now=now)
        return key

    def announce(self, source: str, document: str, findings: Iterable[Finding], *, now: float) -> int:
        """Record what *document* says and return how many addresses are new."""
        return self._announcements.announce(source, document, findings, now=now)

    def lease(self, source: str, count: int, *, run: str, now: float, wanted: Filter | None = None) -> list[Lease]:
        """Take up to *count* addresses of *source* for *run*: pending ones newest first, then failed ones due again."""
        wanted = wanted or Filter()
        with self._db.unsynced():  # what is lost of it is pending again
            rows = list(islice(self._candidates(source, count, now, wanted), count))
            if rows:
                self._db.execute(
                    "UPDATE url SET state = 'leased', reason = NULL, detail = NULL, retry_at = NULL, run = ?,"  # noqa: S608  # placeholders
                    f" tries = tries + 1 WHERE key IN ({marks(len(rows))})",
                    (run, *(row["key"] for row in rows)),
                )
        names = attrs.fields_dict(Lease).keys() - {"tries", "source"}
        # The source that asks, not the one that announced: an address asked for by name may be known from another.
        return [Lease(source=source, tries=row["tries"] + 1, **{name: row[name] for name in names}) for row in rows]

    def settle(
        self,
        key: str,
        state: str,
        *,
        run: str,
        now: float,
        reason: str | None = None,
        detail: str | None = None,
        retry_at: float | None = None,
    ) -> None:
        """Give the address its outcome and remember the attempt."""
        assert state in OUTCOMES, state
        sql = (
            "UPDATE url SET state = ?, reason = ?, detail = ?, retry_at = ?, run = ?, settled = ? WHERE key = ?"
            " RETURNING source, tries, url"
        )
        values = (state, reason, detail, retry_at, run, now, key)
        with self._db.transaction():
            row = self._db.row(sql, values)
            if row is None:
                self._ledger.recall(key)
                row = self._db.row(sql, values)
            assert row, key
            outcome = f"{state}: {reason}" if reason else state
            self._db.execute("INSERT INTO attempt VALUES (?, ?, ?, ?, ?)", (key, now, run, outcome, detail))
            self.shapes.learn(row["source"], row["url"], state, reason, now=now)
        self.settled[row["source"], state, reason or ""] += 1
        if row["tries"] <= 1:
            self.tried[row["source"], state, reason or ""] += 1

    def postpone(
        self, key: str, *, published: float | None, language: str | None, sections: Collection[str] = ()
    ) -> None:
        """Return a leased address to pending, with what its page said, so that no filter need fetch it again."""
        self._db.execute(
            "UPDATE url SET state = 'pending', run = NULL, tries = tries - 1, freshness = ifnull(?, freshness),"
            " language = ifnull(?, language), sections = ifnull(?, sections) WHERE key = ? AND state = 'leased'",
            (published, language, SEPARATOR.join(sorted(sections)) or None, key),
        )

    def hold(self, key: str, *, reason: str, detail: str, until: float) -> None:
        """Return a leased address to pending because its server wants to be left alone or cannot be had."""
        with self._db.transaction():
            source = self._db.row("SELECT source FROM url WHERE key = ?", (key,))
            self._db.execute(
                "UPDATE url SET state = 'pending', reason = ?, detail = ?, retry_at = ?, run = NULL,"
                " tries = max(tries - 1, 0) WHERE key = ?",
                (reason, detail, until, key),
            )
        assert source, key
        self.held[source["source"], reason] = detail

    def hold_others(self, source: str, pattern: str, *, reason: str, detail: str, until: float) -> None:
        """Let all pending addresses of *source* that match wait with the one that was held."""
        self._db.execute(
            "UPDATE url SET reason = ?, detail = ?, retry_at = ?"
            " WHERE source = ? AND state = 'pending' AND matches(?, url)",
            (reason, detail, until, source, self._db.pattern(pattern)),
        )

    def reconsider(self, origin: str, allows: Callable[[str], bool], *, now: float) -> None:
        """Let the addresses of *origin* that robots.txt refused be tried again where its new rules allow them."""
        rows = self._db.rows(
            "SELECT key, url FROM url WHERE state = 'rejected' AND reason = 'robots' AND url LIKE ? || '/%'", (origin,)
        )
        with self._db.transaction():
            for row in rows:
                if allows(row["url"]):
                    self._db.execute("UPDATE url SET retry_at = ? WHERE key = ?", (now, row["key"]))

    def retry(self, sources: Collection[str], reason: str, *, now: float) -> None:
        """Let all addresses of *sources* that ended for *reason* be tried again: what was missing is there."""
        known = self._db.rows("SELECT DISTINCT source FROM tally WHERE reason = ? AND n > 0", (reason,))
        for row in known:
            if row["source"] in sources:
                self._db.execute(
                    "UPDATE url SET retry_at = ? WHERE source = ? AND reason = ? AND state IN ('failed', 'rejected')"
                    " AND (retry_at IS NULL OR retry_at > ?)",
                    (now, row["source"], reason, now),
                )

    def note_filtered(self, source: str, wanted: Filter) -> int:
        """Name what waits of *source* because of the filters ``filtered``, nothing else so, and return how many."""
        values = {"source": source, **_values(wanted, self._db)}
        with self._db.transaction():
            self._db.execute(
                "UPDATE url SET reason = NULL WHERE source = :source AND state = 'pending' AND reason = 'filtered'",
                values,
            )
            cursor = self._db.execute(
                "UPDATE url SET reason = 'filtered' WHERE source = :source AND state = 'pending'"  # noqa: S608  # our constant
                f" AND retry_at IS NULL AND NOT ({WANTED})",
                values,
            )
        return cursor.rowcount

    def release(self, run: str | None = None) -> int:
        """Return leased addresses (of *run*, or of all dead runs) to pending and say how many there were."""
        with self._db.transaction():
            sql = "UPDATE url SET state = 'pending', run = NULL, tries = max(tries - 1, 0) WHERE state = 'leased'"
            cursor = self._db.execute(f"{sql} AND run = ?" if run else sql, (run,) if run else ())
        return cursor.rowcount

    def resolve(self, key: str) -> str:
        """Return the identity key that *key* is known to be another name of, or *key*."""
        row = self._db.row("SELECT target FROM alias WHERE key = ? AND how != ?", (key, CLAIMED))
        return str(row["target"]) if row else key

    def state_of(self, key: str) -> tuple[str, str | None] | None:
        """Return state and reason of an address, or None if it was never announced."""
        row = self._db.row("SELECT state, reason FROM url WHERE key = ?", (key,))
        if row:
            return row["state"], row["reason"]
        entry = self._ledger.entry(key)
        return (entry.url["state"], entry.url["reason"]) if entry else None

    def add_alias(self, key: str, target: str, how: str, *, run: str, now: float) -> None:
        """Make *key* another name of *target*; an address of that name that waits is settled as its duplicate.

        A name that is only CLAIMED settles nothing: pages that all claim one address would take it from its article.
        """
        if key == target:
            return
        self._db.execute(
            "INSERT INTO alias SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM article WHERE key = ?)"
            " ON CONFLICT (key) DO UPDATE SET target = excluded.target, how = excluded.how"
            " WHERE alias.how = ? AND excluded.how != alias.how",
            (key, target, how, key, CLAIMED),
        )
        if how != CLAIMED and (self.state_of(key) or ("", ""))[0] == "pending":
            self.settle(key, "duplicate", run=run, now=now, reason=how, detail=f"another address of {target}")

    def drop_claim(self, key: str) -> None:
        """Forget that an article claims *key* as its own address: the page there has turned out to be another."""
        self._db.execute("DELETE FROM alias WHERE key = ? AND how = ?", (key, CLAIMED))

    def tally(self) -> dict[str, dict[tuple[str, str], int]]:
        """Return how many addresses each source has in each (state, reason)."""
        result: dict[str, dict[tuple[str, str], int]] = {}
        for row in self._db.rows("SELECT * FROM tally WHERE n > 0 ORDER BY source, state, reason"):
            result.setdefault(row["source"], {})[row["state"], row["reason"]] = row["n"]
        return result

    def waiting(self, *, now: float) -> dict[str, int]:
        """Return how many addresses of each source could be leased now."""
        rows = self._db.rows(
            "SELECT source, count(*) AS n FROM (SELECT source FROM url WHERE state = 'pending' AND retry_at IS NULL"
            " UNION ALL SELECT source FROM url WHERE retry_at <= ?) AS ready GROUP BY source",
            (now,),
        )
        return {row["source"]: row["n"] for row in rows}

    def newest(self, source: str) -> float | None:
        """Return the newest date that any document gives an article of *source*, as Unix seconds."""
        row = self._db.row("SELECT max(ifnull(published, modified)) AS newest FROM url WHERE source = ?", (source,))
        return row["newest"] if row else None

    def announced(self) -> dict[str, int]:
        """Return how many addresses were ever announced for each source."""
        return {row["id"]: row["announced"] for row in self._db.rows("SELECT id, announced FROM source")}

    def _candidates(self, source: str, count: int, now: float, wanted: Filter) -> Iterable[Any]:
        if wanted.keys is not None:
            for key in wanted.keys:
                self._ledger.recall(key)
                yield from self._db.rows(
                    "SELECT * FROM url WHERE key = ? AND state NOT IN ('leased', 'stored')", (key,)
                )
            return
        values = {
            "source": source,
            "now": now,
            "count": count,
            **_values(wanted, self._db),
        }
        for known in UNBOUNDED if wanted.until is None else BOUNDED:
            yield from self._db.rows(
                f"SELECT * FROM url WHERE source = :source AND state = 'pending' AND retry_at IS NULL AND {WANTED}"  # noqa: S608  # our constants
                f" {known} ORDER BY freshness - behind DESC LIMIT :count",
                values,
            )
        yield from self._db.rows(
            f"SELECT * FROM url WHERE source = :source AND retry_at <= :now AND {WANTED}"  # noqa: S608
            " ORDER BY retry_at LIMIT :count",
            values,
        )


def _values(wanted: Filter, database: Database) -> dict[str, Any]:
    """Return the parameters of WANTED."""
    return {
        "since": wanted.since if wanted.since is not None else BEGINNING,
        "until": wanted.until,
        "month_end": end_of_month(wanted.until) if wanted.until is not None else None,
        "match": database.pattern(wanted.match.pattern) if wanted.match else None,
        "language": wanted.language,
        "spoken": wanted.spoken,
        "section": SEPARATOR.join(sorted(wanted.sections)) or None,
    }
