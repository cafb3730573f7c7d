"""``scrapy explain URL``: everything known of one address."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError

from crawler import endings, output, urls
from crawler.commands import running
from crawler.discovery.score import ARTICLE, GREY, article_score
from crawler.items import zulu
from crawler.offline import OfflineCommand
from crawler.politeness.robots import origin_of, verdict
from crawler.sources import SourcesError, load_sources, source_for
from crawler.state import CrawlState, has_state, open_state
from crawler.terminal import printable, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from crawler.state.documents import Document
    from crawler.state.history import History
    from crawler.state.manners import Rest


class Command(OfflineCommand):
    """Answers why an article is there, or why it is not."""

    def syntax(self) -> str:
        return "[options] URL"

    def short_desc(self) -> str:
        return "Everything known of one URL: who announced it, every try, its outcome"

    def long_desc(self) -> str:
        return (
            "Reads the crawl state in DATA_DIR, also during a crawl. Prints the outcome of URL, who announced it and "
            "when, every try, and where its line lies; for an unknown URL, whether it would be taken."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # Scrapy's signature
        """Print what is known."""
        if len(args) != 1:
            raise UsageError("expected one URL")
        url = urls.fetch_form(args[0])
        if len(args[0]) > urls.MAX_LENGTH:
            self.exitcode = running.refuse(
                f"expected a web address of at most {urls.MAX_LENGTH} characters, got {len(args[0])}: none is kept"
            )
            return
        if url is None:
            self.exitcode = running.refuse(f'expected a web address such as https://example.com/a, got "{args[0]}"')
            return
        assert self.settings is not None
        known: list[str] = []
        manners: list[str] = []
        if has_state(self.settings):
            with running.refusals(self), closing(open_state(self.settings, read_only=True)) as state:
                known, manners = self._known(url, state)
        if self.exitcode == endings.GOOD:
            show(printable(line) for line in (url, "", *(known or self._unknown(url)), *manners))

    def _known(self, url: str, state: CrawlState) -> tuple[list[str], list[str]]:
        """Return what the state knows of an address, as article and as document, and what its server asks of us."""
        assert self.settings is not None
        history = state.history(urls.identity_key(url))
        documents = state.documents.at(url)
        told = list(_told(history, state.directory)) if history.url or history.article else []
        told += _of_shape(history, state)
        rest, robots = state.manners.rest(urls.registrable_domain(url)), state.manners.robots(origin_of(url))
        manners = [_of_rest(rest)] if rest else []
        if robots:
            manners.append(verdict(robots, url, self.settings["ROBOTSTXT_USER_AGENT"]))
        return [*told, *map(_of_document, documents)], manners

    def _unknown(self, url: str) -> Iterator[str]:
        """Say what would become of an address that no document has announced."""
        assert self.settings is not None
        yield "unknown: no document has announced it"
        score = article_score(url)
        verdict = "an article" if score > ARTICLE else "no article" if score <= GREY else "perhaps an article"
        yield f"  its address alone looks like {verdict}"
        try:
            source = source_for(url, load_sources(Path(self.settings["SOURCES_FILE"])).values())
        except SourcesError as error:
            yield f"  {error}"
            return
        if source is None:
            yield "  no source of the source file covers its site"
        else:
            refusal = source.refuses(url)
            yield f"  source {source.id} {f'refuses it: {refusal}' if refusal else 'would take it'}"
        yield f"  to fetch it now: scrapy crawl urls -a url={url}"


def _told(history: History, directory: Path) -> Iterator[str]:
    yield from _outcome(history)
    if history.aliased_from:
        yield f"  known by another address ({history.how}): {history.key}"
    for row in history.announcements:
        title = f' as "{row["title"]}"' if row["title"] else ""
        yield f"  {zulu(row['at'])}  announced by {row['document']}{title}"
    for row in history.attempts:
        detail = f" ({row['detail']})" if row["detail"] else ""
        yield f"  {zulu(row['at'])}  {row['outcome']}{detail}  [run {row['run']}]"
    if history.article:
        yield from _stored(history.article, directory)
    for row in history.names:
        yield f"  also known as {row['key']} ({row['how']})"


def _of_shape(history: History, state: CrawlState) -> Iterator[str]:
    """Say what is known of addresses of the same shape, where that decides about this one."""
    if history.url and (shape := history.url.get("shape")):
        known = state.frontier.shapes.of(history.url["source"], shape)
        if known.tries:
            yield f"  of addresses like {shape} {known.told()}"


def _of_document(document: Document) -> str:
    visited = f"last visited {zulu(document.checked)}: {document.outcome}" if document.checked else "not visited yet"
    due = f", due again by what it brings {zulu(document.due)}" if document.checked and not document.child else ""
    return f"a document ({document.kind}) of source {document.source}, {visited}, {document.links} links{due}"


def _of_rest(rest: Rest) -> str:
    wish = f"left alone until {zulu(rest.until)}" if rest.until > time() else f"was left alone until {zulu(rest.until)}"
    return f"its site {rest.site}: {wish} ({rest.detail})"


def _outcome(history: History) -> Iterator[str]:
    row = history.url
    if row is None:
        yield "stored"
        return
    reason = f": {row['reason']}" if row["reason"] else ""
    detail = f" ({row['detail']})" if row["detail"] else ""
    yield f"{row['state']}{reason}{detail}  [source {row['source']}, tries {row['tries']}]"
    if row["state"] == "pending" and not row["retry_at"]:
        yield "  not fetched yet: no run has come to it, or -a since, lang, section, match or limit left it"
    if row["retry_at"]:
        yield f"  to be tried again from {zulu(row['retry_at'])}"


def _stored(article: dict[str, Any], directory: Path) -> Iterator[str]:
    yield f'  article {article["id"]}, revision {article["revision"]}: "{article["headline"]}"'
    if article["withdrawn"]:
        yield f"  withdrawn on {zulu(article['withdrawn'])}: its page is gone"
    if article["segment"] is None:
        yield "  its line waits until its site is known, or the run ends"
    else:
        path = output.article_path(directory, article["segment"])
        gone = "" if path.exists() else " (the file is no longer there)"
        yield f"  its line: {path}, from byte {article['position']}{gone}"
