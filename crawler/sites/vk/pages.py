"""Public pages of VKontakte: a community's wall and a single post, as strangers are served them.

For desks they were windows-1251, one ``.post`` per post with a ``.wall_post_text``, its date as Unix time in
``.rel_date[time]`` and a ``.post_link`` to ``/wall-OWNER_POST``: so RSS-Bridge (VkBridge.php) and snscrape read them.
Since the end of 2024 such a page fetches its posts by script (RSS-Bridge, pull request 4418); the error about a wall
without posts says so. For telephones and plain clients a post is a ``.wall_item`` with ``.pi_text``, a ``.wi_date``
that leads to it and pictures in ``.thumb_map_img_as_div`` (published scrapers agree on these), without an exact date.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler import urls
from crawler.discovery import Announced, Link, NotADocument
from crawler.extraction import Page
from crawler.extraction.document import Document, parse
from crawler.extraction.encoding import decode
from crawler.sites.vk.post import POST, headline, moment, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from lxml.html import HtmlElement

    from crawler.extraction import Hints

#: What a community says that shows its posts to members only, in the languages that strangers are served.
CLOSED = re.compile(r"(?:закрыт|приватн|частн)\w+\s+(?:групп|сообществ)|сообщество\s+заблокирован"
                    r"|(?:closed|private) (?:group|community)|community (?:has been |is )?blocked",
                    re.IGNORECASE)  # fmt: skip


#: Links that unfold a long text.
MORE = frozenset({"wall_post_more", "pi_text_more"})


def _has(name: str) -> str:
    """Return the XPath condition that an element has the class *name*."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


POSTS = f"//*[{_has('post')} or {_has('wall_item')}]"
#: Of a post for telephones: the name by which its page is entered there.
ANCHORS = ".//a[@name = $name or @href = concat('/', $name)]"


def read_wall(body: bytes, url: str, encoding: str | None) -> Announced:
    """Return the posts that a community's page shows; raises NotADocument where it shows them to members only."""
    document = parse(decode(body, encoding).html, url)
    links = tuple(_links(document)) if document else ()
    if document and not links and CLOSED.search(document.shown):
        raise NotADocument("expected a community that shows its posts to everybody, found a closed one", "closed")
    if not links:
        raise NotADocument(
            "expected posts, found a page that shows none, as its scripts fetch them; they come through the API where"
            " the variable that the source's login names holds a service key",
            "nothing_found",
        )
    return Announced(kind="section", links=links)


def read_post(body: bytes, url: str, encoding: str | None, hints: Hints) -> Page:
    """Return the post that the page at *url* shows; never raises."""
    document = parse(decode(body, encoding).html, url)
    post = _post(document, url) if document else None
    if document is None or post is None:
        return Page(reason="no_text", detail="The page shows no post.")
    return _page(document, post, hints)


def _links(document: Document) -> Iterator[Link]:
    for post in document.tree.xpath(POSTS):
        link = next(iter(post.xpath(f".//a[{_has('post_link')} or {_has('wi_date')}]/@href")), None) or ""
        url = urls.join("https://vk.com/", link)
        if url and POST.search(url):
            text = _text(post)
            title = headline(text) if text else None
            # As good as a feed: the wall shows what the community has posted, with its date.
            yield Link(url=url, method="feed", title=title, published=_date(post))


def _post(document: Document, url: str) -> HtmlElement | None:
    wanted = POST.search(url)
    name = f"{wanted[1]}_{wanted[2]}" if wanted else ""
    posts: list[HtmlElement] = document.tree.xpath(POSTS)
    named = (post for post in posts if post.get("id") == f"post{name}" or post.xpath(ANCHORS, name=f"wall{name}"))
    return next(named, posts[0] if len(posts) == 1 else None)


def _page(document: Document, post: HtmlElement, hints: Hints) -> Page:
    who = post.xpath(f".//a[{_has('wall_signed_by')} or {_has('author')} or {_has('pi_author')}]")
    who.sort(key=lambda link: "wall_signed_by" not in (link.get("class") or ""))
    authors = [{"name": who[0].text_content(), "url": who[0].get("href")}] if who else []
    image = _image(post) or document.first("og:image")
    return page_of(
        text=_text(post),
        published=_date(post),
        modified=None,
        authors=authors,
        image=urls.fetch_form(image) if image else None,
        site={"name": document.first("og:title")} if document.first("og:title") else None,
        source="html",
        hints=hints,
    )


def _text(post: HtmlElement) -> str:
    texts = post.xpath(f".//*[{_has('wall_post_text')} or {_has('pi_text')}]")
    return "\n".join("".join(_words(text)) for text in texts)


def _words(element: HtmlElement) -> Iterator[str]:
    """Yield the words of a post's text: a break is a line's end, an emoji its alternative text, buttons are none."""
    classes = (element.get("class") or "").split()
    if element.tag in ("button", "script") or not MORE.isdisjoint(classes):
        return
    yield "\n" if element.tag == "br" else element.get("alt") or "" if element.tag == "img" else element.text or ""
    for child in element:
        yield from _words(child)
        yield child.tail or ""


def _date(post: HtmlElement) -> datetime | None:
    times = post.xpath(f".//*[{_has('rel_date')}]/@time")
    return moment(int(times[0])) if times and times[0].isdecimal() else None


def _image(post: HtmlElement) -> str | None:
    large = post.xpath(f".//*[{_has('thumb_map_img_as_div')}]/@data-src_big")
    if large:  # the address, and behind it the size
        return str(large[0]).partition("|")[0]
    styles = " ".join(post.xpath(f".//*[{_has('page_post_thumb_wrap')} or {_has('thumb_map_img_as_div')}]/@style"))
    found = re.search(r"url\([\"']?(https?://[^\"')]+)", styles)
    sources = post.xpath(f".//img[{_has('PhotoPrimaryAttachment__imageElement')}]/@src")
    return found[1] if found else next(iter(sources), None)
