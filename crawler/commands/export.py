"""``scrapy export``: the articles as one Parquet file, or their closed files copied to another place."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from crawler import endings
from crawler.commands import running
from crawler.offline import OfflineCommand
from crawler.output import ARTICLES, article_path
from crawler.sources.keys import duration
from crawler.state import open_state
from crawler.terminal import Secrets, printable, say, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from crawler.parquet import Row

#: After the end of a day until its file is closed: a line may be on its way to it at midnight.
GRACE = timedelta(hours=1)
#: Wrong rows that are named one by one.
NAMED = 20


class Command(OfflineCommand):
    """Gives the articles to other programs."""

    def syntax(self) -> str:
        return "[options] FILE.parquet | --to URL"

    def short_desc(self) -> str:
        return "The articles as one Parquet file, or their closed files copied to S3 and the like"

    def long_desc(self) -> str:
        return (
            "Writes the newest revision of every article (--all: every revision) to FILE.parquet, with typed columns; "
            "--day, --since and --source choose. Or copies the articles files that are closed to URL (s3://..., "
            "file:///..., whatever fsspec knows), each once, with a manifest behind it. Either may run during a crawl. "
            "Exit code 3 when lines had to be left out or files are missing, 74 when something cannot be written."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what chooses."""
        super().add_options(parser)
        parser.add_argument("--to", metavar="URL", help="copy the closed articles files to URL instead")
        parser.add_argument("--verify", action="store_true", help="with --to: read the copies back and compare them")
        parser.add_argument("--all", action="store_true", help="every revision, not only the newest of each article")
        parser.add_argument("--day", metavar="DATE", help="only the articles files of that day (UTC)")
        parser.add_argument("--since", metavar="DATE", help="only the files from that day on, or of a duration (7d)")
        parser.add_argument("--source", metavar="ID,ID", help="only articles of these sources")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Export to a file or copy."""
        assert self.settings is not None
        directory = Path(self.settings["DATA_DIR"])
        if len(args) != (0 if opts.to else 1) or (opts.to and (opts.all or opts.day or opts.since or opts.source)):
            raise UsageError("expected one file name that ends in .parquet, or --to URL alone")
        needed, extra = ("fsspec", "copy") if opts.to else ("pyarrow", "parquet")
        if find_spec(needed) is None:
            self.exitcode = running.refuse(f"export: expected the extra {extra}: pip install 'crawler[{extra}]'")
            return
        with running.refusals(self):
            if opts.to:
                self._copy(directory, opts)
            else:
                self._write(directory, Path(args[0]), opts)

    def _write(self, directory: Path, path: Path, opts: argparse.Namespace) -> None:
        from crawler import parquet

        try:
            files = _chosen(directory, opts)
        except ValueError as error:
            self.exitcode = running.refuse(str(error))
            return
        if path.suffix != ".parquet" or not path.parent.is_dir():
            self.exitcode = running.refuse(f"{path}: expected a name that ends in .parquet, in a directory that exists")
            return
        sources = set(opts.source.split(",")) if opts.source else None
        revisions = {} if opts.all else parquet.newest(parquet.read(files))
        rows = (
            row
            for row in parquet.read(files)
            if _is_of(row, sources) and (opts.all or parquet.is_newest(row, revisions))
        )
        count, wrong = parquet.write(path, rows)
        show([printable(f"{path}: {count} rows")])
        for row in wrong[:NAMED]:
            say(printable(f"{row.where}: left out: {row.mistake}"))
        if wrong[NAMED:]:
            say(f"and {len(wrong) - NAMED} more")
        if wrong:
            self.exitcode = endings.NEEDS_HUMAN

    def _copy(self, directory: Path, opts: argparse.Namespace) -> None:
        from crawler.copying import Destination, NoPlace

        assert self.settings is not None

        try:
            place = Destination(opts.to)
        except NoPlace as error:
            self.exitcode = running.refuse(str(error))
            return
        with closing(open_state(self.settings, read_only=True)) as state:
            closed = state.outbox.closed(f"{datetime.now(UTC) - GRACE:%Y-%m-%d}")
        copied = 0
        for segment in closed:
            is_here = article_path(directory, segment.name).exists()
            if not is_here and not place.is_there(segment):
                self._miss(
                    f"{segment.name}: expected the file in {directory / ARTICLES}, or its copy; neither is there"
                )
                continue
            copied += is_here and place.copy(directory, segment)
            if opts.verify and not place.is_same(segment):
                self._miss(f"{segment.name}: the copy is not what its manifest says")
        to = printable(Secrets(()).hidden(opts.to))
        show([f"{to}: {copied} files copied, {len(closed) - copied} need no copy"])

    def _miss(self, message: str) -> None:
        say(printable(message))
        self.exitcode = endings.NEEDS_HUMAN


def _chosen(directory: Path, opts: argparse.Namespace) -> list[Path]:
    """Return the articles files of the days that were asked for, in order; raises ValueError."""
    if not (directory / ARTICLES).is_dir():
        raise ValueError(f"{directory / ARTICLES}: expected articles files, found none: nothing has been crawled here")
    day = _day(opts.day) if opts.day else None
    since = _day(opts.since) if opts.since else ""
    return sorted(_of_days(directory, day, since), key=_order)


def _of_days(directory: Path, day: str | None, since: str) -> Iterator[Path]:
    for path in (directory / ARTICLES).glob("*.jsonl"):
        if path.name[:10] >= since and day in (None, path.name[:10]):
            yield path


def _order(path: Path) -> tuple[str, int, str]:
    day, part = path.stem[:10], path.stem[11:]
    return day, int(part) if part.isdigit() else 1, path.name


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        return f"{datetime.now(UTC) - timedelta(seconds=duration(text)):%Y-%m-%d}"
    except ValueError:
        raise ValueError(f'expected a date such as 2026-11-20 or a duration such as 7d, got "{text}"') from None


def _is_of(row: Row, sources: set[str] | None) -> bool:
    if sources is None or row.record is None:
        return True
    publisher = row.record.get("publisher")
    return isinstance(publisher, dict) and publisher.get("sourceId") in sources
