"""One edition as a web site: every address, what it answers, and what a crawl should make of it; speaks no HTTP."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import attrs

from crawler.newsroom import articles, documents, layout, pages, pictures, scripted
from crawler.newsroom.paper import LISTINGS, TAGS, Paper, author_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from crawler.newsroom.content import Story

#: What becomes of an announced address in a perfect crawl, by kind.
KINDS = {
    "article": "an article, stored",
    "live_blog": "an article of many updates, stored",
    "part": "a later page of an article, stored with its first page",
    "wire_copy": "the text of another article under another headline",
    "redirect": "an old address of an article, permanently redirected",
    "alias": "an article's address with tracking parameters",
    "consent": "a consent dialog in place of an article",
    "paywall": "the opening of an article for subscribers",
    "video": "a player with a line of description",
    "index": "a list of a section's articles, or the front page",
    "tag": "a list of a topic's articles",
    "author": "a list of a reporter's articles",
    "static": "a page of the paper about itself",
    "feed": "a feed of articles",
    "sitemap": "a sitemap or an index of sitemaps",
    "comment_feed": "a feed of one article's comments",
    "robots": "a page that robots.txt forbids",
    "soft_404": "an error page served with status 200",
    "missing": "an address that answers 404",
}

#: An empty MP4 file: a file type box and nothing to play (ISO/IEC 14496-12 §4.3).
_EMPTY_MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41"
_RSS, _ATOM, _JSON_FEED = "application/rss+xml", "application/atom+xml", "application/feed+json"
_XML, _GZIP = "application/xml", "application/gzip"


@attrs.frozen(kw_only=True)
class Resource:
    """What one address answers."""

    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    modified: datetime
    status: int = 200
    location: str | None = None
    """Absolute URL that a redirect leads to."""

    @property
    def etag(self) -> str:
        """A strong entity tag (RFC 9110 §8.8.3), made of the content alone."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


@attrs.frozen(kw_only=True)
class Edition:
    """The site of one edition."""

    resources: dict[str, Resource]
    """By path, with ``?page=N`` where a page has one."""
    consented: dict[str, Resource]
    """What visitors with the cookie ``consent=1`` get instead."""
    missing: Resource
    expected: dict[str, str]
    """Kind of every announced path, a key of `KINDS`."""
    stories: tuple[Story, ...]
    """What a perfect crawl stores, newest first."""


def build_edition(origin: str, day: date, *, extra: int = 0, advanced: bool = False) -> Edition:
    """Return the site of *day*'s edition at *origin*; equal arguments give equal bytes."""
    paper = Paper.of(origin, day, extra=extra, advanced=advanced)
    missing = Resource(body=pages.not_found(paper), modified=paper.morning, status=404)
    return Edition(
        resources=dict(_resources(paper)),
        consented={s.path: _article(s, paper) for s in paper.stories if s.kind == "consent"},
        missing=missing,
        expected=dict(_expected(paper)),
        stories=paper.stored,
    )


def _resources(paper: Paper) -> Iterator[tuple[str, Resource]]:
    for story in paper.stories:
        yield from _story_resources(story, paper)
    yield from _list_resources(paper)
    yield from _document_resources(paper)
    for path, body in pages.own_pages(paper).items():
        yield path, Resource(body=body, modified=paper.morning)
    for path, (body, content_type) in scripted.pages(paper).items():
        yield path, Resource(body=body, content_type=content_type, modified=paper.morning)
    yield pages.SOFT_404_PATH, Resource(body=pages.not_found(paper), modified=paper.morning)
    yield "/pictures/logo.png", _picture("logo", paper.morning)


def _story_resources(story: Story, paper: Paper) -> Iterator[tuple[str, Resource]]:
    yield story.path, _story_page(story, paper)
    for number in range(2, len(story.pages) + 1):
        yield story.page_path(number), _article(story, paper, number)
    yield (
        f"{story.path}/feed",
        Resource(body=documents.comment_feed(story, paper), content_type=_RSS, modified=story.modified),
    )
    if story.old_path is not None:
        yield story.old_path, Resource(status=301, location=paper.url(story.path), modified=story.modified)
    if story.picture is not None:
        yield story.picture.path, _picture(story.picture.name, story.published)
    if story.kind == "video":
        yield f"/media/{story.slug}.mp4", Resource(body=_EMPTY_MP4, content_type="video/mp4", modified=story.published)


def _story_page(story: Story, paper: Paper) -> Resource:
    special = {"consent": articles.consent_wall, "paywall": articles.paywall_stub, "video": articles.video_page}
    if story.kind in special:
        return Resource(body=special[story.kind](story, paper), modified=story.modified)
    return _article(story, paper)


def _article(story: Story, paper: Paper, number: int = 1) -> Resource:
    return Resource(
        body=articles.article_page(story, paper, number),
        content_type=layout.content_type(story.encoding),
        modified=story.modified,
    )


def _list_resources(paper: Paper) -> Iterator[tuple[str, Resource]]:
    yield "/", Resource(body=pages.front_page(paper), modified=documents.latest(paper, paper.written))
    for folder in LISTINGS:
        stories = paper.listed(folder)
        modified = documents.latest(paper, stories)
        content_type = layout.content_type(pages.list_encoding(stories))
        for path, body in pages.list_pages(paper, folder).items():
            yield path, Resource(body=body, content_type=content_type, modified=modified)
        yield folder.rstrip("/"), Resource(status=301, location=paper.url(folder), modified=modified)
    lists = {f"/tag/{tag}": (f"Stories about {tag}", paper.tagged(tag)) for tag in TAGS}
    lists |= {author_path(name): (f"Stories by {name}", own) for name, own in paper.by_author().items()}
    for path, (title, found) in lists.items():
        yield path, Resource(body=pages.story_list(paper, title, found), modified=documents.latest(paper, found))


def _document_resources(paper: Paper) -> Iterator[tuple[str, Resource]]:
    newest = documents.latest(paper, paper.written)
    yield (
        "/robots.txt",
        Resource(body=documents.robots_txt(paper), content_type="text/plain; charset=utf-8", modified=paper.morning),
    )
    texts = {
        "/sitemap.xml": (documents.sitemap_index, _XML),
        "/sitemap-news.xml": (documents.news_sitemap, _XML),
        "/sitemap-all.xml.gz": (documents.plain_sitemap, _GZIP),
        "/feed.rss": (documents.rss_feed, _RSS),
        "/atom.xml": (documents.atom_feed, _ATOM),
        "/feed.json": (documents.json_feed, _JSON_FEED),
    }
    if paper.generated:
        texts["/sitemap-extra.xml"] = (documents.extra_sitemap, _XML)
    for path, (text, content_type) in texts.items():
        yield path, Resource(body=text(paper), content_type=content_type, modified=newest)


def _picture(name: str, modified: datetime) -> Resource:
    return Resource(body=pictures.seascape(name), content_type="image/png", modified=modified)


def _expected(paper: Paper) -> Iterator[tuple[str, str]]:
    for story in paper.stories:
        yield from _expected_of_story(story)
    for folder in LISTINGS:
        yield from ((path, "index") for path in pages.list_pages(paper, folder))
    yield "/", "index"
    yield from ((f"/tag/{tag}", "tag") for tag in TAGS)
    yield from ((author_path(name), "author") for name in paper.by_author())
    yield from ((path, "static") for path in pages.own_pages(paper))
    yield from ((path, "sitemap") for path in ("/sitemap.xml", "/sitemap-news.xml", "/sitemap-all.xml.gz"))
    if paper.generated:
        yield "/sitemap-extra.xml", "sitemap"
    yield from ((path, "feed") for _, _, path in pages.FEED_LINKS)
    yield pages.PRIVATE_PATH, "robots"
    yield pages.SOFT_404_PATH, "soft_404"
    yield pages.MISSING_PATH, "missing"


def _expected_of_story(story: Story) -> Iterator[tuple[str, str]]:
    yield story.path, story.kind
    yield from ((story.page_path(number), "part") for number in range(2, len(story.pages) + 1))
    if story.old_path is not None:
        yield story.old_path, "redirect"
    if story.feed_query is not None:
        yield documents.feed_path(story), "alias"
    if story.kind not in ("video", "consent"):
        yield f"{story.path}/feed", "comment_feed"
