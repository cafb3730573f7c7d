"""Serves annotated or made-up pages as newspapers on several loopback addresses, in a process of its own.

    python tests/benchmarks/replay.py [CORPUS] [--hosts 4] [--pages 1000] [--largest BYTES] [--slow 0]

Prints one line of JSON, ``{"port": PORT, "sites": {HOST: [PATH, ...]}}``, and serves until it is ended. Every host has
robots.txt, a home page, a feed of its newest 50 pages, a news sitemap of all its pages, and the pages: those of a
corpus (see corpus.py), or of the sample newspaper without one. Where more pages are asked for than there are, they are
retold: long words get other letters, so that no two texts are the same. The first ``--slow`` hosts answer after
SLOW seconds. ``/-/asked`` of any host answers with when (seconds of one clock) each host was asked for what.
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import re
import resource
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

FEED_LENGTH = 50
SITEMAP_LENGTH = 50_000
#: Seconds that a slow host takes for an answer.
SLOW = 5.0
ASKED = "/-/asked"
#: Retold pages that are kept to be served again.
KEPT = 64
#: Only these carry the text of a page; the rest would be broken by other letters.
_SPOKEN = re.compile(rb">[^<]{20,}<")
_SILENT = re.compile(rb"(<(?:script|style)\b.*?</(?:script|style)>)", re.DOTALL | re.IGNORECASE)
_LONG_WORD = re.compile(rb"[a-z]{6,}")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"


def corpus_pages(corpus, largest=None):
    """Return (path, read) of the article pages, of *largest* bytes at most; ``read()`` gives their bytes, gzip."""
    found = {}
    with (corpus / "gold.jsonl").open(encoding="utf-8") as lines:
        for page in map(json.loads, lines):
            path = quote(urlsplit(page["url"]).path, safe="/%:@!$&'()*+,;=-._~")
            path = path if path.startswith("/") else f"/{path}"  # of an address that was noted without its scheme
            if page["kind"] == "article" and path.strip("/"):
                body = (corpus / page["file"]).read_bytes()
                if largest is None or len(gzip.decompress(body)) <= largest:
                    found.setdefault(path.rstrip("/"), body)
    return [(path, partial(bytes, body)) for path, body in found.items()]


def sample_pages(count):
    """Return (path, read) of the sample newspaper's stories, at least *count* of them."""
    from crawler.newsroom.edition import build_edition

    edition = build_edition("http://127.0.0.1", date(2026, 11, 20), extra=count)
    bodies = {story.path: gzip.compress(edition.resources[story.path].body, 5) for story in edition.stories}
    return [(path, partial(bytes, body)) for path, body in bodies.items()]


def retold(html, number):
    """Return a page that tells the same in other words: its long words with letters moved on by *number*."""
    if not number:
        return html
    by = number % 25 + 1
    table = bytes.maketrans(_LETTERS, _LETTERS[by:] + _LETTERS[:by])
    again = f"{number:x}".encode().translate(bytes.maketrans(b"0123456789abcdef", b"bcdfghjklmnpqrst"))

    def word(match):
        return match[0].translate(table) + again

    def text(match):
        return _LONG_WORD.sub(word, match[0])

    parts = _SILENT.split(html)
    return b"".join(part if at % 2 else _SPOKEN.sub(text, part) for at, part in enumerate(parts))


class Site:
    """One newspaper: what each of its paths answers."""

    def __init__(self, origin, pages):
        self.origin, self.pages, self.wait, self.asked = origin, pages, 0.0, []
        self.paths = [path for path, _, _ in pages]
        now = datetime.now(UTC)
        self.dates = [now - timedelta(minutes=place) for place in range(len(pages))]
        self.documents = {
            "/robots.txt": ("text/plain", f"User-agent: *\nAllow: /\nSitemap: {origin}/sitemap-news.xml\n"),
            "/": ("text/html; charset=utf-8", self._home()),
            "/feed.rss": ("application/rss+xml", self._feed()),
            "/sitemap-news.xml": ("application/xml", self._sitemap()),
        }
        self.bodies = {path: (kind, gzip.compress(text.encode(), 5)) for path, (kind, text) in self.documents.items()}
        self.stories = {path: (read, number) for path, read, number in pages}

    def get(self, path):
        """Return content type and gzip body of *path*, or None."""
        if path in self.bodies:
            return self.bodies[path]
        if path not in self.stories:
            return None
        read, number = self.stories[path]
        return "text/html", _told(read, number) if number else read()

    def _home(self):
        links = "".join(f'<li><a href="{escape(path)}">{self._title(path)}</a></li>' for path in self.paths[:20])
        feed = '<link rel="alternate" type="application/rss+xml" href="/feed.rss">'
        return (
            f"<html lang=en><head><title>Replay</title>{feed}</head><body><h1>Replay</h1><ul>{links}</ul></body></html>"
        )

    def _feed(self):
        entries = "".join(
            f"<item><title>{self._title(path)}</title><link>{self.origin}{escape(path)}</link>"
            f"<pubDate>{moment:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for path, moment in zip(self.paths[:FEED_LENGTH], self.dates, strict=False)
        )
        return f'<rss version="2.0"><channel><title>Replay</title><link>{self.origin}/</link>{entries}</channel></rss>'

    def _sitemap(self):
        entries = "".join(
            f"<url><loc>{self.origin}{escape(path)}</loc><news:news><news:publication_date>{moment.isoformat()}"
            f"</news:publication_date><news:title>{self._title(path)}</news:title></news:news></url>"
            for path, moment in zip(self.paths[:SITEMAP_LENGTH], self.dates, strict=False)
        )
        spaces = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {spaces}>{entries}</urlset>'

    @staticmethod
    def _title(path):
        return escape(" ".join(re.findall(r"[A-Za-z]+", path)[-8:]) or "Story")


@lru_cache(maxsize=KEPT)
def _told(read, number):
    return gzip.compress(retold(gzip.decompress(read()), number), 1)


class Visitor(asyncio.Protocol):
    """One connection: HTTP/1.1, GET only, kept alive."""

    def __init__(self, sites, served):
        self.sites, self.served, self.held = sites, served, b""

    def connection_made(self, transport):
        self.transport = transport
        self.site = self.sites[transport.get_extra_info("sockname")[0]]

    def data_received(self, data):
        self.held += data
        while b"\r\n\r\n" in self.held:
            head, _, self.held = self.held.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode("latin-1")
            if path == ASKED:
                self.tell()
                continue
            loop = asyncio.get_running_loop()
            self.site.asked.append((loop.time(), path))
            if self.site.wait:
                loop.call_later(self.site.wait, self.answer, head, path)
            else:
                self.answer(head, path)

    def tell(self):
        body = json.dumps({address: site.asked for address, site in self.sites.items()}).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def answer(self, head, path):
        fields = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
        }
        found = self.site.get(path)
        if not found:
            self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        kind, body = found
        etag = b'"%s"' % hashlib.blake2b(body, digest_size=8).hexdigest().encode()
        if fields.get(b"if-none-match") == etag:
            self.transport.write(b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % etag)
            return
        packed = b""
        if b"gzip" in fields.get(b"accept-encoding", b""):
            packed = b"Content-Encoding: gzip\r\n"
        else:
            body = gzip.decompress(body)
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nETag: %s\r\n%sContent-Length: %d\r\n\r\n"
            % (kind.encode(), etag, packed, len(body))
        )
        self.transport.write(body)


def address_of(place):
    """Return the loopback address of the site at *place*: thousands of hosts on one machine."""
    return f"127.0.{1 + place // 250}.{1 + place % 250}"


def make_sites(corpus, hosts, count, port, largest=None):
    """Return the sites by address: the pages dealt out in turn, retold from the second round on."""
    pages = corpus_pages(corpus, largest) if corpus else sample_pages(min(count, 2000))
    told = [
        (path if not number else f"{path}-{number}", read, number)
        for number in range(-(-count // len(pages)))
        for path, read in pages
    ][:count]
    addresses = [address_of(place) for place in range(hosts)]
    return {address: Site(f"http://{address}:{port}", told[place::hosts]) for place, address in enumerate(addresses)}


async def serve(corpus, hosts, count, port, largest=None, slow=0):
    loop, served = asyncio.get_running_loop(), []
    sites = {}
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for address in map(address_of, range(hosts)):
        server = await loop.create_server(lambda: Visitor(sites, served), address, port, backlog=512)
        port = server.sockets[0].getsockname()[1]
        served.append(server)
    sites |= make_sites(corpus, hosts, count, port, largest)
    for address in map(address_of, range(slow)):
        sites[address].wait = SLOW
    print(json.dumps({"port": port, "sites": {address: site.paths for address, site in sites.items()}}), flush=True)
    await asyncio.Event().wait()


@contextmanager
def replay(corpus, *, hosts, pages, largest=None, slow=0):
    """Serve in the background; yields the origins and the addresses of all pages."""
    words = [sys.executable, __file__, *([str(corpus)] if corpus else []), "--hosts", str(hosts), "--pages", str(pages)]
    words += ["--slow", str(slow), *(["--largest", str(largest)] if largest else [])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            site = json.loads(process.stdout.readline())
            origins = [f"http://{address}:{site['port']}" for address in site["sites"]]
            yield origins, [f"http://{a}:{site['port']}{path}" for a, paths in site["sites"].items() for path in paths]
        finally:
            process.terminate()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--hosts", type=int, default=4)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--largest", type=int, help="bytes of the largest page of the corpus that is served")
    parser.add_argument("--slow", type=int, default=0)
    arguments = parser.parse_args()
    given = (arguments.hosts, arguments.pages, arguments.port, arguments.largest, arguments.slow)
    asyncio.run(serve(arguments.corpus, *given))


if __name__ == "__main__":
    main()
