"""Takes site text out of waiting articles, once their site is known well enough, and freezes their lines.

An article waits because the first articles of a site cannot show what recurs: the twentieth can, and then all of them
come out clean. A line that is frozen never changes again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crawler import identity, items, output
from crawler.identity.boilerplate import SiteText, learn, strip

if TYPE_CHECKING:
    from crawler.state import CrawlState
    from crawler.state.sites import Site

#: Articles of a site from which on it is known well enough.
KNOWN = 20
#: New articles after which it is learned again: once a batch, as learning compares all kept texts.
AGAIN = 10


def clean(state: CrawlState, *, now: float, is_last: bool = False) -> int:
    """Freeze the lines of the articles whose site is known, or of all if no more will come, and return how many.

    Raises StorageError.
    """
    count = 0
    for site in state.sites.with_waiting():
        if is_last or site.articles >= KNOWN:
            count += _clean_site(state, site, now=now)
    return count


def _clean_site(state: CrawlState, site: Site, *, now: float) -> int:
    known = _known(state, site, now=now)
    waiting = state.sites.waiting(site.id)
    with state.transaction():
        for article in waiting:
            record = without_site_text(json.loads(article.record), known)
            state.sites.freeze(article, output.encode_article(record), content_hash=record["contentHash"])
    return len(waiting)


def _known(state: CrawlState, site: Site, *, now: float) -> SiteText:
    """Return what is known of the site's text, learned again if enough has come since."""
    if site.learned and site.articles - site.learned < AGAIN:
        return state.sites.known(site.id)
    state.sites.learn(site, learn(state.sites.texts(site.id)), now=now)
    return state.sites.known(site.id)


def without_site_text(record: dict[str, Any], known: SiteText) -> dict[str, Any]:
    """Return the record with site text moved to ``boilerplate``; keys keep the record's order."""
    stripped = strip(record["articleBody"], known)
    changed: dict[str, Any] = {}
    if stripped.taken:
        changed = {
            "articleBody": stripped.body,
            "wordCount": identity.word_count(stripped.body),
            "contentHash": identity.content_hash(stripped.body),
            "boilerplate": list(stripped.taken),
        }
    if stripped.is_thin:
        warnings = [*record["metadata"].get("warnings", ()), "mostly_site_text"]
        changed["metadata"] = record["metadata"] | {"warnings": warnings}
    return items.in_order(record | changed)
