"""``scrapy probe URL``: what can be discovered at a site, what it allows, a sample record, a source stanza to paste."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler import endings, output
from crawler.commands import running
from crawler.extraction import rights
from crawler.extraction.reservations import of_robots, of_tdmrep
from crawler.extraction.terms import reservations
from crawler.politeness.robots import origin_of, verdict
from crawler.sites import own_site
from crawler.sources import source_of
from crawler.state import CrawlState
from crawler.terminal import printable, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from crawler.sources import Source
    from crawler.sources.logins import Login
    from crawler.state.documents import Document

#: Articles fetched as a sample.
SAMPLE = 1
#: Kinds of documents and the key of the stanza each belongs under.
STANZA_KEYS = {"feed": "feeds", "news_sitemap": "news_sitemaps", "sitemap_index": "sitemaps", "sitemap": "sitemaps"}


class Command(ScrapyCommand):
    """Looks at a site without keeping anything."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] URL"

    def short_desc(self) -> str:
        return "What a site offers and allows, a sample record, a source stanza to paste"

    def long_desc(self) -> str:
        return (
            "Explores URL as `crawl news -a url=` does, with the same manners, fetches one article, keeps nothing. "
            "Prints the documents found, what robots.txt and rights signals say, the sample record and a stanza for "
            "the source file. Exit code 4 when nothing was found."
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Point the crawl at a directory of its own."""
        super().process_options(args, opts)
        assert self.settings is not None
        self._directory = tempfile.TemporaryDirectory(prefix="probe-")
        self.settings.set("DATA_DIR", self._directory.name, priority="cmdline")
        self.settings.set("STATE_URL", "", priority="cmdline")
        running.prefer(self.settings, {"DISK_RESERVE": 0})

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # Scrapy's signature
        """Explore and print."""
        if len(args) != 1:
            raise UsageError("expected one URL")
        with self._directory as name:
            code = running.crawl(self, "news", {"url": args[0], "limit": str(SAMPLE)})
            self.exitcode = code
            if code in (endings.BUG, endings.USAGE, endings.STORAGE) or code >= 128:  # 128: by a signal
                return
            with running.refusals(self), closing(CrawlState(Path(name), read_only=True)) as state:
                show(self._told(state, args[0]))

    def _told(self, state: CrawlState, url: str) -> Iterator[str]:
        site = own_site(url)
        source = (site.source(url) if site else None) or source_of(url)
        documents = [document for name in state.documents.sources() for document in state.documents.of(name)]
        record = _sample(state)
        for line in (
            *_listed(documents),
            *self._rules(state, source.home),
            *_about(record),
            *self._rights(state, source.home, record),
            "",
            "Stanza for the source file",
        ):
            yield printable(line)
        for line in _stanza(source, documents, record):
            yield printable(line, len(line))  # whole, because it is to be pasted

    def _rules(self, state: CrawlState, home: str) -> Iterator[str]:
        assert self.settings is not None
        token = self.settings["ROBOTSTXT_USER_AGENT"]
        yield from ("", "robots.txt")
        for copy in state.manners.all_robots():
            url = home if origin_of(home) == copy.origin else f"{copy.origin}/"
            yield f"  {verdict(copy, url, token)}"
        yield ""

    def _rights(self, state: CrawlState, home: str, record: dict[str, Any] | None) -> Iterator[str]:
        """Say what the sample, or without one the home page's site, says of its use, and what is reserved by it."""
        assert self.settings is not None
        token, origin = self.settings["ROBOTSTXT_USER_AGENT"], origin_of(home)
        robots, tdmrep = state.manners.robots(origin), state.reservations.of(origin)
        site = (
            *of_robots(robots.body.decode("utf-8", "replace") if robots else "", home, token),
            *of_tdmrep(tdmrep.body if tdmrep else b"", home),
        )
        usage = (record or {}).get("usageInfo") or rights.usage(None, (), {}, site=site) or {}
        yield from ("", f"Rights signals of {'the sample' if record else 'the site'}")
        for signal, entries in usage.items():
            yield from (f"  {signal:16} {entry['value']}  ({entry['source']})" for entry in entries)
        yield from (f"  reserved: {use}, by {signal}" for use, signal in dict.fromkeys(reservations(usage, token)))
        if not usage:
            yield "  none seen"


def _listed(documents: list[Document]) -> Iterator[str]:
    yield "Documents"
    for document in documents:
        outcome = document.outcome or "not visited"
        yield f"  {document.kind:14} {outcome:14} {document.links:6} links  {document.url}"


def _sample(state: CrawlState) -> dict[str, Any] | None:
    for segment in state.outbox.segments():
        record: dict[str, Any] = json.loads(output.read_line(state.directory, segment.name, 0))
        return record
    return None


def _about(record: dict[str, Any] | None) -> Iterator[str]:
    if record is None:
        yield "No article could be read."
        return
    yield "Sample record"
    for key, value in record.items():
        yield f"  {key:20} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


def _stanza(source: Source, documents: list[Document], record: dict[str, Any] | None) -> Iterator[str]:
    yield f"[{source.id}]"
    if record and record["publisher"].get("name"):
        yield f"name = {json.dumps(record['publisher']['name'], ensure_ascii=False)}"
    yield f"home = {json.dumps(source.home)}"
    working = [
        document for document in documents if document.outcome in ("changed", "unchanged") and not document.child
    ]
    for key in ("feeds", "news_sitemaps", "sitemaps"):
        addresses = [document.url for document in working if STANZA_KEYS.get(document.kind) == key]
        if addresses:
            yield f"{key} = {json.dumps(addresses)}"
    if source.pages:
        yield f"pages = {json.dumps(list(source.pages))}"
        yield "explore = false"
    if source.allow:
        yield f"allow = {json.dumps(source.allow.pattern)}"
    if source.login:
        yield f"login = {_login(source.login)}"


def _login(login: Login) -> str:
    """Return a login that is sent where its secret is in the environment, as the source file writes it."""
    values = {"to": login.to, "header": login.header, "prefix": login.prefix, "env": login.env, "optional": True}
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in values.items()) + " }"
