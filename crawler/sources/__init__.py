"""Sources: which sites to visit and how, read from a TOML file whose every mistake is explained. Knows no network."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from crawler import urls
from crawler.sources.index import SourceIndex
from crawler.sources.keys import READERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from crawler.sources.filters import Only
    from crawler.sources.logins import Login

#: Source ids name files and report rows, so they may hold nothing that a path or a log could trip over.
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

#: The sources that ship: those worked out one by one, and the catalogue of outlets by country.
SHIPPED = Path(__file__).parents[1] / "sources.toml"
CATALOGUE = SHIPPED.with_name("catalogue.toml")

#: Seconds after publication at which an article is looked at again: corrections come early or not at all.
REVISIT = (3_600.0, 21_600.0, 86_400.0, 259_200.0)


class SourcesError(ValueError):
    """A source file or argument is wrong; the message names where, what was expected and what was found."""


@attrs.frozen(kw_only=True)
class Source:
    """One site as an operator describes it."""

    id: str
    home: str
    """Its front page, in fetch form."""
    name: str | None = None
    """As readers know it; None lets the pages speak."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    feeds: tuple[str, ...] = ()
    news_sitemaps: tuple[str, ...] = ()
    """Sitemaps of what is new (Google News)."""
    sitemaps: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    """Sitemaps and lists of the whole site beside a feed or news sitemap: read by a crawl of the past only."""
    pages: tuple[str, ...] = ()
    """Section pages whose links are read."""
    allow: re.Pattern[str] | None = None
    """Only addresses that it finds are articles here."""
    deny: re.Pattern[str] | None = None
    only: Only | None = None
    """What of it is wanted, by what documents and pages say."""
    language: str | None = None
    """BCP 47."""
    timezone: str | None = None
    """IANA name; the zone of local times that the pages print without one."""
    delay: float | None = None
    """Seconds between requests; only ever slower than DOWNLOAD_DELAY."""
    every: float | None = None
    """Seconds between visits of a document; None goes by what each document brings."""
    revisit: tuple[float, ...] = REVISIT
    """Seconds after publication at which an article is looked at again; none: never."""
    hosts: tuple[str, ...] = ()
    """Further hosts or domains its articles may lie on."""
    tls: str | None = None
    """``insecure``: its servers need not prove who they are, and its records say so; None: they must."""
    login: Login | None = None
    """What the operator has to show at its door."""
    explore: bool | None = None
    """Whether its documents are to be found out; None: where neither feeds nor sitemaps are named."""
    render: bool | None = None
    """Whether a browser builds its pages; None: those that have no text without their scripts."""
    articles_per_day: tuple[float, float] | None = None
    """What a healthy day brings: [least, most]."""
    verified: Mapping[str, date] = attrs.field(factory=dict)
    """What was looked at and when: ``form`` it is valid, ``crawl`` `scrapy sources check` found it good."""
    enabled: bool = True

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains its articles may lie on: the home page's registrable domain first."""
        return (urls.registrable_domain(self.home), *self.hosts)

    @property
    def is_explored(self) -> bool:
        """Whether its documents have to be found out, by its own word or because no feed or sitemap is named."""
        return not (self.feeds or self.news_sitemaps or self.sitemaps) if self.explore is None else self.explore

    def speaks(self, language: str) -> bool:
        """Whether *language* (BCP 47, compared by its primary subtag) is the source's."""
        return (self.language or "").partition("-")[0].lower() == language.partition("-")[0].lower()

    def refuses(self, url: str) -> str | None:
        """Return why *url* is no article of this source (``off_site``, ``not_allowed``, ``denied``), or None."""
        if not urls.in_scope(url, self.domains):
            return "off_site"
        if self.allow and not self.allow.search(url):
            return "not_allowed"
        return "denied" if self.deny and self.deny.search(url) else None


def load_sources(path: Path) -> dict[str, Source]:
    """Read the source file at *path*; raises SourcesError naming file, table and key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SourcesError(f"{path}: expected a readable source file, got {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SourcesError(f"{path}: expected UTF-8, got byte {error.start} that is none") from error
    return parse_sources(text, where=path.name)


def parse_sources(text: str, *, where: str) -> dict[str, Source]:
    """Return the sources of a TOML text by id, in its order; raises SourcesError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourcesError(f"{where}: expected TOML, got {error}") from error
    return {name: _source(name, table, where=where) for name, table in tables.items()}


def known_sources(path: Path) -> dict[str, Source]:
    """Return the sources of the file at *path* and, off, those that ship beside it; raises SourcesError.

    A table of the operator's own goes before the one of the same id that ships.
    """
    own = load_sources(path)
    shipped = {name: attrs.evolve(source, enabled=False) for name, source in shipped_sources().items()}
    return own | {name: source for name, source in shipped.items() if name not in own}


def shipped_sources() -> dict[str, Source]:
    """Return what ships with the project by id; entries that were worked out go before those of the catalogue."""
    worked_out, catalogue = load_sources(SHIPPED), load_sources(CATALOGUE)
    return worked_out | {name: source for name, source in catalogue.items() if name not in worked_out}


def source_of(url: str) -> Source:
    """Return a source for a site of which only *url* is known; raises SourcesError if it is no web address."""
    home = urls.fetch_form(url)
    if home is None:
        raise SourcesError(f'url: expected a web address such as https://example.com/, got "{url}"')
    return Source(id=urls.source_id(home), home=home)


def source_for(url: str, sources: Iterable[Source]) -> Source | None:
    """Return the source whose home has *url*'s host, else the one whose domains hold it, else None."""
    return SourceIndex(sources).find(url)


def _source(name: str, table: Any, *, where: str) -> Source:
    def fail(key: str, expected: str, found: object) -> SourcesError:
        return SourcesError(f"{where}: [{name}] {key}: expected {expected}, got {_shown(found)}")

    if not ID.fullmatch(name):
        raise SourcesError(f"{where}: [{name}]: expected an id of a-z, 0-9, _ and - (at most 64), got {_shown(name)}")
    if not isinstance(table, dict):
        raise SourcesError(f"{where}: {name}: expected a table [{name}], got {_shown(table)}")
    for key in table.keys() - READERS.keys():
        raise SourcesError(f"{where}: [{name}] {key}: unknown key{_suggestion(key)}")
    if "home" not in table:
        raise SourcesError(f"{where}: [{name}] home: expected the address of the front page, got nothing")
    values: dict[str, Any] = {}
    for key, value in table.items():
        expected, read = READERS[key]
        try:
            values["articles_per_day" if key == "expect" else key] = read(value)
        except (ValueError, TypeError, KeyError, re.error) as error:
            detail = f" ({error})" if isinstance(error, re.error) else ""
            # What stands under login may be a secret that somebody wrote there by mistake.
            raise fail(key, expected + detail, "something else" if key == "login" else value) from error
    return Source(id=name, **values)


def _suggestion(key: str) -> str:
    close = difflib.get_close_matches(key, READERS, n=1)
    return f", did you mean {close[0]}?" if close else f"; known keys are {', '.join(sorted(READERS))}"


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."
