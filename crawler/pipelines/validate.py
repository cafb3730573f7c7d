"""Makes every item a complete record, or refuses it by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
from itemadapter import ItemAdapter
from scrapy.exceptions import DropItem

from crawler import identity, items, output, urls
from crawler.items import Article
from crawler.state import state_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

REQUIRED = ("url", "headline", "articleBody")


class Validate:
    """Takes an Article or a dict of the record's keys; what only a crawl knows is filled in, what lacks is named."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Any) -> Article:
        """Return the item as an Article; raises DropItem and settles its address as rejected."""
        if isinstance(item, Article):
            return item
        values = {key: value for key, value in ItemAdapter(item).asdict().items() if value not in (None, "", [], {})}
        problem = _problem(values)
        if problem:
            self._refuse(values, problem)
        return _article(values, run=state_of(self._crawler).run, spider=self._crawler.spidercls.name)

    def _refuse(self, values: dict[str, Any], problem: str) -> None:
        url = urls.fetch_form(str(values.get("url", "")))
        if url:
            frontier, now = state_of(self._crawler).frontier, datetime.now(UTC).timestamp()
            key = frontier.admit(url, source=urls.source_id(url), now=now)
            run = state_of(self._crawler).run
            frontier.settle(key, "rejected", run=run, now=now, reason="invalid_item", detail=problem)
        self._crawler.stats.inc_value("articles/invalid")
        raise DropItem(f"{values.get('url', 'item without url')}: {problem}", log_level="WARNING")


def _problem(values: dict[str, Any]) -> str | None:
    for key in REQUIRED:
        if not isinstance(values.get(key), str):
            return f"{key}: expected a text, got {values.get(key)!r:.80}"
    unknown = values.keys() - attrs.fields_dict(Article).keys()
    if unknown:
        return f"{', '.join(sorted(unknown))}: expected keys of the record"
    for key in ("publisher", "metadata"):
        if not isinstance(values.get(key, {}), dict):
            return f"{key}: expected an object, got {values[key]!r:.80}"
    try:
        output.encode(values)
    except (TypeError, ValueError, RecursionError) as error:
        return f"expected values that JSON can hold: {error}"
    for key in ("datePublished", "dateModified"):
        try:
            items.moment(values.get(key))
        except (TypeError, ValueError):
            return f"{key}: expected ISO 8601, got {values[key]!r:.80}"
    return None if urls.fetch_form(values["url"]) else f"url: expected a web address, got {values['url']!r:.200}"


def _article(values: dict[str, Any], *, run: str, spider: str) -> Article:
    """Return an Article of what a spider gave; the keys that follow from text and address are always our own."""
    url, body = urls.fetch_form(values["url"]) or "", values["articleBody"]
    now = items.zulu(datetime.now(UTC).timestamp())
    metadata = {
        "schemaVersion": items.SCHEMA_VERSION,
        "dateDownloaded": now,
        "runId": run,
        "discovery": {"method": "spider", "document": spider},
    }
    derived: dict[str, Any] = {
        "id": urls.article_id(urls.identity_key(url)),
        "wordCount": identity.word_count(body),
        "contentHash": identity.content_hash(body),
        "firstSeen": now,
        "revision": 1,
        "previousContentHash": None,
        "syndication": None,
    }
    publisher = {"domain": urls.registrable_domain(url), "sourceId": urls.source_id(url)}
    publisher |= {key: value for key, value in values.get("publisher", {}).items() if value and isinstance(value, str)}
    nested = {"publisher": publisher, "metadata": metadata | values.get("metadata", {})}
    return Article(**values | derived | nested | {"url": url})
