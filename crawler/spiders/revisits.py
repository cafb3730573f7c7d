"""Looks at stored articles again: one conditional request each, and a new revision where text or headline changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
from scrapy import Request
from scrapy.exceptions import DontCloseSpider

from crawler import cleaning, identity, items
from crawler.politeness.scope import SCOPE
from crawler.spiders.base import ArticleSpider
from crawler.spiders.failures import outcome_of
from crawler.spiders.records import article_of, validators_of
from crawler.state.documents import Validators
from crawler.state.frontier import Lease
from crawler.state.sites import site_of
from crawler.workers import WorkerFailure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.items import Article
    from crawler.state.revisits import Revisit

#: Looks per source and run: new articles come first, and what is left is due in the next run.
MOST = 20
#: The page is gone for good, or says so.
GONE = frozenset({404, 410})


class RevisitingSpider(ArticleSpider):
    """When all that is new has been fetched, looks at what is due again, unless the operator's filters ask for less."""

    def begin(self) -> None:
        """Set up what a run needs; nothing is fetched yet."""
        super().begin()
        self.looked_at: set[str] = set()

    def _idle(self) -> None:
        super()._idle()
        requests = [request for source in self.sources for request in self._looks(source)]
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _looks(self, source: str) -> list[Request]:
        plan = self.plan
        if plan.limit or plan.match or plan.since or plan.language or not self.has_budget(source):
            return []
        due = self.state().revisits.due(source, MOST, now=_now())
        visits = [visit for visit in due if visit.id not in self.looked_at]
        self.looked_at |= {visit.id for visit in visits}
        self.taken[source] += len(visits)
        return [self._look(visit) for visit in visits]

    def _look(self, visit: Revisit) -> Request:
        conditions = {"If-None-Match": visit.etag, "If-Modified-Since": visit.last_modified}
        return Request(
            visit.url,
            headers={name: value for name, value in conditions.items() if value},
            callback=self.look,
            errback=self.look_failed,
            cb_kwargs={"visit": visit},
            dont_filter=True,
            meta={
                "handle_httpstatus_list": [304, *GONE],
                SCOPE: self.sources[visit.source].domains,
                "download_maxsize": self.crawler.settings.getint("ARTICLE_MAXSIZE"),
            },
        )

    async def look(self, response: Response, visit: Revisit) -> AsyncIterator[Article]:
        """Say what has become of a stored article."""
        if response.status == 304:
            self._unchanged(visit, response, "not modified")
        elif response.status in GONE:
            detail = f"the server answered {response.status}"
            self.state().revisits.withdrawn(visit, run=self.state().run, now=_now(), detail=detail)
        elif article := await self._revision(response, visit):
            self.open[visit.source] += 1
            yield article
        else:
            self._unchanged(visit, response, "the same text")

    def look_failed(self, failure: Failure) -> None:
        """Leave an article that cannot be looked at for its next time."""
        visit: Revisit = failure.request.cb_kwargs["visit"]  # type: ignore[attr-defined]
        reason = outcome_of(failure, tries=1, stats=self.crawler.stats).reason
        self._unchanged(visit, None, f"could not be looked at: {reason}")

    async def _revision(self, response: Response, visit: Revisit) -> Article | None:
        """Return the article as it is now if its text or headline changed; a page that is none now says nothing."""
        lease = _lease(visit)
        try:
            page = await self._extract(response, lease)
        except WorkerFailure:
            return None
        if page.reason:
            return None
        source, now = self.sources[visit.source], datetime.now(UTC)
        article = article_of(page, lease, source, response, run=self.state().run, now=now)
        known = self.state().sites.known(site_of(article))
        text_hash = cleaning.without_site_text(items.record(article), known)["contentHash"]
        changed = ["headline"] if identity.normalise(article.headline) != identity.normalise(visit.headline) else []
        changed += ["articleBody"] if text_hash != visit.content_hash else []
        if not changed:
            return None
        return attrs.evolve(
            article,
            id=visit.id,
            revision=visit.revision + 1,
            previousContentHash=visit.content_hash,
            firstSeen=datetime.fromtimestamp(visit.stored, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            metadata=article.metadata | {"changed": changed},
        )

    def _unchanged(self, visit: Revisit, response: Response | None, detail: str) -> None:
        validators = Validators(etag=visit.etag, last_modified=visit.last_modified)
        if response is not None and response.status != 304:
            validators = validators_of(response)
        self.state().revisits.unchanged(visit, validators=validators, run=self.state().run, now=_now(), detail=detail)


def _lease(visit: Revisit) -> Lease:
    """Return the visit as an address that is fetched because it is known."""
    return Lease(
        key=visit.key,
        url=visit.url,
        source=visit.source,
        method="revisit",
        document=None,
        title=None,
        published=None,
        modified=None,
        language=None,
        tries=1,
    )


def _now() -> float:
    return datetime.now(UTC).timestamp()
