"""What a site prints around its articles, as far as it is known, and the articles that wait for it to be known."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import attrs

from crawler.identity.boilerplate import SiteText

if TYPE_CHECKING:
    from crawler.items import Article
    from crawler.state.database import Database
    from crawler.state.outbox import Outbox

#: Texts of a site that are kept to learn from: enough to see what recurs, few enough to forget an old design.
WINDOW = 60
#: Letters of a text that are kept: site text stands within them, and all kept texts are compared at once.
LONGEST = 50_000
#: Seconds after which site text that was not met again is forgotten.
FORGOTTEN = 60 * 86_400


@attrs.frozen(kw_only=True)
class Waiting:
    """An accepted article whose line is not frozen yet."""

    article: str
    revision: int
    day: str
    record: bytes
    """A finished line of JSON but for the site text that may be in it."""


@attrs.frozen(kw_only=True)
class Site:
    """How well a site is known."""

    id: str
    articles: int
    learned: int
    waiting: int = 0
    """Articles that wait, where that was asked for."""


def site_of(article: Article) -> str:
    """Return the site an article's text is compared within: its source, and its language, as appeals have one."""
    language = (article.inLanguage or "").partition("-")[0]
    source = str(article.publisher.get("sourceId", article.publisher["domain"]))
    return f"{source}/{language}" if language else source


class Sites:
    """The verbs on sites. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._db = database
        self._outbox = outbox
        self._examined: dict[str, Site] = {}

    def add(self, article: Article, record: bytes, *, day: str) -> None:
        """Let an accepted article wait, and count its text once among its site's: revisions are no new witnesses."""
        site = site_of(article)
        self._db.execute(
            "INSERT INTO waiting (article, revision, site, day, record, run) VALUES (?, ?, ?, ?, ?, ?)",
            (article.id, article.revision, site, day, record, self._db.run),
        )
        if article.revision > 1 or article.articleBody is None:
            return
        self._db.execute(
            "INSERT INTO site (id, articles) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET articles = site.articles + 1",
            (site,),
        )
        number = self.get(site).articles
        text = zlib.compress(article.articleBody[:LONGEST].encode("utf-8", "replace"), 1)
        self._db.execute("INSERT INTO site_article VALUES (?, ?, ?)", (site, number, text))
        self._db.execute("DELETE FROM site_article WHERE site = ? AND number <= ?", (site, number - WINDOW))

    def get(self, site: str) -> Site:
        """Return how well a site is known."""
        row = self._db.row("SELECT * FROM site WHERE id = ?", (site,))
        return Site(**dict(row)) if row else Site(id=site, articles=0, learned=0)

    def with_waiting(self) -> list[Site]:
        """Return the sites that articles of this run wait for."""
        rows = self._db.rows(
            "SELECT site, count(*) AS n FROM waiting WHERE run = ? GROUP BY site ORDER BY site", (self._db.run,)
        )
        return [attrs.evolve(self.get(row["site"]), waiting=row["n"]) for row in rows]

    def has_news(self, site: Site) -> bool:
        """Whether articles have come since this process last examined the site's waiting ones."""
        return self._examined.get(site.id) != site

    def examined(self, site: Site) -> None:
        """Remember that what waits for a site has been examined with all that was known of it, as *site* says."""
        self._examined[site.id] = site

    def waiting(self, site: str) -> list[Waiting]:
        """Return the articles of this run that wait for a site, in no particular order."""
        rows = self._db.rows(
            "SELECT article, revision, day, record FROM waiting WHERE site = ? AND run = ?", (site, self._db.run)
        )
        return [Waiting(**dict(row) | {"record": bytes(row["record"])}) for row in rows]

    def texts(self, site: str) -> list[str]:
        """Return the newest texts of a site, oldest first."""
        rows = self._db.rows("SELECT text FROM site_article WHERE site = ? ORDER BY number", (site,))
        return [zlib.decompress(row["text"]).decode() for row in rows]

    def known(self, site: str) -> SiteText:
        """Return the site text that has been learned."""
        found: dict[str, set[bytes]] = {"block": set(), "sentence": set()}
        for row in self._db.rows("SELECT kind, key FROM site_text WHERE site = ?", (site,)):
            found[row["kind"]].add(bytes(row["key"]))
        return SiteText(blocks=frozenset(found["block"]), sentences=frozenset(found["sentence"]))

    def learn(self, site: Site, text: SiteText, *, now: float) -> None:
        """Remember site text; what has not been met for long is forgotten."""
        with self._db.transaction():
            for kind, keys in (("block", text.blocks), ("sentence", text.sentences)):
                for key in keys:
                    self._db.execute(
                        "INSERT INTO site_text VALUES (?, ?, ?, ?) ON CONFLICT (site, kind, key) DO UPDATE"
                        " SET last = excluded.last",
                        (site.id, kind, key, now),
                    )
            self._db.execute("DELETE FROM site_text WHERE site = ? AND last < ?", (site.id, now - FORGOTTEN))
            self._db.execute("UPDATE site SET learned = ? WHERE id = ?", (site.articles, site.id))

    def freeze(self, waiting: Waiting, line: bytes, *, content_hash: str) -> None:
        """Make *line* the article's line for good and hand it to the outbox."""
        with self._db.transaction():
            self._outbox.add(waiting.article, waiting.revision, day=waiting.day, line=line)
            self._db.execute(
                "DELETE FROM waiting WHERE article = ? AND revision = ?", (waiting.article, waiting.revision)
            )
            self._db.execute("UPDATE article SET content_hash = ? WHERE id = ?", (content_hash, waiting.article))
