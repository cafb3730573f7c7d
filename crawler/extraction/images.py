"""Finds the article's main image with its caption and credit; fetches nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lxml.etree import XPath

from crawler.extraction.document import text_of
from crawler.extraction.jsonld import LinkedData, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.html import HtmlElement

    from crawler.extraction.document import Document

Image = dict[str, str]

#: A longer caption is the article.
CAPTION_CHARACTERS = 1000
#: Credits are names and agencies.
CREDIT_CHARACTERS = 200
_SOURCES: Callable[..., Any] = XPath(
    ".//img/@src | .//img/@srcset | .//img/@data-src | .//source/@srcset | .//a/@href", smart_strings=False
)
_CREDIT_CLASS = re.compile(r"credit|copyright|photographer|source|attribution", re.IGNORECASE)
_CREDIT_TEXT = re.compile(
    r"(?:(?:источник\s+)?фото|photo(?:graph)?(?:\s+by)?|foto|image|credit|crédit|©)\s*[:：©]?\s*([^.()]{3,120})\)?\s*$",
    re.IGNORECASE,
)
#: "(AP Photo/Rosa Pell)": how agencies end their captions.
_AGENCY_CREDIT = re.compile(r"\(([A-Z][^()/]{0,40}\bphotos?\s?/[^()]{2,120})\)\s*$", re.IGNORECASE)


def from_jsonld(document: Document, data: LinkedData) -> Image | None:
    """Return the image of the article node, with ``caption`` and ``credit`` where the node has them."""
    for value in data.all(data.article, "image", "primaryImageOfPage", "thumbnailUrl"):
        node: dict[str, Any] = value if isinstance(value, dict) else {"url": value}
        address = next((u for k in ("url", "contentUrl", "@id") if isinstance(u := _first(node.get(k)), str)), None)
        if url := document.absolute(address):
            caption = as_text(node.get("caption")) or as_text(node.get("description"))
            credit = (
                as_text(node.get("creditText")) or as_text(node.get("copyrightHolder")) or as_text(node.get("author"))
            )
            return _image(url, caption, credit)
    return None


def from_meta(document: Document, *names: str) -> Image | None:
    """Return the image of the first named meta element that holds an address."""
    return from_values(document, (value for name in names for value in document.meta.get(name, ())))


def from_values(document: Document, values: Iterable[str]) -> Image | None:
    """Return the image of the first value that is an address."""
    return next((_image(url, None, None) for value in values if (url := document.absolute(value))), None)


def with_caption(document: Document, image: Image) -> Image:
    """Return *image* with caption and credit of the figure that shows it, as far as it has none of its own."""
    if "caption" in image and "credit" in image:
        return image
    figure = _figure(document, _file(image["url"]))
    if figure is None:
        return image
    caption, credit = _caption(figure)
    return {**_image(image["url"], caption, credit), **image}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _image(url: str, caption: str | None, credit: str | None) -> Image:
    image = {"url": url}
    if caption and len(caption) <= CAPTION_CHARACTERS:
        image["caption"] = caption
    if credit and len(credit) <= CREDIT_CHARACTERS:
        image["credit"] = credit
    return image


def _file(url: str) -> str:
    """Return the file name of an address: sites serve one picture in many sizes under one name."""
    return urlsplit(url).path.rsplit("/", 1)[-1]


def _figure(document: Document, file: str) -> HtmlElement | None:
    if not file:
        return None
    return next((f for f in document.tree.iter("figure") if any(file in source for source in _SOURCES(f))), None)


def _caption(figure: HtmlElement) -> tuple[str | None, str | None]:
    element = figure.find(".//figcaption")
    if element is None:
        return None, None
    whole = text_of(element)
    marked = next((e for e in element.iter() if e is not element and _CREDIT_CLASS.search(e.get("class") or "")), None)
    credit = text_of(marked) if marked is not None else None
    if credit:
        return whole.replace(credit, "").strip(" -–—|()") or None, credit
    if match := _AGENCY_CREDIT.search(whole) or _CREDIT_TEXT.search(whole):
        return whole[: match.start()].strip(" -–—|(") or None, match[1].strip()
    return whole or None, None
