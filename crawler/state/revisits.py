"""When stored articles are looked at again, and what was found: nothing, a new revision, or that they are gone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from crawler.sources import REVISIT
from crawler.state.documents import Validators

if TYPE_CHECKING:
    from crawler.state.database import Database

#: A date of the feed or sitemap that moves calls for a look only within so many seconds of publication: some sitemaps
#: date everything anew every day.
MOVES_COUNT = 7 * 86_400


@attrs.frozen(kw_only=True)
class Revisit:
    """A stored article that is due for another look."""

    id: str
    key: str
    url: str
    source: str
    headline: str
    content_hash: str
    raw_hash: str
    """Of the text as its page gave it: what is known of the site's text grows, and would look like a correction."""
    revision: int
    stored: float
    fetched: float
    """When the page of the newest revision was."""
    cluster: str | None
    copy_of: str | None
    etag: str | None
    last_modified: str | None
    method: str | None
    document: str | None
    title: str | None
    announced_published: float | None
    announced_modified: float | None

    @property
    def validators(self) -> Validators:
        """What the server wanted to be told of the text that is stored."""
        return Validators(etag=self.etag, last_modified=self.last_modified)


#: The columns of a Revisit.
SELECT = (
    "SELECT article.*, etag, last_modified, method, document, title, url.published AS announced_published,"
    " url.modified AS announced_modified"
)


class Revisits:
    """The verbs on revisits. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.found: Counter[tuple[str, str]] = Counter()
        """How many looks this process took, by source and what they found: unchanged, revised, withdrawn, unread."""

        self.steps: dict[str, tuple[float, ...]] = {}
        """Seconds after publication at which a source's articles are looked at again, where it is not REVISIT."""

    def schedule(self, article: str, source: str, *, published: float, validators: Validators, now: float) -> None:
        """Plan the next look after *now*, or none when the article is old."""
        due = next((published + step for step in self._steps(source) if published + step > now), None)
        if due is None:
            self._db.execute("DELETE FROM revisit WHERE article = ?", (article,))
            return
        self._db.execute(
            "INSERT INTO revisit VALUES (?, ?, ?, ?, ?) ON CONFLICT (article) DO UPDATE SET due = excluded.due,"
            " etag = excluded.etag, last_modified = excluded.last_modified",
            (article, source, due, validators.etag, validators.last_modified),
        )

    def forget(self, article: str) -> None:
        """Look at an article no more."""
        self._db.execute("DELETE FROM revisit WHERE article = ?", (article,))

    def date_moved(self, key: str, *, now: float) -> None:
        """Make the article of *key* due now, because a feed or sitemap says that it changed."""
        self._db.execute(
            "INSERT INTO revisit SELECT id, source, ?, NULL, NULL FROM article WHERE key = ? AND published > ?"
            " ON CONFLICT (article) DO UPDATE SET due = min(revisit.due, excluded.due)",
            (now, key, now - MOVES_COUNT),
        )

    def due(self, source: str, count: int, *, now: float) -> list[Revisit]:
        """Return the articles of a source that are due, longest overdue first; one whose line waits is left."""
        if not self._steps(source):
            return []
        rows = self._db.rows(
            f"{SELECT} FROM revisit JOIN article ON article.id = revisit.article LEFT JOIN url ON url.key = article.key"
            " WHERE revisit.source = ? AND due <= ? AND segment IS NOT NULL ORDER BY due LIMIT ?",
            (source, now, count),
        )
        return [_revisit(row) for row in rows]

    def of(self, article: str) -> Revisit:
        """Return a stored article as one that is due, whenever it would be."""
        row = self._db.row(
            f"{SELECT} FROM article LEFT JOIN revisit ON revisit.article = article.id"
            " LEFT JOIN url ON url.key = article.key WHERE article.id = ?",
            (article,),
        )
        assert row, article
        return _revisit(row)

    def unchanged(self, visit: Revisit, *, validators: Validators, run: str, now: float, detail: str) -> None:
        """Record a look that found nothing new, and plan the next; a page that was gone is back."""
        with self._db.transaction():
            self._plan(visit.id, visit.source, validators, now)
            self._db.execute("UPDATE article SET withdrawn = NULL WHERE id = ?", (visit.id,))
            self._found("unchanged", visit.key, visit.source, run=run, now=now, detail=detail)

    def unread(self, visit: Revisit, *, run: str, now: float, detail: str) -> None:
        """Record a look that could not compare the text, and plan the next with the validators of the text we have."""
        with self._db.transaction():
            self._plan(visit.id, visit.source, visit.validators, now)
            self._found("unread", visit.key, visit.source, run=run, now=now, detail=detail)

    def withdrawn(self, visit: Revisit, *, run: str, now: float, detail: str) -> None:
        """Record that the page is gone; the article stays."""
        with self._db.transaction():
            self._db.execute("DELETE FROM revisit WHERE article = ?", (visit.id,))
            self._db.execute("UPDATE article SET withdrawn = ? WHERE id = ?", (now, visit.id))
            self._found("withdrawn", visit.key, visit.source, run=run, now=now, detail=detail)

    def revised(self, article: str, *, validators: Validators, run: str, now: float, detail: str) -> None:
        """Record that a look at the article of that id found a new revision, and plan the next."""
        row = self._db.row("SELECT key, source FROM article WHERE id = ?", (article,))
        assert row, article
        self._plan(article, row["source"], validators, now)
        self._found("revised", row["key"], row["source"], run=run, now=now, detail=detail)

    def _steps(self, source: str) -> tuple[float, ...]:
        return self.steps.get(source, REVISIT)

    def _plan(self, article: str, source: str, validators: Validators, now: float) -> None:
        row = self._db.row("SELECT published FROM article WHERE id = ?", (article,))
        assert row, article
        self.schedule(article, source, published=row["published"], validators=validators, now=now)

    def _found(self, what: str, key: str, source: str, *, run: str, now: float, detail: str) -> None:
        self.found[source, what] += 1
        self._db.execute("INSERT INTO attempt VALUES (?, ?, ?, ?, ?)", (key, now, run, f"looked again: {what}", detail))


def _revisit(row: Any) -> Revisit:
    return Revisit(**{name: row[name] for name in attrs.fields_dict(Revisit)})
