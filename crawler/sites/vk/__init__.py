"""VKontakte (https://vk.com): posts of a public community as articles, through the official API or its public pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler import urls
from crawler.sites.own import OwnSite
from crawler.sites.vk import api, pages

if TYPE_CHECKING:
    from crawler.discovery import Announced
    from crawler.extraction import Hints, Page


def read_document(body: bytes, url: str, encoding: str | None) -> Announced | None:
    """Return the posts of an answer or a community's page, None for other documents; raises NotADocument."""
    if _is_answer(url):
        return api.read_wall(body)
    return pages.read_wall(body, url, encoding) if urlsplit(url).path.count("/") == 1 and _is_wall(url) else None


def read_page(body: bytes, url: str, encoding: str | None, hints: Hints) -> Page:
    """Return the post that an answer or a page gives; never raises."""
    return api.read_post(body, hints) if _is_answer(url) else pages.read_post(body, url, encoding, hints)


def _is_answer(url: str) -> bool:
    return urls.host(url) == urls.host(api.API)


def _is_wall(url: str) -> bool:
    return urlsplit(url).path not in ("/", "/robots.txt")


SITE = OwnSite(read_document=read_document, read_page=read_page, api=api.API, documents=api.documents, page=api.address)
