"""Knows an article again: the same address under another name, the same words at another address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
from scrapy.exceptions import DropItem

from crawler import identity, items, urls
from crawler.state import state_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from crawler.items import Article
    from crawler.state.articles import Known
#: Shorter texts are often what a site says instead of a story (a video, a gallery); they are the same story only if
#: their headlines agree too.
LEAST_WORDS = 60


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
        if item.revision > 1:
            return item
        articles = state_of(self._crawler).articles
        if known := articles.by_key(urls.identity_key(item.url)) or self._by_claim(item):
            self._drop(item, known, "same_address")
        same_text = articles.by_text(item.contentHash)
        for known in same_text:
            is_story = item.wordCount >= LEAST_WORDS or _agree(known.headline, item.headline)
            if is_story and known.domain == item.publisher["domain"]:
                self._drop(item, known, "same_text")
        copies = [known for known in same_text if known.domain != item.publisher["domain"]] or self._elsewhere(item)
        if not copies:
            return item
        original = min(copies, key=lambda known: known.published or 0)
        if self._drop_copies:
            self._drop(item, original, "copy")
        return _marked(item, original)

    def _elsewhere(self, item: Article) -> list[Known]:
        """Return the articles of other sites that tell the same story in the same words, abridged or extended."""
        state = state_of(self._crawler)
        own = state.copies.sketch_of(item)
        ids = state.copies.elsewhere(own, item.publisher["domain"]) if own else []
        return [known for name in ids if (known := state.articles.by_id(name))]

    def _by_claim(self, item: Article) -> Known | None:
        """Return the article that shares a canonical address with *item*; the headline must agree.

        Templates that name the home page, a section or the first story on every page are common, and any page may
        claim the address of another.
        """
        articles, key = state_of(self._crawler).articles, urls.identity_key(item.url)
        own = urls.identity_key(item.canonicalUrl) if item.canonicalUrl else key
        claims = (articles.claiming(key), articles.by_key(own), articles.claiming(own))
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


def _marked(item: Article, other: Known) -> Article:
    """Return the article as a member of the other's cluster: its copy, unless it was published first."""
    syndication = {"clusterId": other.cluster or other.id}
    published = items.moment(item.datePublished)
    if published is None or other.published is None or published >= other.published:
        syndication |= {"copyOf": other.id, "originalUrl": other.url}
    return attrs.evolve(item, syndication=syndication)
