"""Reads dates as pages write them into ISO 8601; has no clock: what is now is an argument."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import attrs

#: A publication further in the future than this is a mistake of the page (or of its zone).
FUTURE_TOLERANCE = timedelta(hours=24)
#: News pages are not older than print on the web, and years with five digits are typing errors.
FIRST_YEAR, LAST_YEAR = 1900, 2100
#: Characters; a longer value is no date.
LONGEST = 64
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
# Dots stand in dates only where the day comes first.
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(Z|[+-]\d{2}:?\d{2})?")
_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s_]+|,\s*)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?(?:\[[\w/]+\])?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
# Zone abbreviations that mean one offset wherever news uses them; others stay unknown.
_ZONES = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "Z": 0,
    "CET": 1,
    "BST": 1,
    "WEST": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
    "JST": 9,
    "KST": 9,
    "ET": -5,
    "PT": -8,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "SGT": 8,
    "HKT": 8,
}
_FLOATING = frozenset({"ET", "PT"})  # standard or summer time: the offset depends on the day
_FLOATING_NAMES = {"ET": "America/New_York", "PT": "America/Los_Angeles"}


@attrs.frozen(kw_only=True)
class Moment:
    """A date as the page gives it: a day, a local time, or an instant."""

    at: datetime
    """Aware for an instant; naive for a local time or a day."""
    day_only: bool = False

    @property
    def precision(self) -> int:
        """0 for a day, 1 for a local time, 2 for an instant."""
        return 0 if self.day_only else 1 if self.at.tzinfo is None else 2

    def iso(self) -> str:
        """Return ISO 8601: an instant with its offset; only the day where the zone is not known."""
        return self.at.isoformat(timespec="seconds") if self.precision == 2 else self.at.date().isoformat()

    def within(self, zone: str | None) -> Moment:
        """Return the instant a local time means in the IANA zone *zone*; unchanged without a known zone."""
        if self.precision != 1 or not zone:
            return self
        try:
            return attrs.evolve(self, at=self.at.replace(tzinfo=ZoneInfo(zone)))
        except (ValueError, OSError, LookupError):
            return self

    def distance(self, other: Moment) -> timedelta:
        """Return how far apart two moments are, an unknown zone read as UTC."""
        return abs(_as_utc(self.at) - _as_utc(other.at))

    @property
    def is_utc(self) -> bool:
        """Whether this is an instant that tells no local time."""
        return self.precision == 2 and not self.at.utcoffset()

    def after(self, other: datetime) -> bool:
        """Whether this lies later than the aware time *other*, an unknown zone read as UTC."""
        return _as_utc(self.at) > other


def instant(at: datetime) -> Moment:
    """Return the moment of a time known from outside the page."""
    return Moment(at=at.replace(microsecond=0))


def parse(value: str | None) -> Moment | None:
    """Return the moment a page's date means, or None where it means none ("yesterday", "0000-00-00", year 20266).

    ISO 8601 and its common bendings are read exactly; RFC 5322 and English forms by dateutil; times since 1970 in
    seconds or milliseconds as UTC. A midnight without zone is a day: that is how sites fill a field they do not have.
    """
    return _parse(value) if value and len(value) <= LONGEST else None


# A page says each of its dates several times.
@lru_cache(maxsize=64)
def _parse(value: str) -> Moment | None:
    value = value.strip()
    try:
        moment = _iso(value) or _epoch(value) or _written(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment and FIRST_YEAR <= moment.at.year <= LAST_YEAR else None


def _iso(value: str) -> Moment | None:
    if match := _DAY.fullmatch(value):
        return Moment(at=_naive(*match.groups()), day_only=True)
    if match := _DOTTED.fullmatch(value):
        day, month, year, *clock = match.groups()
        return Moment(at=_naive(year, month, day, *clock), day_only=clock[0] is None)
    match = _ISO.fullmatch(value) or _COMPACT.fullmatch(value)
    if not match or _EPOCH.fullmatch(value):
        return None
    *numbers, zone = match.groups()
    at = _naive(*numbers)
    if numbers[3] is None:
        return Moment(at=at, day_only=True)
    if zone:
        return Moment(at=at.replace(tzinfo=_offset(zone)))
    return Moment(at=at, day_only=not (at.hour or at.minute or at.second))


def _naive(*numbers: str | None) -> datetime:
    values = [int(n) for n in numbers if n is not None]
    day = datetime(values[0], values[1], values[2])  # noqa: DTZ001 -- the zone is added where the page gives one
    return day + timedelta(**dict(zip(("hours", "minutes", "seconds"), values[3:], strict=False)))


@lru_cache(maxsize=64)
def _offset(zone: str) -> tzinfo | None:
    if zone.upper() in ("Z", "UTC", "GMT"):
        return UTC
    sign = "-" if zone[0] == "-" else "+"
    digits = zone[1:].replace(":", "")
    digits = digits.zfill(2) + "00" if len(digits) <= 2 else digits.zfill(4)
    return datetime.strptime(f"{sign}{digits}", "%z").tzinfo


def _epoch(value: str) -> Moment | None:
    if not _EPOCH.fullmatch(value):
        return None
    seconds = int(value) / (1000 if len(value) > 10 else 1)
    return Moment(at=datetime.fromtimestamp(int(seconds), tz=UTC))


def _written(value: str) -> Moment | None:
    """Read forms with words in them; a form that leaves the day, month or year open is no date."""
    if not any(c.isdigit() for c in value) or not _LETTERS.search(value):
        return None
    from dateutil import parser

    # The same text read over two different defaults differs exactly where it does not say something itself.
    low, high = datetime(2000, 1, 1), datetime(2001, 2, 2, 1, 1)  # noqa: DTZ001
    try:
        first, second = (parser.parse(value, default=d, tzinfos=_zone) for d in (low, high))
    except (ValueError, OverflowError, TypeError, AttributeError, parser.UnknownTimezoneWarning):
        return None
    if first.date() != second.date():
        return None
    at = first.replace(microsecond=0)
    return Moment(at=at, day_only=first.time() != second.time() or _is_bare_midnight(at))


def _zone(name: str | None, offset: int | None) -> tzinfo | int | None:
    if offset is not None:
        return offset
    if name in _FLOATING:
        return ZoneInfo(_FLOATING_NAMES[name])
    hours = _ZONES.get((name or "").upper())
    return None if hours is None else hours * 3600


def _is_bare_midnight(at: datetime) -> bool:
    return at.tzinfo is None and not (at.hour or at.minute or at.second)


def _as_utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
