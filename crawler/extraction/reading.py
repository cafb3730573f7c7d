"""One page from its bytes to its fields: the order in which the questions are asked; no clock, files or network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crawler.extraction import (
    apps,
    blocks,
    clutter,
    jsonld,
    kind,
    language,
    liveblog,
    metadata,
    publication,
    rights,
    terms,
    text,
    walls,
)
from crawler.extraction.characters import lines
from crawler.extraction.document import Document, parse
from crawler.extraction.encoding import decode
from crawler.extraction.page import Hints, Page, fields_of_text
from crawler.extraction.sniff import not_html

if TYPE_CHECKING:
    from crawler.extraction import Override


def read(body: bytes, *, url: str, encoding: str | None, hints: Hints, override: Override | None) -> Page:
    """Return what the page says.

    Cheap questions first: is it HTML, does a wall stand before it; then text, kind and the fields of the record.
    """
    if reason := not_html(body):
        return Page(reason=reason[0], detail=reason[1])
    decoded = decode(body, encoding)
    document = parse(decoded.html, url)
    if document is None:
        return Page(reason="empty", detail="The page holds no element and no text.", warnings=decoded.warnings)
    if finding := kind.beyond(document):
        return Page(reason=finding[0], detail=finding[1], warnings=decoded.warnings)
    data = jsonld.read(document)
    page = _described(document, data, hints, decoded.warnings)
    if finding := kind.own_page(document, data) or walls.before(document, has_article=data.article is not None):
        return attrs.evolve(page, reason=finding[0], detail=finding[1])
    page, whole = _with_text(page, document, data)
    if override:
        page, whole = _overridden(page, whole, document, override)
    return _judged(page, document, data, hints, whole)


def _described(document: Document, data: jsonld.LinkedData, hints: Hints, warnings: tuple[str, ...]) -> Page:
    fields, sources, odd = metadata.read(metadata.Witnesses(document=document, data=data, hints=hints))
    usage = rights.usage(document, hints.robots_tag, hints.headers, site=hints.site_usage, token=hints.token)
    if usage:
        fields["usageInfo"] = usage
    return Page(
        reason=None,
        fields=fields,
        sources=sources,
        updates=liveblog.updates(data, hints.timezone),
        warnings=(*warnings, *odd),
        next_url=None
        if terms.forbids_links(usage or {}, hints.token)
        else next((u for u in document.links("next") if u != document.url), None),
        previous_url=next((u for u in document.links("prev") if u != document.url), None),
    )


def _with_text(page: Page, document: Document, data: jsonld.LinkedData) -> tuple[Page, str]:
    """Return the page with its text, and the text as it was before anything was left out of it."""
    found, source = text.article_text(document, data, free=page.fields.get("isAccessibleForFree"))
    if not found:
        return page, ""
    whole = found
    if source == "trafilatura":
        sifted = clutter.sift(found, document.body, blocks.told_by(page.fields, text.stated_text(data)))
    else:
        sifted = clutter.Sifted(text=text.without_headline(found, page.fields.get("headline")))
    found, credited = sifted.text, list(dict.fromkeys([*page.fields.get("credits", ()), *sifted.credits]))
    odd = ("language_disagrees",) if language.disagrees(page.fields.get("inLanguage"), found) else ()
    page = attrs.evolve(
        page,
        fields={**page.fields, **fields_of_text(found), **({"credits": credited} if credited else {})},
        sources={**page.sources, "articleBody": source, **({"credits": "html"} if sifted.credits else {})},
        dropped=sifted.dropped,
        warnings=(*page.warnings, *odd),
    )
    return page, whole


def _overridden(page: Page, whole: str, document: Document, override: Override) -> tuple[Page, str]:
    """Return the page as its site reads it, and its whole text: that of the override, if it gives one.

    A field that the override gives as None, or a text without words, is not in the record.
    """
    known = dict(override(document, page.fields))
    if "articleBody" in known:
        whole = "\n".join(lines(known["articleBody"] or ""))
        known |= dict.fromkeys(("articleBody", "wordCount", "contentHash")) | fields_of_text(whole)
    sources = page.sources | {field: "override" for field in known if field not in ("wordCount", "contentHash")}
    fields = {field: value for field, value in {**page.fields, **known}.items() if value is not None}
    sources = {field: source for field, source in sources.items() if field in fields}
    return attrs.evolve(page, fields=fields, sources=sources), whole


def _judged(page: Page, document: Document, data: jsonld.LinkedData, hints: Hints, whole: str) -> Page:
    words = page.fields.get("wordCount", 0)
    announced = hints.method in ("feed", "news_sitemap")
    verdict = kind.judge(document, data, page.fields, announced=announced)
    free = page.fields.get("isAccessibleForFree")
    wall = walls.subscription(document, free, whole)
    other = (verdict.reason, verdict.detail) if verdict.reason else None
    reason, detail = (
        (wall if free is False else None) or other or wall or _lacking(page, document, words) or (None, None)
    )
    page = attrs.evolve(page, reason=reason, detail=detail, probability=verdict.probability)
    return page if reason or "datePublished" in page.fields else _dated(page, document, hints)


def _lacking(page: Page, document: Document, words: int) -> tuple[str, str] | None:
    if words < kind.FEWEST_WORDS and (evidence := apps.unbuilt(document)):
        return "needs_browser", evidence
    if not words:
        return "no_text", "No main text was found on the page."
    if words < kind.FEWEST_WORDS:
        return "too_short", f"The main text has {words} words."
    if "headline" not in page.fields:
        return "no_headline", "The page gives no headline."
    return None


def _dated(page: Page, document: Document, hints: Hints) -> Page:
    claim = publication.last_resort(document, page.fields, hints)
    if not claim:
        return page
    source, moment = claim
    fields, sources = {**page.fields, "datePublished": moment.iso()}, {**page.sources, "datePublished": source}
    warnings = publication.doubts(moment, hints)
    return attrs.evolve(page, fields=fields, sources=sources, warnings=(*page.warnings, *warnings))
