"""Which documents a run visits and in which order: what the news spider does and `--plan` tells. Knows no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler import urls
from crawler.state.documents import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.sources import Source

#: Archives whose address does not look like a sitemap's are pages.
_SITEMAP_NAME = re.compile(r"sitemap|\.(?:xml|txt|gz)\b", re.IGNORECASE)


def named(source: Source) -> Iterator[Document]:
    """Yield the documents that the source file names, and the two that every explored site has."""
    kinds = [
        ("feed", source.feeds),
        ("news_sitemap", source.news_sitemaps),
        ("sitemap", source.sitemaps),
        ("section", source.pages),
    ]
    if source.is_explored:
        robots = urls.join(source.home, "/robots.txt") or source.home
        kinds += [("robots", (robots,)), ("home", (source.home,))]
    for kind, addresses in kinds:
        for place, url in enumerate(addresses):
            yield Document(source=source.id, url=url, kind=kind, origin="sources", place=place)


def archives(source: Source) -> Iterator[Document]:
    """Yield the documents of the past that the source file names; only a crawl of the past visits them."""
    for place, url in enumerate(source.archives):
        kind = "sitemap" if _SITEMAP_NAME.search(url) else "section"
        yield Document(source=source.id, url=url, kind=kind, origin="archives", child=True, place=place)


def due(
    sources: Iterable[Source], known: Mapping[str, list[Document]], *, now: float, is_named: bool
) -> list[Document]:
    """Return the documents to visit now, in order: most overdue first, but hosts by turns.

    *known* are those that are visited on their own, by source. *is_named* means that the operator named the sources,
    and wants all their documents now.
    """
    found = []
    for source in sources:
        for document in _own(source, known.get(source.id, [])):
            overdue = document.overdue(now, every=source.every)
            if is_named or overdue >= 1:
                found.append((overdue, document))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return by_turns(document for _, document in found)


def by_turns(documents: Iterable[Document]) -> list[Document]:
    """Return the first document of every host, then the second of every host, and so on."""
    turns: dict[str, int] = {}
    placed = []
    for document in documents:
        host = urls.registrable_domain(document.url)
        turns[host] = turns.get(host, 0) + 1
        placed.append((turns[host], document))
    return [document for _, document in sorted(placed, key=lambda pair: pair[0])]


def _own(source: Source, known: list[Document]) -> Iterator[Document]:
    """Yield what is visited on its own: what the file names, known or not, and what was found by reading."""
    in_file = {document.url: document for document in named(source)}
    for document in known:
        if document.origin != "sources" or document.url in in_file:
            yield document
    addresses = {document.url for document in known}
    yield from (document for url, document in in_file.items() if url not in addresses)
