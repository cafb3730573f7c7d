"""``scrapy sources``: lists the sources, those of a country included, enables them, explains mistakes in the file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError
from scrapy.utils.conf import closest_scrapy_cfg

from crawler import endings
from crawler.commands import running
from crawler.offline import OfflineCommand
from crawler.sources import CATALOGUE, SHIPPED, SourcesError, known_sources, load_sources
from crawler.sources.keys import country
from crawler.terminal import printable, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from crawler.sources import Source


class Command(OfflineCommand):
    """Lists, checks and enables the sources."""

    def syntax(self) -> str:
        return "[options] [FILE] | check [NAME ...]"

    def short_desc(self) -> str:
        return "List the sources, those of a country, enable them, check the source file"

    def long_desc(self) -> str:
        return (
            "Reads SOURCES_FILE (or FILE), names the first mistake in it (exit code 2), or lists its sources: id, "
            "on or off, interval, how many documents it names (explored: found out from the home page), home. "
            "--country and --lang choose among these and the catalogue of outlets that ships; --enable turns the "
            "chosen ones on in SOURCES_FILE (sources.toml beside scrapy.cfg where none of your own is named). "
            "check visits the enabled sources, or those named, fetches three articles of each, keeps nothing, says "
            "what answers, how fresh it is, what robots.txt says and which fields the records have, and writes the "
            "date of a good check into SOURCES_FILE. Exit code 3: some need a human; 4: none works."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        parser.add_argument("--country", metavar="CODE", help="sources of a country, such as de")
        parser.add_argument("--lang", metavar="CODE", help="sources in a language, such as en")
        parser.add_argument("--enable", action="store_true", help="turn the chosen sources on")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the sources, or enable them."""
        assert self.settings is not None
        chooses = bool(opts.country or opts.lang)
        if args and args[0] == "check":
            if opts.enable:
                raise UsageError("check: expected no --enable")
            self._check(args[1:], opts, is_chosen=chooses)
            return
        if len(args) > 1:
            raise UsageError("expected at most one FILE")
        if opts.enable and not chooses:
            raise UsageError("--enable: expected --country or --lang, which say what to enable")
        path = Path(args[0] if args else self.settings["SOURCES_FILE"])
        try:
            target = _own(path)
            known = known_sources(path if path.exists() or not opts.enable else SHIPPED)
            chosen = _chosen(known.values(), opts) if chooses else list(load_sources(path).values())
            if opts.enable:
                _enable(target, [source.id for source in chosen])
                known = known_sources(target)
                show([f"{len(chosen)} sources are on in {printable(str(target))}"])
        except SourcesError as error:
            self.exitcode = running.refuse(str(error))
        except OSError as error:
            running.refuse(f"{target}: expected a file that can be written, got {error.strerror}")
            self.exitcode = endings.STORAGE
        else:
            show(_row(known[source.id] if opts.enable else source) for source in chosen)

    def _check(self, names: list[str], opts: argparse.Namespace, *, is_chosen: bool) -> None:
        """Visit sources and print what is found of each; good ones get the date into their table."""
        from crawler.commands.checking import check

        assert self.settings is not None
        path = Path(self.settings["SOURCES_FILE"])
        try:
            known = known_sources(path)
            chosen = [source.id for source in _chosen(known.values(), opts)] if is_chosen else []
            names = names or chosen or [source.id for source in known.values() if source.enabled]
            self.exitcode, checked = check(self, names)
        except SourcesError as error:
            self.exitcode = running.refuse(str(error))
            return
        show(line for one in checked for line in one.lines)
        good = [one.id for one in checked if one.verdict == "ok"]
        if path == SHIPPED and self.settings.getpriority("SOURCES_FILE") != running.CMDLINE:
            return  # the file that ships is nobody's own
        try:
            _write_dates(path, good)
        except OSError as error:
            running.refuse(f"{path}: expected a file that can be written, got {error.strerror}")
            self.exitcode = endings.STORAGE


def _write_dates(path: Path, names: list[str]) -> None:
    """Write today's date into the tables of *names* that stand in the file."""
    from crawler.sources import editing

    before = text = path.read_text(encoding="utf-8")
    for name in load_sources(path).keys() & set(names):
        text = editing.verified(text, name, day=datetime.now(UTC).date())
    if text != before:
        _write(path, text)


def _own(path: Path) -> Path:
    """Return the file that may be written for *path*: never the one that ships."""
    return Path(closest_scrapy_cfg() or "scrapy.cfg").with_name("sources.toml") if path == SHIPPED else path


def _chosen(known: Iterable[Source], opts: argparse.Namespace) -> list[Source]:
    try:
        code = country(opts.country) if opts.country else None
    except ValueError:
        raise SourcesError(f'--country: expected a code such as "de", got "{opts.country}"') from None
    chosen = [
        source
        for source in known
        if (code is None or source.country == code) and (opts.lang is None or source.speaks(opts.lang))
    ]
    if not chosen:
        asked = " and ".join(word for word in (opts.country, opts.lang) if word)
        raise SourcesError(f"--country, --lang: expected sources of {asked}, found none")
    return chosen


def _enable(target: Path, names: list[str]) -> None:
    """Turn the sources *names* on in the file *target*; a new one keeps on what is on without it."""
    from crawler.sources import editing

    if target.exists():
        load_sources(target)  # a mistake is named before anything is written
        text = target.read_text(encoding="utf-8")
    else:
        text = editing.HEADER
        names = [source.id for source in load_sources(SHIPPED).values() if source.enabled] + names
    shipped = [path.read_text(encoding="utf-8") for path in (SHIPPED, CATALOGUE)]
    _write(target, editing.enabled(text, names, shipped=shipped))


def _write(target: Path, text: str) -> None:
    """Replace the file in one step, so that a crawl that begins meanwhile reads the old or the new one."""
    new = target.with_name(f"{target.name}.new")
    new.write_text(text, encoding="utf-8")
    if target.exists():
        new.chmod(target.stat().st_mode)
    new.replace(target)


def _row(source: Source) -> str:
    documents = len(source.feeds) + len(source.news_sitemaps) + len(source.sitemaps) + len(source.pages)
    found = "explored" if source.is_explored else f"{documents} documents"
    state = "on " if source.enabled else "off"
    every = f"every {source.every / 60:g} min" if source.every else "as it brings news"
    place = f"{source.country or '':2} {source.language or '':5}"
    return f"{source.id:24} {state}  {place}  {every:17}  {found:12}  {source.home}"
