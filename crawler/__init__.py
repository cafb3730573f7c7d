"""A news crawler: a Scrapy project that turns news sites into clean, durable JSON Lines."""

from __future__ import annotations

from crawler.collecting import CollectError, collect

__all__ = ["CollectError", "__version__", "collect"]

__version__ = "0.1.0"
