"""Addresses whose story is over, in compressed blocks: nothing is forgotten, and what a crawl asks stays small.

An address that was settled a week ago is only ever met again in a document that still lists it, and then all that
matters is that it is known. So its row, its announcements and its tries go into a block of many of its source, which
holds them in a fifth of the room, and an index of hashes says that it is known.
"""

from __future__ import annotations

import json
import zlib
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import attrs

from crawler.state.database import marks

if TYPE_CHECKING:
    from collections.abc import Collection

    from crawler.state.database import Database

Row = dict[str, Any]

#: Seconds after its outcome at which an address is folded: looks at stored articles and retries are over by then.
AFTER = 7 * 86_400
#: Addresses of one source that share a block, at most and at least: neighbours' words compress each other.
BLOCK = 256
FEWEST = 64
#: Addresses folded in one run, so that a run is not held up by the past.
MOST = 20_000
#: zlib's level: 9 takes half as long again for 1.5 % less.
_LEVEL = 6

#: What robots.txt forbids comes back when it allows it, what needs a browser when there is one.
_OVER = """settled <= ? AND retry_at IS NULL AND state NOT IN ('pending', 'leased')
    AND ifnull(reason, '') NOT IN ('robots', 'needs_browser')"""


@attrs.frozen(kw_only=True)
class Entry:
    """All that was known of an address when it was folded: its rows of the tables they lay in."""

    url: Row
    announcements: list[Row]
    attempts: list[Row]


class Ledger:
    """The verbs on addresses whose story is over. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def held(self, keys: Collection[str]) -> set[str]:
        """Return which of the addresses are folded; among 10 million, a wrong one in 10^12 has the same hash."""
        if not keys:
            return set()
        hashes = {_hash(key): key for key in keys}
        sql = f"SELECT hash FROM folded WHERE hash IN ({marks(len(hashes))})"  # noqa: S608  # placeholders
        return {hashes[row["hash"]] for row in self._db.rows(sql, list(hashes))}

    def entry(self, key: str) -> Entry | None:
        """Return what is known of a folded address, or None of one that is not folded."""
        return next((entry for entry in self._block_of(key)[1] if entry.url["key"] == key), None)

    def recall(self, key: str) -> None:
        """Put a folded address back where it was, because its story goes on; do nothing of one that is not folded."""
        block, entries = self._block_of(key)
        entry = next((entry for entry in entries if entry.url["key"] == key), None)
        if entry is None:
            return
        with self._db.transaction():
            self._insert("url", [entry.url])
            # It was counted all the time; the trigger has counted it again.
            self._db.execute(
                "UPDATE tally SET n = n - 1 WHERE source = ? AND state = ? AND reason = ?",
                (entry.url["source"], entry.url["state"], entry.url["reason"] or ""),
            )
            self._insert("announcement", entry.announcements)
            self._insert("attempt", entry.attempts)
            self._db.execute("DELETE FROM folded WHERE hash = ?", (_hash(key),))
            rest = [other for other in entries if other is not entry]
            self._db.execute("UPDATE block SET data = ? WHERE id = ?", (_pack(rest), block))

    def fold(self, *, now: float, most: int = MOST) -> int:
        """Fold up to about *most* addresses that were settled long ago and return how many there were."""
        before = now - AFTER
        ready = self._db.rows(
            f"SELECT source, count(*) AS n FROM url WHERE {_OVER} GROUP BY source HAVING count(*) >= ?",  # noqa: S608
            (before, FEWEST),
        )
        count = 0
        for row in ready:
            left = min(row["n"], most - count)
            while left >= FEWEST and (folded := self._fold_block(row["source"], before)):
                left -= folded
                count += folded
        return count

    def _fold_block(self, source: str, before: float) -> int:
        with self._db.transaction():
            rows = self._db.rows(
                f"SELECT * FROM url WHERE source = ? AND {_OVER} ORDER BY settled LIMIT ?",  # noqa: S608  # our constant
                (source, before, BLOCK),
            )
            held = self.held([row["key"] for row in rows])
            # Of two with the same hash one stays where it is.
            unlike = {_hash(row["key"]): row for row in rows if row["key"] not in held}
            entries = self._entries(sorted(unlike.values(), key=lambda row: str(row["key"])))
            if not entries:
                return 0
            self.keep(source, entries)
            keys = [entry.url["key"] for entry in entries]
            for table in ("url", "announcement", "attempt"):
                self._db.execute(f"DELETE FROM {table} WHERE key IN ({marks(len(keys))})", keys)  # noqa: S608  # our names
        return len(entries)

    def keep(self, source: str, entries: list[Entry]) -> None:
        """Put addresses that are not folded yet into a block of *source*; at most BLOCK, and no two of one hash."""
        with self._db.transaction():
            (block,) = self._db.rows(
                "INSERT INTO block (source, data) VALUES (?, ?) RETURNING id", (source, _pack(entries))
            )
            self._db.execute(
                f"INSERT INTO folded VALUES {marks(len(entries), '(?, ?)')}",  # noqa: S608  # placeholders
                [number for entry in entries for number in (_hash(entry.url["key"]), block["id"])],
            )

    def _entries(self, rows: list[Any]) -> list[Entry]:
        """Return the rows of addresses, each with what the other tables hold of it."""
        announcements, attempts = (self._by_key(table, rows) for table in ("announcement", "attempt"))
        return [
            Entry(url=dict(row), announcements=announcements[row["key"]], attempts=attempts[row["key"]]) for row in rows
        ]

    def _by_key(self, table: str, rows: list[Any]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {row["key"]: [] for row in rows}
        if rows:
            sql = f"SELECT * FROM {table} WHERE key IN ({marks(len(rows))})"  # noqa: S608  # our names
            for one in self._db.rows(sql, list(found)):
                found[one["key"]].append(dict(one))
        return found

    def _block_of(self, key: str) -> tuple[int, list[Entry]]:
        row = self._db.row(
            "SELECT block.id, data FROM folded JOIN block ON block.id = folded.block WHERE hash = ?", (_hash(key),)
        )
        return (row["id"], _unpack(bytes(row["data"]))) if row else (0, [])

    def _insert(self, table: str, rows: list[Row]) -> None:
        for row in rows:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608


def _hash(key: str) -> int:
    """Return the 63 bits by which a folded address is known: SQLite's integers have a sign."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def _pack(entries: list[Entry]) -> bytes:
    values = [[entry.url, entry.announcements, entry.attempts] for entry in entries]
    return zlib.compress(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode(), _LEVEL)


def _unpack(data: bytes) -> list[Entry]:
    return [
        Entry(url=url, announcements=announcements, attempts=attempts)
        for url, announcements, attempts in json.loads(zlib.decompress(data))
    ]
