"""Keeps only the metadata of an article whose page or site withholds its text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs

from crawler.extraction.terms import withheld

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from crawler.items import Article


class Withhold:
    """Takes the text out where it may not be kept, and says why in ``metadata.withheld``.

    Comes after the duplicates have been found, by the whole text, and before anything of it is stored.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._token = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._respect = frozenset(crawler.settings.getlist("RESPECT_USAGE"))
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Return the article, without its text where that is withheld."""
        why = withheld(item.usageInfo or {}, token=self._token, respect=self._respect, now=datetime.now(UTC))
        if why is None:
            return item
        self._stats.inc_value("articles/withheld")
        kept = {key: value for key, value in item.metadata.items() if key != "liveBlogUpdates"}
        return attrs.evolve(item, articleBody=None, boilerplate=[], credits=[], metadata=kept | {"withheld": why})
