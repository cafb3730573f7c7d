"""How far the exploration of one site has come: what is still being read, and which usual places remain to be tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.discovery.guesses import feed_guesses, sitemap_guesses
from crawler.discovery.sitemaps import is_news_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.state.documents import Document

#: Seconds after which the usual places of a site without fresh documents are tried again.
AGAIN = 7 * 86_400

#: Kinds of documents that tell of news as it comes.
FRESH = frozenset({"feed", "news_sitemap"})


class Exploration:
    """Counts a site's documents in flight; when none is left and none was fresh, hands out guesses one at a time."""

    def __init__(self, home: str, *, known: Iterable[Document], last: float | None, now: float) -> None:
        self._open = 0
        self._answers = False
        self._names_fresh = any(document.kind in FRESH and document.origin != "guess" for document in known)
        may_guess = last is None or now - last > AGAIN
        sitemaps = sitemap_guesses(home) if may_guess else ()
        self._guesses = {
            "feed": list(feed_guesses(home)) if may_guess else [],
            "news_sitemap": [place for place in sitemaps if is_news_name(place)],
            "sitemap": [place for place in sitemaps if not is_news_name(place)],
        }

    @property
    def is_done(self) -> bool:
        """Whether everything named has been read and the usual places were tried or are not needed."""
        return not self._open and self._answers

    def begin(self) -> None:
        """A document of the site was asked for."""
        self._open += 1

    def end(self, document: Document, kind: str | None) -> None:
        """A document of the site has been read as *kind*, or was not to be had (None)."""
        self._open -= 1
        if document.kind in {"home", "robots"} and kind:
            self._answers = True
        if document.origin == "guess" and kind:
            self._guesses["sitemap" if kind == "sitemap_index" else kind].clear()
        elif kind in FRESH:
            self._names_fresh = True

    def next_guess(self) -> str | None:
        """Return the next usual place to try, or None while documents are in flight or nothing needs guessing.

        A site that does not answer at all is not guessed at, nor one that itself names something fresh. A guessed feed
        does not end the search for a sitemap: feeds hold little.
        """
        if self._open or not self._answers or self._names_fresh:
            return None
        return next((places.pop(0) for places in self._guesses.values() if places), None)
