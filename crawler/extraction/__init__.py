"""Reads one page: bytes in, an article's fields or the reason why it is none out; no clock, files or network.

Importing this costs next to nothing: what reads a page is imported with the first page. The crawl itself only hands
pages to its workers, and must not pay for parsers that it does not use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from crawler.extraction.page import Hints, Page, extractor, join_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crawler.extraction.document import Document as Document

__all__ = ["Hints", "Override", "Page", "extract", "extractor", "join_pages", "warm"]

#: A site's own reading of its page: gets the parsed page and the fields found so far, returns those it knows better.
Override: TypeAlias = "Callable[[Document, Mapping[str, Any]], Mapping[str, Any]]"


def extract(
    body: bytes,
    *,
    url: str,
    encoding: str | None = None,
    hints: Hints | None = None,
    override: Override | None = None,
) -> Page:
    """Return what the page at *url* says; *encoding* is the charset of its HTTP header. Never raises on any *body*."""
    from crawler.extraction import reading

    return reading.read(body, url=url, encoding=encoding, hints=hints or Hints(), override=override)


def warm() -> None:
    """Load all that is loaded on first use, so that the first page of a process costs what the others do."""
    from crawler.extraction.tuning import load_stop_words

    html = "<html><head><title>Warm</title></head><body><article><h1>Warm</h1>{}</article></body></html>"
    paragraph = (
        "<p>A page of no interest, read so that everything is loaded on 1 May 2020 at noon, and then forgotten.</p>"
    )
    extract(html.format(paragraph * 12).encode(), url="https://example.com/2020/05/01/warm")
    load_stop_words()
