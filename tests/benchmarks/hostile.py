"""How much memory a crawl takes that is fed gigabytes of hostile input, and whether it stores the good articles.

    python tests/benchmarks/hostile.py [--gib 4]

Serves newspapers on several loopback addresses at once, each with a few good articles among endless pages, sitemaps
just under and far over their limit, bombs and endless headers; crawls all of them in one run; prints the bytes that
went over the line and the peak memory. Exit code 0 where the good articles are stored and the crawl stayed under 1 GiB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from crawler.newsroom import Fault, Newsroom

PROJECT = Path(__file__).parents[2]
MIB = 1 << 20
#: Addresses of newspapers: so many hosts are asked at the same time.
HOSTS = 6
#: Good articles of each.
GOOD = 5
#: Bytes of the crawl's own process that the promise allows.
BOUND = 1 << 30
#: Bytes sent at a time.
PIECE = 1 << 18


class Line:
    """Counts what the servers have sent."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self._lock = threading.Lock()

    def counted(self, kind, pieces):
        for piece in pieces:
            yield piece
            with self._lock:
                self.sent[kind] += len(piece)


def chunked(content_type, first, piece, count=None):
    yield f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    yield b"%x\r\n%b\r\n" % (len(first), first)
    for _ in iter(int, 1) if count is None else range(count):
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def endless_page():
    yield from chunked("text/html", b"<html><body>", b"<p>more and more of it</p>" * (PIECE // 26))


def endless_sitemap():
    yield from chunked("application/xml", b"<urlset>", b" " * PIECE)


def large_sitemap():
    """Just under the limit of 50 MiB, so that it is read whole."""
    yield from chunked("application/xml", b"<urlset>", b" " * PIECE, 49 * MIB // PIECE)


def endless_headers():
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield (b"X-More: " + b"m" * 1000 + b"\r\n") * 60


def bomb():
    """1 GiB of zeros in 1 MiB of gzip."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(bytes(MIB)) for _ in range(1024)) + packer.flush()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return [head.encode(), body]


def feed_of(paper, paths):
    items = "".join(f"<item><link>{paper.url.rstrip('/')}{path}</link></item>" for path in paths)
    return f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode()


def spoil(paper, line, *, documents, pages, packed):
    """Make the paper hostile and return the lines of its source."""
    kinds = {
        "endless pages": ("/page/", endless_page, pages),
        "endless headers": ("/headers/", endless_headers, pages // 4),
        "bombs of 1 GiB": ("/bomb/", lambda: packed, 4),
    }
    announced = [story.path for story in paper.articles if story.kind == "article"][:GOOD]
    for kind, (folder, make, count) in kinds.items():
        announced += [f"{folder}{number}" for number in range(count)]
        paper.fault(f"{folder}*", Fault(raw=lambda kind=kind, make=make: line.counted(kind, make())))
    paper.fault("/feed.rss", Fault(body=feed_of(paper, announced)))
    paper.fault("/endless/*", Fault(raw=lambda: line.counted("endless sitemaps", endless_sitemap())))
    paper.fault("/large/*", Fault(raw=lambda: line.counted("large sitemaps", large_sitemap())))
    base = paper.url.rstrip("/")
    sitemaps = [f"{base}/{('endless', 'large')[n % 2]}/{n}.xml" for n in range(documents)]
    name = paper.url.split("/")[2].replace(".", "-").replace(":", "-")
    return f'[at-{name}]\nhome = "{paper.url}"\nfeeds = ["{base}/feed.rss"]\nsitemaps = {json.dumps(sitemaps)}\n'


def status(process, key):
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(key)), 0)


def family(process):
    found = [process]
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += family(child)
    except OSError:
        return found
    return found


def crawl(directory, sources, allowed, crawl_settings):
    """Run one crawl and return its exit code, peak of its own process, of its largest worker, and of all at once."""
    (directory / "sources.toml").write_text(sources)
    given = {
        "DATA_DIR": directory / "data",
        "SOURCES_FILE": directory / "sources.toml",
        "ALLOW_PRIVATE": ",".join(allowed),
        "DOWNLOAD_DELAY": "0",
        "DISK_RESERVE": "0",
        "TDMREP_LOOKUP": "0",
        "EXTRACTION_WORKERS": "2",
    } | crawl_settings
    words = [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
    process = subprocess.Popen([sys.executable, "-m", "scrapy", "crawl", "news", *words], cwd=PROJECT)
    own = worker = together = 0
    while process.poll() is None:
        everyone = family(process.pid)
        own = max(own, status(process.pid, "VmHWM"))
        worker = max([worker, *(status(child, "VmHWM") for child in everyone[1:])])
        together = max(together, sum(status(each, "VmRSS") for each in everyone))
        time.sleep(0.1)
    return process.returncode, own, worker, together


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=float, default=4.0, help="hostile input, about (default 4)")
    amount = parser.parse_args().gib * 1024 * MIB / HOSTS
    line, began, packed = Line(), time.monotonic(), bomb()
    # Three quarters in documents of 50 MiB, the rest in pages of 5 MiB.
    shape = {"documents": max(2, round(amount * 0.75 / (50 * MIB))), "pages": max(4, round(amount * 0.25 / (5 * MIB)))}
    with ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        papers = [stack.enter_context(Newsroom(host=f"127.0.0.{number + 1}")) for number in range(HOSTS)]
        sources = "".join(spoil(paper, line, packed=packed, **shape) for paper in papers)
        directory = Path(name)
        code, own, worker, together = crawl(directory, sources, [paper.host_port for paper in papers], {})
        lines = [
            row for path in (directory / "data/articles").glob("*.jsonl") for row in path.read_bytes().splitlines()
        ]
    for kind, sent in sorted(line.sent.items()):
        print(f"{kind:20} {sent / MIB:8.0f} MiB")
    print(f"{'in all':20} {sum(line.sent.values()) / MIB:8.0f} MiB on the line, {time.monotonic() - began:.0f} s")
    print(f"peak memory: crawl {own / MIB:.0f} MiB, largest worker {worker / MIB:.0f} MiB, all processes at once "
          f"{together / MIB:.0f} MiB")  # fmt: skip
    print(f"good articles stored: {len(lines)} of {HOSTS * GOOD}; exit code {code}")
    sys.exit(0 if len(lines) == HOSTS * GOOD and own < BOUND else 1)


if __name__ == "__main__":
    main()
