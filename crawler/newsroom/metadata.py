"""What the heads of story pages say for machines: JSON-LD, Open Graph or nothing; knows nothing of page bodies."""

from __future__ import annotations

import json
from datetime import UTC
from html import escape
from typing import TYPE_CHECKING, Any

from crawler.newsroom.paper import NAME, author_path, folder_of

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.newsroom.content import Block, Story
    from crawler.newsroom.paper import Paper

_LOCALES = {"en": "en_GB", "ru": "ru_RU", "ar": "ar_AR"}


def head(story: Story, paper: Paper, number: int = 1) -> str:
    """Return the head elements of page *number* of *story*, as its template gives them."""
    parts = [_comment_feed(story), *_page_links(story, number)]
    if story.template == 1:
        parts += [_description(story), _canonical(story, paper, number), json_ld_script(_linked_data(story, paper))]
    elif story.template == 2:
        parts += [_description(story), _canonical(story, paper, number), *_open_graph(story, paper)]
    return "\n".join(parts)


def video_head(story: Story, paper: Paper) -> str:
    """Return the head elements of a video's page."""
    video = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": story.headline,
        "description": story.lead,
        "uploadDate": story.published.isoformat(),
        "duration": "PT1M24S",
        "contentUrl": paper.url(f"/media/{story.slug}.mp4"),
        "thumbnailUrl": [_picture_url(story, paper)],
    }
    tags = (("og:type", "video.other"), ("og:title", story.headline), ("og:url", paper.url(story.path)))
    return "\n".join([_canonical(story, paper, 1), *(_property(*tag) for tag in tags), json_ld_script(video)])


def json_ld_script(data: Any) -> str:
    """Return a script element; ``</`` is escaped so that no text can close it."""
    text = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return f'<script type="application/ld+json">\n{text}\n</script>'


def _description(story: Story) -> str:
    return f'<meta name="description" content="{escape(story.lead)}">'


def _canonical(story: Story, paper: Paper, number: int) -> str:
    return f'<link rel="canonical" href="{paper.url(story.page_path(number))}">'


def _comment_feed(story: Story) -> str:
    title = escape(f"Comments on: {story.headline}")
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{story.path}/feed">'


def _page_links(story: Story, number: int) -> list[str]:
    links = []
    if number > 1:
        links.append(f'<link rel="prev" href="{story.page_path(number - 1)}">')
    if number < len(story.pages):
        links.append(f'<link rel="next" href="{story.page_path(number + 1)}">')
    return links


def _linked_data(story: Story, paper: Paper) -> Any:
    article = _news_article(story, paper)
    if story.kind == "live_blog":
        article |= _live_coverage(story)
    if story.section != "culture":
        return {"@context": "https://schema.org", **article}
    site = {"@type": "WebSite", "@id": paper.url("/#site"), "name": NAME, "url": paper.url("/")}
    return {"@context": "https://schema.org", "@graph": [site, _breadcrumbs(story, paper), article]}


def _news_article(story: Story, paper: Paper) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "@type": story.type,
        "headline": story.headline,
        "description": story.lead,
        "url": paper.url(story.path),
        "mainEntityOfPage": {"@type": "WebPage", "@id": paper.url(story.path)},
        "datePublished": story.published.isoformat(),
        "dateModified": story.modified.isoformat(),
        "author": _authors(story, paper),
        "publisher": {
            "@type": "NewsMediaOrganization",
            "name": NAME,
            "url": paper.url("/"),
            "logo": {"@type": "ImageObject", "url": paper.url("/pictures/logo.png")},
        },
        "articleSection": paper.furniture[story.language].sections[story.section],
        "keywords": list(story.keywords),
        "isAccessibleForFree": story.kind != "paywall",
        "inLanguage": story.language,
    }
    if story.picture is not None:
        fields["image"] = {
            "@type": "ImageObject",
            "url": _picture_url(story, paper),
            "caption": story.picture.caption,
            "creditText": story.picture.credit,
        }
    return fields


def _authors(story: Story, paper: Paper) -> list[dict[str, str]]:
    if story.agency is not None:
        return [{"@type": "Organization", "name": story.agency}]
    if story.language != "en" or story.filler:
        return [{"@type": "Person", "name": name} for name in story.authors]
    return [{"@type": "Person", "name": name, "url": paper.url(author_path(name))} for name in story.authors]


def _breadcrumbs(story: Story, paper: Paper) -> dict[str, Any]:
    section = paper.furniture[story.language].sections[story.section]
    crumbs = [(NAME, "/"), (section, folder_of(story)), (story.headline, story.path)]
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": paper.url(path)}
        for place, (name, path) in enumerate(crumbs, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _live_coverage(story: Story) -> dict[str, Any]:
    updates = live_updates(story)
    return {
        "@type": "LiveBlogPosting",
        "coverageStartTime": story.published.isoformat(),
        "coverageEndTime": story.modified.isoformat(),
        "liveBlogUpdate": [
            {
                "@type": "BlogPosting",
                "headline": title,
                "datePublished": moment.isoformat(),
                "articleBody": "\n".join(block.text for block in blocks),
            }
            for moment, title, blocks in updates
        ],
    }


def live_updates(story: Story) -> list[tuple[datetime, str, list[Block]]]:
    """Return a live blog's updates as (moment, title, blocks), in page order; headings are ``HH:MM Title``."""
    updates: list[tuple[datetime, str, list[Block]]] = []
    for block in story.blocks:
        if block.kind == "heading":
            clock, title = block.text.split(" ", 1)
            hour, minute = clock.split(":")
            updates.append((story.published.replace(hour=int(hour), minute=int(minute)), title, []))
        elif updates:
            updates[-1][2].append(block)
    return updates


def _open_graph(story: Story, paper: Paper) -> list[str]:
    names = (story.agency,) if story.agency is not None else story.authors
    tags = [
        ("og:type", "article"),
        ("og:title", story.headline),
        ("og:description", story.lead),
        ("og:url", paper.url(story.path)),
        ("og:site_name", NAME),
        ("og:locale", _LOCALES[story.language]),
        ("article:published_time", _zulu(story.published)),
        ("article:modified_time", _zulu(story.modified)),
        ("article:section", paper.furniture[story.language].sections[story.section]),
        *(("article:author", name) for name in names),
        *(("article:tag", keyword) for keyword in story.keywords),
    ]
    if story.picture is not None:
        tags.append(("og:image", _picture_url(story, paper)))
    return [_property(name, content) for name, content in tags]


def _property(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{escape(content)}">'


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _picture_url(story: Story, paper: Paper) -> str:
    return paper.url(story.picture.path if story.picture else "/pictures/logo.png")
