"""Measures what learning the shapes of addresses saves on a site that has only a front page.

    python tests/benchmarks/shapes.py [--visits 10] [--links 100] [--budget 150] [--share 0.3]

Every visit finds a new front page with so many links, of which that share are articles of the sample newspaper; the
others (topics, pictures, portraits, guides) have addresses as long as an article's and lead to lists. The budget is
SOURCE_PAGES, documents included. The same visits are made twice, the second time on a crawl state that learns nothing.
"""

import argparse
import gzip
import random
import sqlite3
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from crawl import PROJECT, SCRAPY, UNBOUND, environment, given
from replay import sample_pages

from crawler.state import CrawlState

OTHERS = ("topics", "pictures", "portraits", "guides")
#: Stories that a list shows.
LISTED = 30


class Site(ThreadingHTTPServer):
    """A front page, the stories it links to, and lists that have addresses like stories."""

    daemon_threads = True

    def __init__(self, links, share, visits):
        super().__init__(("127.0.0.1", 0), Page)
        self.origin = "http://127.0.0.1:{}".format(*self.server_address[1:])
        stories = [one for one in sample_pages(visits * links) if one[0].startswith("/news/")][-visits * links :]
        self.stories = {path: gzip.decompress(read()) for path, read in stories}
        self.paths, self.days, self.day, self.asked = list(self.stories), [], 0, []
        draw, articles = random.Random(1), round(links * share)
        for day in range(visits):
            own = self.paths[day * links : (day + 1) * links]
            lists = [
                f"/{OTHERS[place % len(OTHERS)]}/all-about-{path.removeprefix('/news/')}"
                for place, path in enumerate(own[articles:])
            ]
            self.days.append([*own[:articles], *lists])
            draw.shuffle(self.days[-1])
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get(self, path):
        if path == "/":
            return self.page(self.days[self.day])
        if path in self.stories:
            return self.stories[path]
        if path.split("/")[1] in OTHERS:
            start = hash(path) % (len(self.paths) - LISTED)
            return self.page(self.paths[start : start + LISTED])
        return None

    @staticmethod
    def page(paths):
        items = "".join(f"<li><h3><a href='{path}'>{title(path)}</a></h3></li>" for path in paths)
        return f"<html lang=en><title>The Courier</title><body><h1>The Courier</h1><ul>{items}</ul></html>".encode()


def title(path):
    return path.rpartition("/")[2].replace("-", " ").capitalize()


class Page(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        body = self.server.get(self.path)
        if body is not None and self.path != "/":
            self.server.asked.append(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args):
        """Quiet."""


def learn_nothing(directory):
    """Make the crawl state in *directory* forget what trying addresses of a shape teaches."""
    CrawlState(directory).close()
    with sqlite3.connect(directory / "crawl.db") as connection:
        connection.execute("CREATE TRIGGER forget BEFORE INSERT ON shape BEGIN SELECT RAISE(IGNORE); END")


def crawl(site, data, budget):
    """Make one visit; return how many pages besides documents were fetched and how many articles are stored."""
    file = data.with_name("sources.toml")
    file.write_text(f'[courier]\nhome = "{site.origin}/"\npages = ["{site.origin}/"]\nexplore = false\n')
    settings = UNBOUND | {"DATA_DIR": data, "SOURCE_PAGES": budget, "TDMREP_LOOKUP": 0, "SOURCES_FILE": file}
    settings |= {"CONCURRENT_REQUESTS_PER_DOMAIN": 1, "ALLOW_PRIVATE": site.origin.removeprefix("http://")}
    command = [*SCRAPY, "crawl", "news", "-a", "source=courier", *given(settings)]
    before = len(site.asked)
    subprocess.run(command, cwd=PROJECT, env=environment(), check=False, capture_output=True)
    stored = sum(file.read_bytes().count(b"\n") for file in data.glob("articles/*.jsonl"))
    return len(site.asked) - before, stored


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=10)
    parser.add_argument("--links", type=int, default=100)
    parser.add_argument("--budget", type=int, default=150)
    parser.add_argument("--share", type=float, default=0.3)
    arguments = parser.parse_args()
    site = Site(arguments.links, arguments.share, arguments.visits)
    published = arguments.visits * round(arguments.links * arguments.share)
    for name, prepare in (("learning", None), ("not learning", learn_nothing)):
        with tempfile.TemporaryDirectory() as folder:
            data, pages, stored, told = Path(folder) / "data", 0, 0, []
            if prepare:
                prepare(data)
            for site.day in range(arguments.visits):
                fetched, now = crawl(site, data, arguments.budget)
                told.append(f"{fetched}/{now - stored}")
                pages, stored = pages + fetched, now
        print(
            f"{name:13} {pages} pages for {stored} of {published} articles: {pages / max(stored, 1):.2f} each;"
            f" by visit (pages/articles): {' '.join(told)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
