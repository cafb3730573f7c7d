"""What trying addresses of each shape has taught, per source, and what waits or was refused because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.discovery.shapes import Experience, Standing, shape_of

if TYPE_CHECKING:
    from crawler.state.database import Database

#: Why an address is not fetched whose shape has not led to articles.
BARREN = "barren_shape"
#: Of the addresses that would be refused or left behind, every so-many-th is tried as if nothing were known.
TRIAL = 20
#: Seconds that an address is left behind those that were found with it.
BEHIND = {Standing.LIKELY: 0.0, Standing.OPEN: 3_600.0, Standing.SELDOM: 6 * 3_600.0, Standing.BARREN: 0.0}
#: Shapes of a source that are remembered; the one longest not met goes first.
MOST = 200

#: Reasons that say that there is no article. Walls, filters and faults that may pass say nothing of that.
NO_ARTICLE = frozenset(
    {
        *("index", "tag", "author", "video", "gallery", "product", "forum", "documentation", "static"),
        *("no_text", "too_short", "no_headline", "empty", "not_html", "error_page", "http_404", "http_410"),
    }
)


class Shapes:
    """The verbs on shapes of addresses. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, source: str, shape: str) -> Experience:
        """Return what is known of a shape."""
        row = self._db.row("SELECT tries, articles, misses FROM shape WHERE source = ? AND shape = ?", (source, shape))
        return _experience(row) if row else Experience()

    def likely(self, source: str) -> frozenset[str]:
        """Return the shapes whose addresses lead to articles."""
        rows = self._db.rows("SELECT shape, tries, articles, misses FROM shape WHERE source = ?", (source,))
        return frozenset(row["shape"] for row in rows if _experience(row).standing is Standing.LIKELY)

    def place(self, source: str, shape: str) -> tuple[str | None, float]:
        """Return why a new address of the shape is refused, None if it is not, and how far it is left behind."""
        known = self.of(source, shape)
        if known.standing in (Standing.LIKELY, Standing.OPEN):
            return None, BEHIND[known.standing]
        self._db.execute("UPDATE shape SET met = met + 1 WHERE source = ? AND shape = ?", (source, shape))
        (row,) = self._db.rows("SELECT met FROM shape WHERE source = ? AND shape = ?", (source, shape))
        if row["met"] % TRIAL == 0:
            return None, 0.0
        return _refusal(shape, known) if known.standing is Standing.BARREN else None, BEHIND[known.standing]

    def learn(self, source: str, url: str, state: str, reason: str | None, *, now: float) -> None:
        """Remember how an address ended, where that tells an article from what is none."""
        is_article = state == "stored"
        if not is_article and reason not in NO_ARTICLE:
            return
        shape = shape_of(url)
        before = self.of(source, shape)
        after = before.after(is_article=is_article)
        self._db.execute(
            "INSERT INTO shape (source, shape, tries, articles, misses, last) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (source, shape) DO UPDATE SET tries = excluded.tries, articles = excluded.articles,"
            " misses = excluded.misses, last = excluded.last",
            (source, shape, after.tries, after.articles, after.misses, now),
        )
        if not before.tries:
            self._forget(source)
        if after.standing is not before.standing:
            self._move(source, shape, after, now)
            if before.standing is Standing.BARREN:
                self._bring_back(source, shape, after)

    def _move(self, source: str, shape: str, known: Experience, now: float) -> None:
        """Give the waiting addresses of a shape their new place; all but a few of a barren one are refused."""
        if known.standing is not Standing.BARREN:
            self._db.execute(
                "UPDATE url SET behind = ? WHERE source = ? AND shape = ? AND state = 'pending'",
                (BEHIND[known.standing], source, shape),
            )
            return
        rows = self._db.rows(
            "SELECT key FROM url WHERE source = ? AND shape = ? AND state = 'pending' ORDER BY key", (source, shape)
        )
        for place, row in enumerate(rows, 1):
            refused = ("rejected", BARREN, _refusal(shape, known), now)
            state, reason, detail, settled = ("pending", None, None, None) if place % TRIAL == 0 else refused
            self._db.execute(
                "UPDATE url SET state = ?, reason = ?, detail = ?, settled = ?, retry_at = NULL, behind = 0"
                " WHERE key = ?",
                (state, reason, detail, settled, row["key"]),
            )

    def vouch_for(self, key: str) -> None:
        """Let an address be fetched whatever its shape: a document that lists articles alone has named it."""
        if self._db.row("SELECT 1 FROM url WHERE key = ? AND shape IS NOT NULL", (key,)) is None:
            return
        self._db.execute(
            "UPDATE url SET state = 'pending', reason = NULL, detail = NULL, settled = NULL"
            " WHERE key = ? AND state = 'rejected' AND reason = ?",
            (key, BARREN),
        )
        self._db.execute("UPDATE url SET shape = NULL, behind = 0 WHERE key = ? AND state = 'pending'", (key,))

    def _bring_back(self, source: str, shape: str, known: Experience) -> None:
        """Let what was refused for its shape alone be fetched after all."""
        self._db.execute(
            "UPDATE url SET state = 'pending', reason = NULL, detail = NULL, settled = NULL, behind = ?"
            " WHERE source = ? AND shape = ? AND state = 'rejected' AND reason = ?",
            (BEHIND[known.standing], source, shape, BARREN),
        )

    def _forget(self, source: str) -> None:
        rows = self._db.rows(
            "SELECT shape FROM shape WHERE source = ? ORDER BY last DESC, shape LIMIT ? OFFSET ?", (source, MOST, MOST)
        )
        for row in rows:
            self._db.execute("DELETE FROM shape WHERE source = ? AND shape = ?", (source, row["shape"]))


def _experience(row: Any) -> Experience:
    return Experience(tries=row["tries"], articles=row["articles"], misses=row["misses"])


def _refusal(shape: str, known: Experience) -> str:
    return f"of addresses like {shape} {known.told()}; one in {TRIAL} is tried all the same"
