"""Grows a crawl state and measures what a page costs it, and what room an address takes, at each size.

    python tests/benchmarks/growth.py [--addresses 10000 100000 1000000] [--days 100] [--directory DIR]

Addresses of 50 sources are announced day by day (of made-up time) by feeds, fetched and settled, and folded when they
are a week old, all by the state's own verbs. A page is a feed of 50 links with one new one, its lease, and an article
of about 400 words accepted with its copy sketch. Grow to 10 million for the figures of a large crawl: an hour.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from crawler import identity, urls
from crawler.discovery import Link
from crawler.items import Article
from crawler.state import CrawlState
from crawler.state.frontier import Finding
from crawler.state.ledger import Ledger

SOURCES = 50
DAY = 86_400
BEGIN = 1_700_000_000
#: Links of a feed; pages that are measured at each size.
LINKS, PAGES = 50, 300
WORDS = [f"{a}{b}{c}" for a in ("ba", "ke", "lo", "mi", "ru", "sta") for b in ("n", "rd", "l", "sk") for c in "aeiou"]
REASONS = ("index", "not_article_address", "no_text")


class Grown:
    """A state that grows by days."""

    def __init__(self, directory, rng):
        self.rng, self.number, self.now = rng, 0, BEGIN
        self.state = CrawlState(directory)
        self.state.begin_run("growth", "growth", now=BEGIN)
        self.ledger = Ledger(self.state._db)
        self.file = directory / "crawl.db"

    def link(self, source):
        self.number += 1
        slug = "-".join(self.rng.choices(WORDS, k=8))
        section = self.rng.choice(("news", "sport"))
        url = f"https://www.paper-{source}.example/{section}/2026/{slug}-{self.number}"
        return Link(url=url, title=" ".join(self.rng.choices(WORDS, k=7)).capitalize(), method="feed")

    def grow(self, count):
        """Make *count* more addresses known within one day, most of them settled on it."""
        frontier = self.state.frontier
        for begin in range(0, count, LINKS):
            source = self.rng.randrange(SOURCES)
            found = [Finding(link=self.link(source)) for _ in range(min(LINKS, count - begin))]
            feed = f"https://www.paper-{source}.example/feed.rss"
            with self.state.transaction():
                frontier.announce(f"paper-{source}", feed, found, now=self.now)
                for lease in frontier.lease(f"paper-{source}", LINKS, run="growth", now=self.now):
                    is_article = self.rng.random() < 0.7
                    reason = None if is_article else self.rng.choice(REASONS)
                    outcome = "stored" if is_article else "rejected"
                    frontier.settle(lease.key, outcome, run="growth", now=self.now + 60, reason=reason)
            self.now += DAY / max(1, count / LINKS)
        self.ledger.fold(now=self.now, most=sys.maxsize)

    def page(self, feeds):
        """Let the state do what one page asks of it."""
        source = self.rng.randrange(SOURCES)
        known, frontier = feeds[source], self.state.frontier
        known[:] = [self.link(source), *known][:LINKS]
        findings = [Finding(link=link) for link in known]
        frontier.announce(f"paper-{source}", f"https://www.paper-{source}.example/feed.rss", findings, now=self.now)
        (lease,) = frontier.lease(f"paper-{source}", 1, run="growth", now=self.now)
        article = self.article(lease.url, source)
        self.state.articles.by_key(lease.key)
        self.state.articles.by_text(article.contentHash)
        self.state.copies.elsewhere(self.state.copies.sketch_of(article), article.publisher["domain"])
        self.state.articles.accept(
            article, b"{}", key=lease.key, asked=lease.key, aliases={}, day="2026-11-22", run="growth", now=self.now
        )

    def article(self, url, source):
        text = "\n".join(" ".join(self.rng.choices(WORDS, k=50)) for _ in range(8))
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

    def measure(self):
        """Return CPU milliseconds a page."""
        feeds = {source: [self.link(source) for _ in range(LINKS)] for source in range(SOURCES)}
        for source, known in feeds.items():
            found = [Finding(link=link) for link in known]
            with self.state.transaction():
                self.state.frontier.announce(f"paper-{source}", "feed", found, now=self.now)
                for lease in self.state.frontier.lease(f"paper-{source}", LINKS, run="growth", now=self.now):
                    self.state.frontier.settle(lease.key, "stored", run="growth", now=self.now)
        started = time.process_time()
        for _ in range(PAGES):
            self.page(feeds)
        return (time.process_time() - started) / PAGES * 1000

    def room(self):
        """Return the bytes of the database, its log folded in."""
        self.state._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.file.stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--addresses", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--days", type=int, default=100, help="of made-up time in which each size is reached")
    parser.add_argument("--directory", type=Path)
    arguments = parser.parse_args()
    base = None
    for size in sorted(arguments.addresses):
        with tempfile.TemporaryDirectory(dir=arguments.directory) as folder:
            grown = Grown(Path(folder) / "data", random.Random(size))
            for _ in range(arguments.days):
                grown.grow(size // arguments.days)
            known, room = grown.number, grown.room()
            pages = grown.measure()
            base = base or pages
            print(
                f"{known:>10} addresses  {room / known:6.0f} bytes each  {pages:6.2f} ms of the state a page"
                f"  {pages / base:5.2f} x the first",
                flush=True,
            )
            grown.state.close()


if __name__ == "__main__":
    main()
