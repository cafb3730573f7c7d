"""Faults that a test asks for: wrong status, delay, cut line; knows which answer to spoil, not how to send it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong at one address; what is not said stays as it is."""

    status: int | None = None
    """Status instead of the page's own; from 400 the page gives way to a short message."""
    delay: float = 0.0
    """Seconds before the answer starts."""
    cut: int | None = None
    """Bytes of the body after which the connection closes, though more were announced."""
    chunked: bool = False
    """Whether the body comes in chunks, without a Content-Length; with *cut*, the last chunk never comes."""
    drop: bool = False
    """Whether the connection closes before the first byte of an answer."""
    times: int | None = None
    """How many requests it spoils; None for every one."""
    retry_after: int | str | None = None
    """Retry-After: seconds or an HTTP date (RFC 9110 §10.2.3)."""
    body: bytes | None = None
    """Body instead of the page's own."""
    headers: dict[str, str] = attrs.field(factory=dict)
    """More headers, or other values of those there are."""
    raw: Callable[[], Iterable[bytes]] | None = None
    """Makes what goes down the line instead of an answer, piece by piece; then the connection closes."""


class FaultBook:
    """The faults that were asked for, by path; safe to use from several threads.

    An exact path wins over a prefix, which is written with a ``*`` at its end, and a longer prefix over a shorter one.
    """

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def ask(self, path: str, fault: Fault) -> None:
        with self._lock:
            self._faults[path] = fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, path: str) -> Fault | None:
        """Return the fault for a request of *path*, if any, and count it down."""
        with self._lock:
            key = self._key(path)
            if key is None:
                return None
            fault = self._faults[key]
            if fault.times == 1:
                del self._faults[key]
            elif fault.times is not None:
                self._faults[key] = attrs.evolve(fault, times=fault.times - 1)
            return fault

    def _key(self, path: str) -> str | None:
        for exact in (path, path.partition("?")[0]):
            if exact in self._faults:
                return exact
        prefixes = [key for key in self._faults if key.endswith("*") and path.startswith(key[:-1])]
        return max(prefixes, key=len, default=None)
