"""What addresses of one site have in common, and what trying some of them has taught. Knows no page and no site."""

from __future__ import annotations

import re
from enum import Enum
from typing import Self
from urllib.parse import unquote

import attrs

from crawler.discovery.score import PAGE_SUFFIX, has_unique_id, is_far_title, slug_words
from crawler.urls import identity_key

_LONG_NUMBER = re.compile(r"\d{5,}")
_NUMBER = re.compile(r"\d+")
_DIGIT = re.compile(r"\d")
#: Words from which on the end of an address is a headline, not a name.
_HEADLINE_WORDS = 4
#: Characters of a first segment that names a part of the site; longer ones are texts themselves.
_LONGEST_NAME = 30
#: Names of parameters that count.
_PARAMETERS = 3

#: Tries without an article after which a shape is taken for barren: with one article in five it would be wrong about
#: once in fifteen times, and the trials set that right.
NEVER = 12
#: The same where it has led to articles before: a site's redesign or its bad day.
NO_MORE = 60
#: Tries without an article from which on other shapes are preferred.
SELDOM_FROM = 3
#: Tries whose outcomes are remembered; from then on older ones count half.
REMEMBERED = 200


class Standing(Enum):
    """What is expected of addresses of one shape."""

    LIKELY = "likely"
    """At least every second one was an article."""
    OPEN = "open"
    """Too few were tried to tell."""
    SELDOM = "seldom"
    BARREN = "barren"
    """None of the last NEVER, or NO_MORE, was an article."""


@attrs.frozen(kw_only=True)
class Experience:
    """How the addresses of one shape ended that were fetched."""

    tries: int = 0
    articles: int = 0
    misses: int = 0
    """Tries since the last article."""

    def after(self, *, is_article: bool) -> Self:
        """Return the experience with one more try."""
        share = 2 if self.tries >= REMEMBERED else 1
        return attrs.evolve(
            self,
            tries=self.tries // share + 1,
            articles=-(-self.articles // share) + is_article,
            misses=0 if is_article else self.misses + 1,
        )

    @property
    def standing(self) -> Standing:
        """What it means for the next address of the shape."""
        if self.misses >= (NO_MORE if self.articles else NEVER):
            return Standing.BARREN
        if self.articles and 2 * self.articles >= self.tries:
            return Standing.LIKELY
        return Standing.SELDOM if self.tries >= SELDOM_FROM else Standing.OPEN

    def told(self) -> str:
        """Return it in words."""
        if not self.articles:
            return f"none of {self.tries} was an article"
        since = f", none of the last {self.misses}" if self.misses else ""
        return f"{self.articles} of {self.tries} were articles{since}"


def shape_of(url: str) -> str:
    """Return the shape of an address: its host, first path segment, depth, and how its end is built.

    Digits are masked: ``##`` is a number of five digits and more or another id, ``#`` a shorter one, ``*`` any segment
    between the first and the last. The last one is told by its number of words (``word``, ``words``, ``headline``) and
    its suffix, a query by the names in it: ``example.com/news/#/#/headline-##.html``.
    """
    authority, _, rest = identity_key(url).partition("/")
    path, _, query = rest.partition("?")
    segments = unquote(path, errors="replace").lower().split("/")
    names = sorted({pair.partition("=")[0] for pair in query.split("&")} - {""})[:_PARAMETERS]
    first = [_first(segment) for segment in segments[:-1][:1]]
    between = ["*" if _NUMBER.sub("", segment) else _masked(segment) for segment in segments[1:-1]]
    return "/".join([authority, *first, *between, _last(segments[-1])]) + ("?" + "&".join(names) if names else "")


def _masked(text: str) -> str:
    return _NUMBER.sub("#", _LONG_NUMBER.sub("##", text))


def _first(segment: str) -> str:
    masked = _masked(segment)
    return masked if len(masked) <= _LONGEST_NAME else "*"


def _last(segment: str) -> str:
    suffix = PAGE_SUFFIX.search(segment)
    stem = segment[: suffix.start()] if suffix else segment
    words = slug_words(stem)
    is_headline = words >= _HEADLINE_WORDS or is_far_title(stem)
    name = "headline" if is_headline else {0: "", 1: "word"}.get(words, "words")
    number = "##" if _LONG_NUMBER.search(stem) or has_unique_id(stem) else "#" if _DIGIT.search(stem) else ""
    return "-".join(part for part in (name, number) if part) + (suffix[0] if suffix else "")
