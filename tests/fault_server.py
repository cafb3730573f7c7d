"""A server that does what each test says, byte by byte, on as many loopback addresses as are asked for."""

import asyncio
import contextlib
import threading
import time

import attrs

#: Seconds until an endless answer gives up, should nobody hang up on it.
ENDLESS = 20


@attrs.frozen
class Asked:
    """One request as the server saw it."""

    site: str
    host: str
    path: str
    at: float


def answer(body=b"", status=200, **headers):
    """The bytes of a plain answer."""
    fields = {"Content-Type": "text/html", "Content-Length": len(body)} | headers
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode("latin-1") + body


class FaultServer:
    """Answers by address and path: with bytes, or with an async function of the writer; records what it was asked.

    An answer of None hangs up without a word. What no test speaks of is an empty page.
    """

    def __init__(self):
        self.asked = []
        self._answers = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers = []

    def site(self, host="127.0.0.1", answers=None):
        """Serve on *host* and return ``host:port``."""
        server = self._run(asyncio.start_server(self._serve, host, 0))
        self._servers.append(server)
        name = "{}:{}".format(*server.sockets[0].getsockname())
        self._answers[name] = dict(answers or {})
        return name

    def say(self, site, path, what):
        self._answers[site][path] = what

    def paths(self, site):
        return [asked.path for asked in self.asked if asked.site == site]

    def close(self):
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _serve(self, reader, writer):
        site = "{}:{}".format(*writer.get_extra_info("sockname"))
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._answer_one(site, reader, writer):
                pass
        writer.close()

    async def _answer_one(self, site, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        at = time.monotonic()
        path = head.split(" ")[1]
        host = next((line[5:].strip() for line in head.split("\r\n") if line.lower().startswith("host:")), "")
        self.asked.append(Asked(site, host, path, at))
        answers = self._answers[site]
        what = answers.get(f"{host.partition(':')[0]}{path}", answers.get(path, answer()))
        if isinstance(what, list):
            what = what.pop(0) if len(what) > 1 else what[0]
        if callable(what):
            await what(writer)
            return False
        if what is None:
            return False
        writer.write(what)
        await writer.drain()
        return True
