"""Pace per site: all hosts of one registrable domain share one slot, whatever a request was redirected from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.settings import SETTINGS_PRIORITIES

from crawler import urls

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from crawler.sources import Source


class SiteSlots:
    """Sets the download slot anew on every pass, because a redirect would carry the first host's slot along."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:  # noqa: ARG003
        return cls()

    def process_request(self, request: Request) -> None:
        """Put the request into its site's slot."""
        request.meta["download_slot"] = urls.registrable_domain(request.url)


def delays(sources: Iterable[Source], settings: BaseSettings) -> dict[str, dict[str, float]]:
    """Return DOWNLOAD_SLOTS for sources that ask for a slower pace than DOWNLOAD_DELAY.

    A source only ever slows its site down; a DOWNLOAD_DELAY given on the command line is the operator's word.
    """
    if (settings.getpriority("DOWNLOAD_DELAY") or 0) >= SETTINGS_PRIORITIES["cmdline"]:
        return {}
    least = settings.getfloat("DOWNLOAD_DELAY")
    slots: dict[str, dict[str, float]] = {}
    for source in sources:
        for domain in source.domains if source.delay else ():
            slot = slots.setdefault(urls.registrable_domain(domain), {"delay": least})
            slot["delay"] = max(slot["delay"], source.delay or 0)
    return slots
