"""Knows an article again: the same address under another name, the same text at another address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
from scrapy.exceptions import DropItem

from crawler import urls
from crawler.state import state_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from crawler.items import Article
    from crawler.state.articles import Known


class Deduplicate:
    """Drops an article that its own site has shown already; marks one that another site has shown.

    The same text on another site is news about that site, so it is kept and marked, unless DROP_COPIES is on.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._drop_copies = crawler.settings.getbool("DROP_COPIES")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Return the article, marked where it is a copy; raises DropItem and settles its address as duplicate."""
        articles = state_of(self._crawler).articles
        known = articles.by_key(urls.identity_key(item.url))
        if known is None and item.canonicalUrl:
            known = articles.by_key(urls.identity_key(item.canonicalUrl))
        if known:
            self._drop(item, known, "same_address")
        copies = articles.by_text(item.contentHash)
        if not copies:
            return item
        for copy in copies:
            if copy.domain == item.publisher["domain"] or self._drop_copies:
                self._drop(item, copy, "same_text")
        return _marked(item, copies[0])

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


def _marked(item: Article, original: Known) -> Article:
    cluster = original.cluster or original.id
    return attrs.evolve(item, syndication={"clusterId": cluster, "copyOf": original.id, "originalUrl": original.url})
