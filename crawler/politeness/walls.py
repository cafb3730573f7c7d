"""Backs off from a site that puts walls where articles should be. Recognises none itself, and climbs none."""

from __future__ import annotations

from collections import Counter
from time import time
from typing import TYPE_CHECKING, cast

from crawler import urls
from crawler.politeness.backoff import PARKED, STRIKES
from crawler.state.manners import Rest

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.politeness.pace import PoliteDownloader

#: Reasons of pages that mean: not you, or not now. A subscription stub is none of them: the site's free articles stand
#: beside it, and nobody is kept out.
WALLS = frozenset({"challenge", "consent_wall", "login_wall"})


class Walls:
    """Counts the walls of each site since its last article; after STRIKES of them in a row the site is left alone."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._met: Counter[str] = Counter()

    def saw(self, url: str, reason: str | None) -> None:
        """Take note of what the page at *url* turned out to be: *reason* is why it is no article, None if it is one."""
        site = urls.registrable_domain(url)
        if reason is None:
            del self._met[site]
        elif reason in WALLS:
            self._met[site] += 1
            if self._met[site] == STRIKES:
                self._leave_alone(url, site, reason)

    def _leave_alone(self, url: str, site: str, reason: str) -> None:
        downloader = cast("PoliteDownloader", self._crawler.engine.downloader)
        detail = f"{urls.host(url)} showed {STRIKES} walls in a row, the last a {reason}"
        rest = Rest(site=site, until=time() + PARKED, strikes=STRIKES, reason="blocked", detail=detail, is_closed=True)
        downloader.rest(url, rest)
