"""Rules that tell a source that broke from one that is well: its last runs in, a verdict out. Knows no clock or state.

Every measure is judged against the source's own normal, learned from its earlier runs, and against chance: what a
source of that normal would show by accident is no news, though it be asked after every run.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from crawler.state.health import PastRun, Signs

#: A break is named from so many runs at most; or from more, as long as they hold no more than so many articles.
WINDOW, FEW = 3, 12
#: Earlier runs with articles that make a normal; before, only what cannot work at all is named.
LEAST_RUNS = 5
#: Articles and pages of one run that count towards the normal: a first crawl of hundreds would decide it alone.
PER_RUN = 30
#: A change that chance brings less often than this is a break: three articles in a row after a hundred good ones, six
#: after ten. So little, because a source is asked for every change some 300 times in a fortnight.
CHANCE = 1e-6
#: Share of a run's articles (or pages) that must show the break.
MOST = 0.6
#: A text is short below this share of the source's median, and long above that one.
SHORT, LONG = 0.5, 3.0
#: A language that so small a share of the articles has is foreign to the source.
RARE = 0.02

#: Reasons that mean the same thing to an operator, by the name an operator knows.
NAMED = {
    "http_401": "blocked",
    "http_402": "blocked",
    "http_403": "blocked",
    "http_451": "blocked",
    "http_429": "rate_limited",
    "http_503": "rate_limited",
    "robots": "robots_denied",
    "not_a_document": "feed_broken",
    "consent_wall": "walls",
    "login_wall": "walls",
    "challenge": "walls",
    "paywall": "walls",
}
#: Rejections that say nothing of how the site's articles are read.
NOT_WANTED = frozenset({"off_site", "not_allowed", "denied", "not_article_address", "further_page", "invalid_item"})


@attrs.frozen
class Verdict:
    """What is wrong with a source, by name and in words."""

    name: str
    detail: str
    runs: frozenset[str] = frozenset()
    """The runs that show it: they are no part of the source's normal, though it was still called well after them."""


@attrs.frozen(kw_only=True)
class Normal:
    """What the articles of a source are like when it is well."""

    articles: tuple[Signs, ...]
    words: float
    languages: frozenset[str | None]


@attrs.frozen
class Sign:
    """One way in which an article shows that its page is read no longer as it was."""

    verdict: str
    shown: Callable[[Signs, Normal], bool]
    said: str


SIGNS = (
    Sign("dates_gone", lambda one, _: one.dated in ("none", "announced"), "name no moment of publication of their own"),
    Sign(
        "dated_today", lambda one, _: one.dated == "now", "are dated when they were fetched, or long after their feed"
    ),
    Sign("authors_gone", lambda one, _: not one.authors, "name no author"),
    Sign("text_short", lambda one, normal: one.words < SHORT * normal.words, "are less than half as long as usual"),
    Sign("text_long", lambda one, normal: one.words > LONG * normal.words, "are over three times as long as usual"),
    Sign("language_changed", lambda one, normal: one.language not in normal.languages, "are in another language"),
)


#: Verdicts about articles that still come in: after so many seconds they are the source's new normal.
DRIFTS = frozenset({sign.verdict for sign in SIGNS} | {"layout_changed"})
ACCEPTED = 14 * 86_400.0


def is_break(bad: int, of: int, bad_before: int, of_before: int) -> bool:
    """Return whether *bad* of *of* is more than chance brings to a source that had *bad_before* of *of_before*.

    The tail of the binomial distribution, with the earlier share estimated by Laplace's rule of succession.
    """
    share = (bad_before + 1) / (of_before + 2)
    tail = sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(bad, of + 1))
    return tail < CHANCE


def of_articles(signs: Sequence[Signs], well: frozenset[str]) -> Verdict | None:
    """Judge what the newest articles of a source show; *signs* oldest first, *well* the runs that make its normal."""
    runs = [list(group)[-PER_RUN:] for _, group in groupby(signs, key=lambda one: one.run)]
    found: dict[str, Verdict] = {}
    for count in _windows([len(run) for run in runs]):
        normal = _normal(runs[:-count], well)
        if normal is None:
            break
        for sign in SIGNS:
            if sign.verdict not in found and (verdict := _shown(sign, runs[-count:], normal)):
                found[sign.verdict] = verdict
    if not found:
        return None
    if len(found) == 1:
        return next(iter(found.values()))
    details = "; ".join(verdict.detail for verdict in found.values())
    return Verdict("layout_changed", details, frozenset().union(*(verdict.runs for verdict in found.values())))


def of_pages(runs: Sequence[PastRun], well: frozenset[str]) -> Verdict | None:
    """Judge how the newest pages of a source ended; *runs* oldest first, *well* those that make its normal."""
    tried = [(run.run, counts) for run in runs if (counts := _endings(run))]
    if not tried:
        return None
    for name in sorted(tried[-1][1], key=lambda name: -tried[-1][1][name]):
        if name and (verdict := _ended(name, tried, well)):
            return verdict
    return None


def _shown(sign: Sign, newest: Sequence[Sequence[Signs]], normal: Normal) -> Verdict | None:
    """Return a verdict if every one of the newest runs shows the sign, beyond chance, or None."""
    counts = [_count(sign, run, normal) for run in newest]
    if any(bad < MOST * of for bad, of in counts):
        return None
    bad, of = sum(bad for bad, _ in counts), sum(of for _, of in counts)
    before = _count(sign, normal.articles, normal)
    if not is_break(bad, of, *before):
        return None
    told = f"{bad} of {of} articles {sign.said} (before: {before[0]} of {before[1]})"
    return Verdict(sign.verdict, told, frozenset(run[0].run for run in newest))


def _windows(sizes: Sequence[int]) -> Iterator[int]:
    """Yield how many of the newest runs to look at together; *sizes*: how many articles each holds, oldest first."""
    for count in range(1, min(len(sizes), FEW) + 1):
        if count <= WINDOW or sum(sizes[-count:]) <= FEW:
            yield count


def _normal(runs: Sequence[Sequence[Signs]], well: frozenset[str]) -> Normal | None:
    good = [run for run in runs if run[0].run in well]
    articles = tuple(one for run in good for one in run)
    if len(good) < LEAST_RUNS:
        return None
    languages = Counter(one.language for one in articles)
    common = frozenset(language for language, n in languages.items() if n > RARE * len(articles))
    return Normal(articles=articles, words=median(one.words for one in articles), languages=common)


def _count(sign: Sign, articles: Iterable[Signs], normal: Normal) -> tuple[int, int]:
    shown = [sign.shown(one, normal) for one in articles]
    return sum(shown), len(shown)


def _ended(name: str, tried: Sequence[tuple[str, dict[str, int]]], well: frozenset[str]) -> Verdict | None:
    """Return a verdict if the pages of the newest runs ended as *name*, or None."""
    for count in _windows([sum(counts.values()) for _, counts in tried]):
        newest = [counts for _, counts in tried[-count:]]
        good = [counts for run, counts in tried[:-count] if run in well]
        if len(good) < LEAST_RUNS or newest[0].get(name, 0) < MOST * sum(newest[0].values()):
            return None
        now, before = _sums(name, newest), _sums(name, good)
        if is_break(*now, *before):
            told = f"{now[0]} of {now[1]} pages ended so (before: {before[0]} of {before[1]})"
            return Verdict(name, told, frozenset(run for run, _ in tried[-count:]))
    return None


def _sums(name: str, runs: Iterable[dict[str, int]]) -> tuple[int, int]:
    """Return how many of the pages ended as *name*, and of how many, each run counting for at most PER_RUN pages."""
    bad = of = 0.0
    for counts in runs:
        pages = sum(counts.values())
        weight = min(1.0, PER_RUN / pages)
        bad, of = bad + weight * counts.get(name, 0), of + weight * pages
    return round(bad), round(of)


def _endings(run: PastRun) -> dict[str, int]:
    """Return how the pages of a run ended, by what an operator calls it; an empty name: as they should."""
    result: dict[str, int] = {}
    for name, n in _named(run):
        result[name] = result.get(name, 0) + n
    return result


def _named(run: PastRun) -> Iterator[tuple[str, int]]:
    for (state, reason), n in run.settled.items():
        if state == "stored":
            yield "", n
        elif reason in NAMED:
            yield NAMED[reason], n
        elif state == "failed":
            yield ("no_articles" if reason.startswith("extraction_") else reason), n
        elif state == "rejected" and reason not in NOT_WANTED:
            yield "no_articles", n
        elif reason == "same_text":
            yield "same_text", n
