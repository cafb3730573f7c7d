"""The paper's HTTP server on loopback: threads, keep-alive, request log and faults on the line."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Self

import attrs

from crawler.newsroom.edition import Edition, build_edition
from crawler.newsroom.faults import Fault, FaultBook
from crawler.newsroom.responses import Response, respond, spoiled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.newsroom.content import Story

#: The day of the newest stories unless another is asked for; fixed, so that every test sees the same paper.
DEFAULT_EDITION = date(2026, 11, 20)
#: Seconds between looks at whether to stop serving.
_POLL = 0.05

_LOST = (ConnectionError, TimeoutError)
#: Statuses without a body, whatever the page would say (RFC 9110 §6.4.1).
_BODILESS = frozenset({204, 304})


@attrs.frozen(kw_only=True)
class Request:
    """One request as the paper saw it."""

    path: str
    """With its query."""
    method: str
    headers: dict[str, str]
    """Names as in ``If-None-Match``, however the visitor wrote them."""
    status: int | None
    """What was answered; None where the connection was dropped."""
    at: float
    """Monotonic seconds of its arrival."""


class Newsroom:
    """The sample newspaper, served in the background between ``with`` and its end.

    *port* 0 takes a free one. *edition* is the day of the newest stories; equal arguments, port included, give equal
    bytes and validators. *extra* adds so many generated stories.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1", edition: date = DEFAULT_EDITION, extra: int = 0) -> None:
        self.stopping = threading.Event()
        self._faults = FaultBook()
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._day = edition
        self._extra = extra
        self._server = _Server((host, port), self)
        self._edition = self._build()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.hang_up()

    @property
    def host_port(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    @property
    def url(self) -> str:
        """The address of the front page."""
        return f"http://{self.host_port}/"

    @property
    def requests(self) -> list[Request]:
        """A copy of the requests so far, in order of arrival."""
        with self._lock:
            return list(self._requests)

    @property
    def articles(self) -> tuple[Story, ...]:
        """The stories that a perfect crawl stores, newest first: no copies, walls, videos or pages of their own.

        The wire story is not among them: two desks carry it, and whichever is read first is the article.
        """
        return tuple(story for story in self._edition.stories if not story.agency)

    @property
    def wire_story(self) -> Story:
        """The story whose text stands at a second address under another headline."""
        return next(story for story in self._edition.stories if story.agency)

    @property
    def expected(self) -> dict[str, str]:
        """Every announced path and its kind, a key of `KINDS`."""
        return dict(self._edition.expected)

    def fault(self, path: str, fault: Fault) -> None:
        """Ask for *fault* at *path*: exact, with or without its query, or a prefix with ``*`` at its end."""
        self._faults.ask(path, fault)

    def clear_faults(self) -> None:
        self._faults.clear()

    def advance(self) -> None:
        """Let the story that changes between visits show its second version from now on."""
        self._edition = self._build(advanced=True)

    def answer(self, handler: _Handler) -> tuple[Response, Fault | None]:
        """Return the answer to one request and the fault of its line, and log both."""
        at = time.monotonic()
        fault = self._faults.take(handler.path)
        if fault is not None and fault.delay:
            self.stopping.wait(fault.delay)
        headers = {name.title(): value for name, value in handler.headers.items()}
        response = respond(self._edition, handler.path, headers)
        if fault is not None:
            response = spoiled(response, fault)
        status = None if fault is not None and fault.drop else response.status
        entry = Request(path=handler.path, method=handler.command, headers=headers, status=status, at=at)
        with self._lock:
            self._requests.append(entry)
        return response, fault

    def _build(self, *, advanced: bool = False) -> Edition:
        return build_edition(self.url.rstrip("/"), self._day, extra=self._extra, advanced=advanced)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], newsroom: Newsroom) -> None:
        super().__init__(address, _Handler)
        self.newsroom = newsroom
        self.lines: set[socket.socket] = set()

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for the host's full name here, which takes seconds without a network.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def hang_up(self) -> None:
        """End the connections that visitors keep alive."""
        for line in list(self.lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "HarbourCourier"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.lines.add(self.connection)

    def finish(self) -> None:
        self.server.lines.discard(self.connection)
        with contextlib.suppress(*_LOST):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(*_LOST):
            super().handle()

    def do_GET(self) -> None:
        response, fault = self.server.newsroom.answer(self)
        if fault is not None and fault.drop:
            self.close_connection = True
            return
        if fault is not None and fault.raw is not None:
            self.close_connection = True
            self._send_raw(fault.raw())
            return
        chunked = fault is not None and fault.chunked and response.status not in _BODILESS
        self._send_head(response, chunked=chunked)
        if self.command == "HEAD" or response.status in _BODILESS:
            return
        cut = fault.cut if fault is not None else None
        self._send_body(response.body, cut, chunked=chunked)

    do_HEAD = do_GET  # noqa: N815  # the name is http.server's

    def log_message(self, *_args: object) -> None:
        """Say nothing: `Newsroom.requests` has the log."""

    def _send_raw(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            if self.server.newsroom.stopping.is_set():
                return
            self.wfile.write(piece)

    def _send_head(self, response: Response, *, chunked: bool) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif response.status not in _BODILESS:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()

    def _send_body(self, body: bytes, cut: int | None, *, chunked: bool) -> None:
        part = body[:cut]
        self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked and part else part)
        if cut is not None:
            self.close_connection = True
        elif chunked:
            self.wfile.write(b"0\r\n\r\n")
