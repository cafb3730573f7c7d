"""Makes the log safe to read: one line per message, no terminal escapes, no secrets, whatever pages supply."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scrapy import signals

from crawler.terminal import Secrets, printable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from scrapy.crawler import Crawler

#: Characters of one line of the log.
LONGEST = 10_000


class SafeLogs:
    """Wraps the formatters of the root logger, where everything that is logged comes out."""

    def __init__(self, crawler: Crawler) -> None:
        self._secrets = Secrets(crawler.settings.getlist("SECRET_PARAMETERS"))
        # Only then has Scrapy its own handlers in place, and nothing has been fetched yet.
        crawler.signals.connect(self._wrap, signal=signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _wrap(self) -> None:
        root = logging.getLogger()
        # Scrapy logs some twenty lines a page, and each is a record before the handlers refuse it.
        root.setLevel(min((handler.level for handler in root.handlers), default=logging.NOTSET))
        for handler in root.handlers:
            if not isinstance(handler.formatter, _SafeFormatter):
                handler.setFormatter(_SafeFormatter(handler.formatter, self._secrets))


class _SafeFormatter(logging.Formatter):
    """Formats as another formatter does; text of several lines is indented, so that no page begins a line."""

    def __init__(self, other: logging.Formatter | None, secrets: Secrets) -> None:
        super().__init__(other._fmt if other else None, other.datefmt if other else None)
        self._secrets = secrets

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the library's name
        return self._indented(super().formatMessage(record))

    def formatException(  # noqa: N802  # the library's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return "  " + self._indented(super().formatException(ei))

    def _indented(self, text: str) -> str:
        return "\n  ".join(printable(self._secrets.hidden(line), LONGEST) for line in text.split("\n"))
