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

    A worker's parent is a fork server that nobody waits for, so the kernel adds nothing up. All processes of the
    program hold one variable of their environment, by which they are watched.
    """
    mark = f"ARCHIVE_BENCHMARK={time.monotonic_ns()}"
    environment = os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings"} | dict([mark.split("=")])
    began, spent = time.monotonic(), {}
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(words, env=environment, stdout=said, stderr=said)
        while process.poll() is None:
            spent |= dict(_spent(mark.encode()))
            time.sleep(WATCH)
        took = time.monotonic() - began
        if process.returncode not in (0, 3):
            said.seek(0)
            sys.exit(said.read())
    return took, sum(spent.values())


def _spent(mark):
    """Yield id and CPU seconds of every process with that mark (proc_pid_environ(5), proc_pid_stat(5))."""
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (path / "environ").read_bytes():
                fields = (path / "stat").read_text().rpartition(")")[2].split()
                yield path.name, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tell_sizes(data, archive, count):
    """Print what an article takes on the disk."""
    files = list(data.glob("articles/*.jsonl"))
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    own, state = sum(path.stat().st_size for path in files), (data / "crawl.db").stat().st_size
    print(f"{lines} articles: {own // lines} bytes each in the articles files, {state // lines} in the crawl state;")
    print(f"{archive.stat().st_size // count} bytes a page in the archive")


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
        tell_sizes(directory / str(len(held)), archives[len(held)], len(held))


if __name__ == "__main__":
    main()
