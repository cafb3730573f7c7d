"""``scrapy crawl archive``: from web archive files to the same records, without a network.

The story: the responses of every file are read in order by a thread, taken out of their pages by the workers, and go
the way of any article. A page that is new is stored; one that is known is compared, if it is not older than what is
stored, and becomes a revision only where its text or headline changed (crawler/spiders/archived.py). How far a file
has been read is promised behind the articles, so that a run that was killed goes on there.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from itemadapter import ItemAdapter

from crawler import __version__, endings, urls
from crawler.archive import Damage, Stored
from crawler.extraction import extractor
from crawler.sources.index import SourceIndex
from crawler.spiders.archived import ArchivedPagesSpider
from crawler.spiders.base import plan_inputs
from crawler.spiders.captures import Reader, Wanted
from crawler.spiders.plan import Plan, plan_archives
from crawler.terminal import is_watched, printable, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

    from scrapy.settings import BaseSettings

    from crawler.archive.cluster import Cluster
    from crawler.archive.file import ArchiveFile
    from crawler.items import Article

#: The pages of a file that are worked on, in its order.
Tasks: TypeAlias = "deque[tuple[Stored, asyncio.Task[Article | None]]]"

#: Pages read ahead per worker: enough to keep all of them busy, few enough to hold in memory.
AHEAD = 4
#: Seconds between promises of how far a file has been read, and between lines for a person who watches.
PROMISE_EVERY = 2.0
TELL_EVERY = 10.0


class ArchiveSpider(ArchivedPagesSpider):
    """Reads the files of -a warc=FILE,PATTERN; filters: host=, lang=, since=, until=, match=, limit=."""

    name = "archive"

    @classmethod
    def plan_of(cls, settings: BaseSettings, arguments: Mapping[str, str]) -> Plan:
        """Return what the operator asked for; raises SourcesError."""
        return plan_archives(arguments, **plan_inputs(settings))

    def begin(self) -> None:
        """Set up what a run needs."""
        super().begin()
        # Another extractor may find another text, and another filter other articles: either reads a file anew.
        self._reader = f"{__version__} {extractor()} {_filters(self.plan)}".strip()
        self._under_way: set[tuple[str, int]] = set()
        """Captures of the articles that are in the pipelines."""
        self._busy: set[str] = set()
        """Keys of the addresses whose pages are not through yet."""
        self._passed = asyncio.Event()
        self._read_pages = 0
        self._told = self._began = time.monotonic()
        self._promised: dict[str, float] = {}
        self._cluster: Cluster | None = None

    def refill(self) -> int:
        """Lease nothing: what is pending is for a crawl that fetches."""
        return 0

    def _idle(self) -> None:
        """Look at nothing again: the archive is all there is."""

    async def start(self) -> AsyncIterator[Any]:
        """Read the files: one after the other, or on a cluster as many at once as it has cores."""
        from crawler.archive.file import ArchiveFile  # needs the extra

        opened: Callable[[Path], ArchiveFile] = ArchiveFile
        at_once = 1
        if self.plan.on_cluster:
            self._cluster = self._connected()
            if self._cluster is None:
                return
            opened, at_once = self._cluster.open, self._cluster.files
        async for article in _merged((self._read_file(opened, path) for path in self.plan.archives), at_once):
            yield article
        self.crawler.stats.set_value("archive/pages", self._read_pages)

    def closed(self, reason: str) -> None:
        """Stop the workers, those on a cluster too."""
        super().closed(reason)
        if self._cluster:
            self._cluster.close()

    def _connected(self) -> Cluster | None:
        """Return the cluster that reads the files; without one the run ends."""
        from crawler.archive.cluster import Cluster, ClusterError

        settings = self.crawler.settings
        reader = Reader(
            sources=dict(self.sources),
            index=SourceIndex(self.sources.values()),
            token=settings["ROBOTSTXT_USER_AGENT"],
            largest=settings.getint("ARTICLE_MAXSIZE"),
        )
        try:
            return Cluster(
                reader,
                cores=settings.getint("EXTRACTION_WORKERS"),
                seconds=settings.getfloat("EXTRACTION_SECONDS"),
                memory=settings.getint("EXTRACTION_MEMORY"),
            )
        except ClusterError as error:
            endings.end_early(self.crawler, "configuration", str(error))
            return None

    async def _read_file(self, opened: Callable[[Path], ArchiveFile], path: Path) -> AsyncIterator[Article]:
        """Yield the articles of one file, from where the last run came to."""
        try:
            file = opened(path)
        except OSError as error:
            self._unreadable(path, error)
            return
        begin = self.state().captures.reached(file.key, reader=self._reader)
        tasks: Tasks = deque()
        is_whole = False
        wanted = Wanted(hosts=self.plan.hosts, since=self.plan.since, match=self.plan.match)
        try:
            async for stored in file.responses(begin=begin, wanted=wanted):
                if not isinstance(stored, Stored):
                    self._damaged(file, stored)
                    continue
                async for article in self._room_for(file, stored, tasks):
                    yield article
                if self._is_enough():
                    break
                self._busy.add(_key(stored))
                tasks.append((stored, asyncio.ensure_future(self._page(file, stored))))
            is_whole = not self._is_enough()
        except OSError as error:
            self._unreadable(file.path, error)
        while tasks:
            async for article in self._next(file, tasks):
                yield article
        if is_whole and not self._is_enough():
            self._promise(file, file.size)

    async def _room_for(self, file: ArchiveFile, stored: Stored, tasks: Tasks) -> AsyncIterator[Article]:
        """Yield the articles that must be through before the next page of the file is taken.

        Of the same address what came of it before must be known first, in this file or in another that is read
        meanwhile. Whoever waits for another file holds nothing that one may wait for.
        """
        ahead = AHEAD * self.crawler.settings.getint("EXTRACTION_WORKERS")
        while tasks and (len(tasks) >= ahead or _key(stored) in self._busy):
            async for article in self._next(file, tasks):
                yield article
        while _key(stored) in self._busy:
            await self._some_passed()

    async def _next(self, file: ArchiveFile, tasks: Tasks) -> AsyncIterator[Article]:
        """Yield what comes of the page that was taken first, if it is an article, and wait until it is through."""
        stored, task = tasks.popleft()
        article = await task
        # When that is enough, its address stays leased, and the end of the run returns it to pending.
        if not self._is_enough():
            if article:
                self._under_way.add(capture := _capture(article))
                yield article
                while capture in self._under_way:
                    await self._some_passed()
            self._read_pages += 1
            self._tell(file, stored.offset)
            # All pages in the last part of a file in one piece have its end for an offset.
            is_due = time.monotonic() - self._promised.get(file.key, self._began) > PROMISE_EVERY
            if is_due and stored.offset < file.size:
                self._promise(file, stored.offset)
        self._busy.discard(_key(stored))
        self._passed.set()

    async def _some_passed(self) -> None:
        """Wait until the pipelines are done with an article, or a page has come to nothing."""
        self._passed.clear()
        await self._passed.wait()

    def _item_done(self, item: Any, signal: object) -> None:
        super()._item_done(item, signal)
        self._under_way.discard(_capture(item))
        self._passed.set()

    def _promise(self, file: ArchiveFile, offset: int) -> None:
        self.state().captures.reach(file.key, offset, reader=self._reader)
        self._promised[file.key] = time.monotonic()

    def _tell(self, file: ArchiveFile, offset: int) -> None:
        if is_watched() and time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            rate = self._read_pages / (self._told - self._began)
            say(f"{printable(file.name)}: {file.share(offset)} %, {rate:.1f} pages a second")

    def _is_enough(self) -> bool:
        return self.plan.limit is not None and self.stored >= self.plan.limit

    def _unreadable(self, path: Path, error: OSError) -> None:
        self.crawler.stats.inc_value("run/mistakes")
        say(printable(f"{path}: expected a readable file: {error.strerror or error}; another run reads on in it"))

    def _damaged(self, file: ArchiveFile, damage: Damage) -> None:
        self.crawler.stats.inc_value("run/mistakes")
        say(
            printable(
                f"{file.path}: after byte {damage.offset}: damaged, passed over to the next record: {damage.detail}"
            )
        )


def _capture(item: Any) -> tuple[str, int]:
    """Return where an article's page lies: what the pipelines may do to it, that stays."""
    place = ItemAdapter(item)["metadata"]["archive"]
    return place["file"], place["offset"]


def _key(stored: Stored) -> str:
    return urls.identity_key(stored.url)


async def _merged(streams: Iterator[AsyncIterator[Article]], count: int) -> AsyncIterator[Article]:
    """Yield what *streams* yield, *count* of them at once; what one raises is raised."""
    waiting = {asyncio.ensure_future(anext(stream, None)): stream for stream in islice(streams, count)}
    while waiting:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            stream: AsyncIterator[Article] | None = waiting.pop(task)
            article = task.result()
            if article:
                yield article
            else:
                stream = next(streams, None)
            if stream:
                waiting[asyncio.ensure_future(anext(stream, None))] = stream


def _filters(plan: Plan) -> str:
    """Return what the operator's filters are, as one text."""
    match = plan.match.pattern if plan.match else None
    given = (plan.hosts or None, plan.language, plan.since, plan.until, match, sorted(plan.sections) or None)
    return "" if given == (None,) * len(given) else repr(given)
