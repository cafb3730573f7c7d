"""Serve the sample newspaper until Ctrl-C: ``python -m crawler.newsroom``."""

from __future__ import annotations

import argparse
import contextlib
import threading
from datetime import date
from ipaddress import IPv4Address

from crawler.newsroom import DEFAULT_EDITION, Fault, Newsroom


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted; the address is printed first."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        newsroom = Newsroom(port=options.port, host=options.host, edition=options.edition, extra=options.extra)
    except OSError as error:
        parser.error(f"port {options.port} of {options.host}: {error.strerror}")
    with contextlib.suppress(KeyboardInterrupt), newsroom as paper:
        for path, fault in options.fault:
            paper.fault(path, fault)
        print(paper.url, flush=True)
        threading.Event().wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crawler.newsroom", description="Serve the sample newspaper.")
    parser.add_argument("--port", type=int, default=8765, help="its port; 0 takes a free one (8765)")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1", help="address in 127.0.0.0/8 (127.0.0.1)")
    parser.add_argument("--extra", type=int, default=0, metavar="N", help="add N generated stories")
    parser.add_argument("--edition", type=date.fromisoformat, default=DEFAULT_EDITION, metavar="YYYY-MM-DD")
    parser.add_argument(
        "--fault", type=_fault, action="append", default=[], metavar="PATH=STATUS", help="answer PATH with STATUS"
    )
    return parser


def _loopback(text: str) -> str:
    try:
        if IPv4Address(text).is_loopback:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"expected an address in 127.0.0.0/8, found {text!r}")


def _fault(text: str) -> tuple[str, Fault]:
    path, _, status = text.rpartition("=")
    if not path.startswith(("/", "*")) or not status.isdecimal():
        raise argparse.ArgumentTypeError(f"expected PATH=STATUS, for example /feed.rss=503, found {text!r}")
    return path, Fault(status=int(status))


if __name__ == "__main__":
    main()
