"""What commands are that start no crawl. Lies beside their package, where Scrapy would take it for one of them."""

from __future__ import annotations

from scrapy.commands import ScrapyCommand


class OfflineCommand(ScrapyCommand):
    """A command of this project that reads and writes files: no crawler process, and no log."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012  # Scrapy's name and shape
