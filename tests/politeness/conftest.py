"""A newspaper whose feed announces what each test wants, and how much memory a crawl takes."""

import threading
import time
from pathlib import Path

import attrs
import pytest

from crawler import urls
from crawler.newsroom import Fault
from crawler.state import CrawlState

#: Seconds between looks at a crawl's memory.
LOOK = 0.05


def feed_of(*urls):
    items = "".join(f"<item><title>Story {n}</title><link>{url}</link></item>" for n, url in enumerate(urls))
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode()


@pytest.fixture
def announced(source_file, paper):
    """An operator whose source has one feed that announces these addresses (or paths of the paper)."""

    def announce(*addresses, **keys):
        urls = [paper.url.rstrip("/") + name if name.startswith("/") else name for name in addresses]
        paper.fault("/feed.rss", Fault(body=feed_of(*urls)))
        return source_file(feeds=f'["{paper.url}feed.rss"]', **keys)

    return announce


@pytest.fixture
def outcome(operator, paper):
    """State and reason of an address, or of a path of the paper."""

    def read(address):
        url = paper.url.rstrip("/") + address if address.startswith("/") else address
        state = CrawlState(operator.data, read_only=True)
        found = state.history(urls.identity_key(url)).url
        state.close()
        return (found["state"], found["reason"]) if found else None

    return read


@attrs.define
class Memory:
    """Peak resident bytes of a crawl: of its own process, and of the largest of its workers."""

    crawl: int = 0
    worker: int = 0


def peak(process):
    """Peak resident bytes of a process, by the kernel's own count; 0 where it has gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def children(process):
    found = []
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *children(child)]
    except OSError:
        return found
    return found


@pytest.fixture
def watched():
    """Waits for a started crawl and says how much memory it took."""

    def wait(process):
        memory = Memory()

        def watch():
            while process.poll() is None:
                memory.crawl = max(memory.crawl, peak(process.pid))
                memory.worker = max([memory.worker, *map(peak, children(process.pid))])
                time.sleep(LOOK)

        watcher = threading.Thread(target=watch)
        watcher.start()
        out, err = process.communicate(timeout=200)
        watcher.join()
        return memory, out, err

    return wait
