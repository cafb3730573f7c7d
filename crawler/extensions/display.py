"""What a crawl is doing, drawn again and again at the foot of a terminal. Told everything; reads no crawl itself."""

from __future__ import annotations

import atexit
import logging
import sys
from typing import TYPE_CHECKING

import attrs
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from crawler.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

#: Rows of sources that are shown at most, and the share of a terminal's height that they may take.
ROWS = 16
SHARE = 0.5
#: Columns for a source's id and for what it waits for.
ID_WIDTH, DOING_WIDTH = 20, 44
MINUTE = 60


@attrs.frozen(kw_only=True)
class Row:
    """One source as it is now."""

    source: str
    stored: int
    pages: int
    doing: str
    """What it does or waits for, in a few words."""
    is_done: bool


@attrs.frozen(kw_only=True)
class View:
    """The whole crawl as it is now."""

    rows: Sequence[Row]
    """The liveliest first."""
    stored: int
    pages_a_second: float
    seconds: float
    reading: int
    """Pages that worker processes read just now."""
    note: str


class Display:
    """Draws views; whatever is written to standard error meanwhile scrolls by above them."""

    def __init__(self) -> None:
        self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=True, redirect_stdout=False)
        self._handlers: list[logging.StreamHandler[TextIO]] = []

    def start(self) -> None:
        """Take the foot of the terminal; it is given back even if the program ends without `stop`."""
        own = [h for h in logging.getLogger().handlers if isinstance(h, logging.StreamHandler)]
        self._handlers = [handler for handler in own if handler.stream is sys.stderr]
        self._live.start()
        for handler in self._handlers:
            handler.setStream(sys.stderr)  # now the one that writes above the view
        atexit.register(self.stop)

    def show(self, view: View) -> None:
        """Draw *view*."""
        self._live.update(drawn(view, height=self._live.console.size.height), refresh=True)

    def stop(self) -> None:
        """Erase the view and give the terminal back."""
        if not self._live.is_started:
            return
        self._live.stop()
        for handler in self._handlers:
            handler.setStream(sys.stderr)
        atexit.unregister(self.stop)


def drawn(view: View, *, height: int) -> Group:
    """Return *view* for a terminal of so many lines; what pages supply comes as text, never as markup."""
    most = max(1, min(ROWS, int(height * SHARE)))
    table = Table.grid(padding=(0, 2), pad_edge=False)
    for justify in ("left", "right", "right", "left"):
        table.add_column(justify=justify, no_wrap=True, overflow="ellipsis")
    for row in view.rows[:most]:
        style = "dim" if row.is_done else ""
        cells = (printable(row.source, ID_WIDTH), f"{row.stored} new", _counted(row.pages, "page"))
        table.add_row(*(Text(cell, style=style) for cell in (*cells, printable(row.doing, DOING_WIDTH))))
    hidden = len(view.rows) - most
    further = [Text(f"and {_counted(hidden, 'more source')}", style="dim")] if hidden > 0 else []
    return Group(_headline(view), table, *further)


def _headline(view: View) -> Text:
    minutes, seconds = divmod(int(view.seconds), MINUTE)
    parts = [
        (_counted(view.stored, "article"), "bold"),
        (f"{view.pages_a_second:.1f} pages/s", ""),
        (f"{view.reading} being read", ""),
        (f"{minutes}:{seconds:02}", ""),
        (view.note, "dim"),
    ]
    return Text("  ").join(Text(text, style=style) for text, style in parts)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
