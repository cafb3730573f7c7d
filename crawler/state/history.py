"""What the state can tell of one address, for people: who announced it, every try, its outcome, where its line is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crawler.state.ledger import Ledger

if TYPE_CHECKING:
    from crawler.state.database import Database

Row = dict[str, Any]


@attrs.frozen(kw_only=True)
class History:
    """All facts about one identity key; None and empty where there are none."""

    key: str
    aliased_from: str | None
    """The key that was asked about, where it is another name of ``key``."""
    how: str | None
    url: Row | None
    announcements: tuple[Row, ...]
    attempts: tuple[Row, ...]
    article: Row | None
    names: tuple[Row, ...]
    """Other names of the article."""
    revisions: tuple[Row, ...]
    """Every version of the article, oldest first."""


def history(database: Database, key: str) -> History:
    """Return what is known of *key*; an alias leads to its article, but has announcements and tries of its own."""

    def rows(sql: str, *values: object) -> tuple[Row, ...]:
        return tuple(dict(row) for row in database.rows(sql, values))

    def of_either(table: str, order: str) -> tuple[Row, ...]:
        sql = f"SELECT * FROM {table} WHERE key = ? ORDER BY {order}"  # noqa: S608  # our own names
        return rows(sql, key) or rows(sql, target)

    alias = next(iter(rows("SELECT * FROM alias WHERE key = ?", key)), None)
    target = alias["target"] if alias else key
    ledger = Ledger(database)
    folded = ledger.entry(key) or ledger.entry(target)
    return History(
        key=target,
        aliased_from=key if alias else None,
        how=alias["how"] if alias else None,
        url=folded.url
        if folded
        else next(iter(rows("SELECT * FROM url WHERE key IN (?, ?) ORDER BY key = ? DESC", key, target, key)), None),
        announcements=tuple(folded.announcements) if folded else of_either("announcement", "at, document"),
        attempts=(*(folded.attempts if folded else ()), *of_either("attempt", "at, rowid")),
        article=next(iter(rows("SELECT * FROM article WHERE key = ?", target)), None),
        names=rows("SELECT * FROM alias WHERE target = ? ORDER BY key", target),
        revisions=rows(
            "SELECT * FROM revision WHERE article IN (SELECT id FROM article WHERE key = ?) ORDER BY number", target
        ),
    )
