"""How often a healthy source is called broken by accident, and after how many articles a break is named.

Made-up sources of the given carelessness are asked 23 times a day, and then broken. Run it as
``python tests/benchmarks/health.py [FORTNIGHTS]``.
"""

import random
import sys
from statistics import mean

import attrs

from crawler.health.rhythm import HOUR, too_quiet
from crawler.health.verdicts import of_articles
from crawler.state.health import Signs

POLLS = 23 * 14
KEPT = 400
#: Articles a day; shares of articles without author, without date, that are briefs.
SOURCES = {
    "small, careful": (3, 0.0, 0.0, 0.02),
    "small, careless": (3, 0.1, 0.05, 0.15),
    "middling, careless": (20, 0.1, 0.05, 0.15),
    "large, careless": (120, 0.15, 0.05, 0.2),
}
BREAKS = {
    "dates_gone": {"dated": "none"},
    "dated_today": {"dated": "now"},
    "authors_gone": {"authors": 0},
    "text_short": {"words": 60},
    "language_changed": {"language": "de"},
}


def article(chance, poll, carelessness):
    authorless, dateless, brief = carelessness
    return Signs(
        run=f"{poll:05}",
        authors=int(chance.random() >= authorless),
        dated="none" if chance.random() < dateless else "instant",
        words=80 if chance.random() < brief else int(chance.lognormvariate(6, 0.5)),
        language="en",
    )


def polled(chance, per_day, carelessness, polls):
    """Yield the articles of one poll after another; most come by day."""
    for poll in polls:
        rate = per_day / 23 * (1.6 if poll % 23 < 14 else 0.1)
        yield [article(chance, poll, carelessness) for _ in range(int(rate) + (chance.random() < rate % 1))]


def verdict(signs):
    newest = signs[-KEPT:]
    return of_articles(newest, frozenset(one.run for one in newest))


def false_alarms(chance, per_day, carelessness):
    """Return how many different things are said of a healthy source in a fortnight."""
    signs, said, before = [], 0, None
    for found in polled(chance, per_day, carelessness, range(POLLS)):
        signs += found
        name = (now := verdict(signs)) and now.name
        said += bool(name) and name != before
        before = name
    return said


def named_after(chance, per_day, carelessness, change):
    """Return the runs with articles, and the articles, until the break is named; None where it is not."""
    signs = [one for found in polled(chance, per_day, carelessness, range(POLLS)) for one in found]
    runs = articles = 0
    for found in polled(chance, per_day, carelessness, range(POLLS, 2 * POLLS)):
        signs += [attrs.evolve(one, **change) for one in found]
        runs, articles = runs + bool(found), articles + len(found)
        if found and verdict(signs):
            return runs, articles
    return None


def quiet_alarms(chance, per_day):
    """Return how often a newsroom of weekdays from 7 to 19 is called quiet in a fortnight, after four weeks."""
    times, said, was_quiet = [], 0, False
    for hour in range(42 * 24):
        weekday, clock = hour // 24 % 7, hour % 24
        if weekday < 5 and 7 <= clock < 19 and chance.random() < per_day / 12:
            times.append((hour + chance.random()) * HOUR)
        is_quiet = (
            hour >= 28 * 24 and too_quiet([t for t in times if t <= hour * HOUR], None, now=hour * HOUR) is not None
        )
        said += is_quiet and not was_quiet
        was_quiet = is_quiet
    return said


def main(fortnights):
    print(f"{'source':22}{'said of a healthy one in a fortnight':38}{'called quiet':14}")
    for name, (per_day, *carelessness) in SOURCES.items():
        seeds = [random.Random(f"{name} {seed}") for seed in range(fortnights)]
        articles = sum(false_alarms(chance, per_day, carelessness) for chance in seeds)
        quiet = sum(quiet_alarms(chance, per_day) for chance in seeds)
        print(f"{name:22}{f'{articles} in {fortnights}':38}{f'{quiet} in {fortnights}':14}")
    print(f"\n{'source':22}{'break':20}{'named':12}{'runs with articles, mean and most':36}{'articles, mean'}")
    for name, (per_day, *carelessness) in SOURCES.items():
        for change, values in BREAKS.items():
            chances = [random.Random(f"{name} {change} {seed}") for seed in range(fortnights)]
            found = [named_after(chance, per_day, carelessness, values) for chance in chances]
            named = [one for one in found if one]
            runs = f"{mean(n for n, _ in named):.1f}, {max(n for n, _ in named)}"
            print(f"{name:22}{change:20}{f'{len(named)}/{fortnights}':12}{runs:36}{mean(n for _, n in named):.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
