"""The record: one article as one JSON object. Names are schema.org's; this module knows nothing of how it was made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs

SCHEMA_VERSION = "1.0"

#: What a field of the record may hold: JSON values only, so that a record can be written as it is.
Json = dict[str, Any]


@attrs.frozen(kw_only=True)
class Article:
    """One article as it is written to JSON Lines: fields in this order, absent where the page does not say.

    ``None`` and empty sequences mean "the page does not say" and are left out of the record. Attribute names are
    the record's own keys, so there is one name for one thing; ``record.schema.json`` describes the same shape.
    """

    id: str
    """First 32 hex digits of the SHA-256 of the identity key: the same over runs and revisions."""
    url: str
    """The final address, after redirects."""
    requestedUrl: str | None = None
    """The address that was asked for, where it differs."""
    canonicalUrl: str | None = None
    """The page's own claim; only where it lies on the same registrable domain."""
    type: str = "NewsArticle"
    """schema.org type."""
    headline: str
    """The headline without the site's suffix."""
    alternativeHeadline: str | None = None
    """Another headline of the page: a subheadline, or the feed's title where it differs."""
    description: str | None = None
    """The page's own summary."""
    articleBody: str | None
    """Main text; blocks are separated by one newline. Absent only where metadata.withheld says why."""
    wordCount: int
    """Words of articleBody; in scripts without spaces, half the letters."""
    authors: list[Json] = attrs.field(factory=list)
    """``{name, url?}`` each: people or organisations, one per entry."""
    datePublished: str | None = None
    """ISO 8601 with offset, or YYYY-MM-DD where the page gives only a day. Never filled from a modified date."""
    dateModified: str | None = None
    """As datePublished."""
    inLanguage: str | None = None
    """BCP 47."""
    articleSection: list[str] = attrs.field(factory=list)
    """Sections, outermost first."""
    keywords: list[str] = attrs.field(factory=list)
    """The page's own keywords, in its order."""
    mainImage: Json | None = None
    """``{url, caption?, credit?}``."""
    publisher: Json
    """``{name, domain, sourceId}``."""
    isAccessibleForFree: bool | None = None
    """Only where the page says."""
    boilerplate: list[str] = attrs.field(factory=list)
    """What the site-boilerplate step took out of the text."""
    credits: list[str] = attrs.field(factory=list)
    """Lines such as "The Associated Press contributed to this report"."""
    syndication: Json | None = None
    """``{clusterId, copyOf?, originalUrl?, agency?}``: the same story elsewhere."""
    revision: int = 1
    """1 = first seen."""
    previousContentHash: str | None = None
    """contentHash of the revision before."""
    contentHash: str
    """SHA-256 (hex) of the normalised text."""
    firstSeen: str
    """ISO 8601 with Z: when this article was first stored."""
    usageInfo: Json | None = None
    """Raw reservation signals, each with its source."""
    metadata: Json
    """schemaVersion, dateDownloaded, runId, extractor, probability, discovery, http, fieldSources, warnings."""


def record(article: Article) -> Json:
    """Return the JSON object of *article*: keys in record order, fields that say nothing left out."""
    return in_order(attrs.asdict(article, recurse=False))


def in_order(values: Json) -> Json:
    """Return a record's *values* in record order, without those that say nothing."""
    return {key: values[key] for key in KEYS if values.get(key) is not None and values[key] not in ([], {})}


def moment(text: str | None) -> float | None:
    """Return a record's date as Unix seconds, a bare day as its beginning in UTC; None of None."""
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def zulu(unix: float) -> str:
    """Return Unix seconds as the record writes its own times: ISO 8601 in UTC, to the second, with Z."""
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


#: The keys of a record, in their order.
KEYS = tuple(field.name for field in attrs.fields(Article))
