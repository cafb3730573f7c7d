"""Decides who is believed about an article's metadata: one precedence table; reads values through its neighbours."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from crawler.extraction import authors, images, language, publication, topics, visible
from crawler.extraction.headline import completed, of_title, same_words, shared_words, without_site
from crawler.extraction.jsonld import ARTICLE_TYPES, types_of
from crawler.identity import normalise
from crawler.urls import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData
    from crawler.extraction.page import Hints

#: Longest headline and description; longer values are texts that were put into the wrong place.
HEADLINE_CHARACTERS = 400
DESCRIPTION_CHARACTERS = 2000
#: Share of words from which on a heading and a title name the same article.
SHARED_WORDS = 0.3


@attrs.frozen(kw_only=True, slots=False)
class Witnesses:
    """All that speaks about one page."""

    document: Document
    data: LinkedData
    hints: Hints

    @cached_property
    def site_names(self) -> set[str]:
        """Every name the page or its address gives the site."""
        domain = registrable_domain(self.document.url)
        meta = ("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site", "dc.publisher")
        found = {self.document.first(name) for name in meta} | {self.hints.site_name, publisher(self)}
        return {name.lstrip("@") for name in found if name} | {domain, domain.split(".")[0]}

    @cached_property
    def main_heading(self) -> str | None:
        """The heading of the first level, where the page has one that is not the site's name."""
        return visible.main_heading(self.document, self.site_names)

    @cached_property
    def sections(self) -> set[str]:
        """What may stand behind a headline as the name of its section."""
        said = [*self.document.meta.get("article:section", ()), *self.data.all(self.data.article, "articleSection")]
        return {name for name in said if isinstance(name, str)} | set(topics.path_segments(self.document.url))

    @cached_property
    def headings(self) -> list[str]:
        """The page's visible headings."""
        return visible.headings(self.document)


def publisher(seen: Witnesses) -> str | None:
    """Return the publisher's name of the article node."""
    return seen.data.text(seen.data.article, "publisher", "sourceOrganization")


def _jsonld(*keys: str) -> Callable[[Witnesses], Any]:
    return lambda seen: seen.data.text(seen.data.article, *keys)


def _meta(*names: str) -> Callable[[Witnesses], Any]:
    return lambda seen: seen.document.first(*names)


def _microdata(name: str) -> Callable[[Witnesses], Any]:
    return lambda seen: next(iter(visible.itemprop(seen.document, name)), None)


def _shown_title(seen: Witnesses) -> str | None:
    """Return the Open Graph title where the page shows it as its heading, too: two witnesses outvote JSON-LD.

    Not JSON-LD that tells headline and alternative headline apart, where the title is a third wording.
    """
    title, said, other = (
        seen.document.first("og:title"),
        _jsonld("headline")(seen),
        _jsonld("alternativeHeadline")(seen),
    )
    if not title or not seen.main_heading or normalise(title) != normalise(seen.main_heading):
        return None
    third = said and other and not same_words(other, title)
    return title if not said or not (third or same_words(said, title)) else None


def _own_title(seen: Witnesses) -> str | None:
    """Return the Open Graph title where it is more than the ``<title>`` repeated, which is for search engines."""
    title = seen.document.first("og:title")
    return title if title and normalise(title) != normalise(seen.document.title or "") else None


def _shown_heading(seen: Witnesses) -> str | None:
    """Return the page's main heading where it and the page's title speak of the same thing."""
    heading, title = seen.main_heading, seen.document.first("og:title") or seen.document.title
    if not heading or not title or shared_words(heading, title) < SHARED_WORDS:
        return None
    part = of_title(seen.document.title, seen.headings)
    if part in seen.headings:
        return part
    # A heading that ends with the whole title begins with a kicker.
    cleaned = _headline(title, seen) or title
    return None if normalise(heading).endswith(normalise(cleaned)) else heading


def _article_type(seen: Witnesses) -> str | None:
    """Return the most telling article type of the node; among several the more special one."""
    types = types_of(seen.data.article or {})
    return max(sorted(types & ARTICLE_TYPES.keys()), key=lambda t: (ARTICLE_TYPES[t], t != "NewsArticle"), default=None)


def _first_of(seen: Witnesses, *names: str) -> list[str]:
    return next((values for name in names if (values := seen.document.meta.get(name))), [])


def _named(name: str | None) -> dict[str, str] | None:
    return {"name": name} if name else None


def _free(seen: Witnesses) -> bool | None:
    values = seen.data.all(seen.data.article, "isAccessibleForFree") or seen.data.all(
        seen.data.page, "isAccessibleForFree"
    )
    if values:
        return _truth(values[0])
    # Google's markup for paywalled content names the closed part: an article with one is not free.
    parts = [part for part in seen.data.all(seen.data.article, "hasPart") if isinstance(part, dict)]
    return False if any(_truth(part.get("isAccessibleForFree")) is False for part in parts) else None


def _truth(value: Any) -> bool | None:
    """Return the boolean a page means by true, "True", "https://schema.org/False", 1 or "no"."""
    text = str(value).rsplit("/", 1)[-1].strip().lower() if value is not None else ""
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(text)


def _own_canonical(seen: Witnesses) -> str | None:
    """Return the page's claim of its address, where it stays on the page's registrable domain."""
    url = next(iter(seen.document.links("canonical")), None) or seen.document.absolute(seen.document.first("og:url"))
    same = url and registrable_domain(url) == registrable_domain(seen.document.url)
    return url if same else None


def _original(seen: Witnesses) -> dict[str, str] | None:
    """Return where the page says that its article comes from, if that is a page of another site: its canonical
    address, or Google's tags for news sources (original-source, syndication-source)."""
    tags = [url for name in SOURCE_TAGS for value in seen.document.meta.get(name, ()) if (url := _address(value, seen))]
    for url in (*seen.document.links("canonical")[:1], *tags):
        if registrable_domain(url) != registrable_domain(seen.document.url) and urlsplit(url).path.strip("/"):
            return {"originalUrl": url}
    return None


def _address(value: str, seen: Witnesses) -> str | None:
    return seen.document.absolute(value) if value.startswith(("http://", "https://")) else None


#: Where a page says which article its own was taken from.
SOURCE_TAGS = ("original-source", "syndication-source")
_SAILTHRU_IMAGES = ("sailthru.image.full", "sailthru.image.thumb")
# Facebook's article:content_tier: metered is neither free nor closed, so it says nothing.
_CONTENT_TIERS = {"free": True, "locked": False}

#: Who is asked about a field, in this order; the first answer that survives cleaning is the record's.
#: JSON-LD first: of all witnesses it was right most often, but for a headline that heading and Open Graph outvote.
#: Feeds come late: their titles are shortened and retitled.
PRECEDENCE: dict[str, tuple[tuple[str, Callable[[Witnesses], Any]], ...]] = {
    "type": (("jsonld", _article_type), ("microdata", lambda seen: visible.article_type(seen.document))),
    "headline": (
        ("opengraph", _shown_title),
        ("jsonld", _jsonld("headline")),
        ("opengraph", _own_title),
        ("html", _shown_heading),
        ("opengraph", _meta("og:title")),
        ("meta", _meta("twitter:title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title", "title")),
        ("microdata", _microdata("headline")),
        ("jsonld", _jsonld("name")),
        ("html", lambda seen: of_title(seen.document.title, seen.headings)),
        ("feed", lambda seen: seen.hints.title),
    ),
    "alternativeHeadline": (
        ("jsonld", _jsonld("alternativeHeadline")),
        ("microdata", _microdata("alternativeHeadline")),
        ("feed", lambda seen: seen.hints.title),
    ),
    "description": (
        ("jsonld", _jsonld("description")),
        ("opengraph", _meta("og:description")),
        (
            "meta",
            _meta(
                "description", "twitter:description", "dc.description", "dcterms.description", "sailthru.description"
            ),
        ),
        ("microdata", _microdata("description")),
    ),
    "authors": (
        ("jsonld", lambda seen: authors.from_jsonld(seen.document, seen.data, seen.data.article)),
        ("opengraph", lambda seen: authors.from_values(seen.document.meta.get("article:author", ()))),
        ("meta", lambda seen: authors.from_meta(seen.document)),
        ("microdata", lambda seen: authors.from_values(visible.itemprop(seen.document, "author"))),
        ("html", lambda seen: authors.from_bylines(visible.bylines(seen.document))),
        ("jsonld", lambda seen: authors.from_jsonld(seen.document, seen.data, seen.data.page)),
        ("publisher", lambda seen: authors.newsroom(seen.document, seen.data, seen.site_names)),
    ),
    "inLanguage": (
        ("html", lambda seen: language.tag(seen.document.tree.get("lang") or seen.document.tree.get("xml:lang"))),
        ("jsonld", lambda seen: language.tag(_jsonld("inLanguage")(seen))),
        ("opengraph", lambda seen: language.tag(seen.document.first("og:locale"))),
        ("meta", lambda seen: language.tag(seen.document.first("content-language", "dc.language", "language"))),
        ("source", lambda seen: language.tag(seen.hints.language)),
    ),
    "articleSection": (
        ("jsonld", lambda seen: topics.split(seen.data.all(seen.data.article, "articleSection"))),
        ("jsonld", lambda seen: topics.breadcrumbs(seen.document, seen.data)),
        ("opengraph", lambda seen: topics.split(seen.document.meta.get("article:section", ()))),
        (
            "meta",
            lambda seen: topics.split(_first_of(seen, "parsely-section", "sailthru.section", "dc.subject", "section")),
        ),
        ("microdata", lambda seen: topics.split(visible.itemprop(seen.document, "articleSection"))),
        ("html", lambda seen: topics.shown_breadcrumbs(seen.document)),
        ("path", lambda seen: topics.section_of_path(seen.document)),
    ),
    "keywords": (
        ("jsonld", lambda seen: topics.split(seen.data.all(seen.data.article, "keywords"))),
        ("meta", lambda seen: topics.split(_first_of(seen, "news_keywords"))),
        ("opengraph", lambda seen: topics.split(seen.document.meta.get("article:tag", ()))),
        ("meta", lambda seen: topics.split(_first_of(seen, "keywords", "parsely-tags", "sailthru.tags", "dc.subject"))),
        ("microdata", lambda seen: topics.split(visible.itemprop(seen.document, "keywords"))),
        ("html", lambda seen: topics.tag_links(seen.document)),
    ),
    "mainImage": (
        ("jsonld", lambda seen: images.from_jsonld(seen.document, seen.data)),
        ("opengraph", lambda seen: images.from_meta(seen.document, "og:image:secure_url", "og:image", "og:image:url")),
        (
            "meta",
            lambda seen: images.from_meta(
                seen.document, "twitter:image", "twitter:image:src", "parsely-image-url", *_SAILTHRU_IMAGES
            ),
        ),
        ("microdata", lambda seen: images.from_values(seen.document, visible.itemprop(seen.document, "image"))),
    ),
    "publisher": (
        ("jsonld", lambda seen: _named(publisher(seen))),
        ("opengraph", lambda seen: _named(seen.document.first("og:site_name"))),
        ("meta", lambda seen: _named(seen.document.first("application-name", "dc.publisher"))),
        ("source", lambda seen: _named(seen.hints.site_name)),
    ),
    "isAccessibleForFree": (
        ("jsonld", _free),
        ("opengraph", lambda seen: _CONTENT_TIERS.get((seen.document.first("article:content_tier") or "").lower())),
        ("microdata", lambda seen: _truth(_microdata("isAccessibleForFree")(seen))),
    ),
    "canonicalUrl": (("html", _own_canonical),),
    "syndication": (("html", _original),),
}


def read(seen: Witnesses) -> tuple[dict[str, Any], dict[str, str], tuple[str, ...]]:
    """Return the fields of a page, the kind of witness that gave each, and warnings."""
    fields: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for field, source, value in _believed(seen):
        fields[field], sources[field] = value, source
    dates, date_sources, warnings = publication.read(seen.document, seen.data, seen.hints)
    if fields.get("mainImage"):
        fields["mainImage"] = images.with_caption(seen.document, fields["mainImage"])
    fields.setdefault("type", "NewsArticle")
    return {**fields, **dates}, {**sources, **date_sources}, (*seen.data.warnings, *warnings)


def _believed(seen: Witnesses) -> Iterator[tuple[str, str, Any]]:
    headline = ""
    for field, row in PRECEDENCE.items():
        for source, ask in row:
            value = _cleaned(field, source, ask(seen), seen)
            if value in (None, [], {}) or (field == "alternativeHeadline" and same_words(value, headline)):
                continue
            headline = value if field == "headline" else headline
            yield field, source, value
            break


def _cleaned(field: str, source: str, value: Any, seen: Witnesses) -> Any:
    if field in ("headline", "alternativeHeadline"):
        value = _headline(value, seen) if value else None
        # Only where a page shows nothing else may its headline be the site's name.
        return None if not value or (source != "html" and value in seen.site_names) else value
    if field == "description":
        return value if value and len(value) <= DESCRIPTION_CHARACTERS else None
    if field == "authors" and source != "publisher":
        return authors.without_site(value, seen.site_names)
    return value


def _headline(value: str, seen: Witnesses) -> str | None:
    if len(value) > HEADLINE_CHARACTERS:
        return None
    longer = [t for t in (*seen.headings, seen.document.first("og:title"), seen.document.title) if t]
    value = completed(value, longer, seen.document.title)
    return without_site(value, seen.site_names, seen.headings, seen.sections)
