"""What an operator asked for with -a NAME=VALUE, read and checked before anything is fetched."""

from __future__ import annotations

import difflib
import os
import re
from datetime import UTC, datetime
from glob import glob
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from crawler import urls
from crawler.discovery.periods import read_period
from crawler.politeness.logins import is_available
from crawler.sites import own_site
from crawler.sources import Source, SourcesError, known_sources, load_sources, source_for, source_of
from crawler.sources.filters import section_names
from crawler.sources.keys import country, duration, regex
from crawler.spiders.shards import shard_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crawler.discovery.periods import Period

BARE_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(/.*)?", re.IGNORECASE)
#: The filters that every spider of articles understands.
FILTERS = ("since", "limit", "lang", "section", "match", "sample")
#: The ways to say which sources to visit, and what each is a list of.
CHOICES = {"source": "source", "url": "web address", "country": "country"}
#: All that a visit of sites, or of pages named one by one, understands.
SITE_ARGUMENTS = (*CHOICES, "correct", "shard", *FILTERS, "backfill")
PAGE_ARGUMENTS = ("url", "file", *FILTERS)


@attrs.frozen(kw_only=True)
class Plan:
    """One run as it was asked for."""

    sources: tuple[Source, ...]
    is_named: bool
    """The operator named what to visit, so it is visited now, due or not."""
    pages: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """Addresses of articles to fetch, by source id."""
    mistakes: tuple[str, ...] = ()
    """What could not be understood, though the rest could."""
    allow_private: tuple[str, ...] = ()
    since: float | None = None
    limit: int | None = None
    sample: int | None = None
    """Articles of each source."""
    language: str | None = None
    sections: frozenset[str] = frozenset()
    match: re.Pattern[str] | None = None
    correct: bool = False
    """Lines that are written already get a new revision where they hold site text."""
    until: float | None = None
    """Unix time; what was published later is left."""
    backfill: Period | None = None
    """The past to be read, archives included; ``since`` and ``until`` are its ends."""
    hosts: tuple[str, ...] = ()
    """Only pages of these hosts and what lies below them; empty means all."""
    archives: tuple[Path, ...] = ()
    """WARC files to read."""
    on_cluster: bool = False
    """A Ray cluster reads them."""

    @property
    def is_filtered(self) -> bool:
        """Whether the operator wants some articles only."""
        return bool(self.since is not None or self.until is not None or self.language or self.sections or self.match)


def plan_sites(arguments: Mapping[str, str], *, sources_file: Path, now: datetime) -> Plan:
    """Read ``source=``, ``url=``, ``country=``, ``correct=``, ``backfill=`` and the filters; raises SourcesError."""
    _require_known(arguments, SITE_ARGUMENTS)
    if arguments.get("correct", "1") != "1":
        raise SourcesError(f'-a correct=: expected 1, got "{arguments["correct"]}"')
    chosen = [name for name in CHOICES if name in arguments]
    if len(chosen) > 1:
        raise SourcesError(f"{' and '.join(chosen)}: expected one of them, got {len(chosen)}")
    given = _split(arguments.get("url", ""))
    sources = _chosen(arguments, given, sources_file)
    if not sources and chosen:
        raise SourcesError(f"{chosen[0]}: expected at least one {CHOICES[chosen[0]]}, got none")
    if not sources:
        raise SourcesError(f"{sources_file}: expected at least one enabled source, found none")
    if "shard" in arguments:
        share = shard_of(arguments["shard"])
        sources = tuple(source for source in sources if share.has(urls.registrable_domain(source.home)))
    return Plan(
        sources=tuple({source.id: _by_key(source) for source in sources}.values()),
        is_named=bool(given or "source" in arguments or "backfill" in arguments),
        allow_private=tuple(urls.host_port(source.home) for source in sources) if given else (),
        correct="correct" in arguments,
        **_filters(arguments, now),
        **_backfill(arguments, now),
    )


def _chosen(arguments: Mapping[str, str], given: list[str], sources_file: Path) -> tuple[Source, ...]:
    """Return the sources asked for: sites by address, sources by name, countries, or else those that are enabled."""
    if "source" in arguments:
        known = known_sources(sources_file)
        return tuple(_configured(name, known) for name in _split(arguments["source"]))
    if "country" in arguments:
        codes = [_country(code) for code in _split(arguments["country"])]
        known = known_sources(sources_file)
        return tuple(source for code in codes for source in _of_country(code, known))
    configured = load_sources(sources_file)
    if "url" in arguments:
        return tuple(_site(url, configured.values()) for url in given)
    return tuple(source for source in configured.values() if source.enabled)


def plan_pages(arguments: Mapping[str, str], *, sources_file: Path, now: datetime) -> Plan:
    """Read ``url=`` or ``file=`` (one address a line, # begins a comment) and the filters; raises SourcesError."""
    _require_known(arguments, PAGE_ARGUMENTS)
    if ("url" in arguments) == ("file" in arguments):
        raise SourcesError("expected either -a url=URL,URL or -a file=FILE")
    given = [("url", text) for text in _split(arguments["url"])] if "url" in arguments else _lines(arguments["file"])
    configured = load_sources(sources_file)
    sources: dict[str, Source] = {}
    pages: dict[str, tuple[str, ...]] = {}
    mistakes = []
    for where, text in given:
        url = urls.fetch_form(text)
        if url is None:
            mistakes.append(f'{where}: expected a web address such as https://example.com/a, got "{text}"')
            continue
        # Whose page it is cannot be told from the address where many sources share a host.
        source = None if own_site(url) else source_for(url, configured.values())
        source = source or source_of(urls.join(url, "/") or url)
        sources[source.id] = source
        pages[source.id] = (*pages.get(source.id, ()), url)
    if not sources:
        raise SourcesError(mistakes[0] if mistakes else "expected at least one web address, got none")
    named = [urls.host_port(url) for found in pages.values() for url in found] if "url" in arguments else []
    return Plan(
        sources=tuple(_by_key(source) for source in sources.values()),
        is_named=True,
        pages=pages,
        mistakes=tuple(mistakes),
        allow_private=tuple(named),
        **_filters(arguments, now),
    )


def plan_archives(arguments: Mapping[str, str], *, sources_file: Path, now: datetime) -> Plan:
    """Read ``warc=`` (files or patterns), ``host=``, ``until=`` and the filters; raises SourcesError."""
    _require_known(arguments, ("warc", "host", "until", "shard", "on", *(name for name in FILTERS if name != "sample")))
    if find_spec("fastwarc") is None:
        raise SourcesError("crawl archive: expected the extra that reads archives: pip install 'crawler[archive]'")
    if arguments.get("on", "ray") != "ray":
        raise SourcesError(f'-a on=: expected ray, got "{arguments["on"]}"')
    if "on" in arguments and find_spec("ray") is None:
        raise SourcesError("-a on=ray: expected the extra that works on a cluster: pip install 'crawler[ray]'")
    patterns = _split(arguments.get("warc", ""))
    if not patterns:
        raise SourcesError("expected -a warc=FILE,FILE; a pattern such as 'CC-NEWS-*.warc.gz' will do")
    archives = tuple(dict.fromkeys(path for pattern in patterns for path in _files(pattern)))
    if "shard" in arguments:
        share = shard_of(arguments["shard"])
        archives = tuple(path for path in archives if share.has(path.name))
    try:
        until = _moment(arguments["until"], now) if "until" in arguments else None
    except ValueError as error:
        raise SourcesError(f"-a until=: {error}") from error
    return Plan(
        sources=tuple(load_sources(sources_file).values()),
        is_named=True,
        archives=archives,
        on_cluster="on" in arguments,
        hosts=tuple(host.lower() for host in _split(arguments.get("host", ""))),
        until=until,
        **_filters(arguments, now),
    )


def _files(pattern: str) -> list[Path]:
    """Return the files that match, oldest name first; a file that is still written to is left for later."""
    found = sorted(Path(name) for name in glob(pattern) if not name.endswith(".open"))  # noqa: PTH207  # absolute patterns too
    if not found:
        raise SourcesError(f"warc: expected files, found none: {pattern}")
    for path in found:
        if not path.is_file() or not os.access(path, os.R_OK):
            raise SourcesError(f"warc: expected a readable file, got {path}")
    return found


def _by_key(source: Source) -> Source:
    """Return the source with the documents of its site's own interface instead of its pages, if there is a key."""
    site = own_site(source.home)
    if not (site and source.login and source.login.is_for(site.api) and is_available(source.login)):
        return source
    return attrs.evolve(
        source, feeds=site.documents(source.home), news_sitemaps=(), sitemaps=(), pages=(), explore=False
    )


def _require_known(arguments: Mapping[str, str], known: Iterable[str]) -> None:
    for name in arguments.keys() - set(known):
        close = difflib.get_close_matches(name, known, n=1)
        hint = f", did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"
        raise SourcesError(f"-a {name}=: unknown argument{hint}")


def _site(text: str, configured: Iterable[Source]) -> Source:
    """Return the source that a site's address names; people leave the scheme out, as browsers let them."""
    url = f"https://{text}" if BARE_DOMAIN.fullmatch(text) else text
    fetchable = urls.fetch_form(url)
    if fetchable and (own := own_site(fetchable)) and (found := own.source(fetchable)):
        key = urls.identity_key(found.home)
        return next((source for source in configured if urls.identity_key(source.home) == key), found)
    return (source_for(fetchable, configured) if fetchable else None) or source_of(url)


def _country(code: str) -> str:
    try:
        return country(code)
    except ValueError:
        raise SourcesError(f'country: expected a code such as "de", got "{code}"') from None


def _of_country(code: str, known: Mapping[str, Source]) -> list[Source]:
    found = [source for source in known.values() if source.country == code]
    if found:
        return found
    codes = sorted({source.country.lower() for source in known.values() if source.country})
    raise SourcesError(f'country: no source of "{code.lower()}" is known; there are some of {", ".join(codes)}')


def _configured(name: str, configured: Mapping[str, Source]) -> Source:
    if name in configured:
        return configured[name]
    close = difflib.get_close_matches(name, configured, n=1)
    hint = f", did you mean {close[0]}?" if close else "; `scrapy sources` lists them"
    raise SourcesError(f'source: unknown source "{name}"{hint}')


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _lines(name: str) -> Iterable[tuple[str, str]]:
    try:
        text = Path(name).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SourcesError(f"file: expected a readable file, got {name}: {error.strerror}") from error
    for number, line in enumerate(text.splitlines(), 1):
        address = line.strip()
        if address and not address.startswith("#"):
            yield f"{name}:{number}", address


def _filters(arguments: Mapping[str, str], now: datetime) -> dict[str, Any]:
    readers: dict[str, tuple[str, Callable[[str], object]]] = {
        "since": ("since", lambda text: _moment(text, now)),
        "limit": ("limit", _positive),
        "sample": ("sample", _positive),
        "lang": ("language", _language),
        "section": ("sections", _sections),
        "match": ("match", regex),
    }
    values = {}
    for name, (field, read) in readers.items():
        if name in arguments:
            try:
                values[field] = read(arguments[name])
            except (ValueError, re.error) as error:
                raise SourcesError(f"-a {name}=: {error}") from error
    return values


def _backfill(arguments: Mapping[str, str], now: datetime) -> dict[str, Any]:
    if "backfill" not in arguments:
        return {}
    if "since" in arguments:
        raise SourcesError("backfill and since: expected one of them, got 2")
    try:
        period = read_period(arguments["backfill"], now=now)
    except ValueError as error:
        raise SourcesError(f"-a backfill=: {error}") from error
    return {"backfill": period, "since": period.begin, "until": period.end}


def _moment(text: str, now: datetime) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return now.timestamp() - duration(text)
        except ValueError:
            raise ValueError(f'expected a duration such as 2d or a date such as 2026-11-20, got "{text}"') from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f'expected a number of articles above 0, got "{text}"')
    return int(text)


def _sections(text: str) -> frozenset[str]:
    names = section_names(_split(text))
    if not names:
        raise ValueError(f'expected names of sections such as "world,sport", got "{text}"')
    return names


def _language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}", text):
        raise ValueError(f'expected a language code such as "en", got "{text}"')
    return text.lower()
