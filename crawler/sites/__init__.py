"""Sites that need code: one small module each, named in explicit dicts. Most need none: most trouble is general.

A function of OVERRIDES gets the parsed page and the fields found so far, and returns those it knows better; None takes
a field out. The crawl and ``scrapy extract`` use it alike, and fieldSources says "override". Each has a page of its own
and the record expected of it among the tests (tests/outlets).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler import urls
from crawler.extraction import extract
from crawler.sites import apnews, moscowtimes, vk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.extraction import Hints, Override, Page
    from crawler.sites.own import OwnSite

#: Registrable domain to the function that knows its pages better; workers import it by its name.
OVERRIDES: Mapping[str, Override] = {
    "apnews.com": apnews.without_rules,
    "themoscowtimes.com": moscowtimes.without_appeal,
}

#: Registrable domain to what reads a site whose pages are no articles of the usual kind.
OWN: Mapping[str, OwnSite] = {"vk.com": vk.SITE}


def own_site(url: str) -> OwnSite | None:
    """Return the readers of the site that *url* lies on, if it has its own."""
    return OWN.get(urls.registrable_domain(url))


def read_page(body: bytes, url: str, encoding: str | None, hints: Hints) -> Page:
    """Return the page as its site's own reader reads it, or any reader with what is known of the site; never raises."""
    if site := own_site(url):
        return site.read_page(body, url, encoding, hints)
    override = OVERRIDES.get(urls.registrable_domain(url))
    return extract(body, url=url, encoding=encoding, hints=hints, override=override)
