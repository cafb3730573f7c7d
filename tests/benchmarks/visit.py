"""Measures what a cron visit costs when there is nothing new: every feed answers 304, and nothing is due at all.

    python tests/benchmarks/visit.py [--sources 200] [--rounds 5]

The sample newspaper's pages are served on as many loopback addresses as there are sources, one page each; a first crawl
makes them known. Prints medians of CPU seconds of all processes, beside those of `scrapy version`, in turns.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import measured
from crawl import PROJECT, SCRAPY, UNBOUND, environment, given
from replay import replay

ALWAYS, NEVER = "1s", "30d"


def write_sources(file, origins, every):
    file.write_text(
        "\n".join(
            f'[site{number}]\nhome = "{origin}/"\nfeeds = ["{origin}/feed.rss"]\nevery = "{every}"\n'
            for number, origin in enumerate(origins)
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    cpu = {"304": [], "nothing due": [], "scrapy version": []}
    with (
        replay(None, hosts=arguments.sources, pages=arguments.sources) as (origins, _),
        tempfile.TemporaryDirectory() as folder,
    ):
        place = Path(folder)
        allowed = ",".join(urlsplit(origin).netloc for origin in origins)
        settings = UNBOUND | {"DATA_DIR": place / "data", "SOURCES_FILE": place / "sources.toml"}
        settings |= {"ALLOW_PRIVATE": allowed, "EXTRACTION_WORKERS": 2}

        def run(*words):
            found = measured.run([*SCRAPY, *words], place / "result.json", cwd=PROJECT, env=environment())
            if found["code"]:
                sys.exit(f"{words[:2]} ended with {found['code']}")
            return found["cpu"]

        def crawl(every):
            write_sources(place / "sources.toml", origins, every)
            return run("crawl", "news", *given(settings))

        print(f"first visit, {arguments.sources} articles: {crawl(ALWAYS):.2f} s", file=sys.stderr)
        for _ in range(arguments.rounds):
            cpu["304"].append(crawl(ALWAYS))
            cpu["nothing due"].append(crawl(NEVER))
            cpu["scrapy version"].append(run("version"))
    base = median(cpu["scrapy version"])
    for name, values in cpu.items():
        print(f"{name:16} {median(values):6.2f} CPU s  {median(values) / base:5.2f} x scrapy version")


if __name__ == "__main__":
    main()
