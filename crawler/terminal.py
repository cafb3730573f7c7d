"""Writes to people; what pages supply is made safe first: no page may forge a line or move a cursor."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: C0 and C1 controls, line and paragraph separators, bidi controls.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

#: Characters of one printed text.
LONGEST = 200


#: User information in an address (RFC 3986 §3.2.1), also with an "@" in it that should have been encoded.
_USER = re.compile(r"(?<=://)[^/?#\s]+@")


class Secrets:
    """Knows which parts of an address are nobody's business: user information, and the values of some parameters."""

    def __init__(self, parameters: Collection[str]) -> None:
        names = "|".join(map(re.escape, parameters))
        self._values = re.compile(rf"([?&;](?:{names})=)[^&#\s\"'<>]+", re.IGNORECASE) if names else None

    def hidden(self, text: str) -> str:
        """Return *text* with every secret in the addresses in it replaced by ``***``."""
        text = _USER.sub("***@", text)
        return self._values.sub(r"\1***", text) if self._values else text


def printable(text: str, longest: int = LONGEST) -> str:
    """Return *text* on one line without control characters, cut to *longest* characters."""
    clean = _UNPRINTABLE.sub("\ufffd", text)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def is_watched() -> bool:
    """Whether a person has started this program and will read what it says, on a terminal or through a pipe."""
    return any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def is_redrawable() -> bool:
    """Whether standard error is a terminal whose lines can be drawn again, and is ours to draw on."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        return os.tcgetpgrp(sys.stderr.fileno()) == os.getpgrp()  # not a job in the background
    except OSError:
        return False


def say(line: str) -> None:
    """Write one line to standard error, if there is one and somebody still reads it."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        # A crawl goes on without its reader; every later line would fail the same way.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def show(lines: Iterable[str]) -> None:
    """Write lines to standard output until they end or nobody reads on; what its encoding lacks is escaped."""
    if sys.stdout is None:
        return
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it closes the stream at exit (docs.python.org, SIGPIPE).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
