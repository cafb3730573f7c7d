"""Knows an article again: the same address under another name, the same words at another address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
from scrapy.exceptions import DropItem

from crawler import identity, items, urls
from crawler.identity.syndication import agency_at, agency_of
from crawler.state import state_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from scrapy.crawler import Crawler

    from crawler.items import Article
    from crawler.state.articles import Known
    from crawler.state.copies import Likeness

#: Shorter texts are often what a site says instead of a story (a video, a gallery); they are the same story only if
#: their headlines agree too.
LEAST_WORDS = 60
#: Two addresses of one site tell one story, told anew, if so much of the shorter text is in the longer one: follow-ups
#: repeat less.
SAME_SITE = 0.8


class Deduplicate:
    """Drops an article that its own site has shown already; marks one that another site has shown.

    The same story on another site is news about that site, so it is kept and marked, unless DROP_COPIES is on.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._drop_copies = crawler.settings.getbool("DROP_COPIES")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Return the article, marked where it is a copy; raises DropItem and settles its address as duplicate."""
        item = _with_agency(item)
        if item.revision > 1:
            return item
        articles = state_of(self._crawler).articles
        key = urls.identity_key(item.url)
        if known := articles.by_key(key) or self._by_claim(item, key):
            self._drop(item, known, "same_address")
        same_text = articles.by_text(item.contentHash)
        for known in same_text:
            is_story = item.wordCount >= LEAST_WORDS or _agree(known.headline, item.headline)
            if is_story and known.domain == item.publisher["domain"]:
                self._drop(item, known, "same_text")
        alike = state_of(self._crawler).copies.like(item)
        if revision := self._at_new_address(item, alike):
            return revision
        copies = [known for known in same_text if known.domain != item.publisher["domain"]] or [
            known
            for found in alike
            if found.domain != item.publisher["domain"] and (known := articles.by_id(found.article))
        ]
        if not copies:
            return item
        original = self._original(item, copies)
        if self._drop_copies:
            self._drop(item, original, "copy")
        return _marked(item, original)

    def _at_new_address(self, item: Article, alike: Sequence[Likeness]) -> Article | None:
        """Return the new revision that *item* is of an article of its own site, if it tells the same story anew.

        Raises DropItem for one that tells nothing new, or that was there already when the other was fetched: what of
        several versions that are there at once is the last is a matter of the order in which they are read.
        """
        state = state_of(self._crawler)
        for found in alike:
            known = state.articles.by_id(found.article)
            if known is None or known.domain != item.publisher["domain"] or found.share < SAME_SITE:
                continue
            published = items.moment(item.dateModified) or items.moment(item.datePublished)
            is_later = published is not None and published > known.fetched
            if found.is_unchanged or known.is_waiting or not is_later:
                self._drop(item, known, "same_story")
            return attrs.evolve(
                item,
                id=known.id,
                url=known.url,
                requestedUrl=item.requestedUrl or item.url,
                revision=known.revision + 1,
                previousContentHash=known.content_hash,
                firstSeen=items.zulu(known.stored),
                metadata=item.metadata | {"changed": _changed(item, known)},
            )
        return None

    def _original(self, item: Article, copies: Sequence[Known]) -> Known:
        """Return the probable original among *copies*: the one that the page names, the agency's own, the earliest."""
        syndication = item.syndication or {}
        named = urls.identity_key(syndication["originalUrl"]) if "originalUrl" in syndication else None
        agency = syndication.get("agency")
        return min(
            copies,
            key=lambda known: (
                known.key != named,
                agency is None or agency_at(known.domain) != agency,
                known.published or 0,
            ),
        )

    def _by_claim(self, item: Article, key: str) -> Known | None:
        """Return the article that shares a canonical address with *item*; the headline must agree.

        Templates that name the home page, a section or the first story on every page are common, and any page may
        claim the address of another.
        """
        articles = state_of(self._crawler).articles
        own = urls.identity_key(item.canonicalUrl) if item.canonicalUrl else key
        claims = [articles.claiming(key)]
        if own != key:
            claims += [articles.by_key(own), articles.claiming(own)]
        return next((known for known in claims if known and _agree(known.headline, item.headline)), None)

    def _drop(self, item: Article, known: Known, reason: str) -> None:
        state, now = state_of(self._crawler), datetime.now(UTC).timestamp()
        asked = urls.identity_key(item.requestedUrl or item.url)
        with state.transaction():
            source = item.publisher.get("sourceId", "")
            key = state.frontier.admit(item.requestedUrl or item.url, source=source, now=now)
            if state.frontier.state_of(key) != ("stored", None):
                state.frontier.settle(key, "duplicate", run=state.run, now=now, reason=reason, detail=f"of {known.url}")
            for name in {asked, urls.identity_key(item.url)}:
                state.frontier.add_alias(name, known.key, reason, run=state.run, now=now)
        self._crawler.stats.inc_value("articles/duplicate")
        raise DropItem(f"{item.url}: {reason} as {known.url}", log_level="DEBUG")


def _agree(one: str, other: str) -> bool:
    """Whether two headlines are the same but for what one of them adds."""
    shorter, longer = sorted((identity.normalise(one), identity.normalise(other)), key=len)
    return bool(shorter) and f" {shorter} " in f" {longer} "


def _changed(item: Article, known: Known) -> list[str]:
    changed = ["headline"] if identity.normalise(item.headline) != identity.normalise(known.headline) else []
    return [*changed, "articleBody"]


def _with_agency(item: Article) -> Article:
    """Return the article with what it says itself of where it comes from: an agency, or a page of another site."""
    agency = agency_of([author["name"] for author in item.authors if "name" in author], item.credits)
    said = dict(item.syndication or {})
    if agency and agency != agency_at(item.publisher["domain"]):
        said.setdefault("agency", agency)
    return attrs.evolve(item, syndication={"clusterId": item.id} | said if said else None)


def _marked(item: Article, other: Known) -> Article:
    """Return the article as a member of the other's cluster: its copy, unless it is the original itself.

    What a page says of its original counts more than who was first; an agency's own site is the original.
    """
    said = item.syndication or {}
    syndication = said | {"clusterId": other.cluster or other.id}
    published = items.moment(item.datePublished)
    is_later = published is None or other.published is None or published >= other.published
    is_agency = agency_at(item.publisher["domain"]) is not None and agency_at(other.domain) is None
    is_named = urls.identity_key(said["originalUrl"]) == other.key if "originalUrl" in said else False
    is_agencys = "agency" in said and agency_at(other.domain) == said["agency"]
    if is_named or is_agencys or (is_later and not is_agency):
        syndication = {"originalUrl": other.url} | syndication | {"copyOf": other.id}
    return attrs.evolve(item, syndication=syndication)
