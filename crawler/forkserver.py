"""Imported by the fork server of the workers, once: parts it from the crawl's process group and makes it ready.

Ctrl-C and ``timeout`` signal a whole process group. The crawl then brings in what is in flight, and needs its workers.
"""

import contextlib
import gc
import os

with contextlib.suppress(OSError):
    os.setsid()
gc.disable()  # what is imported stays: looking for cycles in it costs a twentieth of the time

from crawler.extraction import warm  # noqa: E402  # only after the session is our own: importing takes a second

warm()

# What is loaded now lives as long as the workers, and stays shared with them while the collector does not touch it.
# Pages leave few cycles: looking for them after every 700 objects costs a worker several per cent of its time.
gc.collect()
gc.freeze()
gc.enable()
gc.set_threshold(50_000, 20, 50)
