"""Fetches leased addresses and makes records of them: what every spider of articles does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from scrapy import Request

from crawler import items, urls
from crawler.archive import FACTS
from crawler.browser import UNFINISHED, Browser, NotRendered
from crawler.discovery import Link
from crawler.discovery.pages import continuation
from crawler.endings import Stopped
from crawler.extraction import Page, join_pages
from crawler.politeness.logins import LOGGED_IN, SOURCE
from crawler.politeness.scope import SCOPE
from crawler.politeness.walls import Walls
from crawler.sites import own_site
from crawler.sources.filters import is_in
from crawler.spiders.failures import LOCKED, PENDING, Outcome, of_page, outcome_of, pause
from crawler.spiders.leasing import LeasingSpider
from crawler.spiders.records import article_of, facts_of, fetched_at, hints_of, reading_of, sections_of
from crawler.state.announcements import Finding
from crawler.workers import WorkerFailure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Self

    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.extraction import Hints
    from crawler.items import Article
    from crawler.sites.own import OwnSite
    from crawler.sources import Source
    from crawler.state.frontier import Lease


#: Reasons of pages that have no text yet.
UNBUILT = frozenset({"needs_browser", "no_text", "too_short"})


@attrs.frozen(kw_only=True)
class Reading:
    """The pages of one article read so far."""

    lease: Lease
    response: Response
    """Of the first page: the one whose address and headers count."""
    page: Page
    following: tuple[Page, ...] = ()
    addresses: tuple[str, ...] = ()

    def joined(self) -> Page:
        """Return the article as one page."""
        return join_pages(self.page, self.following) if self.following else self.page

    def continues_at(self) -> str | None:
        """Return the address of the page that continues the article after the last one read, if it has one."""
        last = self.following[-1] if self.following else self.page
        address = urls.fetch_form(last.next_url) if last.next_url else None
        if not address or address in {self.response.url, *self.addresses}:
            return None
        return address if continuation(self.end(), address) else None

    def with_page(self, page: Page, address: str) -> Self:
        """Return the reading with one more page."""
        return attrs.evolve(self, following=(*self.following, page), addresses=(*self.addresses, address))

    def end(self) -> str:
        """Return the address of the last page read."""
        return self.addresses[-1] if self.addresses else self.response.url


class ArticleSpider(LeasingSpider):
    """Fetches leased addresses, reads them in a worker, and settles or yields each."""

    def begin(self) -> None:
        """Set up what a run needs; nothing is fetched yet."""
        super().begin()
        self.walls = Walls(self.crawler)
        self.browser = Browser(self.crawler)

    def article_request(self, lease: Lease) -> Request:
        """Return the request for a leased address."""
        site = self.through_api(self.sources[lease.source])
        url = (site.page(lease.url) if site else None) or lease.url
        return self._page_request(url, lease, self.article, self.article_failed, {"lease": lease})

    def through_api(self, source: Source) -> OwnSite | None:
        """Return the source's site if its own interface is used, because the operator has a key to it."""
        site = own_site(source.home)
        return site if site and any(feed.startswith(f"{site.api}/") for feed in source.feeds) else None

    async def article(self, response: Response, lease: Lease) -> AsyncIterator[Request | Article]:
        """Read the page; a further page of the same article is fetched first, all else settles the address."""
        page = await self._read(response, lease)
        if page is None or self._is_refused(page, lease) or self._is_postponed(page, lease):
            return
        reading = Reading(lease=lease, response=response, page=page)
        async for result in self._finish(reading):
            yield result

    async def next_page(self, response: Response, reading: Reading) -> AsyncIterator[Request | Article]:
        """Read a further page of an article."""
        if not continuation(reading.end(), response.url):
            yield self._incomplete(reading, "redirected")  # to a page of its own, which is another article
            return
        try:
            page = await self._extract(response, reading.lease)
        except WorkerFailure as failure:
            yield self._incomplete(reading, failure.reason)
            return
        if "articleBody" not in page.fields:
            yield self._incomplete(reading, page.reason or "no_text")
            return
        async for result in self._finish(reading.with_page(page, response.url)):
            yield result

    def article_failed(self, failure: Failure) -> None:
        """Settle an address whose request failed."""
        lease: Lease = failure.request.cb_kwargs["lease"]  # type: ignore[attr-defined]
        if isinstance(failure.value, Stopped):
            return  # it stays leased, and the end of the run returns it to pending
        self.settle(lease, outcome_of(failure, tries=lease.tries, stats=self.crawler.stats))

    def next_page_failed(self, failure: Failure) -> Article | None:
        """Keep the article without the page that could not be fetched, and say so, unless it need only wait for it."""
        reading: Reading = failure.request.cb_kwargs["reading"]  # type: ignore[attr-defined]
        if isinstance(failure.value, Stopped):
            return None
        outcome = outcome_of(failure, tries=reading.lease.tries, stats=self.crawler.stats)
        if outcome.state == PENDING:
            self.settle(reading.lease, outcome)
            return None
        return self._incomplete(reading, outcome.reason)

    def erred(self, request: Request, error: BaseException) -> None:
        """Settle an address whose page our own code failed on, so that it is tried again more and more rarely."""
        reading: Reading | None = request.cb_kwargs.get("reading")
        lease: Lease | None = reading.lease if reading else request.cb_kwargs.get("lease")
        if lease and self.state().frontier.state_of(lease.key) == ("leased", None):
            detail = f"{type(error).__name__}: {error}"
            self.settle(lease, Outcome(state="failed", reason="our_bug", detail=detail, retry_in=pause(lease.tries)))

    def settle(self, lease: Lease, outcome: Outcome) -> None:
        """Give a leased address its outcome and make room for the next."""
        now, frontier = _now().timestamp(), self.state().frontier
        retry_at = now + outcome.retry_in if outcome.retry_in is not None else None
        said = {"reason": outcome.reason, "detail": outcome.detail}
        if outcome.state == PENDING and retry_at is not None:
            frontier.hold(lease.key, until=retry_at, **said)
            if outcome.covers:
                frontier.hold_others(lease.source, outcome.covers, until=retry_at, **said)
        else:
            frontier.settle(lease.key, outcome.state, run=self.state().run, now=now, retry_at=retry_at, **said)
        if outcome.was_free:
            self.taken[lease.source] -= 1
        if outcome.reason in LOCKED:
            self.locked.add(lease.source)
        self._close(lease)

    async def _finish(self, reading: Reading) -> AsyncIterator[Request | Article]:
        if address := self._next_address(reading):
            values = {"reading": reading}
            yield self._page_request(address, reading.lease, self.next_page, self.next_page_failed, values)
        else:
            yield self._item(reading)

    def _next_address(self, reading: Reading) -> str | None:
        """Return the address of the page to be read next, None where the article or our patience ends."""
        is_room = len(reading.addresses) + 1 < self.crawler.settings.getint("ARTICLE_PAGES")
        return reading.continues_at() if is_room else None

    def _is_postponed(self, page: Page, lease: Lease) -> bool:
        """Leave an article that the operator's filters do not want pending for another run."""
        language = str(page.fields.get("inLanguage", "")).partition("-")[0].lower() or None
        published = items.moment(page.fields.get("datePublished"))
        is_other = bool(self.plan.language and language and language != self.plan.language)
        is_old = bool(self.plan.since and published and published < self.plan.since)
        is_later = bool(self.plan.until and published and published > self.plan.until)
        sections = sections_of(page)
        is_elsewhere = bool(self.plan.sections) and not is_in(self.plan.sections, sections or None, lease.url)
        is_postponed = is_other or is_old or is_later or is_elsewhere
        if is_postponed:
            self.state().frontier.postpone(lease.key, published=published, language=language, sections=sections)
            self._close(lease)
        return is_postponed

    def _is_refused(self, page: Page, lease: Lease) -> bool:
        """Settle an article that its source's own filter does not want, by what its page says."""
        only = self.sources[lease.source].only
        refusal = only and only.refuses(
            lease.url,
            language=page.fields.get("inLanguage"),
            sections=sections_of(page),
            moment=items.moment(page.fields.get("datePublished")),
            now=_now().timestamp(),
        )
        if refusal:
            self.settle(lease, Outcome(state="rejected", reason="filtered", detail=refusal))
        return bool(refusal)

    def _item(self, reading: Reading) -> Article:
        return article_of(
            reading.joined(),
            reading.lease,
            self.sources[reading.lease.source],
            reading.response,
            run=self.state().run,
            now=fetched_at(reading.response),
            unverified=self.crawler.settings.getlist("TLS_UNVERIFIED"),
            pages=reading.addresses,
        )

    def _incomplete(self, reading: Reading, reason: str) -> Article:
        page = attrs.evolve(reading.page, warnings=(*reading.page.warnings, f"page_missing: {reason}"))
        return self._item(attrs.evolve(reading, page=page))

    async def _read(self, response: Response, lease: Lease) -> Page | None:
        """Return the page if it is an article; settle its address if it is none."""
        try:
            page = await self._extract(response, lease)
        except WorkerFailure as failure:
            self.settle(
                lease,
                Outcome(state="failed", reason=failure.reason, detail=failure.detail, retry_in=pause(lease.tries)),
            )
            return None
        self.walls.saw(response.url, page.reason)
        if page.reason is None and not self._is_further_page(page, response):
            return page
        if page.reason:
            is_logged_in = bool(response.meta.get(LOGGED_IN))
            outcome = of_page(page.reason, page.detail or "", tries=lease.tries, is_logged_in=is_logged_in)
        else:
            outcome = Outcome(state="rejected", reason="further_page", detail=f"after {page.previous_url}")
            self._announce_page_before(page, lease, response)
        self.settle(lease, outcome)
        return None

    def _is_further_page(self, page: Page, response: Response) -> bool:
        """Whether this is the second or a later page of an article: it is read from its first page on."""
        return bool(page.previous_url and continuation(page.previous_url, response.url))

    def _announce_page_before(self, page: Page, lease: Lease, response: Response) -> None:
        before = urls.fetch_form(page.previous_url or "")
        if before and self.sources[lease.source].refuses(before) is None:
            found = [Finding(link=Link(url=before, method=lease.method))]
            self.state().frontier.announce(lease.source, response.url, found, now=_now().timestamp())
            self.exhausted.discard(lease.source)

    async def _extract(self, response: Response, lease: Lease) -> Page:
        """Return the page as it came, or as a browser builds it where it needs one; raises WorkerFailure."""
        render = self.sources[lease.source].render
        page = await self._extract_as_it_is(response, lease)
        if not (render or (render is None and page.reason == "needs_browser")):
            return page
        built = await self.browser.render(response)
        page = await self._extract_as_it_is(built, lease)
        if page.reason in UNBUILT and built.meta.get(UNFINISHED):
            raise NotRendered("render_timeout", "no text when its scripts had had their time")
        if page.reason == "needs_browser":
            return attrs.evolve(page, reason="no_text", detail="No text, even when its scripts had run.")
        return page

    async def _extract_as_it_is(self, response: Response, lease: Lease) -> Page:
        return await self.in_worker(reading_of(response, self.hints(response, lease)))

    def hints(self, response: Response, lease: Lease) -> Hints:
        """Return what is known of the page from outside."""
        token = self.crawler.settings["ROBOTSTXT_USER_AGENT"]
        return hints_of(lease, self.sources[lease.source], response, fetched_at(response), token)

    def _page_request(self, url: str, lease: Lease, callback: Any, errback: Any, values: dict[str, Any]) -> Request:
        return Request(
            url,
            callback=callback,
            errback=errback,
            cb_kwargs=values,
            # The state is the filter of what was seen; Scrapy's own would drop a redirect without a word.
            dont_filter=True,
            meta={
                SCOPE: self.sources[lease.source].domains,
                FACTS: facts_of(lease),
                SOURCE: lease.source,
                "download_maxsize": self.crawler.settings.getint("ARTICLE_MAXSIZE"),
            },
        )

    def _close(self, lease: Lease) -> None:
        self.open[lease.source] -= 1


def plan_inputs(settings: BaseSettings) -> dict[str, Any]:
    """Return the keyword arguments that every plan needs besides the operator's."""
    return {"sources_file": Path(settings["SOURCES_FILE"]), "now": _now()}


def _now() -> datetime:
    return datetime.now(UTC)
