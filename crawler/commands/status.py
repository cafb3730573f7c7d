"""``scrapy status``: every source at a glance, for people, cron and mail."""

from __future__ import annotations

import json
import re
import sys
from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import UsageError

from crawler import endings, items
from crawler.commands import running
from crawler.health import coverage
from crawler.health.overview import overview
from crawler.health.rhythm import lasting
from crawler.offline import OfflineCommand
from crawler.sources import load_sources
from crawler.state import has_state, open_state
from crawler.terminal import printable, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Container, Iterator, Mapping, Sequence

    from crawler.health.coverage import Coverage
    from crawler.health.overview import Entry

#: Terminal colours (ECMA-48 §8.3.117).
COLOURS = {"fresh": 32, "quiet": 33, "blocked": 35, "broken": 31, "new": 36, "off": 90}
#: Columns kept for a source's id.
ID_WIDTH = 24
#: Seconds without a run that ended, after which --fail fails: then nobody starts them any more.
SILENT = 86_400.0
#: A mailbox without display name; a bare user is a mailbox of this machine.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+(@[A-Za-z0-9.-]+)?")
#: Characters of a line.
LONGEST = 400


class Command(OfflineCommand):
    """Shows how the sources stand."""

    def syntax(self) -> str:
        return "[options] [SOURCE]..."

    def short_desc(self) -> str:
        return "Per source: fresh, quiet, blocked, broken; why, and since when"

    def long_desc(self) -> str:
        return (
            "Tells of every source whether it is fresh, quiet, blocked or broken, why, and since when; of sources that "
            "are named also what share of their articles is stored, and where the rest went. --fail exits 3 when a "
            "source needs somebody, or when no run has ended for a day."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add --fail, --json and --mail."""
        super().add_options(parser)
        parser.add_argument("--fail", action="store_true", help="exit 3 when a source needs somebody, print only those")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--mail", metavar="ADDRESS", help="print a mail to ADDRESS, for sendmail -t")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the sources."""
        assert self.settings is not None
        now = datetime.now(UTC).timestamp()
        with running.refusals(self):
            entries, covered, last = self._found(args, now)
            silent = _silent(last, now)
            show(_output(entries, covered, last, silent, opts, now))
            if opts.fail and (silent or any(entry.needs_human for entry in entries)):
                self.exitcode = endings.NEEDS_HUMAN

    def _found(self, names: list[str], now: float) -> tuple[list[Entry], dict[str, Coverage], dict[str, Any] | None]:
        """Return the entries, the coverage of those that are named, and the last run."""
        assert self.settings is not None
        sources = load_sources(Path(self.settings["SOURCES_FILE"]))
        if not has_state(self.settings):
            _require_known(names, sources)
        with closing(open_state(self.settings, read_only=True)) as state:
            entries, last = overview(state, sources, now=now), state.statistics.last_run()
            covered = {name: coverage.of_source(state, name, now=now) for name in names}
        _require_known(names, {entry.id for entry in entries})
        return [entry for entry in entries if not names or entry.id in names], covered, last


def _require_known(names: list[str], known: Container[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"expected sources, found no {', '.join(unknown)}; `scrapy status` lists them")


def _output(
    entries: Sequence[Entry],
    covered: Mapping[str, Coverage],
    last: dict[str, Any] | None,
    silent: str | None,
    opts: argparse.Namespace,
    now: float,
) -> Iterator[str]:
    if opts.json:
        run = {"run": last["id"], "ended": items.zulu(last["ended"]), "exitCode": last["exit"]} if last else None
        more = {name: {"coverage": found.as_json()} for name, found in covered.items()}
        sources = [entry.as_json() | more.get(entry.id, {}) for entry in entries]
        facts = {"at": items.zulu(now), "lastRun": run, "sources": sources}
        yield json.dumps(facts, ensure_ascii=False, indent=1)
    elif opts.mail:
        yield _mail(entries, silent, opts.mail, now)
    else:
        shown = [entry for entry in entries if entry.needs_human or not opts.fail]
        for entry in shown:
            yield _row(entry, now, is_coloured=sys.stdout.isatty())
            if entry.id in covered:
                yield f"{'':{ID_WIDTH}} {printable(covered[entry.id].told(), LONGEST)}"
        yield from [silent] if silent else []


def _row(entry: Entry, now: float, *, is_coloured: bool = False) -> str:
    status = f"{entry.status:8}"
    if is_coloured:
        status = f"\x1b[{COLOURS[entry.status]}m{status}\x1b[0m"
    return f"{entry.id:{ID_WIDTH}} {status} {printable(entry.why(now), LONGEST)}"


def _silent(last: dict[str, Any] | None, now: float) -> str | None:
    """Return what to say when no run has ended for long: whoever should start them does not."""
    if last is None:
        return "no run has ended here yet"
    quiet = now - last["ended"]
    return f"no run has ended for {lasting(quiet)}; is cron at work?" if quiet > SILENT else None


def _mail(entries: Sequence[Entry], silent: str | None, address: str, now: float) -> str:
    """Return a message (RFC 5322) that says in its subject whether anybody need read it."""
    needing = [entry for entry in entries if entry.needs_human]
    if not ADDRESS.fullmatch(address):
        raise UsageError(f"--mail: expected an address such as you@example.org, got {address!r}")
    message = EmailMessage()
    message["To"] = address
    subject = (
        f"{len(needing)} of {len(entries)} sources need you" if needing else f"all {len(entries)} sources are well"
    )
    message["Subject"] = f"Crawler: {silent or subject}"
    message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notices, please
    stored = sum(entry.today for entry in entries)
    parts = [f"{subject.capitalize()}; {stored} articles in the last 24 hours.", *([silent] if silent else [])]
    if needing:
        parts += ["", *(_row(entry, now) for entry in needing)]
    rest = [entry for entry in entries if not entry.needs_human]
    if rest:
        parts += ["", "The others:", *(_row(entry, now) for entry in rest)]
    message.set_content("\n".join(parts) + "\n", charset="utf-8", cte="8bit")
    return message.as_string().rstrip("\n")
