"""What the paper publishes for machines: robots.txt, sitemaps and feeds; knows nothing of HTML pages."""

from __future__ import annotations

import gzip
import json
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from crawler.newsroom.pages import MISSING_PATH, PRIVATE_PATH, SOFT_404_PATH
from crawler.newsroom.paper import FEED_ONLY, NAME

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crawler.newsroom.content import Story
    from crawler.newsroom.paper import Paper

RSS_STORIES = 20
NEWS_SITEMAP_STORIES = 20
JSON_FEED_STORIES = 15
TAG_IN_SITEMAP = "/tag/harbour"

_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
_DECLARATION = '<?xml version="1.0" encoding="{}"?>\n'


def robots_txt(paper: Paper) -> bytes:
    """Return robots.txt (RFC 9309) with one Sitemap line and no Crawl-delay."""
    return f"User-agent: *\nDisallow: /private/\n\nSitemap: {paper.url('/sitemap.xml')}\n".encode()


def sitemap_index(paper: Paper) -> bytes:
    """Return the sitemap index (sitemaps.org protocol) of the news, the plain and the generated sitemap."""
    children = [("/sitemap-news.xml", paper.written), ("/sitemap-all.xml.gz", paper.written)]
    if paper.generated:
        children.append(("/sitemap-extra.xml", paper.generated))
    rows = (
        f"<sitemap><loc>{paper.url(path)}</loc><lastmod>{latest(paper, stories).isoformat()}</lastmod></sitemap>\n"
        for path, stories in children
    )
    return _xml(f"<sitemapindex {_SITEMAP}>\n{''.join(rows)}</sitemapindex>\n")


def news_sitemap(paper: Paper) -> bytes:
    """Return the newest stories as a Google News sitemap."""
    rows = (
        f"<url><loc>{paper.url(story.path)}</loc><lastmod>{story.modified.isoformat()}</lastmod>\n"
        f"<news:news><news:publication><news:name>{escape(NAME)}</news:name>"
        f"<news:language>{story.language}</news:language></news:publication>"
        f"<news:publication_date>{story.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.headline)}</news:title></news:news></url>\n"
        for story in paper.written[:NEWS_SITEMAP_STORIES]
    )
    return _xml(f"<urlset {_SITEMAP} {_NEWS}>\n{''.join(rows)}</urlset>\n")


def plain_sitemap(paper: Paper) -> bytes:
    """Return the gzipped sitemap of every written story, with the pages that do not belong in one."""
    stories = [story for story in paper.stories if not story.filler and story.kind not in FEED_ONLY]
    rows = [(story.path, story.modified) for story in stories]
    rows += [(path, paper.morning) for path in (TAG_IN_SITEMAP, SOFT_404_PATH, MISSING_PATH, PRIVATE_PATH)]
    # A fixed time stamp keeps the bytes, and so the ETag, the same over restarts.
    return gzip.compress(_urlset(paper, rows), mtime=0)


def extra_sitemap(paper: Paper) -> bytes:
    """Return the sitemap of the generated stories."""
    return _urlset(paper, ((story.path, story.modified) for story in paper.generated))


def _urlset(paper: Paper, rows: Iterable[tuple[str, datetime]]) -> bytes:
    urls = (
        f"<url><loc>{paper.url(path)}</loc><lastmod>{moment.isoformat()}</lastmod></url>\n" for path, moment in rows
    )
    return _xml(f"<urlset {_SITEMAP}>\n{''.join(urls)}</urlset>\n")


def latest(paper: Paper, stories: Iterable[Story]) -> datetime:
    """Return when the newest change among *stories* was made."""
    return max((story.modified for story in stories), default=paper.morning)


def rss_stories(paper: Paper) -> list[Story]:
    """Return what the RSS feed announces: the latest in English, with those that only the feed names."""
    english = [s for s in paper.stories if s.language == "en" and not s.filler and s.kind != "video"]
    alone = [story for story in english if story.kind in FEED_ONLY]
    listed = [story for story in english if story.kind not in FEED_ONLY][: RSS_STORIES - len(alone)]
    return sorted(listed + alone, key=lambda story: story.published, reverse=True)


def feed_path(story: Story) -> str:
    """Return the path a feed gives: the old address where there is one, with tracking parameters where it has them."""
    path = story.old_path or story.path
    return f"{path}?{story.feed_query}" if story.feed_query else path


def rss_feed(paper: Paper) -> bytes:
    """Return the RSS 2.0 feed with Dublin Core creators."""
    items = "".join(_rss_item(story, paper) for story in rss_stories(paper))
    return _xml(
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">\n'
        f"<channel>\n<title>{NAME}</title>\n<link>{paper.url('/')}</link>\n"
        "<description>News from Saltmere and the Outer Islands</description>\n<language>en</language>\n"
        f'<atom:link href="{paper.url("/feed.rss")}" rel="self" type="application/rss+xml"/>\n'
        f"{items}</channel>\n</rss>\n"
    )


def _rss_item(story: Story, paper: Paper) -> str:
    creator = escape(story.agency or ", ".join(story.authors))
    section = escape(paper.furniture[story.language].sections[story.section])
    return (
        f"<item>\n<title>{escape(story.headline)}</title>\n<link>{escape(paper.url(feed_path(story)))}</link>\n"
        f'<guid isPermaLink="false">courier:{story.slug}</guid>\n'
        f"<pubDate>{format_datetime(story.published)}</pubDate>\n<dc:creator>{creator}</dc:creator>\n"
        f"<category>{section}</category>\n<description>{escape(story.lead)}</description>\n</item>\n"
    )


def atom_feed(paper: Paper) -> bytes:
    """Return the Atom feed (RFC 4287) of the Russian edition, in the encoding of its pages."""
    stories = paper.listed("/ru/")
    entries = "".join(
        f"<entry>\n<title>{escape(story.headline)}</title>\n<link href={quoteattr(paper.url(story.path))}/>\n"
        f"<id>tag:harbour-courier.example,2026:{story.slug}</id>\n<published>{story.published.isoformat()}</published>\n"
        f"<updated>{story.modified.isoformat()}</updated>\n<author><name>{escape(story.authors[0])}</name></author>\n"
        f"<summary>{escape(story.lead)}</summary>\n</entry>\n"
        for story in stories
    )
    return _xml(
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ru">\n<title>{NAME}: по-русски</title>\n'
        f'<link href="{paper.url("/ru/")}"/>\n<link rel="self" href="{paper.url("/atom.xml")}"/>\n'
        f"<id>tag:harbour-courier.example,2026:ru</id>\n<updated>{latest(paper, stories).isoformat()}</updated>\n"
        f"{entries}</feed>\n",
        encoding="windows-1251",
    )


def json_feed(paper: Paper) -> bytes:
    """Return the JSON Feed (version 1.1, jsonfeed.org) of the culture pages."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{NAME}: Culture",
        "home_page_url": paper.url("/culture/"),
        "feed_url": paper.url("/feed.json"),
        "language": "en",
        "items": [_json_item(story, paper) for story in paper.listed("/culture/")[:JSON_FEED_STORIES]],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(story: Story, paper: Paper) -> dict[str, Any]:
    return {
        "id": f"courier:{story.slug}",
        "url": paper.url(feed_path(story)),
        "title": story.headline,
        "summary": story.lead,
        "date_published": story.published.isoformat(),
        "date_modified": story.modified.isoformat(),
        "authors": [{"name": name} for name in ([story.agency] if story.agency else story.authors)],
        "tags": list(story.keywords),
    }


def comment_feed(story: Story, paper: Paper) -> bytes:
    """Return the feed of one story's comments: no source of stories, though it looks like one."""
    title = escape(f"Comments on: {story.headline}")
    return _xml(
        f'<rss version="2.0">\n<channel>\n<title>{title}</title>\n<link>{paper.url(story.path)}</link>\n'
        f"<description>What readers say</description>\n<item>\n<title>By: a reader in Saltmere</title>\n"
        f"<link>{paper.url(story.path)}#comment-1</link>\n<pubDate>{format_datetime(story.modified)}</pubDate>\n"
        "<description>Thank you for keeping an eye on this.</description>\n</item>\n</channel>\n</rss>\n"
    )


def _xml(text: str, encoding: str = "utf-8") -> bytes:
    return (_DECLARATION.format(encoding) + text).encode(encoding, "xmlcharrefreplace")
