"""VKontakte (https://vk.com): posts of a public community as articles, through the official API or its public pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler import urls
from crawler.sites.own import OwnSite
from crawler.sites.vk import api, pages
from crawler.sources import Source
from crawler.sources.logins import Login, origin

if TYPE_CHECKING:
    from crawler.discovery import Announced
    from crawler.extraction import Hints, Page


#: Short names of communities (https://vk.com/faq18014), and pages that are none's.
NAME = re.compile(r"/([a-z][a-z0-9_.]{3,31})/?", re.IGNORECASE)
NO_NAMES = re.compile(r"(?:wall|photo|video|album|topic|doc|id|page)-?\d|(?:feed|search|login|join|about|dev|faq\d*)$")
LOGIN = Login(to=origin(api.API), header="Authorization", prefix="Bearer ", env="VK_TOKEN", optional=True)


def source(url: str) -> Source | None:
    """Return the source of the community at *url*, None where that is no community's address."""
    found = NAME.fullmatch(urlsplit(url).path)
    if not found or NO_NAMES.match(found[1]):
        return None
    home = f"https://vk.com/{found[1]}"
    name = "vk-" + re.sub(r"[^a-z0-9_-]", "-", found[1].lower())
    posts = re.compile(r"/wall-\d+_\d+$")
    return Source(id=name, home=home, pages=(home,), explore=False, allow=posts, login=LOGIN)


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


SITE = OwnSite(
    read_document=read_document,
    read_page=read_page,
    api=api.API,
    documents=api.documents,
    page=api.address,
    source=source,
)
