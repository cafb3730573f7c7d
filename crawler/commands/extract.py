"""``scrapy extract URL|FILE``: the record of one page, where each field came from, what was left out and why."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from w3lib.encoding import http_content_type_encoding

from crawler import endings, output, urls
from crawler.commands import running
from crawler.sites import read_page
from crawler.state import open_state
from crawler.terminal import is_watched, printable, say, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.state.history import History

#: Characters of a field's value shown in the table.
SHOWN = 90
#: Terminal colours (ECMA-48 §8.3.117).
RED, YELLOW = 31, 33


class Command(ScrapyCommand):
    """Shows what would be stored of a page."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] URL|FILE"

    def short_desc(self) -> str:
        return "The record of one page, where each field came from, or why it is no article"

    def long_desc(self) -> str:
        return (
            "Fetches URL politely, or reads FILE (HTML; --base gives its address), and prints the record as JSON on "
            "standard output; on standard error where each field came from and every block that was left out of the "
            "text, with the reason. Nothing is kept. Exit code 3 when the page is no article, 4 when it could not be "
            "fetched."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --base."""
        super().add_options(parser)
        parser.add_argument("--base", metavar="URL", help="address of the page in FILE")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Point the crawl at a directory of its own."""
        super().process_options(args, opts)
        assert self.settings is not None
        self._directory = tempfile.TemporaryDirectory(prefix="extract-")
        self.settings.set("DATA_DIR", self._directory.name, priority="cmdline")
        self.settings.set("STATE_URL", "", priority="cmdline")
        running.prefer(self.settings, {"DISK_RESERVE": 0})

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the record."""
        if len(args) != 1:
            raise UsageError("expected one URL or FILE")
        with self._directory:
            if Path(args[0]).is_file():
                self._from_file(Path(args[0]), opts.base or "https://example.com/article")
            elif urls.fetch_form(args[0]):
                self._from_network(args[0])
            else:
                self.exitcode = running.refuse(f'expected a web address or a file, got "{args[0]}"')

    def _from_file(self, path: Path, base: str) -> None:
        from crawler.extraction import Hints

        url = urls.fetch_form(base)
        if url is None:
            self.exitcode = running.refuse(f'--base: expected a web address, got "{base}"')
            return
        try:
            body = path.read_bytes()
        except OSError as error:
            self.exitcode = running.refuse(f"{path}: expected a readable file, got {error.strerror}")
            return
        hints = Hints(downloaded=datetime.now(UTC))
        page = read_page(body, url, None, hints)
        if page.reason:
            self._no_article(page.reason, page.detail)
        else:
            _show(page.record(), page.dropped)

    def _from_network(self, url: str) -> None:
        assert self.settings is not None
        self._response: Response | None = None
        code = running.crawl(self, "urls", {"url": url}, prepare=self._listen)
        directory = Path(self.settings["DATA_DIR"])
        if code in (endings.BUG, endings.USAGE, endings.STORAGE, endings.LOCKED) or code >= 128:  # 128: by a signal
            self.exitcode = code
            return
        with running.refusals(self), closing(open_state(self.settings, read_only=True)) as state:
            self._tell(state.history(urls.identity_key(urls.fetch_form(url) or url)), directory)

    def _tell(self, history: History, directory: Path) -> None:
        """Print what became of the page."""
        if history.article and history.article["segment"]:
            line = output.read_line(directory, history.article["segment"], history.article["position"])
            _show(json.loads(line), self._dropped())
        elif history.url:
            self._no_article(history.url["reason"] or history.url["state"], history.url["detail"])
            was_fetched = history.url["state"] != "failed" and history.url["reason"] != "robots"
            self.exitcode = endings.NEEDS_HUMAN if was_fetched else endings.NOTHING_WORKED

    def _listen(self, crawler: Crawler) -> None:
        crawler.signals.connect(self._received, signal=signals.response_received)

    def _received(self, response: Response) -> None:
        if not response.url.endswith("/robots.txt"):
            self._response = self._response or response

    def _dropped(self) -> Sequence[tuple[str, str]]:
        """Return the blocks of the page that are not in its text, each with the reason."""
        from crawler.extraction import Hints

        if self._response is None:
            return ()
        declared = (self._response.headers.get("Content-Type") or b"").decode("latin-1")
        charset = http_content_type_encoding(declared)
        return read_page(self._response.body, self._response.url, charset, Hints()).dropped

    def _no_article(self, reason: str, detail: str | None) -> None:
        say(printable(f"no article: {reason}" + (f": {detail}" if detail else "")))
        self.exitcode = endings.NEEDS_HUMAN


def _show(record: dict[str, Any], dropped: Sequence[tuple[str, str]]) -> None:
    show([json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)])
    metadata = record.get("metadata", {})
    sources = metadata.get("fieldSources", {})
    say("\nfield                source       value")
    for key, value in record.items():
        if key in sources:
            say(f"{key:20} {sources[key]:12} {printable(_short(value), SHOWN)}")
    for block, why in dropped:
        say(f"{_painted('left out', RED)} ({why}): {printable(block)}")
    for block in record.get("boilerplate", ()):
        say(f"{_painted('left out', RED)} (site text): {printable(block)}")
    for warning in metadata.get("warnings", ()):
        say(f"{_painted('warning', YELLOW)}: {printable(warning)}")


def _painted(text: str, colour: int) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if is_watched() else text


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
