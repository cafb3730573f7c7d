"""Sources: which sites to visit and how, read from a TOML file whose every mistake is explained. Knows no network."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import attrs

from crawler import urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

#: Source ids name files and report rows, so they may hold nothing that a path or a log could trip over.
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


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
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    """Section pages whose links are read."""
    allow: re.Pattern[str] | None = None
    """Only addresses that it finds are articles here."""
    deny: re.Pattern[str] | None = None
    language: str | None = None
    """BCP 47."""
    timezone: str | None = None
    """IANA name; the zone of local times that the pages print without one."""
    delay: float | None = None
    """Seconds between requests; only ever slower than DOWNLOAD_DELAY."""
    every: float | None = None
    """Seconds between visits of a document; None goes by what each document brings."""
    hosts: tuple[str, ...] = ()
    """Further hosts or domains its articles may lie on."""
    articles_per_day: tuple[float, float] | None = None
    """What a healthy day brings: [least, most]."""
    enabled: bool = True

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains its articles may lie on: the home page's registrable domain first."""
        return (urls.registrable_domain(self.home), *self.hosts)

    @property
    def is_explored(self) -> bool:
        """Whether its documents have to be found out because the file names neither feeds nor sitemaps."""
        return not (self.feeds or self.sitemaps)

    def refuses(self, url: str) -> str | None:
        """Return why *url* is no article of this source (``off_site``, ``not_allowed``, ``denied``), or None."""
        if not urls.in_scope(url, self.domains):
            return "off_site"
        if self.allow and not self.allow.search(url):
            return "not_allowed"
        return "denied" if self.deny and self.deny.search(url) else None


def duration(text: str) -> float:
    """Return the seconds of ``90s``, ``15m``, ``2h``, ``2d`` or ``1w``; raises ValueError."""
    match = DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(f'expected a duration such as "15m", "2h" or "2d", got "{text}"')
    return float(match[1]) * SECONDS[match[2]]


def regex(text: str) -> re.Pattern[str]:
    """Return the compiled pattern; raises re.error, also for one that nests or repeats beyond all bounds."""
    try:
        return re.compile(text)
    except (OverflowError, RecursionError) as error:
        raise re.error(str(error)) from error


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


def source_of(url: str) -> Source:
    """Return a source for a site of which only *url* is known; raises SourcesError if it is no web address."""
    home = urls.fetch_form(url)
    if home is None:
        raise SourcesError(f'url: expected a web address such as https://example.com/, got "{url}"')
    return Source(id=urls.source_id(home), home=home)


def source_for(url: str, sources: Iterable[Source]) -> Source | None:
    """Return the source whose home has *url*'s host, else the one whose domains hold it, else None."""
    known = list(sources)
    same_host = (s for s in known if urls.host_port(s.home) == urls.host_port(url))
    same_site = (s for s in known if urls.in_scope(url, s.domains) and not _is_numeric(url))
    return next(same_host, None) or next(same_site, None)


def _is_numeric(url: str) -> bool:
    """Whether the host is an IPv4 address: then only the port tells sites apart."""
    return urls.host(url).replace(".", "").isdigit()


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
            raise fail(key, expected + detail, value) from error
    return Source(id=name, **values)


def _suggestion(key: str) -> str:
    close = difflib.get_close_matches(key, READERS, n=1)
    return f", did you mean {close[0]}?" if close else f"; known keys are {', '.join(sorted(READERS))}"


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def _address(value: Any) -> str:
    url = urls.fetch_form(value) if isinstance(value, str) else None
    if url is None:
        raise ValueError
    return url


def _addresses(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_address(item) for item in value)


def _pattern(value: Any) -> re.Pattern[str]:
    parts = value if isinstance(value, list) else [value]
    if not parts or not all(isinstance(part, str) and part for part in parts):
        raise TypeError
    return regex("|".join(f"(?:{part})" for part in parts))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value.strip()


def _language(value: Any) -> str:
    if not re.fullmatch(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", _text(value)):
        raise ValueError
    return _text(value)


def _timezone(value: Any) -> str:
    if _text(value) not in available_timezones():
        raise ValueError
    return _text(value)


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise ValueError
    return float(value)


def _host(value: Any) -> str:
    name = _text(value).lower()
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        raise ValueError
    return name


def _hosts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_host(item) for item in value)


def _expect(value: Any) -> tuple[float, float]:
    if set(value) != {"articles_per_day"}:
        raise ValueError
    least, most = value["articles_per_day"]
    if not 0 <= least <= most:
        raise ValueError
    return float(least), float(most)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


#: Every key of a source table: what is expected, in words, and what reads it.
READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("a name", _text),
    "home": ("a web address such as https://example.com/", _address),
    "feeds": ("a list of web addresses", _addresses),
    "sitemaps": ("a list of web addresses", _addresses),
    "pages": ("a list of web addresses", _addresses),
    "allow": ("a regular expression or a list of them", _pattern),
    "deny": ("a regular expression or a list of them", _pattern),
    "language": ('a language tag such as "en" or "pt-BR"', _language),
    "timezone": ('an IANA time zone such as "Europe/Moscow"', _timezone),
    "delay": ("seconds as a number from 0 to 86400", _seconds),
    "every": ('a duration such as "15m"', lambda value: duration(_text(value))),
    "hosts": ('a list of host names such as "news.example.com"', _hosts),
    "expect": ("{ articles_per_day = [least, most] }", _expect),
    "enabled": ("true or false", _flag),
}
