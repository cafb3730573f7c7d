"""Decides when an article was published and changed from what the page and its announcements say; has no clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.extraction import dates, visible
from crawler.extraction.dates import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData
    from crawler.extraction.page import Hints

Claim = tuple[str, Moment]

#: Witnesses that far apart mean the same publication: a day and a time in another zone.
SAME_PUBLICATION = timedelta(hours=26)
#: A page date this close to its download was written by the server's clock, not by an editor.
SERVER_CLOCK = timedelta(seconds=5)
#: Modified may lie this much before published without meaning anything: clocks and rounding.
ROUNDING = timedelta(minutes=10)

_PUBLISHED_OG = (
    "article:published_time",
    "article:published",
    "og:published_time",
    "og:article:published_time",
    "og:pubdate",
)
_PUBLISHED_META = (
    *(
        "parsely-pub-date",
        "sailthru.date",
        "dc.date.issued",
        "dcterms.date",
        "dcterms.created",
        "dc.date.created",
        "dc.date",
    ),
    *(
        "dcterms.issued",
        "datepublished",
        "date.published",
        "article.published",
        "publish-date",
        "publish_date",
        "publishdate",
    ),
    *(
        "pubdate",
        "publication_date",
        "article_date_original",
        "cxenseparse:recs:publishtime",
        "cxenseparse:publishtime",
    ),
    *("bt:pubdate", "originalpublicationdate", "citation_publication_date", "date", "published", "created"),
)
_MODIFIED_OG = ("article:modified_time", "article:modified", "og:updated_time", "og:modified_time")
_MODIFIED_META = (
    "dcterms.modified",
    "dc.date.modified",
    "datemodified",
    "last-modified",
    "lastmod",
    "article.updated",
    "revised",
)


def read(document: Document, data: LinkedData, hints: Hints) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return datePublished and dateModified as ISO 8601, the witness of each, and warnings.

    The first witness decides; a later one that means the same publication but says more (a time to a day, a zone to a
    local time) makes it exact. A modified date is never taken for the published one.
    """
    warnings: list[str] = []
    published = _decide(_published(document, data, hints), hints, warnings)
    modified = _decide(_modified(document, data, hints), hints, warnings)
    found, sources = {}, {}
    for field, claim in (("datePublished", published), ("dateModified", modified)):
        if claim:
            sources[field], found[field] = claim[0], claim[1].iso()
    warnings.extend(_odd(published, modified, hints))
    return found, sources, list(dict.fromkeys(warnings))


def last_resort(document: Document, fields: dict[str, str], downloaded: datetime | None) -> str | None:
    """Return the day htmldate finds in address and text (YYYY-MM-DD), or None; a modified day does not count."""
    from htmldate import find_date

    from crawler.extraction.text import LIBRARY_ERRORS

    latest = (downloaded + dates.FUTURE_TOLERANCE).date().isoformat() if downloaded else f"{dates.LAST_YEAR}-01-01"
    try:
        day = find_date(document.tree, extensive_search=False, original_date=True, url=document.url, max_date=latest)
    except LIBRARY_ERRORS:
        return None
    return day if day and day != str(fields.get("dateModified"))[:10] else None


def _published(document: Document, data: LinkedData, hints: Hints) -> Iterator[Claim]:
    yield from _claims("jsonld", _texts(data, "datePublished", "dateCreated", "uploadDate"))
    yield from _claims("opengraph", _metas(document, _PUBLISHED_OG))
    yield from _claims("meta", _metas(document, _PUBLISHED_META))
    yield from _claims("microdata", visible.itemprop(document, "datePublished"))
    yield from _claims("html", visible.times(document))
    if hints.published:
        yield ("sitemap" if "sitemap" in (hints.method or "") else "feed"), dates.instant(hints.published)


def _modified(document: Document, data: LinkedData, hints: Hints) -> Iterator[Claim]:
    yield from _claims("jsonld", _texts(data, "dateModified"))
    yield from _claims("opengraph", _metas(document, _MODIFIED_OG))
    yield from _claims("meta", _metas(document, _MODIFIED_META))
    yield from _claims("microdata", visible.itemprop(document, "dateModified"))
    yield from _claims("html", visible.modified_times(document))
    if hints.modified:
        yield ("sitemap" if "sitemap" in (hints.method or "") else "feed"), dates.instant(hints.modified)


def _texts(data: LinkedData, *keys: str) -> list[str]:
    nodes = (data.article, data.page)
    return [text for node in nodes for key in keys if (text := data.text(node, key))]


def _metas(document: Document, names: tuple[str, ...]) -> list[str]:
    return [value for name in names for value in document.meta.get(name, ())]


def _claims(source: str, values: Iterable[str]) -> Iterator[Claim]:
    return ((source, moment) for value in values if (moment := dates.parse(value)))


def _decide(claims: Iterable[Claim], hints: Hints, warnings: list[str]) -> Claim | None:
    usable = []
    for source, moment in claims:
        if (
            hints.downloaded
            and moment.precision == 2
            and moment.distance(dates.instant(hints.downloaded)) <= SERVER_CLOCK
        ):
            warnings.append("date_is_download_time")
        else:
            usable.append((source, moment))
    if not usable:
        return None
    first = usable[0][1]
    source, best = usable[0]
    for other_source, other in usable[1:]:
        if other.precision > best.precision and other.distance(first) <= SAME_PUBLICATION:
            source, best = other_source, other
    exact = best.within(hints.timezone)
    if exact is not best:
        warnings.append("timezone_assumed")
    elif best.precision == 1:
        warnings.append("timezone_unknown")
    return source, exact


def _odd(published: Claim | None, modified: Claim | None, hints: Hints) -> Iterator[str]:
    if published and published[0] in ("feed", "sitemap"):
        yield "date_from_feed"
    if published and hints.downloaded and published[1].after(hints.downloaded + dates.FUTURE_TOLERANCE):
        yield "published_in_future"
    first, last = (claim[1].at if claim else None for claim in (published, modified))
    if first and last and first.tzinfo and last.tzinfo and first - last > ROUNDING:
        yield "modified_before_published"
