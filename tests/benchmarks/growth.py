"""Grows crawl states and measures what a page costs each of them, and what room an address takes.

    python tests/benchmarks/growth.py [--addresses 10000 1000000 10000000] [--texts 200000] [--directory DIR]

Addresses of 50 sources are known for 100 days (of made-up time): those of the last 8 days were announced by feeds,
leased, settled, and folded when they were a week old, all by the state's own verbs. Where there are so many that each
day fills blocks, those of the days before are put into blocks at once, as the fold leaves them; not so with
``--slowly``. A further state is the smallest with
``--texts`` articles in the copy index. Then all states are asked for pages in turns: a page is a feed of 50 links with
one new one, its lease, and an article of about 400 words that is looked up, looked for in the copy index, and accepted.
Ratios are medians over the rounds. 10 million addresses take half an hour and 2 GB of disk.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import attrs

from crawler import identity, urls
from crawler.discovery import Link
from crawler.identity.copies import sketch
from crawler.items import Article
from crawler.state import CrawlState
from crawler.state.announcements import Finding
from crawler.state.ledger import BLOCK, Ledger

SOURCES = 50
DAYS = 100
#: Days of which every verb is done: a week until addresses are folded, and one of folding.
RECENT = 8
DAY = 86_400
BEGIN = 1_700_000_000
#: Links of a feed; pages that are measured in each round, and rounds.
LINKS, PAGES, ROUNDS = 50, 100, 9
#: Days over which the texts of the copy index are spread.
WINDOW = 14
#: Texts, or blocks, that are saved in one transaction.
TOGETHER = 200
#: What an identity key leaves out of these addresses: cut off, it is had in a twentieth of the time.
HOME = "https://www."
WORDS = [f"{a}{b}{c}" for a in ("ba", "ke", "lo", "mi", "ru", "sta") for b in ("n", "rd", "l", "sk") for c in "aeiou"]
REASONS = ("index", "not_article_address", "no_text")


class Grown:
    """A state that grows by days."""

    def __init__(self, directory, seed):
        self.rng, self.number, self.now = random.Random(seed), 0, BEGIN
        self.state = CrawlState(directory)
        self.state.begin_run("growth", "growth", now=BEGIN)
        self.ledger = Ledger(self.state._db)
        self.file = directory / "crawl.db"

    def link(self, source):
        self.number += 1
        slug = "-".join(self.rng.choices(WORDS, k=8))
        section = self.rng.choice(("news", "sport"))
        url = f"{HOME}paper-{source}.example/{section}/2026/{slug}-{self.number}"
        return Link(url=url, title=" ".join(self.rng.choices(WORDS, k=7)).capitalize(), method="feed")

    def live(self, count):
        """Make *count* more addresses known within one day, all settled on it, and fold what is a week old."""
        frontier = self.state.frontier
        for begin in range(0, count, LINKS):
            source = self.rng.randrange(SOURCES)
            found = [Finding(link=self.link(source)) for _ in range(min(LINKS, count - begin))]
            with self.state.transaction():
                frontier.announce(f"paper-{source}", feed_of(source), found, now=self.now)
                for lease in frontier.lease(f"paper-{source}", LINKS, run="growth", now=self.now):
                    outcome, reason = self.outcome()
                    frontier.settle(lease.key, outcome, run="growth", now=self.now + 60, reason=reason)
            self.now += DAY / max(1, count / LINKS)
        self.ledger.fold(now=self.now, most=sys.maxsize)

    def outcome(self):
        return ("stored", None) if self.rng.random() < 0.7 else ("rejected", self.rng.choice(REASONS))

    def remember(self, count):
        """Make *count* more addresses known as they are when a day is long over, as fast as they can be written."""
        pattern, done = self.pattern(), 0
        while done < count:
            with self.state.transaction():
                for _ in range(TOGETHER):
                    source, size = self.rng.randrange(SOURCES), min(BLOCK, count - done)
                    entries = [self.past(pattern, source, self.link(source)) for _ in range(size)]
                    if entries:
                        self.ledger.keep(f"paper-{source}", sorted(entries, key=lambda entry: entry.url["key"]))
                    self.now += DAY * size / count
                    done += size

    def pattern(self):
        """Return what the verbs and the fold leave of an address."""
        with tempfile.TemporaryDirectory() as folder:
            small = Grown(Path(folder), 0)
            small.live(SOURCES * BLOCK)
            first = small.state._db.row("SELECT key FROM url WHERE state = 'stored' ORDER BY settled")
            small.ledger.fold(now=small.now + RECENT * DAY)
            entry = small.ledger.entry(first["key"])
            assert entry.url["url"] == HOME + first["key"]
            small.state.close()
        return entry

    def past(self, pattern, source, link):
        key, (outcome, reason) = link.url.removeprefix(HOME), self.outcome()
        feed, now = feed_of(source), round(self.now + self.rng.random() * DAY, 3)
        said = {"key": key, "title": link.title, "document": feed}
        url = said | {"url": link.url, "source": f"paper-{source}", "state": outcome, "reason": reason}
        times = {"announced": now, "freshness": now, "settled": now + 60}
        tried = {"key": key, "at": now + 60, "outcome": f"{outcome}: {reason}" if reason else outcome}
        return attrs.evolve(
            pattern,
            url=pattern.url | url | times,
            announcements=[pattern.announcements[0] | said | {"at": now}],
            attempts=[pattern.attempts[0] | tried],
        )

    def tell(self, count):
        """Make *count* texts known to the copy index, over the days that copies are looked for."""
        for begin in range(0, count, TOGETHER):
            with self.state.transaction():
                for number in range(begin, min(begin + TOGETHER, count)):
                    own, now = sketch(self.text()), self.now - WINDOW * DAY * (1 - number / count)
                    site = f"paper-{number % SOURCES}.example"
                    self.state.copies.put(own, article=f"{number:032x}", domain=site, now=now)

    def begin_pages(self):
        """Let every source have a feed whose links are known and stored."""
        self.feeds = {source: [self.link(source) for _ in range(LINKS)] for source in range(SOURCES)}
        for source, known in self.feeds.items():
            found = [Finding(link=link) for link in known]
            with self.state.transaction():
                self.state.frontier.announce(f"paper-{source}", feed_of(source), found, now=self.now)
                for lease in self.state.frontier.lease(f"paper-{source}", LINKS, run="growth", now=self.now):
                    self.state.frontier.settle(lease.key, "stored", run="growth", now=self.now)

    def pages(self):
        """Return CPU milliseconds a page."""
        prepared = []
        for _ in range(PAGES):
            source = self.rng.randrange(SOURCES)
            link = self.link(source)
            prepared.append((source, link, self.article(link.url, source)))
        started = time.process_time()
        for source, link, article in prepared:
            self.page(source, link, article)
        return (time.process_time() - started) / PAGES * 1000

    def page(self, source, link, article):
        """Let the state do what one page asks of it."""
        known, frontier, articles = self.feeds[source], self.state.frontier, self.state.articles
        known[:] = [link, *known][:LINKS]
        findings = [Finding(link=link) for link in known]
        frontier.announce(f"paper-{source}", feed_of(source), findings, now=self.now)
        (lease,) = frontier.lease(f"paper-{source}", 1, run="growth", now=self.now)
        articles.by_key(lease.key)
        articles.by_text(article.contentHash)
        self.state.copies.like(article)
        articles.accept(
            article, b"{}", key=lease.key, asked=lease.key, aliases={}, day="2026-11-22", run="growth", now=self.now
        )

    def text(self):
        return "\n".join(" ".join(self.rng.choices(WORDS, k=50)) for _ in range(8))

    def article(self, url, source):
        text = self.text()
        return Article(
            id=urls.article_id(urls.identity_key(url)),
            url=url,
            headline=" ".join(self.rng.choices(WORDS, k=7)),
            articleBody=text,
            wordCount=identity.word_count(text),
            contentHash=identity.content_hash(text),
            firstSeen="2026-11-22T10:15:00Z",
            publisher={"domain": f"paper-{source}.example", "sourceId": f"paper-{source}"},
            metadata={"schemaVersion": "1.0"},
        )

    def room(self):
        """Return the bytes of the database, its log folded in."""
        self.state._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.file.stat().st_size


def feed_of(source):
    return f"https://www.paper-{source}.example/feed.rss"


def grown(directory, size, texts, *, slowly):
    """Return a state of *size* addresses and *texts*, and what room it takes."""
    began, state = time.process_time(), Grown(directory, size)
    for day in range(DAYS):
        if slowly or day >= DAYS - RECENT or size < DAYS * SOURCES * BLOCK:
            state.live(size // DAYS)
        else:
            state.remember(size // DAYS)
        if day % 10 == 0:
            print(f"{size} addresses: day {day}, {time.process_time() - began:.0f} CPU s", file=sys.stderr)
    state.tell(texts)
    room = state.room()
    print(f"{size} addresses, {texts} texts: made in {time.process_time() - began:.0f} CPU s", file=sys.stderr)
    return state, room


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--addresses", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--texts", type=int, default=200_000)
    parser.add_argument("--slowly", action="store_true", help="every day by the verbs of a crawl")
    parser.add_argument("--directory", type=Path)
    arguments = parser.parse_args()
    sizes = sorted(arguments.addresses)
    wanted = [(size, 0) for size in sizes] + ([(sizes[0], arguments.texts)] if arguments.texts else [])
    with tempfile.TemporaryDirectory(dir=arguments.directory) as folder:
        states = [grown(Path(folder) / str(place), *one, slowly=arguments.slowly) for place, one in enumerate(wanted)]
        for state, _ in states:
            state.begin_pages()
            state.pages()
        rounds = [[state.pages() for state, _ in states] for _ in range(ROUNDS)]
        for place, ((size, texts), (state, room)) in enumerate(zip(wanted, states, strict=True)):
            cost = median(one[place] for one in rounds)
            ratio = median(one[place] / one[0] for one in rounds)
            each = f"{room / size:6.0f} bytes each" if not texts else f"{texts:>6} texts"
            print(f"{size:>10} addresses  {each}  {cost:6.2f} ms of the state a page  {ratio:5.2f} x the first")
            state.state.close()


if __name__ == "__main__":
    main()
