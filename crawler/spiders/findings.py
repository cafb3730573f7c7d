"""Which of the links that documents announce are worth fetching: within the source, and shaped like an article."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs

from crawler.discovery.score import ARTICLE, GREY, article_score
from crawler.discovery.shapes import shape_of
from crawler.state.announcements import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from crawler.discovery import Link
    from crawler.sources import Source

Value = TypeVar("Value")

#: Links of a document that are judged, or saved, in one go: some hundredths of a second.
TOGETHER = 250
#: Links of pages that may or may not be articles: at most this share of a source's page links is tried, and at least
#: so many.
GREY_SHARE = 0.1
GREY_LEAST = 5


class Findings:
    """Judges the links of one source over one run."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._articles = 0
        self._grey = 0

    def of(self, links: Iterable[Link], *, now: float, likely: Collection[str] = ()) -> list[Finding]:
        """Return the links to record, each with why it will not be fetched, if it will not.

        *likely* are the shapes of addresses that have led to articles of this source.
        """
        return [self._sifted(finding, now) for finding in self._judged(links, likely)]

    def _sifted(self, finding: Finding, now: float) -> Finding:
        """Refuse what the source's own filter does not want, before anything of it is fetched."""
        link, only = finding.link, self._source.only
        if finding.refusal or only is None:
            return finding
        newest = link.published or link.modified
        refusal = only.refuses(
            link.url,
            language=link.language or self._source.language,
            sections=link.sections,
            moment=newest.timestamp() if newest else None,
            now=now,
        )
        return attrs.evolve(finding, refusal="filtered" if refusal else None)

    def _judged(self, links: Iterable[Link], likely: Collection[str]) -> Iterator[Finding]:
        for link in links:
            refusal = self._source.refuses(link.url)
            if link.method == "page":
                shape = None if self._is_named(link) else shape_of(link.url)
                if not refusal and self._is_worth_trying(link, shape is None or shape in likely):
                    yield Finding(link=link, shape=shape)
            elif not refusal and link.method == "sitemap" and not self._is_allowed(link):
                yield Finding(link=link, refusal="not_article_address")
            else:
                yield Finding(link=link, refusal=refusal)

    def _is_worth_trying(self, link: Link, is_known: bool) -> bool:
        """Pages link to everything: only what looks like an article counts as announced, and a little of the rest.

        What is known to lead to articles is one, whatever it looks like.
        """
        score = link.score if link.score is not None else article_score(link.url, link.title)
        if score > ARTICLE or is_known:
            self._articles += 1
            return True
        if score <= GREY or self._grey >= max(GREY_LEAST, GREY_SHARE * self._articles):
            return False
        self._grey += 1
        return True

    def _is_allowed(self, link: Link) -> bool:
        """A plain sitemap lists the whole site: what is plainly no article is refused, by name."""
        return self._is_named(link) or article_score(link.url) > GREY

    def _is_named(self, link: Link) -> bool:
        """The operator's own pattern knows this site's articles better than any score."""
        return bool(self._source.allow and self._source.allow.search(link.url))


def portions(values: Sequence[Value]) -> list[Sequence[Value]]:
    """Return *values* by TOGETHER, the first of none: nobody is served meanwhile, and a document may name 50,000."""
    return [values[begin : begin + TOGETHER] for begin in range(0, max(1, len(values)), TOGETHER)]
