"""Crawls very many hosts that each have a feed that is due, and shows what that takes and whether all get their turn.

    python tests/benchmarks/hosts.py [--hosts 2000] [--slow 20] [--files 1024]

Every host is a source with robots.txt, a feed that is due, and one page of the sample newspaper; the first --slow of
them take 5 seconds for each answer. The crawl may open --files files. "In between" is the time from a host's feed to
its page, as its server saw it. CPU is that of the crawl's own process.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from crawl import MEGABYTE, PROJECT, SCRAPY, UNBOUND, environment, given
from measured import memory, tree
from replay import ASKED, address_of, replay
from visit import write_sources

LOOK_EVERY = 0.2


def watch(process):
    """Return the largest memory of all processes, the most files and the most connections that the crawl had open."""
    peak = files = connections = 0
    while process.poll() is None:
        time.sleep(LOOK_EVERY)
        peak = max(peak, sum(memory(one) for one in tree(process.pid)))
        try:
            opened = [str(entry.readlink()) for entry in Path(f"/proc/{process.pid}/fd").iterdir()]
        except FileNotFoundError:  # one that was closed meanwhile
            continue
        files = max(files, len(opened))
        connections = max(connections, sum(place.startswith("socket:") for place in opened))
    return peak, files, connections


def told(seconds):
    found = sorted(seconds)
    return f"{statistics.median(found):.1f} s (median), {found[-1]:.1f} s (longest)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=2000)
    parser.add_argument("--slow", type=int, default=20)
    parser.add_argument("--files", type=int, default=1024)
    arguments = parser.parse_args()
    with (
        replay(None, hosts=arguments.hosts, pages=arguments.hosts, slow=arguments.slow) as (origins, _),
        tempfile.TemporaryDirectory() as folder,
    ):
        place = Path(folder)
        write_sources(place / "sources.toml", origins, "1s")
        settings = UNBOUND | {"DATA_DIR": place / "data", "SOURCES_FILE": place / "sources.toml"}
        settings |= {"ALLOW_PRIVATE": ",".join(origin.removeprefix("http://") for origin in origins)}
        settings |= {"EXTRACTION_WORKERS": 2, "CONCURRENT_REQUESTS_PER_DOMAIN": 1}
        began = time.monotonic()
        words = ["prlimit", f"--nofile={arguments.files}", *SCRAPY, "crawl", "news", *given(settings)]
        with subprocess.Popen(words, cwd=PROJECT, env=environment()) as process:
            peak, files, connections = watch(process)
        seconds, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        with urllib.request.urlopen(f"{origins[0]}{ASKED}") as answer:
            asked = json.load(answer)
        stored = sum(path.read_bytes().count(b"\n") for path in place.glob("data/articles/*.jsonl"))
    if process.returncode:
        sys.exit(f"the crawl ended with {process.returncode}")
    slow = set(map(address_of, range(arguments.slow)))
    ends = {address: asked[address][-1][0] for address in asked if asked[address]}
    first = min(times[0][0] for times in asked.values() if times)
    between = [
        next(at for at, path in times if path not in ("/robots.txt", "/feed.rss") and "well-known" not in path)
        - next(at for at, path in times if path == "/feed.rss")
        for address, times in asked.items()
        if address not in slow
    ]
    cpu = used.ru_utime + used.ru_stime
    print(f"{len(ends)} hosts, {stored} articles in {seconds:.0f} s; {1000 * cpu / arguments.hosts:.0f} CPU ms a host")
    print(f"all processes {peak / MEGABYTE:.0f} MB, files open {files} of {arguments.files}, sockets {connections}")
    print(f"in between: {told(between)}")
    print(
        f"the last of the slow hosts was asked after {max((ends[one] for one in slow), default=first) - first:.0f} s,"
        f" of the others after {max(end for one, end in ends.items() if one not in slow) - first:.0f} s"
    )


if __name__ == "__main__":
    main()
