"""When a document is visited next, from what it has brought so far. Pure: a function of its history and of the time.

The rule: with so many visits to spend, articles are found soonest when each document is visited in proportion to the
square root of what it brings (minimise the sum of rate times interval for a given sum of visits; Cho and Garcia-Molina
treat the neighbouring problem of freshness, TODS 28(4), 2003). The square root alone loses articles of documents that
show few, so no interval is longer than half the time in which a document's entries are replaced.
"""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOUR = 3_600.0
DAY = 86_400.0
WEEK = 604_800.0

#: Seconds between visits of a document that brings one article an hour, unless DOCUMENT_INTERVAL says otherwise.
INTERVAL = 2_700.0
#: Seconds: nothing is visited more often, as cron comes every ten minutes, nor more rarely while it answers.
SHORTEST = 600.0
LONGEST = DAY
#: Share of the time in which a document's entries are replaced that may pass unseen.
WINDOW_SHARE = 0.5
#: Seconds in which what was seen loses half its weight: habits of a newsroom last longer, a change is seen in days.
HALF_LIFE = 3 * DAY
#: Parts of the day (UTC) whose rates are told apart.
BINS = 6
BIN = DAY / BINS
#: Articles and hours that a document of which nothing is known counts as having been watched for.
PRIOR_NEW, PRIOR_HOURS = 1.0, 6.0
#: Hours that each part of the day counts as watched at the mean rate, and how far its own rate may depart from that.
BIN_HOURS = 4.0
LEAST_PART, MOST_PART = 0.25, 3.0
#: Seconds that a part of the day is read ahead, so that the morning's first visit is not the night's last.
AHEAD = 1_800.0
#: Articles an hour that are counted at most: an archive that is added in one day says nothing of the news.
MOST_AN_HOUR = 60.0
#: Hours that the dates in a first reading count as having been watched for.
FIRST_HOURS = 24.0
#: Dated entries from which the time is taken that a document shows; the oldest tenth may be pinned.
LEAST_DATED = 5
PINNED = 10
#: Seconds: dates closer together are the time of the answer, or of a nightly batch, and say nothing.
LEAST_SPAN = 60.0
#: Failures in a row after which a document is visited once a week instead of once a day.
DEAD = 14


@attrs.frozen(kw_only=True)
class Rhythm:
    """What a document has brought, with older visits counting ever less."""

    new: tuple[float, ...] = (PRIOR_NEW / BINS,) * BINS
    """Articles that were new, by part of the day."""
    hours: tuple[float, ...] = (PRIOR_HOURS / BINS,) * BINS
    """Hours watched, by part of the day."""
    shown: int = 0
    """Entries in its last full reading."""
    window: float | None = None
    """Seconds that its entries reach back, by their dates or by how fast they were replaced; None: neither says."""
    until: float | None = None
    """When it was last read; None before the first time."""

    @property
    def rate(self) -> float:
        """Articles an hour, over the whole day."""
        return sum(self.new) / sum(self.hours)

    def rate_at(self, moment: float) -> float:
        """Articles an hour in the part of the day that *moment* lies in."""
        part, mean = _bin(moment + AHEAD), self.rate
        here = (self.new[part] + mean * BIN_HOURS) / (self.hours[part] + BIN_HOURS)
        return mean * min(max(here / mean, LEAST_PART), MOST_PART)

    def as_text(self) -> str:
        """Return the value as one line of JSON."""
        new, hours = ([round(value, 4) for value in values] for values in (self.new, self.hours))
        return json.dumps([new, hours, self.shown, self.window, self.until], separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Rhythm:
        """Return what `as_text` wrote."""
        new, hours, shown, window, until = json.loads(text)
        return cls(new=tuple(new), hours=tuple(hours), shown=shown, window=window, until=until)


def after_reading(
    rhythm: Rhythm, *, now: float, new: int, shown: int | None = None, span: float | None = None
) -> Rhythm:
    """Return the rhythm after a visit that found *new* articles since the last.

    *shown* entries that reach back *span* seconds are of a full reading; a document that was not modified (None) shows
    what it showed before. Of a first reading everything is new, so its dates say how fast it has been so far.
    """
    if rhythm.until is None:
        return _first(shown or 0, span, now)
    since = min(rhythm.until, now - 1.0)
    elapsed = now - since
    entries = rhythm.shown if shown is None else shown
    window = rhythm.window if shown is None else span
    if new and entries:
        replaced = elapsed * entries / new
        window = min(window or replaced, replaced)
    if window and new >= entries:
        since = max(since, now - window)  # more may have come and gone unseen before that
    counted = min(new, MOST_AN_HOUR * max(now - since, SHORTEST) / HOUR)
    return _watched(attrs.evolve(rhythm, shown=entries, window=window), since, now, counted)


def credited(rhythm: Rhythm, *, new: int, now: float) -> Rhythm:
    """Return the rhythm of a document of which a child, read together with it, brought *new* articles."""
    counted = min(float(new), MOST_AN_HOUR)
    part = _bin(now)
    return attrs.evolve(rhythm, new=(*rhythm.new[:part], rhythm.new[part] + counted, *rhythm.new[part + 1 :]))


def next_visit(rhythm: Rhythm, *, checked: float, interval: float = INTERVAL) -> float:
    """Return when a document that was visited at *checked* is due: once the interval of that time of day has passed.

    *interval* is in seconds, for a document that brings one article an hour.
    """
    due = checked + SHORTEST
    while due < checked + LONGEST and due - checked < interval_at(rhythm, due, interval=interval):
        due += SHORTEST / 2
    return due


def interval_at(rhythm: Rhythm, moment: float, *, interval: float = INTERVAL) -> float:
    """Return the seconds between visits that fit the rate at *moment*."""
    rate = rhythm.rate_at(moment)
    bounds = [interval / math.sqrt(rate)]
    if rhythm.shown:
        bounds.append(WINDOW_SHARE * rhythm.shown / rate * HOUR)
    if rhythm.window:
        bounds.append(WINDOW_SHARE * rhythm.window)
    return min(max(min(bounds), SHORTEST), LONGEST)


def pause(interval: float, fails: int) -> float:
    """Return the seconds until a document that failed once more after *fails* failures is tried again.

    Doubling up to a day, so that no outage costs more than a day of news; once a week when it looks dead.
    """
    return WEEK if fails >= DEAD else min(interval * float(1 << fails), DAY)


def span_of(dates: Sequence[float], *, shown: int, now: float) -> float | None:
    """Return the seconds that the dates of a document's entries reach back, or None where they say nothing.

    *dates* are those of the entries that have one, as Unix seconds, in any order.
    """
    past = sorted((date for date in dates if date <= now), reverse=True)
    if len(past) < max(LEAST_DATED, shown / 2):
        return None
    last = len(past) - 1 - len(past) // PINNED
    span = (past[0] - past[last]) * len(past) / (last + 1)
    return span if span >= LEAST_SPAN else None


def _first(shown: int, span: float | None, now: float) -> Rhythm:
    blank = Rhythm(shown=shown, window=span, until=now)
    if span is None:
        return blank
    weight = min(1.0, FIRST_HOURS * HOUR / span)
    return _watched(blank, now - span * weight, now, shown * weight)


def _watched(rhythm: Rhythm, since: float, now: float, new: float) -> Rhythm:
    kept = 0.5 ** ((now - since) / HALF_LIFE)
    counts = [value * kept for value in rhythm.new]
    hours = [value * kept for value in rhythm.hours]
    for start, end in _parts(since, now):
        counts[_bin(start)] += new * (end - start) / (now - since)
        hours[_bin(start)] += (end - start) / HOUR
    return attrs.evolve(rhythm, new=tuple(counts), hours=tuple(hours), until=now)


def _parts(since: float, now: float) -> Iterator[tuple[float, float]]:
    """Cut a stretch of time where one part of the day ends and the next begins; of a long one only the end counts."""
    since = max(since, now - 10 * HALF_LIFE)
    borders = [since]
    while (border := (borders[-1] // BIN + 1) * BIN) < now:
        borders.append(border)
    return pairwise([*borders, now])


def _bin(moment: float) -> int:
    return int(moment % DAY // BIN)
