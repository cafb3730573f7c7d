"""Reads one page: bytes in, an article's fields or the reason why it is none out; no clock, files or network.

Importing this costs next to nothing: what reads a page is imported with the first page. The crawl itself only hands
pages to its workers, and must not pay for parsers that it does not use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from crawler.extraction.page import Hints, Page, extractor, join_pages
