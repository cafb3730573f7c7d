"""Between a response and a record: what the crawl knows goes in as hints, what the page says comes out."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from w3lib.encoding import http_content_type_encoding

from crawler import items, urls
from crawler.archive import CAPTURE, FETCHED
from crawler.browser import RENDERED
from crawler.extraction import Hints, Page, extractor
from crawler.items import Article
from crawler.politeness.rights import SITE_USAGE
from crawler.sites import own_site, read_page
from crawler.sources.filters import section_names
from crawler.state.documents import Validators

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapy.http import Response

    from crawler.sources import Source
    from crawler.state.frontier import Lease

#: Response headers with usage preferences: TDMRep, AIPREF, Content-Signal, RSL.
PREFERENCES = ("tdm-reservation", "tdm-policy", "content-usage", "content-signal", "link")


def hints_of(lease: Lease, source: Source, response: Response, now: datetime, token: str) -> Hints:
    """Return what is known of the page from outside: its announcement, its source, its headers, its site's terms."""
    headers = {name: value for name in PREFERENCES if (value := _joined(response, name))}
    return Hints(
        title=lease.title,
        published=_moment(lease.published),
        modified=_moment(lease.modified),
        language=source.language,
        timezone=source.timezone,
        site_name=source.name,
        downloaded=now,
        method=lease.method,
        robots_tag=robots_tag_of(response),
        headers=headers,
        site_usage=response.meta.get(SITE_USAGE, ()),
        token=token,
    )


def reading_of(response: Response, hints: Hints) -> Callable[[], Page]:
    """Return the call that reads the page, to be made in a worker."""
    return partial(read_page, response.body, response.url, charset_of(response), hints)


def robots_tag_of(response: Response) -> tuple[str, ...]:
    """Return the values of the X-Robots-Tag headers."""
    return tuple(value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag"))


def sections_of(page: Page) -> frozenset[str]:
    """Return the names of what the page says it is about, as filters compare them."""
    return section_names([*page.fields.get("articleSection", ()), *page.fields.get("keywords", ())])


def charset_of(response: Response) -> str | None:
    """Return the charset of the Content-Type header, None where the server names none."""
    return http_content_type_encoding(_header(response, "Content-Type"))


def validators_of(response: Response) -> Validators:
    """Return what the server wants to be told next time, verbatim."""
    return Validators(etag=_header(response, "ETag"), last_modified=_header(response, "Last-Modified"))


def article_of(
    page: Page,
    lease: Lease,
    source: Source,
    response: Response,
    *,
    run: str,
    now: datetime,
    unverified: Sequence[str] = (),
    pages: Sequence[str] = (),
) -> Article:
    """Return the record of *page*; *pages* are the addresses of its further pages.

    *unverified* are the domains whose certificates were not checked.
    """
    site = own_site(lease.url)
    # Where a site's own interface gave the article, its address is still that of the page that readers see.
    is_answer = site is not None and urls.host(response.url) == urls.host(site.api)
    url = lease.url if is_answer else urls.fetch_form(response.url) or lease.url
    fields = {key: value for key, value in page.fields.items() if key != "publisher"}
    publisher = page.fields.get("publisher", {}) | {"domain": urls.registrable_domain(url), "sourceId": source.id}
    if source.name:
        publisher["name"] = source.name
    stamp = items.zulu(now.timestamp())
    return Article(
        **fields,
        id=urls.article_id(urls.identity_key(url)),
        url=url,
        requestedUrl=lease.url if lease.url != url else None,
        publisher={key: publisher[key] for key in ("name", "domain", "sourceId") if key in publisher},
        firstSeen=stamp,
        metadata=_stated(
            {
                "schemaVersion": items.SCHEMA_VERSION,
                "dateDownloaded": stamp,
                "runId": run,
                "extractor": extractor(),
                "probability": round(page.probability, 3),
                "discovery": _discovery(lease),
                "http": _http(response, unverified),
                "archive": response.meta.get(CAPTURE),
                "fieldSources": page.sources,
                "pages": list(pages),
                "liveBlogUpdates": list(page.updates),
                "warnings": list(page.warnings),
            }
        ),
    )


def fetched_at(response: Response) -> datetime:
    """Return when the page was fetched, where an archive says, or now: it has only just come."""
    moment: datetime = response.meta.get(FETCHED) or datetime.now(UTC)
    return moment


def facts_of(lease: Lease) -> dict[str, Any]:
    """Return what an archive keeps beside the response, so that the same record can be made of it again."""
    names = ("url", "source", "method", "document", "title", "published", "modified", "language")
    return _stated({name: getattr(lease, name) for name in names})


def _discovery(lease: Lease) -> dict[str, Any]:
    return _stated(
        {
            "method": lease.method,
            "document": lease.document,
            "title": lease.title,
            "lastmod": items.zulu(lease.modified) if lease.modified is not None else None,
        }
    )


def _http(response: Response, unverified: Sequence[str]) -> dict[str, Any]:
    is_unverified = response.url.startswith("https:") and urls.in_scope(response.url, unverified)
    return _stated(
        {
            "status": response.status,
            "tlsVerified": False if is_unverified else None,
            "rendered": response.meta.get(RENDERED),
            "etag": _header(response, "ETag"),
            "lastModified": _header(response, "Last-Modified"),
        }
    )


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _joined(response: Response, name: str) -> str | None:
    """Return all values of a header as one (RFC 9110 §5.3)."""
    return ", ".join(value.decode("latin-1") for value in response.headers.getlist(name)) or None


def _moment(unix: float | None) -> datetime | None:
    return datetime.fromtimestamp(unix, UTC) if unix is not None else None


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, [], {})}
