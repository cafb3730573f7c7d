"""Watches the memory of a whole crawl, all processes together, over many pages.

    python tests/benchmarks/memory.py [CORPUS] [--pages 20000] [--largest BYTES]

Pages are those of CORPUS, or of the sample newspaper, retold until there are enough, read by two workers. Prints a line
every 1,000 articles: the memory of all processes, of the crawl itself and of its largest worker. At the end the peak
and, from the first 2,000 articles on, by how much memory grew every 1,000: the slope of a line through all samples.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import linear_regression

from crawl import MEGABYTE, PROJECT, SCRAPY, UNBOUND, environment, given
from measured import memory, tree
from replay import replay

SETTLED = 2_000
STEP = 1_000
#: Seconds between two looks.
LOOK_EVERY = 0.5


class Written:
    """The articles that a crawl has written so far."""

    def __init__(self, directory):
        self.directory, self.count, self._read = directory, 0, {}

    def look(self):
        for path in self.directory.glob("articles/*.jsonl"):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                more = file.read()
            self._read[path] = self._read.get(path, 0) + len(more)
            self.count += more.count(b"\n")
        return self.count


def watch(process, written):
    """Return (articles written, bytes of memory) as often as was looked while *process* ran."""
    samples, told, began = [], 0, time.monotonic()
    while process.poll() is None:
        time.sleep(LOOK_EVERY)
        sizes = {one: memory(one) for one in tree(process.pid)}
        if not sizes.get(process.pid):
            break  # it ended meanwhile
        samples.append((written.look(), sum(sizes.values())))
        if written.count >= told + STEP:
            told = written.count
            own = sizes.pop(process.pid, 0)
            print(
                f"{told:6} articles in {time.monotonic() - began:5.0f} s: {samples[-1][1] / MEGABYTE:.0f} MB, the crawl"
                f" {own / MEGABYTE:.0f}, its largest worker {max(sizes.values(), default=0) / MEGABYTE:.0f}",
                flush=True,
            )
    return samples


def growth(samples):
    """Return the bytes by which memory grew with every article after the first SETTLED."""
    late = [sample for sample in samples if sample[0] >= SETTLED]
    return linear_regression(*zip(*late, strict=True)).slope if len(late) > 1 else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--largest", type=int, help="bytes of the largest page of the corpus that is used")
    arguments = parser.parse_args()
    given_pages = {"hosts": arguments.hosts, "pages": arguments.pages, "largest": arguments.largest}
    with (
        replay(arguments.corpus, **given_pages) as (origins, _),
        tempfile.TemporaryDirectory() as folder,
    ):
        settings = UNBOUND | {"DATA_DIR": f"{folder}/data", "EXTRACTION_WORKERS": 2}
        words = [*SCRAPY, "crawl", "news", "-a", f"url={','.join(f'{origin}/' for origin in origins)}"]
        with subprocess.Popen([*words, *given(settings)], cwd=PROJECT, env=environment()) as process:
            samples = watch(process, Written(Path(folder) / "data"))
        if process.returncode:
            sys.exit(f"the crawl ended with {process.returncode}")
    peak = max(size for _, size in samples)
    print(f"{samples[-1][0]} articles of {arguments.pages} pages; at most {peak / MEGABYTE:.0f} MB;")
    print(f"{growth(samples) * STEP / MEGABYTE:+.2f} MB per {STEP:,} articles after the first {SETTLED:,}")


if __name__ == "__main__":
    main()
