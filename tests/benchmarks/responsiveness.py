"""Shows for how long the event loop of a crawl is held up at most, by what holds it up most.

    python tests/benchmarks/responsiveness.py [--only NAME] [--links 50000] [--texts 300]

One crawl each of a site with a sitemap of 50,000 addresses; of one whose articles have a text of 1 MB; of one whose 300
texts of 50,000 letters are learned from. The CPU time is that of the loop's thread between two looks of 5 ms; the delay
is by the clock, so that other programs, and waiting for the disk, lengthen it.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from crawl import PROJECT, SCRAPY, UNBOUND, environment, given

sys.path.insert(0, str(PROJECT))
from tests import heartbeat

#: Of the sitemap only a few pages are fetched: it is the reading that counts.
FETCHED = 20
LONG, LONG_TEXTS, MIDDLING = 1_000_000, 5, 50_000
WORDS = [f"{a}{b}{c}" for a in ("ba", "ke", "lo", "mi", "ru", "sta") for b in ("nt", "rd", "lm", "sk") for c in "aeiou"]


class Site(ThreadingHTTPServer):
    """Answers what ``answers`` holds by path, and articles of ``letters`` letters for all other paths."""

    daemon_threads = True

    def __init__(self, letters):
        super().__init__(("127.0.0.1", 0), _Visit)
        self.letters, self.answers = letters, {}
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def announce(self, count):
        places = (f"{self.origin}/news/2026/{'-'.join(words(place, 5))}-{place}" for place in range(count))
        rows = "".join(f"<url><loc>{place}</loc><lastmod>2026-11-20T10:00:00Z</lastmod></url>" for place in places)
        self.answers["/robots.txt"] = "User-agent: *\nAllow: /\n"
        self.answers["/sitemap.xml"] = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'

    def article(self, path):
        rng, paragraphs, length = random.Random(path), [], 0
        while length < self.letters:
            paragraphs.append(" ".join(rng.choices(WORDS, k=50)).capitalize() + ".")
            length += len(paragraphs[-1])
        title = " ".join(words(path, 6)).capitalize()
        text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        return (
            f'<html lang=en><head><title>{title}</title><meta property="og:type" content="article"></head><body>'
            f"<article><h1>{title}</h1><time datetime=2026-11-20>20 November 2026</time>{text}</article></body></html>"
        )


class _Visit(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = (self.server.answers.get(self.path) or self.server.article(self.path)).encode()
        kind = "application/xml" if self.path.endswith(".xml") else "text/html; charset=utf-8"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if self.path == "/robots.txt" else kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""


def words(seed, count):
    return random.Random(str(seed)).choices(WORDS, k=count)


def crawl(letters, count, fetched):
    """Crawl a site of *count* articles, *fetched* of them, and return what the heartbeat saw."""
    site = Site(letters)
    site.announce(count)
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder, "sources.toml")
        sources.write_text(f'[site]\nhome = "{site.origin}/"\nsitemaps = ["{site.origin}/sitemap.xml"]\n')
        settings = UNBOUND | {"DATA_DIR": f"{folder}/data", "SOURCES_FILE": sources, "TDMREP_LOOKUP": 0}
        settings |= {"ALLOW_PRIVATE": site.origin.removeprefix("http://"), "EXTRACTION_SECONDS": 100}
        settings |= heartbeat.settings(Path(folder, "beats.json"))
        words = [*SCRAPY, "crawl", "news", "-a", f"limit={fetched}", *given(settings)]
        subprocess.run(words, cwd=PROJECT, env=environment(), check=True)
        found = json.loads(Path(folder, "beats.json").read_text())
        stored = sum(path.read_bytes().count(b"\n") for path in Path(folder).glob("data/articles/*.jsonl"))
    site.shutdown()
    site.server_close()
    return found | {"stored": stored}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["links", "letters", "texts"])
    parser.add_argument("--links", type=int, default=50_000)
    parser.add_argument("--texts", type=int, default=300)
    arguments = parser.parse_args()
    cases = {
        "links": (3_000, arguments.links, FETCHED),
        "letters": (LONG, LONG_TEXTS, LONG_TEXTS),
        "texts": (MIDDLING, arguments.texts, arguments.texts),
    }
    for name, case in cases.items():
        if arguments.only in (None, name):
            found = crawl(*case)
            print(
                f"{name:8} {found['stored']:5} stored; at most {found['cpu'] * 1000:6.0f} ms of CPU at a time,"
                f" {found['late'] * 1000:6.0f} ms late by the clock",
                flush=True,
            )


if __name__ == "__main__":
    main()
