"""Reads the dates of feeds and sitemaps. A date without a zone is no instant: none is invented here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

#: RFC 822 §5.1 names and those in daily use; hours from UTC.
_ZONES = {"Z": 0, "UT": 0, "GMT": 0, "UTC": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "MET": 1, "CEST": 2, "MEST": 2,
          "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "EST": -5, "EDT": -4, "CST": -6,
          "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}  # fmt: skip
_ZONE_NAME = re.compile(r"\s*([A-Z]{1,4})(?:\s*\(.*\))?\Z", re.IGNORECASE)
_OFFSET = re.compile(r"\s*(?:GMT|UTC)?\s*([+-]\d\d)(?::?(\d\d))?(?:\s*\(.*\))?\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = 60  # characters; no date is longer, and a regular expression should not see more


def instant(text: str | None) -> datetime | None:
    """Return the aware datetime that *text* states in RFC 3339, W3C or RFC 822 form; None without time or zone.

    W3C: https://www.w3.org/TR/NOTE-datetime, which asks for a zone wherever there is a time of day.
    """
    text = (text or "").strip()
    if ":" not in text or len(text) > _LONGEST:
        return None
    text = _ZONE_NAME.sub(_numeric_zone, text)
    offset = _OFFSET.search(text)
    if offset is None:
        return None
    local, zone = text[: offset.start()], f"{offset[1]}{offset[2] or '00'}"
    return _w3c(local + zone) or _rfc822(f"{local} {zone}")


def day_or_instant(text: str | None) -> datetime | None:
    """Return *text* as an instant, or midnight UTC of the day it begins with: good for putting things in order."""
    found = instant(text)
    day = None if found else _DAY.match((text or "").strip())
    return _w3c(f"{day[0]}T00:00:00+00:00") if day else found


def _numeric_zone(name: re.Match[str]) -> str:
    hours = _ZONES.get(name[1].upper())
    return name[0] if hours is None else f"{hours:+03}00"


def _w3c(text: str) -> datetime | None:
    try:
        return _in_range(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _rfc822(text: str) -> datetime | None:
    try:
        parts = parsedate_tz(text)
        if parts is None or parts[9] is None:
            return None
        year, month, day, hour, minute, second = parts[:6]
        return _in_range(datetime(year, month, day, hour, minute, second, tzinfo=timezone(timedelta(seconds=parts[9]))))
    except (ValueError, OverflowError, TypeError, IndexError):  # parsedate_tz raises the last two on odd input
        return None


def _in_range(found: datetime) -> datetime:
    found.astimezone(UTC)  # the first and last days of the calendar may have no UTC time: OverflowError
    return found
