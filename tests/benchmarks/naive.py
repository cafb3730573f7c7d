"""The spider that everybody writes first: follows a sitemap, trafilatura in the callback, ``-O`` for the output.

    scrapy runspider tests/benchmarks/naive.py -a sitemaps=URL,URL -O FILE.jsonl

It is what `crawl.py` compares the project with, and uses nothing of it.
"""

import json

import trafilatura
from scrapy.spiders import SitemapSpider


class NaiveSpider(SitemapSpider):
    name = "naive"
    custom_settings = {  # noqa: RUF012
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS": 32,
        "LOG_LEVEL": "WARNING",
    }

    def __init__(self, sitemaps, **more):
        super().__init__(**more)
        self.sitemap_urls = sitemaps.split(",")

    def parse(self, response):
        found = trafilatura.extract(response.text, url=response.url, output_format="json", with_metadata=True)
        if found:
            yield json.loads(found)
