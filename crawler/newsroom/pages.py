"""Pages that are no stories: the front page, lists of stories, and the paper's own pages."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from crawler.newsroom import layout
from crawler.newsroom.content import content_table
from crawler.newsroom.paper import LISTINGS, NAME, TAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.newsroom.content import Story
    from crawler.newsroom.paper import Paper

FRONT_PAGE_STORIES = 12
LIST_PAGE_STORIES = 10
#: An address that robots.txt forbids, though the front page and the sitemap name it.
PRIVATE_PATH = "/private/staff-rota-for-the-week-before-christmas"
#: A story long gone, of which the site says "not found" with status 200; and one that answers 404.
SOFT_404_PATH = "/news/old-lighthouse-keeper-remembers-the-great-storm"
MISSING_PATH = "/news/spring-timetable-for-the-island-ferries-announced"

FEED_LINKS = (
    ("application/rss+xml", "Latest stories", "/feed.rss"),
    ("application/atom+xml", "По-русски", "/atom.xml"),
    ("application/feed+json", "Culture", "/feed.json"),
)


def front_page(paper: Paper) -> bytes:
    """Return the home page: feeds in its head, the latest stories, and links to what is no story."""
    tags = " ".join(f'<a href="/tag/{tag}">{tag.capitalize()}</a>' for tag in TAGS)
    head = "\n".join(
        f'<link rel="alternate" type="{kind}" title="{title}" href="{path}">' for kind, title, path in FEED_LINKS
    )
    main = (
        f"<main>\n<h1>Today in Saltmere</h1>\n{_teasers(paper, paper.written[:FRONT_PAGE_STORIES])}\n"
        f"<h2>Topics</h2>\n<p>{tags}</p>\n"
        f'<p><a href="/news/">All news</a> · <a href="/culture/">All culture</a> · '
        f'<a href="{PRIVATE_PATH}">Staff rota for the week before Christmas</a></p>\n</main>'
    )
    return layout.page(paper, title=f"{NAME} – news from Saltmere and the Outer Islands", head=head, main=main)


def list_pages(paper: Paper, folder: str) -> dict[str, bytes]:
    """Return the pages of one section's list by path, ten stories each."""
    stories = paper.listed(folder)
    count = max(1, -(-len(stories) // LIST_PAGE_STORIES))
    return {list_path(folder, number): _list_page(paper, folder, number, count) for number in range(1, count + 1)}


def list_path(folder: str, number: int) -> str:
    return folder if number == 1 else f"{folder}page/{number}"


def story_list(paper: Paper, title: str, stories: Iterable[Story]) -> bytes:
    """Return a page that lists *stories* under *title*: a tag's or a reporter's."""
    main = f"<main>\n<h1>{escape(title)}</h1>\n{_teasers(paper, stories)}\n</main>"
    return layout.page(paper, title=f"{title} – {NAME}", main=main)


def own_pages(paper: Paper) -> dict[str, bytes]:
    """Return the paper's own pages by path: about, contact, login, privacy, and the forbidden one."""
    return {path: _own_page(paper, path) for path in content_table("own_pages.toml")}


def not_found(paper: Paper) -> bytes:
    """Return the page for an address that leads nowhere, whatever its status says."""
    main = (
        "<main>\n<h1>Page not found</h1>\n<p>Sorry, the page you were looking for is not here. It may have been "
        'moved or removed.</p>\n<p>Try the <a href="/">front page</a>.</p>\n</main>'
    )
    return layout.page(paper, title=f"Page not found – {NAME}", main=main)


def _own_page(paper: Paper, path: str) -> bytes:
    table = content_table("own_pages.toml")[path]
    texts = layout.paragraphs(text.strip() for text in table["body"].split("\n\n"))
    main = f"<main>\n<h1>{escape(table['title'])}</h1>\n{texts}\n{table.get('form', '')}\n</main>"
    return layout.page(paper, title=f"{table['title']} – {NAME}", main=main)


def _list_page(paper: Paper, folder: str, number: int, count: int) -> bytes:
    language, section = LISTINGS[folder]
    furniture = paper.furniture[language]
    stories = paper.listed(folder)
    start = (number - 1) * LIST_PAGE_STORIES
    title = furniture.edition if section is None else furniture.sections[section]
    head, visible = [], []
    if number > 1:
        newer = list_path(folder, number - 1)
        head.append(f'<link rel="prev" href="{newer}">')
        visible.append(f'<a href="{newer}">{escape(furniture.newer)}</a>')
    if number < count:
        older = list_path(folder, number + 1)
        head.append(f'<link rel="next" href="{older}">')
        visible.append(f'<a href="{older}">{escape(furniture.older)}</a>')
    return layout.page(
        paper,
        title=f"{title} – {NAME}" if number == 1 else f"{title} ({number}) – {NAME}",
        head="\n".join(head),
        main=(
            f"<main>\n<h1>{escape(title)}</h1>\n{_teasers(paper, stories[start : start + LIST_PAGE_STORIES])}\n"
            f'<div class="pager">{" ".join(visible)}</div>\n</main>'
        ),
        language=language,
        encoding=list_encoding(stories),
    )


def list_encoding(stories: Sequence[Story]) -> str:
    """Return the encoding of a list: that of its stories, since one desk makes both."""
    return stories[0].encoding if stories else "utf-8"


def _teasers(paper: Paper, stories: Iterable[Story]) -> str:
    return "\n".join(
        f'<div class="teaser" lang="{story.language}" dir="{paper.furniture[story.language].direction}">\n'
        f'<h2><a href="{story.path}">{escape(story.headline)}</a></h2>\n<p>{escape(story.lead)}</p>\n'
        f'<p class="date">{paper.furniture[story.language].spoken_date(story.published)}</p>\n</div>'
        for story in stories
    )
