"""Between a response of a web archive and what the crawl makes of it; all of it can be done on another machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from scrapy import Request
from scrapy.http import HtmlResponse

from crawler import urls
from crawler.archive import CAPTURE, FETCHED
from crawler.sources import source_of
from crawler.spiders.records import hints_of, reading_of
from crawler.state.frontier import Lease

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from crawler.archive import Stored
    from crawler.extraction import Hints, Page
    from crawler.sources import Source
    from crawler.sources.index import SourceIndex


@attrs.frozen(kw_only=True)
class Wanted:
    """Whether a page may be what the operator asked for, as far as address and time tell."""

    hosts: Sequence[str]
    since: float | None
    match: re.Pattern[str] | None

    def __call__(self, url: str, fetched: datetime) -> bool:
        """Return the answer before the page is read."""
        host = urls.host(url)
        return (
            (not self.hosts or any(host == wanted or host.endswith(f".{wanted}") for wanted in self.hosts))
            and (self.since is None or fetched.timestamp() >= self.since)
            and (self.match is None or bool(self.match.search(url)))
        )


@attrs.frozen(kw_only=True)
class Reader:
    """Says how a response is read where nothing is known but the configured sources: in a task of a cluster."""

    sources: Mapping[str, Source]
    index: SourceIndex
    token: str
    """Our product token."""
    largest: int
    """Bytes of a page."""

    def __call__(self, stored: Stored) -> tuple[Hints, Callable[[], Page]] | None:
        """Return what is known of the page and the call that reads it; None where it is not to be read."""
        final, asked = addresses_of(stored)
        if not final or not asked or not is_page(stored) or stored.size > self.largest:
            return None
        known = self.sources.get(str(stored.facts.get("source"))) or self.index.find(final)
        source = known or source_of(urls.join(final, "/") or final)
        response = response_of("", stored)
        hints = hints_of(told_by(stored, unknown(asked)), source, response, stored.fetched, self.token)
        return hints, reading_of(response, hints)


def unknown(url: str) -> Lease:
    """Return an address of which nothing is known but that an archive has it."""
    return Lease(
        key=urls.identity_key(url), url=url, source="", method="warc", document=None, title=None, published=None,
        modified=None, language=None, tries=1,
    )  # fmt: skip


def addresses_of(stored: Stored) -> tuple[str | None, str | None]:
    """Return the page's address and the one that was asked for, None where they are no web addresses."""
    return urls.fetch_form(stored.url), urls.fetch_form(str(stored.facts.get("url") or stored.url))


def is_page(stored: Stored) -> bool:
    """Whether the response may be an article's page: a success, and text or of unknown kind."""
    kind = next((value for name, value in stored.headers if name.lower() == "content-type"), "")
    return 200 <= stored.status < 300 and (not kind or "html" in kind.lower())


def response_of(file: str, stored: Stored) -> HtmlResponse:
    """Return the response as a fetch would have given it; *file* is the archive's name."""
    meta = {FETCHED: stored.fetched, CAPTURE: {"file": file, "offset": stored.offset}}
    headers: dict[str, list[str]] = {}
    for name, value in stored.headers:
        headers.setdefault(name, []).append(value)
    return HtmlResponse(
        stored.url, status=stored.status, headers=headers, body=stored.body, request=Request(stored.url, meta=meta)
    )


def told_by(stored: Stored, lease: Lease) -> Lease:
    """Return the lease with what the crawl that fetched the page knew of it, where the archive says."""
    facts = stored.facts
    if not facts:
        return lease
    return attrs.evolve(
        lease,
        method=_text(facts.get("method")) or lease.method,
        document=_text(facts.get("document")) or lease.document,
        title=_text(facts.get("title")),
        published=_number(facts.get("published")),
        modified=_number(facts.get("modified")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
