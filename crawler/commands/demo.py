"""``scrapy demo``: serves the sample newspaper on loopback, crawls it, shows the result. Works with no network."""

from __future__ import annotations

import json
import shutil
from collections import Counter
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
    from collections.abc import Iterator

    from crawler.newsroom import Newsroom

#: The same port every time, so that a second demo finds the same newspaper.
PORT = 8765

#: A sample site on this machine needs no manners.
AT_HOME = {
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DISK_RESERVE": 64 << 20,
}


class Command(ScrapyCommand):
    """Shows what the crawler does on a newspaper that comes with it."""

    requires_project = True

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Serve the sample newspaper on loopback, crawl it, show the result (no network needed)"

    def long_desc(self) -> str:
        return (
            "Keeps its data in DATA_DIR/demo. Run it again to see what a second visit does: documents answer 304, no "
            "article is fetched again, no line is added. --fresh begins anew."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --port and --fresh."""
        super().add_options(parser)
        parser.add_argument("--port", type=int, default=PORT, help=f"port of the newspaper (default: {PORT}; 0: any)")
        parser.add_argument("--fresh", action="store_true", help="forget the demo's data first")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Keep the demo's data apart from real data."""
        super().process_options(args, opts)
        assert self.settings is not None
        self.settings.set("DATA_DIR", str(Path(self.settings["DATA_DIR"]) / "demo"), priority="cmdline")
        running.prefer(self.settings, AT_HOME)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Serve, crawl, show."""
        from crawler.newsroom import Newsroom

        if args:
            raise UsageError("expected no arguments")
        assert self.settings is not None
        directory = Path(self.settings["DATA_DIR"])
        if opts.fresh:
            shutil.rmtree(directory, ignore_errors=True)
        try:
            paper = Newsroom(port=opts.port)
        except OSError as error:
            self.exitcode = running.refuse(f"--port {opts.port}: expected a free port, got {error.strerror}")
            return
        with paper:
            print(f"The sample newspaper is at {paper.url}", flush=True)
            self.exitcode = running.crawl(self, "news", {"url": paper.url})
            if self.exitcode in (endings.GOOD, endings.NEEDS_HUMAN, endings.BUDGET_REACHED):
                for line in _shown(paper, directory):
                    print(printable(line))


def _shown(paper: Newsroom, directory: Path) -> Iterator[str]:
    """Yield what became of every address that the newspaper announces, and one record."""
    state = CrawlState(directory, read_only=True)
    ended: dict[str, Counter[str]] = {}
    for path, expected in paper.expected.items():
        history = state.history(urls.identity_key(urls.join(paper.url, path) or path))
        ended.setdefault(_outcome(history.url), Counter())[expected] += 1
    segments = state.articles.segments()
    state.close()
    yield ""
    yield "What became of every address that the newspaper announces:"
    for outcome, kinds in sorted(ended.items(), key=lambda item: -item[1].total()):
        listed = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())
        yield f"  {kinds.total():3}  {outcome:32} {listed}"
    yield ""
    for segment in segments:
        yield f"{segment.lines} articles in {output.article_path(directory, segment.name)}; the first of them:"
        for key, value in _first(directory, segment.name).items():
            yield f"  {key:16} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        break


def _outcome(row: dict[str, Any] | None) -> str:
    if row is None:
        return "never announced"
    return f"{row['state']}: {row['reason']}" if row["reason"] else str(row["state"])


def _first(directory: Path, segment: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(output.read_line(directory, segment, 0))
    return record
