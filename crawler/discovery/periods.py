"""Spans of time: as an operator writes them and as addresses name them. Knows no documents and no clock."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime

import attrs

#: There was no web before.
FIRST_YEAR = 1990
DAY = 86_400
_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_YEAR = r"(?<!\d)((?:19|20)\d\d)"
_NAMED_MONTH = "|".join(_MONTHS)
#: Dates in the path of an article: whole segments, or what begins one. A bare year is a subject as often as a date.
_ARTICLE = (
    re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])(?:[/-](0[1-9]|[12]\d|3[01]))?(?!\d)"),
    re.compile(rf"/((?:19|20)\d\d)/([1-9]|{_NAMED_MONTH})(?:/(0?[1-9]|[12]\d|3[01]))?(?=/)"),
    re.compile(r"/((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)"),
)
#: Dates in the name of a sitemap or archive page. A single digit after a hyphen may count parts, not months.
_DOCUMENT = (
    re.compile(rf"{_YEAR}(?:[/_.-]|&(?:mm|month|m)=)(0[1-9]|1[0-2])(?:(?:[/_.-]|&(?:dd|day|d)=)(0[1-9]|[12]\d|3[01]))?(?!\d)"),
    re.compile(rf"{_YEAR}/([1-9]|{_NAMED_MONTH})(?:/(0?[1-9]|[12]\d|3[01]))?(?=/|\Z)"),
    re.compile(rf"{_YEAR}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?(?!\d)"),
    re.compile(r"(?<![\da-z])((?:19|20)\d\d)(?![\da-z])()()"),
)  # fmt: skip


@attrs.frozen
class Period:
    """From *begin* to *end*, both included, as Unix seconds."""

    begin: float
    end: float

    def overlaps(self, other: Period) -> bool:
        """Whether some moment is in both."""
        return self.begin <= other.end and other.begin <= self.end


def read_period(text: str, *, now: datetime) -> Period:
    """Return the period of ``FROM..TO``, each YYYY, YYYY-MM or YYYY-MM-DD in UTC, whole at both ends.

    Raises ValueError, in one sentence, for what is none, runs backwards, or lies before the web or in the future.
    """
    begin, dots, end = text.partition("..")
    first, last = _written(begin), _written(end)
    if not dots or first is None or last is None:
        raise ValueError(f'expected FROM..TO such as 2019-01..2020-12 (YYYY, YYYY-MM or YYYY-MM-DD), got "{text}"')
    earliest = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
    if first.begin < earliest or last.begin < earliest:
        raise ValueError(f'expected nothing before {FIRST_YEAR}, got "{text}"')
    if max(first.begin, last.begin) > now.timestamp():
        raise ValueError(f'expected nothing in the future, got "{text}"')
    if first.begin > last.end:
        raise ValueError(f'expected FROM before TO, got "{text}"')
    return Period(first.begin, last.end)


def article_period(url: str) -> Period | None:
    """Return the day or month that the path of an article's address names, or None: ``/2019/03/05/``, ``/2019-03/``."""
    path = "/" + url.lower().partition("://")[2].partition("/")[2].partition("?")[0]
    return _found(_ARTICLE, path)


def document_period(url: str) -> Period | None:
    """Return the day, month or year that the address of a sitemap names, or None: ``sitemap-2019-03.xml``."""
    return _found(_DOCUMENT, url.lower().partition("://")[2].partition("/")[2])


def end_of_month(moment: float) -> float:
    """Return the last second of the month (UTC) that *moment* lies in: the end of a month that an address names."""
    day = datetime.fromtimestamp(moment, UTC)
    return _span(day.year, day.month, None).end


def _written(text: str) -> Period | None:
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        return _span(year or 0, month, day)
    except ValueError:
        # The year 0 is before the web in whatever calendar.
        return Period(float("-inf"), float("-inf")) if not year else None


def _found(patterns: tuple[re.Pattern[str], ...], text: str) -> Period | None:
    for pattern in patterns:
        for year, month, day in pattern.findall(text):
            number = _MONTHS.get(month) or (int(month) if month else None)
            try:
                span = _span(int(year), number, int(day) if day else None)
            except ValueError:
                continue  # the 31st of a shorter month is no date
            if int(year) >= FIRST_YEAR:
                return span
    return None


def _span(year: int, month: int | None, day: int | None) -> Period:
    """Return a year, month or day; raises ValueError where there is none such."""
    last_month = month or 12
    begin = datetime(year, month or 1, day or 1, tzinfo=UTC)
    last_day = datetime(year, last_month, day or calendar.monthrange(year, last_month)[1], tzinfo=UTC)
    return Period(begin.timestamp(), last_day.timestamp() + DAY - 1)
