"""The keys of a source table: what each expects, in words, and what reads it. Knows neither files nor other sources."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from crawler import urls
from crawler.sources.filters import reader as only_reader
from crawler.sources.logins import read_login

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
#: Country codes that people write, and the one of ISO 3166-1.
ALIASES = {"UK": "GB"}
#: What may have been verified of an entry: that it loads and is valid; that a crawl of it works.
VERIFIABLE = frozenset({"form", "crawl"})


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
    if _text(value) not in _timezones():
        raise ValueError
    return _text(value)


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())  # which looks through some 600 files at every call


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise ValueError
    return float(value)


def _schedule(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise TypeError
    steps = tuple(duration(_text(item)) for item in value)
    if list(steps) != sorted(set(steps)) or not all(steps):
        raise ValueError
    return steps


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


def country(value: Any) -> str:
    code = ALIASES.get(_text(value).upper(), _text(value).upper())
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise ValueError
    return code


def _verified(value: Any) -> dict[str, date]:
    if not isinstance(value, dict) or not value.keys() <= VERIFIABLE:
        raise TypeError
    # A datetime is a date to Python, and a TOML date with a time is more than a day.
    if any(type(day) is not date for day in value.values()):
        raise TypeError
    return dict(value)


def _tls(value: Any) -> str:
    if value != "insecure":
        raise ValueError
    return "insecure"


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


#: Every key of a source table: what is expected, in words, and what reads it.
READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("a name", _text),
    "home": ("a web address such as https://example.com/", _address),
    "feeds": ("a list of web addresses", _addresses),
    "news_sitemaps": ("a list of web addresses", _addresses),
    "sitemaps": ("a list of web addresses", _addresses),
    "archives": ("a list of web addresses", _addresses),
    "pages": ("a list of web addresses", _addresses),
    "allow": ("a regular expression or a list of them", _pattern),
    "deny": ("a regular expression or a list of them", _pattern),
    "country": ('an ISO 3166-1 country code such as "DE"', country),
    "language": ('a language tag such as "en" or "pt-BR"', _language),
    "timezone": ('an IANA time zone such as "Europe/Moscow"', _timezone),
    "only": ('{ lang = ["en"], section = ["world"], since = "30d" } or parts of it', only_reader(duration)),
    "login": (
        '{ to = "https://host", header or cookie = "NAME", env = "VARIABLE" or file = "PATH" } and no secret',
        read_login,
    ),
    "explore": ("true or false", _flag),
    "render": ("true or false", _flag),
    "delay": ("seconds as a number from 0 to 86400", _seconds),
    "every": ('a duration such as "15m"', lambda value: duration(_text(value))),
    "revisit": ('a list of durations, each longer than the one before, such as ["1h", "6h"]', _schedule),
    "hosts": ('a list of host names such as "news.example.com"', _hosts),
    "expect": ("{ articles_per_day = [least, most] }", _expect),
    "verified": ("dates such as { form = 2026-11-22, crawl = 2026-11-23 }", _verified),
    "tls": ('"insecure", or no such key', _tls),
    "enabled": ("true or false", _flag),
}
