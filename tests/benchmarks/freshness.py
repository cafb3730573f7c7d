"""How soon articles are found, and how many are missed: our rule for visits against fixed intervals.

``python tests/benchmarks/freshness.py`` plays a month of newspapers that publish on a schedule of their own, once for
each way of visiting them: every ten minutes cron looks what is due, as it does in earnest. Nothing is fetched; the rule
is the one that the crawl uses. What is assumed: rates are lognormal with a median of eleven articles a day, most of
them in one half of the day, and a feed shows ten to a hundred entries.

``--crawl DAYS`` plays a shorter stretch with `scrapy crawl news` itself: a real server shows the feeds, and between two
runs the times in the crawl state are moved back by as much as should have passed.
"""

import argparse
import math
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
from bisect import bisect_right
from contextlib import closing
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import fmean

import attrs

from crawler import schedule
from crawler.schedule import DAY, HOUR, Rhythm

#: Seconds between two runs of cron.
TICK = 600.0
#: When the simulated month begins: a Sunday at midnight.
BEGINNING = 1_795_910_400.0
#: Days of publishing before it begins, so that feeds are full.
BEFORE = 30
MEDIAN, SPREAD = 11.0, 1.5
LEAST, MOST = 0.3, 1_500.0
SHOWN = (10, 100)


@attrs.frozen
class Paper:
    """One feed: when each article appears, in order, and how many entries it shows."""

    times: tuple[float, ...]
    shown: int


@attrs.frozen(kw_only=True)
class Month:
    """How one way of visiting did, over all papers."""

    polls: float
    """A paper and day."""
    found: float
    """Share of the articles."""
    mean_hours: float
    late_hours: float
    """The 95th percentile."""
    articles: int


class Rule:
    """The rule of the crawl."""

    def __init__(self, interval):
        self._interval = interval

    def begin(self):
        self._rhythm = Rhythm()

    def next(self, now, *, new, shown, dates):
        full = {"shown": shown, "span": schedule.span_of(dates, shown=shown, now=now)}
        is_full = new or self._rhythm.until is None  # else the server answers 304
        self._rhythm = schedule.after_reading(self._rhythm, now=now, new=new, **(full if is_full else {}))
        return schedule.next_visit(self._rhythm, checked=now, interval=self._interval)


class Fixed:
    """The same interval for all."""

    def __init__(self, interval):
        self._interval = interval

    def begin(self):
        pass

    def next(self, now, **_reading):
        return now + self._interval


class Inverse(Rule):
    """In proportion to one over the rate itself, without a bound by what a feed shows."""

    def next(self, now, **reading):
        super().next(now, **reading)
        interval = self._interval / self._rhythm.rate_at(now)
        return now + min(max(interval, schedule.SHORTEST), schedule.LONGEST)


class Factor:
    """Longer by half after a visit that found nothing new, shorter by a fifth after one that did."""

    def begin(self):
        self._now = HOUR

    def next(self, now, *, new, **_reading):
        self._now = min(max(self._now * (0.8 if new else 1.5), schedule.SHORTEST), schedule.LONGEST)
        return now + self._now


def papers(count, *, days, seed=20261122):
    """Return *count* papers that publish for *days*; the same arguments give the same papers."""
    draw = random.Random(seed)
    return [_paper(draw, days) for _ in range(count)]


def _paper(draw, days):
    rate = min(max(draw.lognormvariate(math.log(MEDIAN), SPREAD), LEAST), MOST) / DAY
    peak, depth = draw.uniform(0, DAY), draw.uniform(0.2, 0.95)
    moment, times = BEGINNING - BEFORE * DAY, []
    while (moment := moment + draw.expovariate(rate * (1 + depth))) < BEGINNING + days * DAY:
        busy = 1 + depth * math.cos(2 * math.pi * (moment - peak) / DAY)
        if draw.random() * (1 + depth) < busy:
            times.append(moment)
    return Paper(times=tuple(times), shown=round(math.exp(draw.uniform(*map(math.log, SHOWN)))))


def month(papers, policy, *, days):
    """Play the month with one way of visiting."""
    polls, missed, delays = 0, 0, []
    for place, paper in enumerate(papers):
        visits = _visits(paper, policy, days, first=BEGINNING + place % 60 * 10)
        known = next(visits)
        for now in visits:
            polls += 1
            newest = bisect_right(paper.times, now)
            oldest = max(newest - paper.shown, 0)
            missed += max(oldest - known, 0)
            delays += [now - moment for moment in paper.times[max(oldest, known) : newest]]
            known = newest
        left = len(paper.times) - known
        missed += max(left - paper.shown, 0)  # the others are still shown, and found by the next visit
    delays.sort()
    return Month(
        polls=polls / len(papers) / days,
        found=len(delays) / (len(delays) + missed),
        mean_hours=fmean(delays) / HOUR,
        late_hours=delays[int(0.95 * len(delays))] / HOUR,
        articles=len(delays) + missed,
    )


def _visits(paper, policy, days, *, first):
    """Yield how many articles the first visit knows, then the time of every later visit."""
    policy.begin()
    known, now = 0, first
    while now < BEGINNING + days * DAY:
        newest = bisect_right(paper.times, now)
        dates = paper.times[max(newest - paper.shown, 0) : newest]
        yield now if now > first else newest
        new = min(newest - known, len(dates))
        due = policy.next(now, new=new, shown=len(dates), dates=dates)
        known = newest
        # cron comes every ten minutes, and what is nearly due is due
        now += TICK * max(1, math.ceil((due - now) * 0.95 / TICK))


class Kiosk(ThreadingHTTPServer):
    """Shows the feeds of papers as they are at a time that the benchmark sets."""

    daemon_threads = True

    def __init__(self, papers):
        super().__init__(("127.0.0.1", 0), _Feed)
        self.papers = papers
        self.now = BEGINNING
        self.polls = 0
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def feed(self, number):
        """Return the RSS of a paper; dates are moved to the present, as the crawl's clock is the real one."""
        paper, real = self.papers[number], datetime.now(UTC).timestamp()
        newest = bisect_right(paper.times, self.now)
        items = []
        for place in range(max(newest - paper.shown, 0), newest):
            moment = datetime.fromtimestamp(paper.times[place] - self.now + real, UTC)
            link = f"{self.url}news/{number}-{place}-a-story-of-some-words"
            items.append(
                f"<item><title>Story {place}</title><link>{link}</link>"
                f"<pubDate>{format_datetime(moment)}</pubDate></item>"
            )
        return f'<rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'.encode()


class _Feed(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/").removesuffix(".rss")
        body = self.server.feed(int(name)) if name.isdecimal() else b""
        self.server.polls += name.isdecimal()
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


def crawl(papers, *, days, every=None):
    """Play *days* with the real command line and return how it did; *every* is a fixed interval such as "1h"."""
    with tempfile.TemporaryDirectory() as directory, Kiosk(papers) as kiosk:
        data, file = Path(directory) / "data", Path(directory) / "sources.toml"
        file.write_text(_sources(kiosk, len(papers), every))
        found, first = {}, None
        while kiosk.now < BEGINNING + days * DAY:
            _run(data, file, kiosk)
            known = _known(data)
            first = known if first is None else first
            found |= dict.fromkeys(known - found.keys(), kiosk.now)
            step = _until_due(data)
            _move(data, step)
            kiosk.now += step
        kiosk.shutdown()
        return _result(papers, found.keys() - first, found, kiosk.polls - len(papers), days)


def _sources(kiosk, count, every):
    line = f'every = "{every}"\n' if every else ""
    return "".join(
        f'[paper{number}]\nhome = "{kiosk.url}"\nfeeds = ["{kiosk.url}{number}.rss"]\n{line}' for number in range(count)
    )


def _run(data, file, kiosk):
    settings = {
        "DATA_DIR": data, "SOURCES_FILE": file, "ALLOW_PRIVATE": kiosk.url.split("/")[2], "DOWNLOAD_DELAY": 0,
        "DISK_RESERVE": 0, "ROBOTSTXT_OBEY": 0, "EXTRACTION_WORKERS": 1,
    }  # fmt: skip
    words = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
    command = [sys.executable, "-m", "scrapy", "crawl", *words, "news", "-a", "match=no-article-is-fetched"]
    environment = os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings"}
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2], env=environment)


def _state(data):
    return closing(sqlite3.connect(data / "crawl.db"))


def _known(data):
    with _state(data) as state:
        return {url for (url,) in state.execute("SELECT url FROM url")}


def _until_due(data):
    """Return the seconds until the cron tick at which something is due."""
    with _state(data) as state:
        (due,) = state.execute("SELECT min(checked + (due - checked) * 0.95) FROM document").fetchone()
    return max(math.ceil((due - datetime.now(UTC).timestamp()) / TICK), 1) * TICK


def _move(data, seconds):
    """Let so many seconds have passed since all that the crawl state remembers."""
    with _state(data) as state:
        for number, (text,) in enumerate(state.execute("SELECT rhythm FROM document ORDER BY source").fetchall()):
            rhythm = Rhythm.of_text(text)
            moved = attrs.evolve(rhythm, until=rhythm.until - seconds).as_text()
            state.execute("UPDATE document SET rhythm = ? WHERE source = ?", (moved, f"paper{number}"))
        state.execute("UPDATE document SET checked = checked - ?, due = due - ?", (seconds, seconds))
        state.commit()


def _result(papers, urls, found, polls, days):
    delays, missed = [], 0
    for number, paper in enumerate(papers):
        places = {int(url.split("/news/")[1].split("-")[1]) for url in urls if f"/news/{number}-" in url}
        moments = {place: paper.times[place] for place in places}
        delays += [
            found[next(url for url in urls if f"/news/{number}-{place}-" in url)] - moment
            for place, moment in moments.items()
        ]
        missed += max(places, default=0) - min(places, default=1) + 1 - len(places)
    delays.sort()
    return Month(
        polls=polls / len(papers) / days,
        found=len(delays) / (len(delays) + missed),
        mean_hours=fmean(delays) / HOUR,
        late_hours=delays[int(0.95 * len(delays))] / HOUR,
        articles=len(delays) + missed,
    )


def _print(name, result):
    print(
        f"{name:34} {result.polls:5.1f} visits a day   {result.found:7.2%} found   mean {result.mean_hours:.2f} h"
        f"   95 % within {result.late_hours:.2f} h   ({result.articles:,} articles)"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--interval", type=float, default=schedule.INTERVAL, help="DOCUMENT_INTERVAL, seconds")
    parser.add_argument("--crawl", type=float, metavar="DAYS", help="play with the real command line instead")
    asked = parser.parse_args()
    if asked.crawl:
        few = papers(min(asked.papers, 5), days=math.ceil(asked.crawl))
        _print("scrapy crawl news", crawl(few, days=asked.crawl))
        _print('scrapy crawl news, every = "1h"', crawl(few, days=asked.crawl, every="1h"))
        return
    many = papers(asked.papers, days=asked.days)
    rule = month(many, Rule(asked.interval), days=asked.days)
    _print("our rule", rule)
    _print("every hour", month(many, Fixed(HOUR), days=asked.days))
    _print("fixed, as many visits or more", month(many, Fixed(TICK * (DAY / rule.polls // TICK)), days=asked.days))
    _print("every 20 minutes", month(many, Fixed(HOUR / 3), days=asked.days))
    _print("one over the rate, unbounded", month(many, Inverse(asked.interval), days=asked.days))
    _print("a factor up and down", month(many, Factor(), days=asked.days))


if __name__ == "__main__":
    main()
