"""Reads sections and keywords, which pages give as lists, as joined text or as links; knows no precedence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crawler.extraction.document import text_of
from crawler.extraction.jsonld import as_list, as_text, types_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.extraction.document import Document
    from crawler.extraction.jsonld import LinkedData

#: A longer keyword is a sentence, and more of them are stuffing.
TOPIC_CHARACTERS = 80
TOPICS = 60
# Database keys, addresses and labelled classifications ("Category: Travel") that content systems put among keywords.
_NO_TOPIC = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-\S*|\d{5,}|(?:https?://|www\.)\S+|[\w-]+\.(?:com|net|org|co\.\w\w)|[\w ]{3,30}:\s?.+",
    re.IGNORECASE,
)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SEPARATOR = re.compile(r"\s*[,;|،、，]\s*")


def split(values: Iterable[Any]) -> list[str]:
    """Return topics one each: lists as they are, joined text split, repeats (whatever their case) dropped."""
    texts = [text for value in as_list(list(values)) if (text := as_text(value))]
    if len(texts) == 1:
        joined = texts[0]
        texts = _SEPARATOR.split(joined)
        if len(texts) == 1 and _UNSPACED.search(joined):
            texts = joined.split()
    found: dict[str, str] = {}
    for text in texts:
        topic = text.strip(" \t#\"'")
        if topic and not _NO_TOPIC.fullmatch(topic) and len(topic) <= TOPIC_CHARACTERS:
            found.setdefault(topic.casefold(), topic)
    return list(found.values())[:TOPICS]


def breadcrumbs(data: LinkedData) -> list[str]:
    """Return the sections of the page's BreadcrumbList: without its first entry (home) and its last (the page)."""
    for node in data.nodes:
        if "BreadcrumbList" in types_of(node):
            entries = [e for e in as_list(node.get("itemListElement")) if isinstance(e, dict)]
            return split([[as_text(e.get("name")) or as_text(e.get("item")) for e in entries[1:-1]]])
    return []


def tag_links(document: Document) -> list[str]:
    """Return the texts of links that say they are the page's tags (rel=tag)."""
    links = document.tree.xpath("//a[contains(concat(' ', @rel, ' '), ' tag ')]")
    return split([[text_of(a) for a in links]])
