"""Other crawlers and extractors as a whole run of theirs: addresses in, one JSON object an article out.

    python tests/benchmarks/peers.py NAME URLS.txt OUT.jsonl

Each is used as its documentation shows, with the concurrency it offers and two processes or threads where it asks for
a number. `crawl.py` runs them with the interpreter of a virtual environment of theirs.
"""

import json
import re
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

#: As long may a page take.
_SECONDS = 60
#: Cores that peers are told to use.
CORES = 2


def trafilatura(addresses, out):
    """Its own command line, which downloads, extracts and writes one file an article."""
    command = Path(sys.executable).with_name("trafilatura")
    folder, config = out.with_suffix(""), out.with_suffix(".cfg")
    shipped = Path(find_spec("trafilatura").origin).with_name("settings.cfg").read_text()
    # It waits 5 s between pages of a host, and refuses addresses of this machine.
    config.write_text(re.sub(r"(?m)^(SLEEP_TIME|SSRF_PROTECTION)\s*=.*", r"\1 = 0", shipped))
    words = ["-i", addresses, "--output-dir", folder, "--json", "--with-metadata", "--parallel", str(CORES)]
    words += ["--config-file", config]
    subprocess.run([command, *words], check=False, stderr=subprocess.DEVNULL)  # one lost page makes it 126
    for file in folder.rglob("*.json"):
        yield json.loads(file.read_text())


def newspaper4k(addresses, _out):
    """Its thread pool for downloads, then parse(), as its guide shows."""
    from newspaper import Article, ArticleException
    from newspaper.mthreading import fetch_news

    class Careful(Article):
        """One page in whose language nltk has no words here would lose all the others."""

        def parse(self):
            with suppress(LookupError):
                return super().parse()

    articles = [Careful(url, fetch_images=False) for url in addresses.read_text().split()]
    for article in fetch_news(articles, threads=4 * CORES):
        with suppress(ArticleException):  # of a page that it could not fetch
            article.parse()
        if article.text:
            yield {"url": article.url, "title": article.title, "text": article.text, "authors": article.authors}


def newsplease(addresses, _out):
    """NewsPlease.from_urls, the library's call for many addresses."""
    from newsplease import NewsPlease

    # Without a timeout of one's own the library loses every article (1.6.16: it asks None for one).
    found = NewsPlease.from_urls(addresses.read_text().split(), {"timeout": _SECONDS}, fetch_images=False)
    for url, article in found.items():
        if text := getattr(article, "maintext", None):
            yield {"url": url, "title": article.title, "text": text, "authors": article.authors}


def crawlee(addresses, _out):
    """Its HTTP crawler with trafilatura in the request handler."""
    import asyncio

    import trafilatura
    from crawlee import ConcurrencySettings
    from crawlee.crawlers import HttpCrawler

    crawler = HttpCrawler(concurrency_settings=ConcurrencySettings(max_concurrency=32, desired_concurrency=16))
    found = []

    @crawler.router.default_handler
    async def read(context):
        html = (await context.http_response.read()).decode("utf-8", "replace")
        url = context.request.url
        if article := trafilatura.extract(html, url=url, output_format="json", with_metadata=True):
            found.append(json.loads(article))

    asyncio.run(crawler.run(addresses.read_text().split()))
    return found


PEERS = {"trafilatura": trafilatura, "newspaper4k": newspaper4k, "news-please": newsplease, "crawlee": crawlee}
MODULES = {"trafilatura": "trafilatura", "newspaper4k": "newspaper", "news-please": "newsplease", "crawlee": "crawlee"}


def main():
    name, addresses, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    with out.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(article, default=str) + "\n" for article in PEERS[name](addresses, out))


if __name__ == "__main__":
    main()
