"""Reads the entries of a live blog with their own times; knows nothing of the blog's other fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.extraction import dates
from crawler.extraction.characters import one_line
from crawler.extraction.jsonld import as_list, as_text, types_of

if TYPE_CHECKING:
    from crawler.extraction.jsonld import LinkedData

#: Entries of one blog that are read; a day of a long one has some hundred.
ENTRIES = 1000
#: Characters of one entry.
ENTRY_CHARACTERS = 20_000


def updates(data: LinkedData, timezone: str | None) -> tuple[dict[str, str], ...]:
    """Return ``{datePublished, headline?, articleBody}`` of each entry of the page's LiveBlogPosting, in page order.

    ``liveBlogUpdate`` is schema.org's property for them. Entries without text or without a date are left out: the one
    says nothing and the other not when. A local time is one of *timezone* (IANA) where that is known.
    """
    if "LiveBlogPosting" not in types_of(data.article or {}):
        return ()
    entries = data.all(data.article, "liveBlogUpdate")[:ENTRIES]
    found = (_entry(data, entry, timezone) for entry in entries if isinstance(entry, dict))
    return tuple(entry for entry in found if entry)


def _entry(data: LinkedData, node: dict[str, Any], timezone: str | None) -> dict[str, str] | None:
    written = data.text(node, "datePublished", "dateCreated", "dateModified")
    moment = dates.parse(written)
    body = "\n".join(text for value in as_list(node.get("articleBody") or node.get("text")) if (text := as_text(value)))
    if not moment or not body or len(body) > ENTRY_CHARACTERS:
        return None
    headline = data.text(node, "headline", "name")
    entry = {"datePublished": moment.within(timezone).iso()}
    if headline:
        entry["headline"] = one_line(headline)
    return {**entry, "articleBody": body}
