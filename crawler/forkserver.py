"""Imported by the fork server of the workers, once: parts it from the crawl's process group and makes it ready.

Ctrl-C and ``timeout`` signal a whole process group. The crawl then brings in what is in flight, and needs its workers.
"""

import contextlib
import os

with contextlib.suppress(OSError):
    os.setsid()

from crawler.extraction import warm  # only after the session is our own: importing takes a second

warm()
