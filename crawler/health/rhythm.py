"""Quiet or broken: judges a silence by the source's own rhythm, so that nights, weekends and weeklies raise nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from crawler.health.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR, DAY = 3_600.0, 86_400.0

#: The rhythm is that of the newest article and the four weeks before it, or of so many articles if that is longer.
WEEKS = 28 * DAY
LEAST_ARTICLES = 8
#: A silence is too long at so many times the longest one of the four weeks.
TIMES = 2.0
#: No silence is too long that is shorter than this, and than that while fewer than two weekends are known.
LEAST, LEAST_NEW = 12 * HOUR, 4 * DAY
TWO_WEEKENDS = 14 * DAY


def too_quiet(published: Sequence[float], newest: float | None, *, now: float) -> Verdict | None:
    """Return a verdict if a source that can be read has announced nothing for too long.

    *published* are the times of its articles, sorted, *newest* when a document last announced something new; all in
    Unix seconds. The longest silence but one counts: one holiday, or one outage of ours, is no rhythm.
    """
    known = [moment for moment in published if moment <= now]
    if len(known) < LEAST_ARTICLES:
        return None
    rhythm = [moment for moment in known if known[-1] - moment <= WEEKS]
    rhythm = max(rhythm, known[-LEAST_ARTICLES:], key=len)
    silences = sorted(later - earlier for earlier, later in pairwise(rhythm))
    usual = silences[-2]
    least = LEAST if rhythm[-1] - rhythm[0] >= TWO_WEEKENDS else LEAST_NEW
    silence = now - max(rhythm[-1], newest or 0.0)
    if silence <= max(TIMES * usual, least):
        return None
    return Verdict("quiet", f"nothing new for {lasting(silence)}; usually never longer than {lasting(usual)}")


def lasting(seconds: float) -> str:
    """Return a duration for people, in its largest unit."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (60.0, "minute")):
        if seconds >= unit:
            n = round(seconds / unit)
            return f"{n} {name}" if n == 1 else f"{n} {name}s"
    return "less than a minute"
