"""What earlier runs found of each source, and what is said of it now. Knows no rule of what is healthy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from crawler.state.database import Database

#: Runs of a source that are kept (seconds): its normal is learned from the newest of them.
KEPT = 30 * 86_400

#: How an article's date came about: nobody gives one; only feed or sitemap do; the page gives the moment it was
#: fetched, or one long after it was announced; a day; a moment.
DATED = ("none", "announced", "now", "day", "instant")


@attrs.frozen(kw_only=True)
class PastRun:
    """What one run found of one source."""

    run: str
    at: float
    outcome: str
    verdict: str
    """What was said of the source after it; empty: it was well."""
    visits: Mapping[str, int]
    """Documents visited, by outcome."""
    settled: Mapping[tuple[str, str], int]
    """Addresses tried for the first time, by (state, reason)."""


@attrs.frozen(kw_only=True)
class Signs:
    """What one stored article shows of how its site is read."""

    run: str
    words: int
    authors: int
    language: str | None
    dated: str
    """One of DATED."""


@attrs.frozen(kw_only=True)
class Standing:
    """What is said of a source; an empty verdict: it is well."""

    source: str
    verdict: str = ""
    detail: str = ""
    since: float
    checked: float

    @property
    def is_well(self) -> bool:
        """Whether nobody need look at the source."""
        return not self.verdict


class Health:
    """The verbs on the health of sources. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def runs(self, source: str, count: int) -> list[PastRun]:
        """Return the newest *count* runs that visited a source and as many in which it was well, oldest first."""
        newest = self._db.rows("SELECT * FROM source_run WHERE source = ? ORDER BY at DESC LIMIT ?", (source, count))
        well = self._db.rows(
            "SELECT * FROM source_run WHERE source = ? AND verdict = '' AND settled != '[]' ORDER BY at DESC LIMIT ?",
            (source, count),
        )
        rows = {row["run"]: dict(row) for row in (*newest, *well)}
        return [_past(row) for row in sorted(rows.values(), key=lambda row: (row["at"], row["run"]))]

    def first_run(self, source: str) -> float | None:
        """Return when the oldest run that is remembered visited the source."""
        row = self._db.row("SELECT min(at) AS at FROM source_run WHERE source = ?", (source,))
        return row["at"] if row else None

    def signs(self, source: str, run: str, count: int) -> list[Signs]:
        """Return what the newest *count* articles of a source show and as many of runs in which it was well.

        Oldest first; of visits only, the present *run* included: archives and pages named by hand show another time.
        """
        rows = self._db.rows(
            "SELECT * FROM (SELECT id, stored, article.run, words, authors, language, dated FROM article"
            " LEFT JOIN source_run ON source_run.source = article.source AND source_run.run = article.run"
            " WHERE article.source = :source AND words IS NOT NULL AND (verdict IS NOT NULL OR article.run = :run)"
            " ORDER BY stored DESC LIMIT :count) AS newest"
            " UNION SELECT * FROM (SELECT id, stored, article.run, words, authors, language, dated FROM article"
            " JOIN source_run ON source_run.source = article.source AND source_run.run = article.run"
            " WHERE article.source = :source AND words IS NOT NULL AND verdict = '' ORDER BY stored DESC LIMIT :count)"
            " AS well"
            " ORDER BY stored, id",
            {"source": source, "run": run, "count": count},
        )
        return [Signs(**{name: row[name] for name in attrs.fields_dict(Signs)}) for row in rows]

    def publications(self, source: str, count: int) -> list[float]:
        """Return when the newest *count* articles that earlier visits stored were published, sorted.

        Where no page says, when they were stored.
        """
        rows = self._db.rows(
            "SELECT published FROM article"
            " JOIN source_run ON source_run.source = article.source AND source_run.run = article.run"
            " WHERE article.source = ? AND published IS NOT NULL ORDER BY stored DESC LIMIT ?",
            (source, count),
        )
        return sorted(row["published"] for row in rows)

    def stored_between(self, source: str, begin: float, end: float) -> int:
        """Return how many articles of a source were stored from *begin* to before *end*."""
        row = self._db.row(
            "SELECT count(*) AS n FROM article WHERE source = ? AND stored >= ? AND stored < ?", (source, begin, end)
        )
        return int(row["n"]) if row else 0

    def newest(self, source: str) -> float | None:
        """Return when a document of the source last announced something new."""
        row = self._db.row("SELECT newest FROM source WHERE id = ?", (source,))
        return row["newest"] if row else None

    def standing(self, source: str) -> Standing | None:
        """Return what is said of a source, None before its first run."""
        row = self._db.row("SELECT * FROM health WHERE source = ?", (source,))
        return Standing(**dict(row)) if row else None

    def standings(self) -> dict[str, Standing]:
        """Return what is said of every source, by its id."""
        return {row["source"]: Standing(**dict(row)) for row in self._db.rows("SELECT * FROM health ORDER BY source")}

    def record(self, found: PastRun, standing: Standing, *, shown_by: Collection[str] = ()) -> None:
        """Remember what a run found of a source, what is said of it from now on, and which earlier runs show it too."""
        settled = [[state, reason, n] for (state, reason), n in sorted(found.settled.items())]
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO source_run (source, run, at, outcome, verdict, visits, settled)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, run) DO UPDATE SET at = excluded.at,"
                " outcome = excluded.outcome, verdict = excluded.verdict, visits = excluded.visits,"
                " settled = excluded.settled",
                (
                    standing.source, found.run, found.at, found.outcome, found.verdict,
                    json.dumps(dict(found.visits), sort_keys=True), json.dumps(settled),
                ),
            )  # fmt: skip
            self._db.execute(
                "INSERT INTO health (source, verdict, detail, since, checked) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (source) DO UPDATE SET verdict = excluded.verdict, detail = excluded.detail,"
                " since = excluded.since, checked = excluded.checked",
                attrs.astuple(standing),
            )
            for run in shown_by:
                self._db.execute(
                    "UPDATE source_run SET verdict = ? WHERE source = ? AND run = ?",
                    (standing.verdict, standing.source, run),
                )
            if standing.is_well:  # until then its normal lies further and further back
                oldest = found.at - KEPT
                self._db.execute("DELETE FROM source_run WHERE source = ? AND at < ?", (standing.source, oldest))

    def accept(self, source: str, since: float) -> None:
        """Take what a source has been like *since* then for its normal, and forget what it was like before."""
        with self._db.transaction():
            self._db.execute("DELETE FROM source_run WHERE source = ? AND at < ?", (source, since))
            self._db.execute("UPDATE source_run SET verdict = '' WHERE source = ?", (source,))


def _past(row: dict[str, object]) -> PastRun:
    settled = {(state, reason): n for state, reason, n in json.loads(str(row["settled"]))}
    values = {name: row[name] for name in ("run", "at", "outcome", "verdict")}
    return PastRun(**values, visits=json.loads(str(row["visits"])), settled=settled)  # type: ignore[arg-type]
