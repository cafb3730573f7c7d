"""Times the crawl state with several writers: how many articles a second they get in together.

python tests/benchmarks/shared_state.py URL WRITERS ARTICLES; URL is of an empty PostgreSQL database.
"""

import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path

from crawler import identity, items, output, urls
from crawler.discovery import Link
from crawler.items import Article
from crawler.state import CrawlState
from crawler.state.announcements import Finding
from crawler.state.leases import Worker


def article(url, chance):
    text = " ".join(f"{chance.choice('bcdfghklmnprst')}{chance.randrange(9999)}" for _ in range(500))
    return Article(
        id=urls.article_id(urls.identity_key(url)), url=url, headline=f"Story {url}", articleBody=text, wordCount=500,
        contentHash=identity.content_hash(text), firstSeen="2026-11-22T10:15:00Z",
        publisher={"domain": urls.registrable_domain(url), "sourceId": urls.registrable_domain(url)},
        metadata={"schemaVersion": "1.0"},
    )  # fmt: skip


def write(url, number, count):
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(name=f"writer-{number}", place=folder, lease=600)
        state, chance, source = (
            CrawlState(Path(folder), url=url, worker=worker),
            random.Random(number),
            f"s{number}.org",
        )
        state.begin_run("20261122T101500Z", "benchmark", now=0)
        found = [Finding(link=Link(url=f"https://{source}/news/{place}", method="feed")) for place in range(count)]
        state.frontier.announce(source, "feed", found, now=1)
        while leases := state.frontier.lease(source, 4, run=state.run, now=2):
            for lease in leases:
                new = article(lease.url, chance)
                state.copies.like(new)
                line = output.encode_article(items.record(new))
                state.articles.accept(
                    new, line, key=lease.key, asked=lease.key, aliases={}, day="2026-11-22", run=state.run, now=3
                )
        state.close()


def main(url, writers, count):
    each = count // writers
    processes = [multiprocessing.Process(target=write, args=(url, number, each)) for number in range(writers)]
    began = time.monotonic()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    seconds = time.monotonic() - began
    print(f"{writers} writers: {each * writers} articles in {seconds:.1f} s, {each * writers / seconds:.1f} a second")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
