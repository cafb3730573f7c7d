"""Addresses as documents announce them: new ones, known ones that are told of again, and those of another source."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import attrs

from crawler import urls
from crawler.discovery.periods import article_period
from crawler.sources.filters import SEPARATOR, section_names
from crawler.state.database import marks
from crawler.state.shapes import BARREN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from crawler.discovery import Link
    from crawler.state.database import Database
    from crawler.state.ledger import Ledger
    from crawler.state.revisits import Revisits
    from crawler.state.shapes import Shapes

#: How an alias came about that only the article itself states, by its rel=canonical.
CLAIMED = "canonical"

#: Why a source does not want an address that another source may want.
REFUSALS = frozenset({"off_site", "not_allowed", "denied", "not_article_address", "filtered"})
#: Links that are looked up with one statement: a document has many, and most are known.
TOGETHER = 250


@attrs.frozen(kw_only=True)
class Finding:
    """A link together with why it will not be fetched, if it will not."""

    link: Link
    refusal: str | None = None
    shape: str | None = None
    """Of its address, where what is known of the shape may speak against it; None: it is taken in any case."""


@attrs.frozen
class Announcements:
    """The verb on what documents say. Times are Unix seconds and always arguments."""

    _db: Database
    _revisits: Revisits
    _ledger: Ledger
    _shapes: Shapes
    _resolve: Callable[[str], str]
    """Gives the key that a key is another name of."""

    def announce(self, source: str, document: str, findings: Iterable[Finding], *, now: float) -> int:
        """Record what *document* says and return how many addresses are new; repeats only add a witness.

        Another name of a stored article is a duplicate from the first, so that nobody fetches it again.
        """
        new, rest = 0, iter(findings)
        with self._db.transaction():
            while some := list(islice(rest, TOGETHER)):
                new += self._announce_some(source, document, some, now)
            self._db.execute(
                "INSERT INTO source (id, announced, newest) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET announced = source.announced + excluded.announced,"
                " newest = ifnull(excluded.newest, source.newest)",
                (source, new, now if new else None),
            )
        return new

    def _announce_some(self, source: str, document: str, findings: list[Finding], now: float) -> int:
        found = [(urls.identity_key(finding.link.url), finding) for finding in findings]
        sql = f"SELECT key, state, reason, document FROM url WHERE key IN ({marks(len(found))})"  # noqa: S608  # placeholders
        rows = self._db.rows(sql, [key for key, _ in found])
        known = {row["key"]: (row["state"], row["reason"]) for row in rows}
        folded = self._ledger.held({key for key, _ in found} - known.keys())
        found = [(key, finding) for key, finding in found if key not in folded]
        # Of an address that came with this document it is noted that it did.
        noted = {row["key"] for row in rows if row["document"] == document}
        self._note(document, [(key, finding) for key, finding in found if key not in noted], now)
        new = 0
        for key, finding in found:
            if key in known:
                new += self._hear_again(source, document, key, finding, known[key], now)
            else:
                known[key] = self._announce_one(source, document, key, finding, now)
                new += 1
        return new

    def _note(self, document: str, found: list[tuple[str, Finding]], now: float) -> None:
        """Note that *document* announces these addresses, where it has not been noted yet."""
        if found:
            self._db.execute(
                f"INSERT INTO announcement VALUES {marks(len(found), '(?, ?, ?, ?)')} ON CONFLICT DO NOTHING",  # noqa: S608  # placeholders
                [value for key, finding in found for value in (key, document, now, finding.link.title)],
            )

    def _hear_again(
        self, source: str, document: str, key: str, finding: Finding, state: tuple[str, str | None], now: float
    ) -> int:
        """Take what *source* says of an address known in that *state*; return 1 if it is *source*'s from now on."""
        self._notice_date(key, finding.link, now)
        if finding.refusal:
            return 0
        if state[0] == "rejected" and state[1] in REFUSALS:
            return self._take_over(key, source, document, finding.link)
        if finding.shape is None and (state[0] == "pending" or state[1] == BARREN):
            self._shapes.vouch_for(key)
        return 0

    def _announce_one(
        self, source: str, document: str, key: str, finding: Finding, now: float
    ) -> tuple[str, str | None]:
        """Note an address that is new; returns its first state and the reason for it."""
        link = finding.link
        state, reason, detail = self._first_state(key, finding)
        behind = 0.0
        if finding.shape and state == "pending":
            refused, behind = self._shapes.place(source, finding.shape)
            state, reason, detail = ("rejected", BARREN, refused) if refused else (state, reason, detail)
        published, modified = _unix(link.published), _unix(link.modified)
        named = None if published else article_period(link.url)
        fresh = published or (named and named.end) or modified or now
        self._db.execute(
            "INSERT INTO url (key, url, source, state, reason, detail, announced, freshness, method, document, title,"
            " published, modified, newest, language, sections, settled, shape, behind)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                key, link.url, source, state, reason, detail, now, min(fresh, now), link.method,
                document, link.title, published, modified, modified, link.language,
                SEPARATOR.join(sorted(section_names(link.sections))) or None, None if state == "pending" else now,
                finding.shape, behind,
            ),
        )  # fmt: skip
        return state, reason

    def _take_over(self, key: str, source: str, document: str, link: Link) -> int:
        """Let *source* have an address that another one refused by its own rules; return 1 if it is so."""
        row = self._db.row("SELECT source FROM url WHERE key = ? AND source != ? AND tries = 0", (key, source))
        if row is None:
            return 0
        self._db.execute("UPDATE source SET announced = announced - 1 WHERE id = ?", (row["source"],))
        self._db.execute(
            "UPDATE url SET source = ?, state = 'pending', reason = NULL, detail = NULL, settled = NULL, method = ?,"
            " document = ?, title = ?, published = ?, modified = ? WHERE key = ?",
            (source, link.method, document, link.title, _unix(link.published), _unix(link.modified), key),
        )
        return 1

    def _notice_date(self, key: str, link: Link, now: float) -> None:
        """Have a stored article looked at again when the date that a document gives it moves."""
        if link.modified is None:
            return
        row = self._db.row("SELECT state, newest FROM url WHERE key = ?", (key,))
        modified = link.modified.timestamp()
        if row and modified > (row["newest"] or 0):
            self._db.execute("UPDATE url SET newest = ? WHERE key = ?", (modified, key))
            if row["state"] == "stored" and row["newest"] is not None:
                self._revisits.date_moved(self._resolve(key), now=now)

    def _first_state(self, key: str, finding: Finding) -> tuple[str, str | None, str | None]:
        """Return state, reason and detail of an address that is announced for the first time."""
        if finding.refusal:
            return "rejected", finding.refusal, None
        name = self._db.row(
            "SELECT target, how FROM alias WHERE key = ? AND how != ?"
            " UNION ALL SELECT key, 'redirect' FROM article WHERE key = ?",
            (key, CLAIMED, key),
        )
        return ("duplicate", name["how"], f"another address of {name['target']}") if name else ("pending", None, None)


def _unix(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
