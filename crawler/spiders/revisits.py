"""Looks at stored articles again: one conditional request each, and a new revision where text or headline changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
from scrapy import Request
from scrapy.exceptions import DontCloseSpider

from crawler import identity, items, urls
from crawler.archive import FACTS
from crawler.discovery.pages import continuation
from crawler.endings import Stopped
from crawler.politeness.logins import SOURCE
from crawler.politeness.scope import SCOPE
from crawler.politeness.walls import WALLS
from crawler.sites import own_site
from crawler.spiders.base import ArticleSpider, Reading
from crawler.spiders.failures import outcome_of
from crawler.spiders.records import facts_of
from crawler.state.articles import validators_of
from crawler.state.frontier import Lease
from crawler.workers import WorkerFailure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.extraction import Page
    from crawler.items import Article
    from crawler.state.documents import Validators
    from crawler.state.revisits import Revisit

#: Looks per source and run: new articles come first, and what is left is due in the next run.
MOST = 20
#: The page is gone for good, or says so.
WITHDRAWN = (404, 410)


class RevisitingSpider(ArticleSpider):
    """When all that is new has been fetched, looks at what is due again, unless the operator's filters ask for less."""

    def begin(self) -> None:
        """Set up what a run needs; nothing is fetched yet."""
        super().begin()
        self.looked_at: dict[str, set[str]] = {}

    def _idle(self) -> None:
        super()._idle()
        requests = [request for source in self.sources if source not in self.parked for request in self._looks(source)]
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _looks(self, source: str) -> list[Request]:
        plan = self.plan
        if plan.limit or plan.sample or plan.is_filtered or not self.has_budget(source):
            return []
        seen = self.looked_at.setdefault(source, set())
        room = min(MOST, self.crawler.settings.getint("SOURCE_PAGES") - self.taken[source]) - len(seen)
        due = self.state().revisits.due(source, MOST, now=_now()) if room > 0 else []
        visits = [visit for visit in due if visit.id not in seen][:room]
        seen |= {visit.id for visit in visits}
        self.taken[source] += len(visits)
        return [self._look(visit) for visit in visits]

    def _look(self, visit: Revisit) -> Request:
        conditions = {"If-None-Match": visit.etag, "If-Modified-Since": visit.last_modified}
        site = self.through_api(self.sources[visit.source])
        return Request(
            (site.page(visit.url) if site else None) or visit.url,
            headers={name: value for name, value in conditions.items() if value},
            callback=self.look,
            errback=self.look_failed,
            cb_kwargs={"visit": visit},
            dont_filter=True,
            meta={
                "handle_httpstatus_list": [304, *WITHDRAWN],
                SCOPE: self.sources[visit.source].domains,
                FACTS: facts_of(lease_of(visit)),
                SOURCE: visit.source,
                "download_maxsize": self.crawler.settings.getint("ARTICLE_MAXSIZE"),
            },
        )

    async def look(self, response: Response, visit: Revisit) -> AsyncIterator[Request | Article]:
        """Say what has become of a stored article; of one on several pages, when all of them have been read."""
        if response.status == 304:
            self._unchanged(visit, visit.validators, "not modified")
        elif response.status in WITHDRAWN:
            detail = f"the server answered {response.status}"
            self.state().revisits.withdrawn(visit, run=self.state().run, now=_now(), detail=detail)
        elif not self._is_its_page(response, visit):
            self._unread(visit, f"it redirects to {response.url}")
        elif page := await self._now_there(response, visit):
            result = self._compared(visit, Reading(lease=lease_of(visit), response=response, page=page))
            if result:
                yield result

    async def look_on(self, response: Response, visit: Revisit, seen: Reading) -> AsyncIterator[Request | Article]:
        """Read a further page of a stored article. Without it the rest would look like a shortened text."""
        if not continuation(seen.end(), response.url):
            self._unread(visit, f"a further page redirects to {response.url}")
        elif page := await self._now_there(response, visit, is_further=True):
            result = self._compared(visit, seen.with_page(page, response.url))
            if result:
                yield result

    def look_failed(self, failure: Failure) -> None:
        """Leave an article that cannot be looked at for its next time."""
        if isinstance(failure.value, Stopped):
            return
        visit: Revisit = failure.request.cb_kwargs["visit"]  # type: ignore[attr-defined]
        self._unread(visit, outcome_of(failure, tries=1, stats=self.crawler.stats).reason)

    def erred(self, request: Request, error: BaseException) -> None:
        """Leave an article that our own code fails on for its next time too: others are due."""
        super().erred(request, error)
        visit: Revisit | None = request.cb_kwargs.get("visit")
        if visit:
            self._unread(visit, f"our_bug: {type(error).__name__}: {error}")

    def _is_its_page(self, response: Response, visit: Revisit) -> bool:
        """Whether a look was not led to another article: sites redirect what they withdraw or merge."""
        site = own_site(visit.url)
        if site and urls.host(response.url) == urls.host(site.api):
            return True
        key = urls.identity_key(response.url)
        known = self.state().articles.by_key(key)
        return key == visit.key or (known is not None and known.id == visit.id)

    async def _now_there(self, response: Response, visit: Revisit, *, is_further: bool = False) -> Page | None:
        """Return the page as it is now; one that is no article now says nothing of the text.

        Of a further page it is enough that it holds text, as at the first time: the last one may be short.
        """
        try:
            page = await self._extract(response, lease_of(visit))
        except WorkerFailure as failure:
            self._unread(visit, failure.reason)
            return None
        is_text = "articleBody" in page.fields and page.reason not in WALLS
        if page.reason and not (is_further and is_text):
            self._unread(visit, page.reason)
            return None
        return page

    def _compared(self, visit: Revisit, reading: Reading) -> Request | Article | None:
        """Return the request for the next page, or the new revision if there is one; else plan the next look."""
        if address := self._next_address(reading):
            values = {"visit": visit, "seen": reading}
            return self._page_request(address, reading.lease, self.look_on, self.look_failed, values)
        article = self._item(reading)
        if changed := changes(article, visit):
            self.open[visit.source] += 1
            return self._revision(article, visit, changed)
        self._unchanged(visit, validators_of(article), "the same text")
        return None

    def _revision(self, article: Article, visit: Revisit, changed: list[str]) -> Article:
        original = self.state().articles.by_id(visit.copy_of) if visit.copy_of else None
        syndication = {"clusterId": visit.cluster} if visit.cluster else {}
        if original:
            syndication |= {"copyOf": original.id, "originalUrl": original.url}
        return attrs.evolve(
            article,
            id=visit.id,
            revision=visit.revision + 1,
            previousContentHash=visit.content_hash,
            firstSeen=items.zulu(visit.stored),
            syndication=(article.syndication or {}) | syndication or None,
            metadata=article.metadata | {"changed": changed},
        )

    def _unchanged(self, visit: Revisit, validators: Validators, detail: str) -> None:
        self.state().revisits.unchanged(visit, validators=validators, run=self.state().run, now=_now(), detail=detail)

    def _unread(self, visit: Revisit, detail: str) -> None:
        self.state().revisits.unread(visit, run=self.state().run, now=_now(), detail=detail)


def changes(article: Article, visit: Revisit) -> list[str]:
    """Return which of headline and articleBody differ from the stored revision, as their pages gave them."""
    changed = ["headline"] if identity.normalise(article.headline) != identity.normalise(visit.headline) else []
    return changed + (["articleBody"] if article.contentHash != visit.raw_hash else [])


def lease_of(visit: Revisit) -> Lease:
    """Return the visit as the address that was announced: what the feed said then still holds."""
    return Lease(
        key=visit.key,
        url=visit.url,
        source=visit.source,
        method=visit.method or "revisit",
        document=visit.document,
        title=visit.title,
        published=visit.announced_published,
        modified=visit.announced_modified,
        language=None,
        tries=1,
    )


def _now() -> float:
    return datetime.now(UTC).timestamp()
