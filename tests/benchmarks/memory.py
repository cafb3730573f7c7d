"""Watches the memory of a whole crawl, all processes together, over many pages.

    python tests/benchmarks/memory.py [CORPUS] [--pages 20000]

Pages are those of CORPUS, or of the sample newspaper, retold until there are enough. Prints the peak and, from the
first 2,000 pages on, by how much the memory grew every 1,000 pages: the slope of a line through all samples.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import linear_regression

from crawl import MEGABYTE, ours
from replay import replay

SETTLED = 2_000


def growth(samples, pages):
    """Return bytes a page after the first SETTLED of *pages*, which are taken to have come at an even pace."""
    until = samples[-1][0]
    late = [(seconds / until * pages, size) for seconds, size in samples if seconds / until * pages >= SETTLED]
    return linear_regression(*zip(*late, strict=True)).slope if len(late) > 1 else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--hosts", type=int, default=4)
    arguments = parser.parse_args()
    with (
        replay(arguments.corpus, hosts=arguments.hosts, pages=arguments.pages) as (origins, _),
        tempfile.TemporaryDirectory() as folder,
    ):
        found, articles = ours(Path(folder), origins, EXTRACTION_WORKERS=2)
    slope = growth(found["samples"], arguments.pages) * 1000 / MEGABYTE
    print(f"{articles} articles of {arguments.pages} pages in {found['seconds']:.0f} s, {found['cpu']:.0f} CPU s")
    print(f"peak {found['peak'] / MEGABYTE:.0f} MB; {slope:+.2f} MB per 1,000 pages after the first {SETTLED}")


if __name__ == "__main__":
    main()
