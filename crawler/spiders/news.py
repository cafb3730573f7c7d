"""``scrapy crawl news``: from a site's home page, or its known documents, to its new articles.

The story: every source has documents (feeds, sitemaps, section pages). Those that are due are asked for conditionally;
what they announce goes into the crawl state together with their validators; announced addresses are leased from the
state, fetched, read and stored; then stored articles that are due are looked at again. A source of which only the home
page is known is explored first: its home page and robots.txt name feeds, sitemaps and sections, and the usual places
are tried where they name nothing fresh.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy import Request

from crawler import browser, urls, visits
from crawler.discovery import Announced, NotADocument, read_document
from crawler.endings import Stopped
from crawler.extraction.terms import forbids_links
from crawler.politeness.logins import SOURCE
from crawler.politeness.pace import SiteClosed
from crawler.sites import own_site
from crawler.spiders.backfill import LISTS, Backfill
from crawler.spiders.base import plan_inputs
from crawler.spiders.documents import Saving, conditions, named_by
from crawler.spiders.exploration import Exploration
from crawler.spiders.failures import asked_to_wait, outcome_of
from crawler.spiders.findings import Findings, portions
from crawler.spiders.plan import SITE_ARGUMENTS, Plan, plan_sites
from crawler.spiders.records import charset_of, robots_tag_of, validators_of
from crawler.spiders.sharing import SharingSpider
from crawler.state.documents import Document
from crawler.workers import WorkerFailure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.sources import Source
    from crawler.state.announcements import Finding

#: Children of a sitemap index that are read at its first reading, and at each later one.
CHILDREN_FIRST = 20
CHILDREN_LATER = 3
#: Documents go before articles, so that the newest articles are known before the first is chosen.
DOCUMENT_PRIORITY = 10


class NewsSpider(SharingSpider):
    """Visits the sources that are due, or those of -a source=ID,ID, or any site by -a url=URL."""

    name = "news"
    arguments = SITE_ARGUMENTS

    @classmethod
    def plan_of(cls, settings: BaseSettings, arguments: Mapping[str, str]) -> Plan:
        """Return what the operator asked for; raises SourcesError."""
        return plan_sites(arguments, **plan_inputs(settings))

    def begin(self) -> None:
        """Set up what a run needs; nothing is fetched yet."""
        super().begin()
        self.findings = {source.id: Findings(source) for source in self.plan.sources}
        self.backfill = Backfill(self.plan.backfill) if self.plan.backfill else None
        self.reading: dict[str, set[str]] = {source.id: set() for source in self.plan.sources}
        """Documents that have been asked for and not been read, by source."""
        self.announcing: Counter[str] = Counter()
        """How many documents of a source are being saved."""
        self.explorations: dict[str, Exploration] = {}
        self.visited: set[tuple[str, str]] = set()
        self.interval = self.crawler.settings.getfloat("DOCUMENT_INTERVAL")

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the documents that are due, the most overdue first."""
        self.crawler.stats.set_value("run/sources", tuple(self.sources) if self.plan.is_named else ())
        self.crawler.stats.set_value("run/correct", tuple(self.sources) if self.plan.correct else ())
        self.crawler.stats.set_value("run/intervals", {source.id: source.every for source in self.plan.sources})
        if self.state().leases.is_shared:
            self.share()
            return
        for request in self.visits(self.plan.sources):
            yield request

    def visits(self, sources: Sequence[Source]) -> Iterator[Request]:
        """Yield the requests for the documents of *sources* that are due, the most overdue first."""
        self._retry_unbuilt(sources)
        due = self.due(sources)
        for place, document in enumerate(due):
            yield from self.visit(document, priority=DOCUMENT_PRIORITY + len(due) - place)

    def _retry_unbuilt(self, sources: Sequence[Source]) -> None:
        """Try pages again that needed a browser when there was none, or when their source wanted none."""
        if browser.missing(self.crawler.settings) is None:
            wanting = {source.id for source in sources if source.render is not False}
            self.state().frontier.retry(wanting, "needs_browser", now=_now())

    def _allowance(self, source: Source) -> int:
        """The newest article may be the last of a document, and of the past that in the last of its documents."""
        is_early = self.announcing[source.id] or (self.backfill and self.reading[source.id])
        return 0 if is_early else super()._allowance(source)

    def _idle(self) -> None:
        for reading in self.reading.values():
            reading.clear()
        super()._idle()

    def due(self, sources: Sequence[Source]) -> list[Document]:
        """Return the documents to visit, and begin the exploration of sites of which only the home page is known."""
        documents, now = self.state().documents, _now()
        with self.state().transaction():
            for source in sources:
                documents.keep_named(source.id, {document.url: document for document in visits.named(source)})
        due = visits.due(sources, documents.all(), now=now, is_named=self.plan.is_named)
        if self.backfill:
            due += [document for source in sources for document in self._archives(source)]
        if self._sharing:  # another worker may have been there since this run began
            due = [document for document in due if (document.checked or 0) < self.began]
        for source in {document.source: self.sources[document.source] for document in due}.values():
            if source.is_explored:
                self.explorations[source.id] = Exploration(
                    source.home, known=documents.of(source.id), last=documents.explored(source.id), now=now
                )
        return due

    def _archives(self, source: Source) -> Iterator[Document]:
        """Yield the source's documents of the past as the state knows them, remembering those that are new to it."""
        documents = self.state().documents
        for document in visits.archives(source):
            documents.add(document)
        yield from (document for document in documents.of(source.id) if document.url in source.archives)

    def visit(self, document: Document, depth: int = 0, *, priority: int = DOCUMENT_PRIORITY) -> Iterator[Request]:
        """Yield the conditional request for a document, once a run and not too deep."""
        place = (document.source, document.url)
        too_deep = depth > self.crawler.settings.getint("DEPTH_LIMIT")
        if place in self.visited or too_deep:
            return
        if not self.has_budget(document.source):
            if self.backfill:
                self.crawler.stats.set_value("run/documents_left", 1)
            return
        self.visited.add(place)
        self.taken[document.source] += 1
        self.reading[document.source].add(document.url)
        if exploration := self.explorations.get(document.source):
            exploration.begin()
        yield Request(
            document.url,
            headers={} if self.backfill and document.kind in LISTS else conditions(document),
            callback=self.document,
            errback=self.document_failed,
            cb_kwargs={"document": document, "depth": depth},
            priority=priority,
            dont_filter=True,
            meta={
                "handle_httpstatus_list": [304],
                SOURCE: document.source,
                "download_maxsize": self.crawler.settings.getint("DOCUMENT_MAXSIZE"),
            },
        )

    async def document(self, response: Response, document: Document, depth: int) -> AsyncIterator[Request]:
        """Read a document; announce its links and go on to the documents it names."""
        if response.status == 304:
            self.state().documents.not_modified(document, now=_now(), interval=self.interval)
            announced = None
        else:
            announced = await self.read(response, document)
        if announced:
            async for request in self.announce(response, document, announced, depth):
                yield request
        elif response.status == 304 and document.kind == "sitemap_index":
            for child in self.state().documents.children(document.source, document.url, CHILDREN_LATER):
                for request in self.visit(child, depth + 1):
                    yield request
        read_as = announced.kind if announced else document.kind if response.status == 304 else None
        for request in self.explored(document, read_as):
            yield request
        self.reading[document.source].discard(document.url)

    async def read(self, response: Response, document: Document) -> Announced | None:
        """Return what the document says, or None and remember why it says nothing."""
        token = self.crawler.settings["ROBOTSTXT_USER_AGENT"]
        if forbids_links({"xRobotsTag": [{"value": value} for value in robots_tag_of(response)]}, token):
            return Announced(kind=document.kind)
        try:
            site = own_site(response.url)
            if site:
                found = await self.in_worker(site.read_document, response.body, response.url, charset_of(response))
                if found:
                    return found
            return await self.in_worker(
                read_document,
                response.body,
                url=response.url,
                kind=document.kind,
                limit=self.crawler.settings.getint("DOCUMENT_LINKS"),
                encoding=charset_of(response),
                token=token,
            )
        except NotADocument as error:
            self.failed(document, error.reason, str(error))
        except WorkerFailure as failure:
            self.failed(document, failure.reason, failure.detail)
        return None

    async def announce(
        self, response: Response, document: Document, announced: Announced, depth: int
    ) -> AsyncIterator[Request]:
        """Save the links, and with the last of them the validators; then yield requests for the documents it names."""
        source, now = self.sources[document.source], _now()
        followed, findings = named_by(document, announced), []
        likely = self.state().frontier.shapes.likely(source.id)
        for links in portions(announced.links):
            findings += self.findings[source.id].of(links, now=now, likely=likely)
            await asyncio.sleep(0)
        if self._has_moved(response, source, findings):
            self.failed(document, "moved", f"it leads to {response.url}, and so do its links")
            return
        chosen = self._further_back(document, announced, followed)
        if chosen is not None and announced.kind in LISTS:
            followed = chosen
        self.announcing[source.id] += 1
        try:
            saving = Saving(
                document=document,
                announced=announced,
                validators=validators_of(response),
                interval=self.interval,
                now=now,
            )
            new = await saving.save(self.state(), findings, followed)
        finally:
            self.announcing[source.id] -= 1
        if new:
            self.exhausted.discard(source.id)
        if chosen is not None:
            self._go_back(document, chosen, depth)
            return
        for further in self._due_next(document, followed, new):
            for request in self.visit(further, depth + 1):
                yield request

    def _further_back(
        self, document: Document, announced: Announced, followed: list[Document]
    ) -> list[Document] | None:
        """Return the documents of the past to go on to, None in a visit for what is new."""
        if self.backfill is None:
            return None
        known = {one.url: one for one in self.state().documents.of(document.source)}
        return self.backfill.further(document, announced, followed, known)

    def _go_back(self, document: Document, chosen: list[Document], depth: int) -> None:
        """Ask for the documents of the past in their order; the pages of a listing are all equally deep."""
        for place, further in enumerate(chosen):
            deeper = 0 if further.kind == "section" == document.kind else 1
            for request in self.visit(further, depth + deeper, priority=DOCUMENT_PRIORITY + len(chosen) - place):
                # Not through Scrapy's own count of depth, which would end a listing at its fifth page.
                self.crawler.engine.crawl(request)

    def _has_moved(self, response: Response, source: Source, findings: list[Finding]) -> bool:
        """Whether a document leads to another site that it shares no article with: the source has moved there."""
        is_elsewhere = not urls.in_scope(response.url, source.domains) and bool(response.meta.get("redirect_urls"))
        return is_elsewhere and not any(finding.refusal != "off_site" for finding in findings)

    def document_failed(self, failure: Failure) -> Iterator[Request]:
        """Remember why a document could not be had; the exploration goes on."""
        if isinstance(failure.value, Stopped):
            return
        document: Document = failure.request.cb_kwargs["document"]  # type: ignore[attr-defined]
        outcome = outcome_of(failure, tries=1, stats=self.crawler.stats)
        if document.kind == "robots" and outcome.state == "failed" and outcome.reason.startswith("http_4"):
            # no robots.txt is an answer too
            self.state().documents.not_modified(document, now=_now(), interval=self.interval)
        elif isinstance(failure.value, SiteClosed):
            self.state().documents.waits(document, outcome.reason, until=failure.value.until, now=_now())
        else:
            self.failed(document, outcome.reason, outcome.detail, wait=asked_to_wait(failure, now=_now()))
        if outcome.was_free:
            self.taken[document.source] -= 1
        yield from self.explored(document, None)
        self.reading[document.source].discard(document.url)

    def erred(self, request: Request, error: BaseException) -> None:
        """Settle what our own code failed on: an address or a document."""
        super().erred(request, error)
        document: Document | None = request.cb_kwargs.get("document")
        if document:
            self.failed(document, "our_bug", f"{type(error).__name__}: {error}")
            self.reading[document.source].discard(document.url)

    def failed(self, document: Document, reason: str, detail: str, *, wait: float | None = None) -> None:
        """Record a document's failure; a guess that never led anywhere is none."""
        if document.origin == "guess" and document.digest is None:
            return
        every = self.sources[document.source].every
        self.state().documents.failed(document, reason, every=every, wait=wait, now=_now())
        self.logger.info("%s: %s: %s: %s", document.source, document.url, reason, detail)

    def explored(self, document: Document, read_as: str | None) -> Iterator[Request]:
        """Try the next usual place once all that was named has been read and none of it was fresh."""
        exploration = self.explorations.get(document.source)
        if exploration is None:
            return
        exploration.end(document, read_as)
        while guess := exploration.next_guess():
            further = Document(source=document.source, url=guess, kind="candidate", origin="guess")
            yield from self.visit(further)  # nothing, where the site named that place itself
        if exploration.is_done:
            self.state().documents.set_explored(document.source, now=_now())

    def _due_next(self, document: Document, followed: list[Document], new: int) -> list[Document]:
        """Return which of the documents that *document* names are worth a request now."""
        if document.kind == "section" and not new:
            return []  # the pages behind a page with nothing new are older still
        if document.digest is None:
            return followed[:CHILDREN_FIRST]
        return [further for further in followed if not further.child][:CHILDREN_FIRST] + [
            further for further in followed if further.child
        ][:CHILDREN_LATER]


def _now() -> float:
    return datetime.now(UTC).timestamp()
