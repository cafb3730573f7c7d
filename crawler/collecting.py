"""``collect(urls)``: articles in a script or notebook, by the same crawl, manners and records as the command line's."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterable, Mapping

Record = dict[str, Any]

#: Exit codes of a crawl that did what could be done (README, Exit codes); outcomes say what became of each address.
DONE = frozenset({0, 3, 4, 5})
#: Seconds between looks for new lines, and the seconds a crawl has to end once it is told to.
LOOK = 0.2
ENDING = 15.0


class CollectError(Exception):
    """The crawl did not end well: a mistake in the arguments, a full disk, another run at work."""


class Collection:
    """One crawl of given addresses: iterate over its records as they come, or await all of them.

    A crawl runs in a process of its own, so it works in any event loop, a notebook's included. An article appears when
    its line is written: at once where the site is known, else at the end of the crawl (README, What you get).
    """

    def __init__(self, urls: Iterable[str], *, data: str | Path | None, settings: Mapping[str, object]) -> None:
        self._urls = list(urls)
        self._data = data
        self._settings = settings
        self.outcomes: dict[str, str] = {}
        """What became of every address once the crawl has ended: ``stored``, ``failed: http_404``, ..."""

    def __await__(self) -> Generator[Any, None, list[Record]]:
        return self._all().__await__()

    async def __aiter__(self) -> AsyncIterator[Record]:
        with ExitStack() as cleanup:
            directory = self._data or cleanup.enter_context(tempfile.TemporaryDirectory(prefix="collect-"))
            lines = _Lines(Path(directory))
            process = await self._start(Path(directory))
            try:
                ended = asyncio.ensure_future(process.communicate("\n".join(self._urls).encode()))
                while not ended.done():
                    await asyncio.wait({ended}, timeout=LOOK)
                    for record in lines.new():
                        yield record
                _, told = await ended
            finally:
                await _end(process)
            for record in lines.new():
                yield record
            self._judge(process.returncode or 0, told.decode(errors="replace").strip())
            self.outcomes = _outcomes(Path(directory), self._urls)

    async def _all(self) -> list[Record]:
        return [record async for record in self]

    def _words(self, directory: Path) -> list[str]:
        given = {
            **self._settings,
            "DATA_DIR": str(directory.absolute()),
            "STATE_URL": "",
        }  # its outcomes are read there
        return [word for name, value in given.items() for word in ("-s", f"{name}={_setting(value)}")]

    async def _start(self, directory: Path) -> asyncio.subprocess.Process:
        words = self._words(directory)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "scrapy", "crawl", "urls", "-a", "file=/dev/stdin", *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={"SCRAPY_SETTINGS_MODULE": "crawler.settings", **os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def _judge(self, code: int, told: str) -> None:
        if code not in DONE:
            raise CollectError(told.splitlines()[-1] if told else f"the crawl ended with code {code}")


def collect(
    urls: Iterable[str], *, data: str | Path | None = None, settings: Mapping[str, object] | None = None
) -> Collection:
    """Fetch the article pages *urls* and return their records: ``await`` it for a list, or ``async for`` them.

    With *data*, a data directory, nothing that is stored there already is fetched again; without, nothing is kept.
    *settings* are those of README, by name: ``{"CONTACT": "me@example.org"}``. The rules of the command line hold:
    robots.txt, one request every three seconds per site, no private addresses (``ALLOW_PRIVATE``). Addresses that give
    no record have their reason in ``outcomes``. Raises CollectError, while it is awaited, where the crawl cannot run.
    """
    return Collection(urls, data=data, settings=settings or {})


class _Lines:
    """The lines that a crawl appends to the article files of a data directory."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / "articles"
        self._read = {path: path.stat().st_size for path in self._files()}

    def new(self) -> Iterable[Record]:
        for path in self._files():
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                for line in file:
                    if line.endswith(b"\n"):  # else it is still being written
                        self._read[path] = self._read.get(path, 0) + len(line)
                        yield json.loads(line)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let a crawl that nobody waits for any more stop cleanly, and end it where it does not."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), ENDING)
    except TimeoutError:
        process.kill()
        await process.wait()


def _outcomes(directory: Path, asked: Iterable[str]) -> dict[str, str]:
    from crawler import urls
    from crawler.state import CrawlState

    state = CrawlState(directory, read_only=True)
    found = {url: state.frontier.state_of(urls.identity_key(url)) for url in asked}
    state.close()
    return {url: ": ".join(part for part in told if part) if told else "no web address" for url, told in found.items()}


def _setting(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple | set | frozenset) else str(value)
