"""Counts over the whole crawl state, for status and report. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from crawler.state.database import Database

Row = dict[str, Any]


@attrs.frozen(kw_only=True)
class Ended:
    """How many addresses were announced by the same channels and ended the same way."""

    state: str
    reason: str
    feed: bool
    sitemap: bool
    page: bool
    n: int


class Statistics:
    """Questions about all articles, addresses and runs. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def stored_since(self, begin: float) -> dict[str, int]:
        """Return how many articles each source has stored since *begin*."""
        # From the sources, here and below: then the index on (source, stored) finds the few rows that count.
        rows = self._db.rows(
            "SELECT source.id AS source, count(*) AS n FROM source JOIN article ON article.source = source.id"
            " WHERE stored >= ? GROUP BY source.id",
            (begin,),
        )
        return {row["source"]: row["n"] for row in rows}

    def newest_stored(self) -> dict[str, float]:
        """Return when each source's newest article was stored."""
        rows = self._db.rows(
            "SELECT id AS source, (SELECT max(stored) FROM article WHERE article.source = source.id) AS at FROM source"
        )
        return {row["source"]: row["at"] for row in rows if row["at"] is not None}

    def last_run(self) -> Row | None:
        """Return the newest run that has ended: id, started, ended, command, exit."""
        row = self._db.row("SELECT * FROM run WHERE ended IS NOT NULL ORDER BY ended DESC LIMIT 1")
        return dict(row) if row else None

    def runs(self, count: int) -> list[Row]:
        """Return the newest *count* runs, newest first: id, started, ended, command, exit."""
        return self._rows("SELECT * FROM run ORDER BY started DESC LIMIT ?", count)

    def per_day(self, begin: float) -> list[Row]:
        """Return how many articles each source stored on each day (UTC) since *begin*: source, day, n."""
        return self._rows(
            "SELECT source.id AS source, date(stored, 'unixepoch') AS day, count(*) AS n FROM source"
            " JOIN article ON article.source = source.id WHERE stored >= ?"
            " GROUP BY source.id, day ORDER BY day, source.id",
            begin,
        )

    def delays(self, begin: float) -> dict[str, list[float]]:
        """Return the seconds from publication to storing of each source's articles stored since *begin*.

        Only of articles whose page names the moment, and that were published after the source's first visit: what was
        there before says nothing of how fresh we are.
        """
        rows = self._rows(
            "SELECT article.source, stored - published AS seconds FROM article"
            " JOIN (SELECT source, min(at) AS first FROM source_run GROUP BY source) AS known"
            " ON known.source = article.source"
            " WHERE stored >= ? AND dated = 'instant' AND published > first AND published <= stored",
            begin,
        )
        result: dict[str, list[float]] = {}
        for row in rows:
            result.setdefault(row["source"], []).append(row["seconds"])
        return result

    def copies_and_revisions(self, begin: float) -> list[Row]:
        """Return of each source's articles stored since *begin*: source, articles, copies, revised, withdrawn."""
        return self._rows(
            "SELECT source.id AS source, count(*) AS articles, sum(copy_of IS NOT NULL) AS copies, sum(revision > 1) AS"
            " revised, sum(withdrawn IS NOT NULL) AS withdrawn FROM source JOIN article ON article.source = source.id"
            " WHERE stored >= ? GROUP BY source.id ORDER BY source.id",
            begin,
        )

    def slowest_hosts(self, begin: float, count: int) -> list[Row]:
        """Return the *count* hosts that were slowest since *begin*: host, requests, mean of the medians, slowest."""
        return self._rows(
            "SELECT host, sum(requests) AS requests, sum(median * requests) / sum(requests) AS usual,"
            " max(slowest) AS slowest FROM host_run WHERE at >= ? GROUP BY host ORDER BY usual DESC LIMIT ?",
            begin,
            count,
        )

    def latest(self, count: int) -> list[Row]:
        """Return the newest *count* articles: headline, url, source, stored, published (None where no page says)."""
        return self._rows(
            "SELECT headline, url, source, stored, iif(dated IN ('instant', 'day'), published, NULL) AS published"
            " FROM article ORDER BY stored DESC LIMIT ?",
            count,
        )

    def endings(self, source: str, begin: float) -> list[Ended]:
        """Return how the addresses ended that were announced since *begin* and are not older than that."""
        rows = self._rows(
            "SELECT state, reason, feed, sitemap, page, count(*) AS n FROM (SELECT url.state, ifnull(reason, '') AS"
            " reason, max(ifnull(document.kind = 'feed', 0)) AS feed,"
            " max(ifnull(document.kind IN ('news_sitemap', 'sitemap'), 0)) AS sitemap,"
            " max(ifnull(document.kind IN ('home', 'section'), 0)) AS page FROM url"
            " LEFT JOIN announcement ON announcement.key = url.key"
            " LEFT JOIN document ON document.source = url.source AND document.url = announcement.document"
            " WHERE url.source = ? AND url.announced >= ? AND url.freshness >= ? GROUP BY url.key) AS ended"
            " GROUP BY state, reason, feed, sitemap, page",
            source,
            begin,
            begin,
        )
        flags = ("feed", "sitemap", "page")
        return [Ended(**row | {name: bool(row[name]) for name in flags}) for row in rows]

    def _rows(self, sql: str, *values: object) -> list[Row]:
        return [dict(row) for row in self._db.rows(sql, values)]
