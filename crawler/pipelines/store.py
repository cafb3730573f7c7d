"""Saves the article in one transaction with its outcome; its line goes to a file once its site is known."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem
from scrapy.utils.asyncio import create_looping_call

from crawler import cleaning, endings, items, output, urls
from crawler.state import StorageError, state_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.utils.asyncio import AsyncioLoopingCall
    from twisted.internet.task import LoopingCall

    from crawler.items import Article

#: Seconds a line may wait for others to share its fsync.
PUBLISH_EVERY = 1.0


class Store:
    """The end of every article's way. A storage failure ends the run at once: nothing more could be promised."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._publishing: AsyncioLoopingCall | LoopingCall | None = None
        self._work: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        """Begin to publish."""
        self._publishing = create_looping_call(self._begin_to_publish)
        self._publishing.start(PUBLISH_EVERY, now=False)

    async def close_spider(self) -> None:
        """Publish what is left."""
        if self._publishing:
            self._publishing.stop()
        try:
            if self._work:
                await self._work
        finally:
            await self._publish(is_last=True)

    def process_item(self, item: Article) -> Article:
        """Accept the article; raises DropItem when it cannot be saved, and its address stays to be fetched again."""
        try:
            known = self._accept(item)
        except StorageError as error:
            raise DropItem(f"{item.url}: not saved: {error}", log_level="DEBUG") from error
        if known:
            raise DropItem(f"{item.url}: already stored as {known}", log_level="DEBUG")
        self._crawler.stats.inc_value("articles/stored" if item.revision == 1 else "articles/revised")
        return item

    def _accept(self, item: Article) -> str | None:
        """Return None, or the address of the article that another request stored a moment ago."""
        state, now = state_of(self._crawler), datetime.now(UTC)
        record, day = output.encode_article(items.record(item)), f"{now:%Y-%m-%d}"
        if item.revision > 1:
            state.articles.revise(
                item, record, asked=self._other_address(item, now), day=day, run=state.run, now=now.timestamp()
            )
            return None
        key = urls.identity_key(item.url)
        asked = state.frontier.admit(
            item.requestedUrl or item.url, source=item.publisher.get("sourceId", ""), now=now.timestamp()
        )
        aliases = {asked: "redirect"} if asked != key else {}
        if item.canonicalUrl:
            aliases.setdefault(urls.identity_key(item.canonicalUrl), "canonical")
        for page in item.metadata.get("pages", ()):
            aliases.setdefault(urls.identity_key(page), "page")
        known = state.articles.accept(
            item,
            record,
            key=key,
            asked=asked,
            aliases=aliases,
            day=day,
            run=state.run,
            now=now.timestamp(),
        )
        if known:
            detail = f"of {known.url}"
            state.frontier.settle(
                asked, "duplicate", run=state.run, now=now.timestamp(), reason="same_address", detail=detail
            )
        return known.url if known else None

    def _other_address(self, item: Article, now: datetime) -> str | None:
        """Return the key of the address where a revision was found, if it is not its article's own."""
        frontier = state_of(self._crawler).frontier
        if item.requestedUrl is None:
            return None
        asked = frontier.admit(item.requestedUrl, source=item.publisher.get("sourceId", ""), now=now.timestamp())
        is_new = frontier.state_of(asked) in (None, ("leased", None), ("pending", None))
        return asked if is_new else None

    def _begin_to_publish(self) -> None:
        if self._work and not self._work.done():
            return
        if self._work:
            self._work.result()  # raises what it failed with
        self._work = asyncio.get_running_loop().create_task(self._publish())

    async def _publish(self, *, is_last: bool = False) -> None:
        try:
            state = state_of(self._crawler)
        except KeyError:
            return  # the run ended before it had a state
        try:
            await cleaning.clean(state, now=datetime.now(UTC).timestamp(), is_last=is_last)
            sources = self._crawler.stats.get_value("run/correct", ())
            if is_last and sources:
                corrected = cleaning.correct(state, sources, now=datetime.now(UTC).timestamp())
                self._crawler.stats.inc_value("articles/corrected", corrected)
            output.publish(state)
        except StorageError as error:
            endings.end_early(self._crawler, "storage_failure", str(error))
