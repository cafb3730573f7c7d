"""Finds the source that an address belongs to, among thousands as fast as among ten. Knows no files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler import urls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.sources import Source


class SourceIndex:
    """Sources by their hosts and domains; of several with the same one the first counts."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_host: dict[str, Source] = {}
        self._by_domain: dict[str, Source] = {}
        for source in sources:
            self.add(source)

    def add(self, source: Source) -> None:
        """Let the source be found too."""
        self._by_host.setdefault(urls.host_port(source.home), source)
        for domain in source.domains:
            self._by_domain.setdefault(domain, source)

    def find(self, url: str) -> Source | None:
        """Return the source whose home has *url*'s host, else the one with the narrowest domain that holds it."""
        place = urls.host_port(url)
        if source := self._by_host.get(place):
            return source
        host = urls.host(url)
        if host.replace(".", "").isdigit():  # an IPv4 address: then only the port tells sites apart
            return None
        labels = host.split(".")
        domains = (place, *(".".join(labels[at:]) for at in range(len(labels))))
        return next((self._by_domain[domain] for domain in domains if domain in self._by_domain), None)
