"""Compares our whole crawl with the naive spider and with installed peers, in turns, on a replayed newspaper.

    python tests/benchmarks/crawl.py [CORPUS] [--pages 1000] [--rounds 3] [--peers PYTHON] [--only NAME]

Ours is everything: robots.txt, discovery, extraction, metadata, de-duplication, state, durable output. Pages are those
of CORPUS (see corpus.py), or of the sample newspaper. Prints medians over the rounds and what they are relative to the
naive spider. "first process" is the CPU of the crawl's own process, start included, without its workers. ``--peers``
names the interpreter of a virtual environment with any of trafilatura, newspaper4k, news-please and crawlee. "of the
limit" is the CPU used of the CPU that could be used: all cores for as long as it ran, without what other programs of
the machine used meanwhile; the replay server is one of these.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import measured
from peers import MODULES
from replay import replay

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
MEGABYTE = 1_000_000
SCRAPY = [sys.executable, "-m", "scrapy"]
#: Politeness off for the loopback hosts, and no budget.
UNBOUND = {
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "SOURCE_PAGES": 10_000_000,
    "SOURCE_SECONDS": 10_000_000,
    "CLOSESPIDER_PAGECOUNT": 0,
    "CLOSESPIDER_TIMEOUT": 0,
    "DISK_RESERVE": 0,
}


def given(settings):
    return [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]


def environment():
    return os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "PYTHONPATH": str(PROJECT)}


def ours(directory, origins, *words, **settings):
    """Crawl the sites whole; returns what was measured and the number of articles."""
    command = [*SCRAPY, "crawl", "news", "-a", f"url={','.join(f'{origin}/' for origin in origins)}"]
    command += given(UNBOUND | {"DATA_DIR": directory / "data"} | settings)
    found = measured.run([*command, *words], directory / "result.json", cwd=PROJECT, env=environment())
    return found, sum(file.read_bytes().count(b"\n") for file in directory.glob("data/articles/*.jsonl"))


def naive(directory, origins):
    out = directory / "naive.jsonl"
    sitemaps = ",".join(f"{origin}/sitemap-news.xml" for origin in origins)
    command = [*SCRAPY, "runspider", HERE / "naive.py", "-a", f"sitemaps={sitemaps}", "-O", out]
    plain = {name: value for name, value in os.environ.items() if name != "SCRAPY_SETTINGS_MODULE"}
    found = measured.run(command, directory / "result.json", cwd=directory, env=plain)
    return found, out.read_bytes().count(b"\n")


def peer(name, interpreter, directory, addresses):
    listed, out = directory / "urls.txt", directory / "peer.jsonl"
    listed.write_text("\n".join(addresses) + "\n")
    command = [interpreter, HERE / "peers.py", name, listed, out]
    found = measured.run(command, directory / "result.json", cwd=directory, stderr=subprocess.DEVNULL)
    return found, out.read_bytes().count(b"\n") if out.exists() else 0


def is_there(interpreter, module):
    return not subprocess.run([interpreter, "-c", f"import {module}"], check=False, capture_output=True).returncode


def shares(found, articles):
    """Return what is compared of one run."""
    cores = os.cpu_count()
    others = max(0.0, cores * found["seconds"] - found["idle"] - found["cpu"])
    return {
        "articles": articles,
        "rate": articles / found["seconds"],
        "cpu": 1000 * found["cpu"] / max(1, articles),
        "first": 1000 * found["first"] / max(1, articles),
        "peak": found["peak"] / MEGABYTE,
        "limit": found["cpu"] / (cores * found["seconds"] - others),
        "others": others / (cores * found["seconds"]),
    }


def table(rows):
    """Return the lines of the table, the naive spider's figures being 1 where something is relative."""
    head = (
        f"{'':14} articles  articles/s  x naive  CPU ms/article  first process  peak MB  of the limit  used by others"
        "  (runs)"
    )
    middle = {name: {key: median(run[key] for run in runs) for key in runs[0]} for name, runs in rows.items() if runs}
    base = middle.get("naive", {}).get("rate")
    lines = [head]
    for name, row in middle.items():
        ratios = [
            one["rate"] / other["rate"] for one, other in zip(rows[name], rows.get("naive") or rows[name], strict=False)
        ]
        relative = f"{median(ratios):7.2f}" if base else "      -"
        lines.append(
            f"{name:14} {row['articles']:8.0f}  {row['rate']:10.1f}  {relative}  {row['cpu']:14.1f}"
            f"  {row['first']:13.1f}  {row['peak']:7.0f}  {row['limit']:12.2f}  {row['others']:14.2f}"
            f"  ({len(rows[name])})"
        )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="interpreter of the peers' virtual environment")
    parser.add_argument("--only", action="append", help="ours, naive, or a peer's name")
    arguments = parser.parse_args()
    names = [name for name in MODULES if arguments.peers and is_there(arguments.peers, MODULES[name])]
    names = [name for name in ("ours", "naive", *names) if name in (arguments.only or ("ours", "naive", *names))]
    rows = {name: [] for name in names}
    with replay(arguments.corpus, hosts=arguments.hosts, pages=arguments.pages) as (origins, addresses):
        for number in range(arguments.rounds):
            for name in names:
                with tempfile.TemporaryDirectory() as folder:
                    place = Path(folder)
                    if name == "ours":
                        run = ours(place, origins)
                    elif name == "naive":
                        run = naive(place, origins)
                    else:
                        run = peer(name, arguments.peers, place, addresses)
                rows[name].append(shares(*run))
                print(f"round {number + 1}: {name}: {run[1]} articles in {run[0]['seconds']:.1f} s", file=sys.stderr)
    sys.stdout.write(table(rows))
    if left := set(MODULES) - set(names):
        sys.stdout.write(f"not compared: {', '.join(sorted(left))}\n")


if __name__ == "__main__":
    main()
