"""What the project knows of a site that it reads in its own way, pages and documents; knows no site by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.discovery import Announced
    from crawler.extraction import Hints, Page
    from crawler.sources import Source


@attrs.frozen(kw_only=True)
class OwnSite:
    """The readers of one site. They get bytes and never raise, but for NotADocument of a document's reader."""

    read_document: Callable[[bytes, str, str | None], Announced | None]
    """Body, address and charset to what it announces; None: it is to be read like any other."""
    read_page: Callable[[bytes, str, str | None, Hints], Page]
    """Body, address, charset and hints to the page."""
    api: str
    """The server of the site's own interface; a login for it makes the crawl use that instead of the pages."""
    documents: Callable[[str], tuple[str, ...]]
    """Home of a source to the documents of the interface that announce its articles."""
    page: Callable[[str], str | None]
    """Address of an article to where the interface gives it."""
    source: Callable[[str], Source | None]
    """Address to the source that it alone names, because the site is not one source; None: it names none."""
