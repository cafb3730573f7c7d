"""Decides when an article was published and changed from what the page and its announcements say; has no clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crawler.extraction import datelines, dates, visible
from crawler.extraction.dates import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData
    from crawler.extraction.page import Hints

Claim = tuple[str, Moment]

#: Witnesses that far apart mean the same publication: a day and a time in another zone.
SAME_PUBLICATION = timedelta(hours=26)
#: Two notations of one instant differ by seconds at most.
SAME_INSTANT = timedelta(seconds=90)
#: Feed and page that far apart speak of different publications.
ONE_DAY = timedelta(days=1)
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
    published = _decide(list(_published(document, data, hints)), hints, warnings)
    modified = _decide(list(_modified(document, data, hints)), hints, warnings)
    found, sources = {}, {}
    for field, claim in (("datePublished", published), ("dateModified", modified)):
        if claim:
            sources[field], found[field] = claim[0], claim[1].iso()
    warnings.extend(_odd(published, modified, hints))
    return found, sources, list(dict.fromkeys(warnings))


def last_resort(document: Document, fields: dict[str, Any], hints: Hints) -> Claim | None:
    """Return the witness and the moment of publication where nothing machine-readable gives one, or None.

    The date the page shows its readers (``html``), else what htmldate finds in address and text (``htmldate``). A day
    that is the one of the last change does not count.
    """
    changed = str(fields.get("dateModified"))[:10]
    latest = hints.downloaded + dates.FUTURE_TOLERANCE if hints.downloaded else None
    for moment in datelines.published(document, fields.get("inLanguage")):
        if moment.at.date().isoformat() != changed and not (latest and moment.after(latest)):
            return "html", moment.within(hints.timezone)
    day = dates.parse(_found_by_htmldate(document, latest))
    return ("htmldate", day) if day and day.iso() != changed else None


def _found_by_htmldate(document: Document, latest: datetime | None) -> str | None:
    from htmldate import find_date

    from crawler.extraction.cascade import LIBRARY_ERRORS

    day = latest.date().isoformat() if latest else f"{dates.LAST_YEAR}-01-01"
    try:
        found = find_date(document.tree, extensive_search=False, original_date=True, url=document.url, max_date=day)
    except LIBRARY_ERRORS:
        return None
    return str(found) if found else None


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


def _decide(claims: Sequence[Claim], hints: Hints, warnings: list[str]) -> Claim | None:
    usable = [claim for claim in claims if not _is_download_time(claim[1], hints)]
    if len(usable) < len(claims):
        warnings.append("date_is_download_time")
    if not usable:
        return None
    source, best = _most_exact(usable)
    exact = best.within(hints.timezone)
    if exact is not best:
        warnings.append("timezone_assumed")
    elif best.precision == 1:
        warnings.append("timezone_unknown")
    return source, exact


def _is_download_time(moment: Moment, hints: Hints) -> bool:
    if not hints.downloaded or moment.precision < 2:
        return False
    return moment.distance(dates.instant(hints.downloaded)) <= SERVER_CLOCK


def _most_exact(claims: Sequence[Claim]) -> Claim:
    """Return the claim that says most about what the first one means; of two names of an instant the local one."""
    source, best = claims[0]
    for other_source, other in claims[1:]:
        more = other.precision > best.precision and other.distance(claims[0][1]) <= SAME_PUBLICATION
        if more or (best.is_utc and other.precision == 2 and not other.is_utc and other.distance(best) <= SAME_INSTANT):
            source, best = other_source, other
    return source, best


def _disagree(published: Claim, hints: Hints) -> bool:
    if not hints.published or published[0] in ("feed", "sitemap"):
        return False
    return published[1].distance(dates.instant(hints.published)) > ONE_DAY + (
        timedelta() if published[1].precision == 2 else SAME_PUBLICATION
    )


def doubts(moment: Moment, hints: Hints) -> list[str]:
    """Return warnings about a date of last resort: pages print today's date in their heads."""
    today = hints.downloaded and moment.at.date() == hints.downloaded.date()
    return ["date_is_download_day"] if today else []


def _odd(published: Claim | None, modified: Claim | None, hints: Hints) -> Iterator[str]:
    if published and published[0] in ("feed", "sitemap"):
        yield "date_from_feed"
    if published and _disagree(published, hints):
        yield "published_disagrees"
    for name, claim in (("published", published), ("modified", modified)):
        if claim and hints.downloaded and claim[1].after(hints.downloaded + dates.FUTURE_TOLERANCE):
            yield f"{name}_in_future"
    first, last = (claim[1].at if claim else None for claim in (published, modified))
    if first and last and first.tzinfo and last.tzinfo and first - last > ROUNDING:
        yield "modified_before_published"
