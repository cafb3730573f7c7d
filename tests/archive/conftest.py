"""A crawl that kept what it fetched, and a file in the shape of CC-NEWS made of it."""

from functools import partial

import pytest
from warcio.warcwriter import WARCWriter
from warcs import ON, archives, is_common, write_common

from crawler.archive.reader import read
from crawler.newsroom import Newsroom


@pytest.fixture(scope="module")
def new_operator(new_operator):
    """Operators who have the extra that reads and writes archives."""
    return partial(new_operator, "archive")


@pytest.fixture(scope="module")
def kept(new_operator):
    """An operator who has crawled the sample newspaper once and kept what was fetched."""
    operator = new_operator()
    with Newsroom() as paper:
        operator.ended = operator.crawl(paper.url, *ON)
        operator.asked = {request.path for request in paper.requests}
        operator.home = paper.url
    return operator


@pytest.fixture(scope="module")
def common(kept, tmp_path_factory):
    """A file in the shape of CC-NEWS, made of the sample newspaper: request before response, no word of ours."""
    path = tmp_path_factory.mktemp("news") / "CC-NEWS-20261122101500-00001.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        writer.write_record(writer.create_warcinfo_record(path.name, {"isPartOf": "CC-NEWS"}))
        # In an order that does not change with the crawl's, so that a cut costs the same pages every time.
        for stored in sorted(read(archives(kept)[0]), key=lambda stored: stored.url):
            if is_common(stored.url) and stored.status == 200:
                write_common(writer, stored)
    return path
