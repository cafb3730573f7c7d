"""The copy index: sketches of the texts of the last days, found by what they share. Expires by itself."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import attrs

from crawler.identity.boilerplate import strip
from crawler.identity.copies import Sketch, containment, is_same_story, pack, query, resemblance, sketch, unpack
from crawler.state.database import StorageError
from crawler.state.sites import site_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from crawler.items import Article
    from crawler.state.database import Database
    from crawler.state.sites import Sites

#: Seconds of a day, the unit of expiry.
DAY = 86_400
#: Hashes that two texts must share in the index to be compared, and how many texts are compared.
SHARED = 2
COMPARED = 50
#: Letters of a text that are compared; a story is told in fewer.
LONGEST = 200_000
#: A hash that so many texts have is a phrase of the language or of a form, and finds too much.
COMMON = 200
#: Hashes that are looked up by one statement, always the same: the database need not read it anew each time.
TOGETHER = 16
HOLDERS = " UNION ALL ".join(
    [f"SELECT * FROM (SELECT hash, sketch FROM posting WHERE hash = ? LIMIT {COMMON + 1}) AS held"] * TOGETHER  # noqa: S608  # our constants
)
#: Texts that have so much of all their words in common are the same text but for a date, a counter or a typing error.
UNCHANGED = 0.9


@attrs.frozen(kw_only=True)
class Likeness:
    """Another article that tells the same story."""

    article: str
    domain: str
    share: float
    """Of the shorter text that is in the longer one, 0 to 1."""
    is_unchanged: bool
    """Hardly anything was added, taken away or rewritten."""


class Copies:
    """The verbs on the copy index. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database, sites: Sites) -> None:
        self._db = database
        self._sites = sites
        self._last: tuple[tuple[str, str], Sketch | None] = (("", ""), None)

    def sketch_of(self, article: Article) -> Sketch | None:
        """Return the sketch of an article's text without what is known as its site's text; None of a short one."""
        if article.articleBody is None:
            return None
        key = article.id, article.contentHash
        if key != self._last[0]:  # asked for when copies are looked for, and again when the article is accepted
            text = article.articleBody[:LONGEST]
            self._last = key, sketch(strip(text, self._sites.known(site_of(article))).body)
        return self._last[1]

    def add(self, article: Article, *, now: float) -> None:
        """Let the article be found by its copies from now on; one too short to be told from others is left out."""
        if own := self.sketch_of(article):
            self.put(own, article=article.id, domain=article.publisher["domain"], now=now)

    def put(self, own: Sketch, *, article: str, domain: str, now: float) -> None:
        """Let an article of that id be found by its sketch."""
        (row,) = self._db.rows(
            "INSERT INTO sketch (article, domain, day, data) VALUES (?, ?, ?, ?) RETURNING id",
            (article, domain, int(now // DAY), pack(own)),
        )
        pairs = [(value, row["id"]) for value in own.indexed()]
        if pairs:  # one statement: a database elsewhere is a journey away
            sql = f"INSERT INTO posting VALUES {', '.join(['(?, ?)'] * len(pairs))} ON CONFLICT DO NOTHING"  # noqa: S608  # placeholders
            self._db.execute(sql, [number for pair in pairs for number in pair])

    def like(self, article: Article) -> list[Likeness]:
        """Return the other articles that tell the same story in the same words, abridged or extended, the likest
        first; none of a text too short to be told from others."""
        own = self.sketch_of(article)
        return sorted(self._like(own, article.id), key=lambda found: -found.share) if own else []

    def _like(self, own: Sketch, article: str) -> Iterator[Likeness]:
        for number in self._candidates(own):
            row = self._db.row("SELECT * FROM sketch WHERE id = ?", (number,))
            if row and row["article"] != article and is_same_story(own, other := self._read(row)):
                yield Likeness(
                    article=row["article"], domain=row["domain"], share=containment(own, other),
                    is_unchanged=resemblance(own, other) >= UNCHANGED,
                )  # fmt: skip

    def was_emptied(self) -> bool:
        """Return whether a migration has emptied the index and nobody has filled or left it since."""
        return self._db.row("SELECT 1 FROM chore WHERE name = 'copies'") is not None

    def leave_empty(self) -> None:
        """Fill the index with new articles only."""
        self._db.execute("DELETE FROM chore WHERE name = 'copies'")

    def clear(self) -> None:
        """Forget everything, damaged or not."""
        with self._db.transaction():
            self.leave_empty()
            self._db.execute("DELETE FROM posting")
            self._db.execute("DELETE FROM sketch")

    def expire(self, *, now: float, days: int) -> int:
        """Forget the sketches older than *days* and return how many there were."""
        rows = self._db.rows("SELECT id, article, data FROM sketch WHERE day < ?", (int(now // DAY) - days,))
        with self._db.transaction():
            for row in rows:
                for value in self._read(row).indexed():
                    self._db.execute("DELETE FROM posting WHERE hash = ? AND sketch = ?", (value, row["id"]))
                self._db.execute("DELETE FROM sketch WHERE id = ?", (row["id"],))
        return len(rows)

    def _candidates(self, own: Sketch) -> list[int]:
        asked = iter(query(own))
        rows = []
        while some := list(islice(asked, TOGETHER)):
            rows += self._db.rows(HOLDERS, some + [None] * (TOGETHER - len(some)))
        found = Counter(row["hash"] for row in rows)
        shared = Counter(row["sketch"] for row in rows if found[row["hash"]] <= COMMON)
        return [number for number, count in shared.most_common(COMPARED) if count >= SHARED]

    def _read(self, row: Any) -> Sketch:
        try:
            return unpack(bytes(row["data"]))
        except (ValueError, TypeError) as error:
            raise StorageError(
                f"{self._db.path}: table sketch, row {row['id']} (article {row['article']}): {error}; "
                "`scrapy rebuild` makes the copy index anew"
            ) from error
