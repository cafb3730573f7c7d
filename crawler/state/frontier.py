"""Addresses and their outcomes: announced, leased to a run, settled. Every address has one outcome or is pending."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from crawler import urls

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from crawler.discovery import Link
    from crawler.state.database import Database

#: What may become of an address.
OUTCOMES = frozenset({"stored", "duplicate", "rejected", "failed"})

#: Rows looked at for one that matches an operator's -a match= before giving up until the next lease.
MATCH_WINDOW = 5_000


@attrs.frozen(kw_only=True)
class Finding:
    """A link together with why it will not be fetched, if it will not."""

    link: Link
    refusal: str | None = None


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
    match: re.Pattern[str] | None = None
    language: str | None = None
    """Primary subtag; an address known to be in another language is left alone."""
    keys: Collection[str] | None = None
    """Only these addresses: all that are not stored, whatever became of them before."""


class Frontier:
    """The verbs on addresses. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.settled: Counter[tuple[str, str, str]] = Counter()
        """How many addresses this process settled, by source, state and reason."""

    def admit(self, url: str, *, source: str, now: float) -> str:
        """Return the key of *url* that can be settled; an address that nobody announced is announced by the spider."""
        from crawler.discovery import Link

        key = urls.identity_key(url)
        if self.state_of(key) is None:
            key = self.resolve(key)
            self.announce(source, "spider", [Finding(link=Link(url=url, method="spider"))], now=now)
        return key

    def announce(self, source: str, document: str, findings: Iterable[Finding], *, now: float) -> int:
        """Record what *document* says and return how many addresses are new; repeats only add a witness."""
        new = 0
        with self._db.transaction():
            for finding in findings:
                key = self.resolve(urls.identity_key(finding.link.url))
                new += self._announce_one(source, document, key, finding, now)
            self._db.execute(
                "INSERT INTO source (id, announced) VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET announced = announced + excluded.announced",
                (source, new),
            )
        return new

    def lease(self, source: str, count: int, *, run: str, now: float, wanted: Filter | None = None) -> list[Lease]:
        """Take up to *count* addresses of *source* for *run*: pending ones newest first, then failed ones due again."""
        wanted = wanted or Filter()
        with self._db.transaction():
            rows = [row for row in self._candidates(source, count, now, wanted) if _fits(row, wanted)][:count]
            for row in rows:
                self._db.execute(
                    "UPDATE url SET state = 'leased', reason = NULL, detail = NULL, retry_at = NULL, run = ?,"
                    " tries = tries + 1 WHERE key = ?",
                    (run, row["key"]),
                )
        names = attrs.fields_dict(Lease).keys() - {"tries"}
        return [Lease(tries=row["tries"] + 1, **{name: row[name] for name in names}) for row in rows]

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
        with self._db.transaction():
            self._db.execute(
                "UPDATE url SET state = ?, reason = ?, detail = ?, retry_at = ?, run = ?, settled = ? WHERE key = ?",
                (state, reason, detail, retry_at, run, now, key),
            )
            outcome = f"{state}: {reason}" if reason else state
            self._db.execute("INSERT INTO attempt VALUES (?, ?, ?, ?, ?)", (key, now, run, outcome, detail))
            row = self._db.row("SELECT source FROM url WHERE key = ?", (key,))
        assert row, key
        self.settled[row["source"], state, reason or ""] += 1

    def postpone(self, key: str, *, published: float | None, language: str | None) -> None:
        """Return a leased address to pending, with what its page said, so that no filter need fetch it again."""
        self._db.execute(
            "UPDATE url SET state = 'pending', run = NULL, tries = tries - 1, freshness = ifnull(?, freshness),"
            " language = ifnull(?, language) WHERE key = ? AND state = 'leased'",
            (published, language, key),
        )

    def release(self, run: str | None = None) -> int:
        """Return leased addresses (of *run*, or of all dead runs) to pending and say how many there were."""
        with self._db.transaction():
            sql = "UPDATE url SET state = 'pending', run = NULL, tries = max(tries - 1, 0) WHERE state = 'leased'"
            cursor = self._db.execute(f"{sql} AND run = ?" if run else sql, (run,) if run else ())
        return cursor.rowcount

    def resolve(self, key: str) -> str:
        """Return the identity key that *key* is another name of, or *key*."""
        row = self._db.row("SELECT target FROM alias WHERE key = ?", (key,))
        return str(row["target"]) if row else key

    def state_of(self, key: str) -> tuple[str, str | None] | None:
        """Return state and reason of an address, or None if it was never announced."""
        row = self._db.row("SELECT state, reason FROM url WHERE key = ?", (key,))
        return (row["state"], row["reason"]) if row else None

    def add_alias(self, key: str, target: str, how: str, *, run: str, now: float) -> None:
        """Make *key* another name of *target*; an address of that name that waits is settled as its duplicate."""
        if key == target:
            return
        self._db.execute("INSERT OR IGNORE INTO alias VALUES (?, ?, ?)", (key, target, how))
        if (self.state_of(key) or ("", ""))[0] == "pending":
            self.settle(key, "duplicate", run=run, now=now, reason=how, detail=f"another address of {target}")

    def tally(self) -> dict[str, dict[tuple[str, str], int]]:
        """Return how many addresses each source has in each (state, reason)."""
        result: dict[str, dict[tuple[str, str], int]] = {}
        for row in self._db.rows("SELECT * FROM tally WHERE n > 0 ORDER BY source, state, reason"):
            result.setdefault(row["source"], {})[row["state"], row["reason"]] = row["n"]
        return result

    def announced(self) -> dict[str, int]:
        """Return how many addresses were ever announced for each source."""
        return {row["id"]: row["announced"] for row in self._db.rows("SELECT id, announced FROM source")}

    def _announce_one(self, source: str, document: str, key: str, finding: Finding, now: float) -> int:
        link = finding.link
        published, modified = _unix(link.published), _unix(link.modified)
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO url (key, url, source, state, reason, announced, freshness, method, document, title,"
            " published, modified, language, settled) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                key, link.url, source, "rejected" if finding.refusal else "pending", finding.refusal, now,
                min(published or modified or now, now), link.method, document, link.title, published, modified,
                link.language, now if finding.refusal else None,
            ),
        )  # fmt: skip
        self._db.execute("INSERT OR IGNORE INTO announcement VALUES (?, ?, ?, ?)", (key, document, now, link.title))
        return cursor.rowcount

    def _candidates(self, source: str, count: int, now: float, wanted: Filter) -> Iterable[Any]:
        if wanted.keys is not None:
            for key in wanted.keys:
                yield from self._db.rows(
                    "SELECT * FROM url WHERE key = ? AND state NOT IN ('leased', 'stored')", (key,)
                )
            return
        window = MATCH_WINDOW if wanted.match or wanted.since or wanted.language else count
        yield from self._db.rows(
            "SELECT * FROM url WHERE source = ? AND state = 'pending' ORDER BY freshness DESC LIMIT ?",
            (source, window),
        )
        yield from self._db.rows(
            "SELECT * FROM url WHERE source = ? AND retry_at <= ? ORDER BY retry_at LIMIT ?",
            (source, now, window),
        )


def _fits(row: Any, wanted: Filter) -> bool:
    if wanted.since is not None and row["freshness"] < wanted.since:
        return False
    if wanted.language and row["language"] and row["language"].lower().partition("-")[0] != wanted.language:
        return False
    return wanted.match is None or bool(wanted.match.search(row["url"]))


def _unix(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
