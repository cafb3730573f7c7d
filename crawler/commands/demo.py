"""``scrapy demo``: serves the sample newspaper on loopback, crawls it, shows the result. Works with no network."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler import endings, output, urls
from crawler.commands import running
from crawler.state import CrawlState
from crawler.terminal import printable, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from crawler.newsroom import Newsroom
    from crawler.state.history import History

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
            "Keeps its data in DATA_DIR/demo (DATA_DIR/demo-PORT with another port). Run it again to see what a second "
            "visit does: documents answer 304, no article is fetched again, no line is added. --fresh begins anew."
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
        # Another port is another newspaper, and a port of nobody's choice is a new one every time.
        name = "demo" if opts.port == PORT else f"demo-{opts.port}"
        self.settings.set("DATA_DIR", str(Path(self.settings["DATA_DIR"]) / name), priority="cmdline")
        self.settings.set("STATE_URL", "", priority="cmdline")
        running.prefer(self.settings, AT_HOME)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Serve, crawl, show."""
        from crawler.newsroom import Newsroom

        if args:
            raise UsageError("expected no arguments")
        assert self.settings is not None
        directory = Path(self.settings["DATA_DIR"])
        if opts.fresh or not opts.port:
            shutil.rmtree(directory, ignore_errors=True)
        try:
            paper = Newsroom(port=opts.port)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "a number that is none"
            self.exitcode = running.refuse(f"--port {opts.port}: expected a free port, got {reason}")
            return
        with paper:
            show([f"The sample newspaper is at {paper.url}"])
            self.exitcode = running.crawl(self, "news", {"url": paper.url})
            if self.exitcode in (endings.GOOD, endings.NEEDS_HUMAN, endings.BUDGET_REACHED):
                with running.refusals(self), closing(CrawlState(directory, read_only=True)) as state:
                    show(printable(line) for line in _shown(paper, state))


def _shown(paper: Newsroom, state: CrawlState) -> Iterator[str]:
    """Yield what became of every address that the newspaper announces, and one record."""
    directory = state.directory
    ended: dict[str, Counter[str]] = {}
    others: Counter[str] = Counter()
    for path, kind in paper.expected.items():
        history = state.history(urls.identity_key(urls.join(paper.url, path) or path))
        if history.url:
            ended.setdefault(_outcome(history), Counter())[kind] += 1
        else:
            others[kind] += 1
    segments = state.outbox.segments()
    yield from ("", f"This visit: {_last_visit(directory)}")
    yield from ("", "What became of every page that the newspaper announces:")
    for outcome, kinds in sorted(ended.items(), key=lambda item: -item[1].total()):
        yield f"  {kinds.total():3}  {outcome:34} {_listed(kinds)}"
    yield f"  {others.total():3}  {'never taken for an article':34} {_listed(others)}"
    for segment in segments[:1]:
        yield from ("", f"{segment.lines} articles in {output.article_path(directory, segment.name)}; one of them:")
        for key, value in _richest(directory, segment.name).items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"  {key:20} {text.replace(chr(10), ' / ')}"


def _last_visit(directory: Path) -> str:
    """Return in words what the newest run report says of the newspaper."""
    report = json.loads(max((directory / output.RUNS).glob("*.json")).read_text(encoding="utf-8"))
    (source,) = report["sources"].values()
    documents = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in source["documents"].items())
    return f"documents {documents}; {source['thisRun']['stored']} articles added"


def _outcome(history: History) -> str:
    row = history.url
    assert row
    if history.aliased_from and row["key"] != history.aliased_from:
        return f"stored (another address: {history.how})"
    return f"{row['state']}: {row['reason']}" if row["reason"] else str(row["state"])


def _listed(kinds: Counter[str]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())


def _richest(directory: Path, segment: str) -> dict[str, Any]:
    """Return the record with the most fields: it shows best what a record can hold."""
    with output.article_path(directory, segment).open("rb") as lines:
        records: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return max(records, key=len)
