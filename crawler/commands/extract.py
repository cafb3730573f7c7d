"""``scrapy extract URL|FILE``: the record of one page, and where each field came from."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler import endings, output, urls
from crawler.commands import running
from crawler.state import CrawlState
from crawler.terminal import printable

if TYPE_CHECKING:
    import argparse

#: Characters of a field's value shown in the table.
SHOWN = 90


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
            "standard output and where each field came from on standard error. Nothing is kept. Exit code 3 when the "
            "page is no article, 4 when it could not be fetched."
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
        from crawler.extraction import Hints, extract

        url = urls.fetch_form(base)
        if url is None:
            self.exitcode = running.refuse(f'--base: expected a web address, got "{base}"')
            return
        page = extract(path.read_bytes(), url=url, hints=Hints(downloaded=datetime.now(UTC)))
        if page.reason:
            self._no_article(page.reason, page.detail)
        else:
            _show(page.record())

    def _from_network(self, url: str) -> None:
        assert self.settings is not None
        code = running.crawl(self, "urls", {"url": url})
        directory = Path(self.settings["DATA_DIR"])
        if code == endings.USAGE or not (directory / "crawl.db").exists():
            self.exitcode = code
            return
        state = CrawlState(directory, read_only=True)
        history = state.history(urls.identity_key(urls.fetch_form(url) or url))
        state.close()
        if history.article and history.article["segment"]:
            _show(json.loads(output.read_line(directory, history.article["segment"], history.article["position"])))
        elif history.url:
            self._no_article(history.url["reason"] or history.url["state"], history.url["detail"])
            self.exitcode = endings.NOTHING_WORKED if history.url["state"] == "failed" else endings.NEEDS_HUMAN

    def _no_article(self, reason: str, detail: str | None) -> None:
        sys.stderr.write(printable(f"no article: {reason}" + (f": {detail}" if detail else "")) + "\n")
        self.exitcode = endings.NEEDS_HUMAN


def _show(record: dict[str, Any]) -> None:
    print(json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False))
    metadata = record.get("metadata", {})
    sources = metadata.get("fieldSources", {})
    sys.stderr.write("\nfield                source       value\n")
    for key, value in record.items():
        if key in sources:
            sys.stderr.write(f"{key:20} {sources[key]:12} {printable(_short(value), SHOWN)}\n")
    for warning in metadata.get("warnings", ()):
        sys.stderr.write(f"warning: {printable(warning)}\n")


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
