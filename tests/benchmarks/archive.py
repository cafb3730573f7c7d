"""Compares ``scrapy crawl archive`` with extraction alone, on the same pages, in the same number of worker processes.

    python tests/benchmarks/archive.py [CORPUS] [--pages 600] [--workers 2]

Without a corpus the pages are those of the sample newspaper, again and again at other addresses; most are duplicates
then. Each program is run on one page and on all of them, so that what starting costs does not count. Prints pages a
second and CPU seconds, and the ratios of the one to the other.
"""

import argparse
import asyncio
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from itertools import cycle, islice
from pathlib import Path
from urllib.request import urlopen

from corpus import body, pages
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

#: Seconds and bytes of a page, as the crawl has them.
SECONDS, MEMORY = 10, 1 << 30
#: Pages given to each worker ahead, as the crawl does.
AHEAD = 4
#: Seconds between looks at what the processes have spent.
WATCH = 0.1


def found(corpus):
    """Yield address and bytes of pages: a corpus's, or the sample newspaper's."""
    if corpus:
        yield from ((page["url"], body(corpus, page)) for page in pages(corpus))
        return
    from crawler.newsroom import Newsroom

    with Newsroom() as paper:
        held = [urlopen(f"{paper.url.rstrip('/')}{story.path}").read() for story in paper.articles]
    for number, page in enumerate(cycle(held)):
        yield f"https://site{number % 50}.example/news/story-number-{number}-of-many", page


def write(path, held):
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        for url, page in held:
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            writer.write_record(writer.create_warc_record(url, "response", io.BytesIO(page), http_headers=headers))


async def alone(path, workers):
    """Extract every page of an archive and do nothing with it."""
    from crawler.archive.reader import read
    from crawler.extraction import extract
    from crawler.workers import WorkerFailure, Workers

    pool, tasks = Workers(count=workers, seconds=SECONDS, memory=MEMORY), deque()

    async def done():
        with contextlib.suppress(WorkerFailure):
            await tasks.popleft()

    for page in read(path):
        if len(tasks) >= AHEAD * workers:
            await done()
        tasks.append(asyncio.ensure_future(pool.run(extract, page.body, url=page.url)))
    while tasks:
        await done()
    pool.close()


def measured(words):
    """Run a program and return its seconds and CPU seconds, those of its workers included.

    A worker's parent is a fork server that nobody waits for, so the kernel adds nothing up: the session is watched.
    """
    environment, began, spent = os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings"}, time.monotonic(), {}
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(words, env=environment, stdout=said, stderr=said, start_new_session=True)
        while process.poll() is None:
            spent |= dict(_spent(process.pid))
            time.sleep(WATCH)
        took = time.monotonic() - began
        if process.returncode not in (0, 3):
            said.seek(0)
            sys.exit(said.read())
    return took, sum(spent.values())


def _spent(session):
    """Yield process id and CPU seconds of every process of a session (proc_pid_stat(5))."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                yield path.parent.name, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        asyncio.run(alone(arguments.alone, arguments.workers))
        return
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        held = list(islice(found(arguments.corpus), arguments.pages))
        archives = {1: directory / "one.warc.gz", len(held): directory / "all.warc.gz"}
        for count, path in archives.items():
            write(path, held[:count])
        rates = {}
        for kind in ("extraction alone", "crawl archive"):
            runs = {}
            for count, path in archives.items():
                crawl = [sys.executable, "-m", "scrapy", "crawl", "archive", "-a", f"warc={path}"]
                crawl += ["-s", f"DATA_DIR={directory / str(count)}", "-s", f"EXTRACTION_WORKERS={arguments.workers}"]
                itself = [sys.executable, __file__, "--alone", str(path), "--workers", str(arguments.workers)]
                runs[count] = measured(itself if kind == "extraction alone" else [*crawl, "-s", "DISK_RESERVE=0"])
            (one, one_cpu), (every, every_cpu) = runs.values()
            rates[kind] = ((len(held) - 1) / (every - one), every_cpu - one_cpu)
            print(f"{kind:17} {rates[kind][0]:6.1f} pages a second, {rates[kind][1]:6.1f} CPU seconds")
        (own, own_cpu), (crawl, crawl_cpu) = rates.values()
        print(f"crawl archive / extraction alone: {crawl / own:.2f} of the rate, {crawl_cpu / own_cpu:.2f} of the CPU")


if __name__ == "__main__":
    main()
