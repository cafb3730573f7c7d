"""One WARC file read beside an event loop: a thread decompresses, and further pages are found by address."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from crawler.archive import Damage, Stored
from crawler.archive.reader import index, is_beginning, read, read_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

#: Responses that the reading thread hands over at once.
BATCH = 8


class ArchiveFile:
    """The responses of one file."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.path = path
        self.key = str(path.absolute())
        self.size = path.stat().st_size
        self._index: dict[str, int] | None = None

    def share(self, offset: int) -> int:
        """Return which percentage of the file lies before *offset*."""
        return 100 * offset // max(self.size, 1)

    async def responses(self, *, begin: int, wanted: Callable[[str, datetime], bool]) -> AsyncIterator[Stored | Damage]:
        """Yield what the file holds from *begin* on, and what is damaged in it; raises OSError."""
        loop = asyncio.get_running_loop()
        pages = read_on(self.path, begin=begin, wanted=wanted)
        with ThreadPoolExecutor(max_workers=1) as thread:
            while batch := await loop.run_in_executor(thread, lambda: list(itertools.islice(pages, BATCH))):
                for page in batch:
                    yield page

    async def at(self, offset: int) -> Stored | None:
        """Return the response at an offset that this file's responses gave; None also where the file has gone."""
        with contextlib.suppress(OSError):
            return await asyncio.to_thread(self._at, offset)
        return None

    def _at(self, offset: int) -> Stored | None:
        found = (page for page in read_on(self.path, begin=offset) if isinstance(page, Stored))
        return next((page for page in found if page.offset == offset), None)

    async def find(self, url: str) -> Stored | None:
        """Return the last response of an address in this file; None also where the file has gone."""
        with contextlib.suppress(OSError):
            return await asyncio.to_thread(self._find, url)
        return None

    def _find(self, url: str) -> Stored | None:
        if self._index is None:
            self._index = index(self.path)
        begin = self._index.get(url)
        if begin is None:
            return None
        if is_beginning(self.path, begin):
            found = next(read(self.path, begin=begin), None)
        else:  # one piece: the offset is that of the whole
            *_, found = [None, *read(self.path, wanted=lambda address, _: address == url)]
        return found if isinstance(found, Stored) else None
