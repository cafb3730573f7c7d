"""``scrapy crawl urls``: exactly the article pages that the operator names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.discovery import Link
from crawler.spiders.base import ArticleSpider, plan_inputs
from crawler.spiders.plan import PAGE_ARGUMENTS, Plan, plan_pages
from crawler.state.announcements import Finding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from scrapy import Request
    from scrapy.settings import BaseSettings


class UrlsSpider(ArticleSpider):
    """Fetches the addresses of -a url=URL,URL or -a file=FILE, whether any document announces them or not."""

    name = "urls"
    arguments = PAGE_ARGUMENTS

    @classmethod
    def plan_of(cls, settings: BaseSettings, arguments: Mapping[str, str]) -> Plan:
        """Return what the operator asked for; raises SourcesError."""
        return plan_pages(arguments, **plan_inputs(settings))

    async def start(self) -> AsyncIterator[Request]:
        """Announce the addresses; the first refill leases them."""
        self.crawler.stats.set_value("run/sources", tuple(self.sources))
        self.crawler.stats.set_value("run/mistakes", len(self.plan.mistakes))
        now = datetime.now(UTC).timestamp()
        for source, pages in self.plan.pages.items():
            found = [Finding(link=Link(url=url, method="seed")) for url in pages]
            self.state().frontier.announce(source, "command line", found, now=now)
        self.exhausted.clear()
        return
        yield
