"""Accepted articles and their revisions. An address is settled only together with its saved article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crawler import items, urls
from crawler.state.announcements import CLAIMED
from crawler.state.documents import Validators

if TYPE_CHECKING:
    from crawler.items import Article
    from crawler.state.copies import Copies
    from crawler.state.database import Database
    from crawler.state.frontier import Frontier
    from crawler.state.outbox import Outbox
    from crawler.state.revisits import Revisits
    from crawler.state.sites import Sites

#: Sources of a date that are not the article's own page.
ANNOUNCED_DATES = frozenset({"feed", "sitemap"})
#: A warning that begins so tells of a further page of the article that could not be read.
PAGE_MISSING = "page_missing"
#: Warnings of the extraction about pages that say when they were asked for instead of when they were published.
DATED_NOW = frozenset({"date_is_download_time", "date_is_download_day"})
#: Seconds after the date that feed or sitemap give from which on the page's own means something else: pages that are
#: dated anew whenever they are asked for look so. (An offset that a site always has is its normal.)
DATE_DIFFERS = 6 * 3_600


@attrs.frozen(kw_only=True)
class Known:
    """What the state says of an article it holds."""

    id: str
    key: str
    url: str
    source: str
    domain: str
    headline: str
    cluster: str | None
    published: float | None
    """What the page says, where it gives a time of day; else when it was stored."""
    revision: int
    content_hash: str
    stored: float
    fetched: float
    """When the page of its newest revision was."""
    segment: str | None

    @property
    def is_waiting(self) -> bool:
        """Whether its newest line is not in a file yet."""
        return self.segment is None


class Articles:
    """The verbs on articles. Times are Unix seconds and always arguments."""

    def __init__(
        self,
        database: Database,
        *,
        frontier: Frontier,
        sites: Sites,
        copies: Copies,
        revisits: Revisits,
        outbox: Outbox,
    ) -> None:
        self._db = database
        self._frontier = frontier
        self._sites = sites
        self._copies = copies
        self._revisits = revisits
        self._outbox = outbox

    def by_key(self, key: str) -> Known | None:
        """Return the article with that identity key, by any of its names but those it only claims."""
        row = self._db.row(
            "SELECT * FROM article WHERE key = coalesce((SELECT key FROM article WHERE key = ?),"
            " (SELECT target FROM alias WHERE key = ? AND how != ?))",
            (key, key, CLAIMED),
        )
        return _known(row) if row else None

    def by_id(self, article: str) -> Known | None:
        """Return the article with that id."""
        row = self._db.row("SELECT * FROM article WHERE id = ?", (article,))
        return _known(row) if row else None

    def claiming(self, key: str) -> Known | None:
        """Return the article that claims *key* as its own address without having been seen there."""
        row = self._db.row(
            "SELECT article.* FROM alias JOIN article ON article.key = alias.target WHERE alias.key = ? AND how = ?",
            (key, CLAIMED),
        )
        return _known(row) if row else None

    def by_text(self, content_hash: str) -> list[Known]:
        """Return the articles whose pages gave exactly that text, first stored first."""
        rows = self._db.rows("SELECT * FROM article WHERE raw_hash = ? ORDER BY stored, id", (content_hash,))
        return [_known(row) for row in rows]

    def accept(
        self,
        article: Article,
        record: bytes,
        *,
        key: str,
        asked: str,
        aliases: dict[str, str],
        day: str,
        run: str,
        now: float,
    ) -> Known | None:
        """Save the article, its record and its names, and settle the address *asked* for: all or nothing.

        Returns None, or the article that already has this key; then nothing was changed. That another article only
        claims the key as its own address does not count: the deduplication has told the two apart.
        """
        syndication = article.syndication or {}
        with self._db.transaction():
            if known := self.by_key(key):
                return known
            self._frontier.drop_claim(key)
            self._db.execute(
                "INSERT INTO article (id, key, url, source, domain, headline, content_hash, raw_hash, cluster,"
                " copy_of, revision, stored, run, published, words, authors, language, dated, fetched)"
                " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    article.id, key, article.url, article.publisher.get("sourceId", ""),
                    article.publisher["domain"], article.headline, article.contentHash, article.contentHash,
                    syndication.get("clusterId"), syndication.get("copyOf"), article.revision, now, run,
                    items.moment(article.datePublished) or now, article.wordCount, len(article.authors),
                    article.inLanguage, self._dated(article, asked, now), _fetched(article, now),
                ),
            )  # fmt: skip
            self._add_revision(article, now)
            self._sites.add(article, record, day=day)
            self._schedule(article, now)
            self._copies.add(article, now=now)
            why = article.metadata.get("withheld")
            self._frontier.settle(
                asked, "stored", run=run, now=now, detail=f"without its text ({why})" if why else None
            )
            if key != asked and (self._frontier.state_of(key) or ("",))[0] == "pending":
                self._frontier.settle(key, "duplicate", run=run, now=now, reason="redirect", detail=f"of {article.url}")
            for alias, how in aliases.items():
                self._frontier.add_alias(alias, key, how, run=run, now=now)
        return None

    def revise(self, article: Article, record: bytes, *, asked: str | None, day: str, run: str, now: float) -> None:
        """Save a new revision of a stored article, with its record and the next look: all or nothing.

        *asked* is the key of the other address where it was found, if it was; that is settled as a duplicate.
        """
        detail = ", ".join(article.metadata.get("changed", ()))
        with self._db.transaction():
            self._db.execute(
                "UPDATE article SET headline = ?, content_hash = ?, raw_hash = ?, revision = ?, withdrawn = NULL,"
                " fetched = ?, segment = NULL, position = NULL WHERE id = ?",
                (
                    article.headline,
                    article.contentHash,
                    article.contentHash,
                    article.revision,
                    _fetched(article, now),
                    article.id,
                ),
            )
            self._add_revision(article, now)
            self._sites.add(article, record, day=day)
            key = urls.identity_key(article.url)
            for page in article.metadata.get("pages", ()):
                self._frontier.add_alias(urls.identity_key(page), key, "page", run=run, now=now)
            if asked:
                detail = f"{detail}; found at {article.requestedUrl}"
                told = f"of {article.url}, as its revision {article.revision}"
                self._frontier.settle(asked, "duplicate", run=run, now=now, reason="new_address", detail=told)
                self._frontier.add_alias(asked, key, "new_address", run=run, now=now)
            self._revisits.revised(article.id, validators=validators_of(article), run=run, now=now, detail=detail)
            if asked:  # its first address may go on showing the old text
                self._revisits.forget(article.id)

    def correct(self, article: Article, line: bytes, *, day: str, run: str, now: float) -> None:
        """Save a new revision whose *line* needs no more: its page is the same, what is known of its site has grown."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE article SET content_hash = ?, revision = ?, segment = NULL, position = NULL WHERE id = ?",
                (article.contentHash, article.revision, article.id),
            )
            self._add_revision(article, now)
            self._outbox.add(article.id, article.revision, day=day, line=line)
            self._db.execute(
                "INSERT INTO attempt SELECT key, ?, ?, 'corrected', 'site text taken out' FROM article WHERE id = ?",
                (now, run, article.id),
            )

    def _add_revision(self, article: Article, now: float) -> None:
        self._db.execute(
            "INSERT INTO revision (article, number, at, headline) VALUES (?, ?, ?, ?)",
            (article.id, article.revision, now, article.headline),
        )

    def _schedule(self, article: Article, now: float) -> None:
        self._revisits.schedule(
            article.id,
            article.publisher.get("sourceId", ""),
            published=items.moment(article.datePublished) or now,
            validators=validators_of(article),
            now=now,
        )

    def count(self, *, since: float) -> int:
        """Return how many articles were stored *since*."""
        row = self._db.row("SELECT count(*) FROM article WHERE stored >= ?", (since,))
        return int(row[0]) if row else 0

    def _dated(self, article: Article, asked: str, now: float) -> str:
        """Return how the article's date came about, one of health.DATED."""
        if not DATED_NOW.isdisjoint(article.metadata.get("warnings", ())):
            return "now"
        if article.datePublished is None:
            return "none"
        if article.metadata.get("fieldSources", {}).get("datePublished") in ANNOUNCED_DATES:
            return "announced"
        row = self._db.row("SELECT published FROM url WHERE key = ?", (asked,))
        announced, published = row["published"] if row else None, items.moment(article.datePublished)
        if announced is not None and published is not None and published > announced + DATE_DIFFERS:
            return "now"
        if "T" in article.datePublished:
            return "instant"
        return "now" if article.datePublished == items.zulu(now)[:10] else "day"


def _fetched(article: Article, now: float) -> float:
    return items.moment(article.metadata.get("dateDownloaded")) or now


def validators_of(article: Article) -> Validators:
    """Return what to ask an article's page with next time; nothing where the text is not, or not all, that page's."""
    is_one_page = "pages" not in article.metadata and not any(
        warning.startswith(PAGE_MISSING) for warning in article.metadata.get("warnings", ())
    )
    http = article.metadata.get("http", {}) if is_one_page else {}
    return Validators(etag=http.get("etag"), last_modified=http.get("lastModified"))


def _known(row: object) -> Known:
    values = dict(row)  # type: ignore[call-overload]  # sqlite3.Row is a mapping without saying so
    return Known(**{name: values[name] for name in attrs.fields_dict(Known)})
