"""An extension for tests: how long the event loop of a crawl was held up at most, written to HEARTBEAT_FILE."""

import asyncio
import json
import time
from pathlib import Path

from scrapy import signals

from crawler.settings import EXTENSIONS

#: Seconds between two beats.
EVERY = 0.005


class Heartbeat:
    """Asks to be called every EVERY seconds and notes by how much that fails.

    ``cpu`` is the longest that the loop's own thread was at work in between, which other programs do not lengthen.
    """

    def __init__(self, crawler):
        self.path = Path(crawler.settings["HEARTBEAT_FILE"])
        self.beats, self.late, self.cpu = 0, 0.0, 0.0
        crawler.signals.connect(self.begin, signal=signals.spider_opened)
        crawler.signals.connect(self.end, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler):
        return cls(crawler)

    def begin(self):
        self._now, self._used = time.monotonic(), time.thread_time()
        asyncio.get_running_loop().call_later(EVERY, self.beat)

    def beat(self):
        now, used = time.monotonic(), time.thread_time()
        self.beats += 1
        self.late = max(self.late, now - self._now - EVERY)
        self.cpu = max(self.cpu, used - self._used)
        self._now, self._used = now, used
        asyncio.get_running_loop().call_later(EVERY, self.beat)

    def end(self):
        self.path.write_text(json.dumps({"beats": self.beats, "late": self.late, "cpu": self.cpu}))


def settings(path):
    """Return the settings that add a heartbeat to a crawl."""
    own = {f"{extension.__module__}.{extension.__qualname__}": place for extension, place in EXTENSIONS.items()}
    return {"EXTENSIONS": json.dumps(own | {"tests.heartbeat.Heartbeat": 10}), "HEARTBEAT_FILE": str(path)}
