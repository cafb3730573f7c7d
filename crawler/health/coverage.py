"""Coverage: how much of what a source publishes was stored, and where the rest went. Pure counting.

Two channels that announce independently of each other tell, by how much they overlap, how much neither of them does
(capture-recapture; Chapman's estimator, 1951). Where there are no two such channels, what was announced is all there is
to go by.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.state import CrawlState
    from crawler.state.statistics import Ended

#: Days that are looked at: feeds and news sitemaps reach no further.
DAYS = 7

#: Articles that each of the two channels, and both of them, must have announced for an estimate.
LEAST_EACH, LEAST_BOTH = 10, 5
#: Duplicates that are another address of an article that counts already.
SAME_ARTICLE = frozenset({"same_address", "redirect", "page"})


@attrs.frozen(kw_only=True)
class Coverage:
    """What a source announced and what of it was stored, over some days."""

    announced: int
    """Addresses of articles, as far as known: rejected ones and other addresses of the same article left out."""
    stored: int
    """Of these: stored, or the same text stored already."""
    channels: dict[str, int]
    """Of the announced, how many by feed, sitemap and page."""
    published: float | None
    """How many articles there probably were, those that no document announced included; None: cannot be told."""
    rest: dict[str, int]
    """Where the rest went: pending, failures and rejections by reason."""

    @property
    def recall(self) -> float | None:
        """The share of the source's articles that was stored; None where nothing was announced."""
        of = self.published or self.announced
        return min(self.stored / of, 1.0) if of else None

    def told(self) -> str:
        """Return it in words."""
        channels = ", ".join(f"{n} by {name}" for name, n in self.channels.items())
        share = f", {100 * self.recall:.0f} % of what there probably was" if self.recall is not None else ""
        rest = "; not: " + ", ".join(f"{n} {reason}" for reason, n in self.rest.items()) if self.rest else ""
        return f"{DAYS} days: {self.announced} articles announced ({channels}), {self.stored} stored{share}{rest}"

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "announced": self.announced,
            "stored": self.stored,
            "channels": self.channels,
            "estimatedPublished": round(self.published, 1) if self.published is not None else None,
            "estimatedRecall": round(self.recall, 4) if self.recall is not None else None,
            "rest": self.rest,
        }


def of_source(state: CrawlState, source: str, *, now: float) -> Coverage:
    """Return the coverage of a source in the last DAYS."""
    return coverage(state.statistics.endings(source, now - DAYS * 86_400.0))


def coverage(groups: Iterable[Ended]) -> Coverage:
    """Return the coverage of a source from how its announced addresses ended."""
    known = [group for group in groups if not (group.state == "duplicate" and group.reason in SAME_ARTICLE)]
    articles = [group for group in known if group.state != "rejected"]
    rest: Counter[str] = Counter()
    for group in known:
        if group.state not in ("stored", "duplicate"):
            rest[f"{group.state}: {group.reason}" if group.reason else group.state] += group.n
    return Coverage(
        announced=sum(group.n for group in articles),
        stored=sum(group.n for group in articles if group.state in ("stored", "duplicate")),
        channels={
            "feed": sum(group.n for group in articles if group.feed),
            "sitemap": sum(group.n for group in articles if group.sitemap),
            "page": sum(group.n for group in articles if group.page),
        },
        published=_published(articles),
        rest=dict(rest.most_common()),
    )


def _published(articles: list[Ended]) -> float | None:
    """Return how many articles there probably were, by the two channels that announce most, or None."""
    names = ("feed", "sitemap", "page")
    sizes = {name: sum(group.n for group in articles if getattr(group, name)) for name in names}
    one, other = sorted(names, key=lambda name: -sizes[name])[:2]
    both = sum(group.n for group in articles if getattr(group, one) and getattr(group, other))
    if min(sizes[one], sizes[other]) < LEAST_EACH or both < LEAST_BOTH:
        return None
    estimate = (sizes[one] + 1) * (sizes[other] + 1) / (both + 1) - 1
    return max(estimate, float(sum(group.n for group in articles)))
