"""Story pages in the paper's three templates, and the walls and players some stories have instead."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from crawler.newsroom import layout, metadata
from crawler.newsroom.paper import NAME, TAGS, author_path, folder_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.newsroom.content import Block, Furniture, Story
    from crawler.newsroom.paper import Paper


def article_page(story: Story, paper: Paper, number: int = 1) -> bytes:
    """Return page *number* of a story, in its template and encoding."""
    body = {1: _structured, 2: _open_graph, 3: _plain}[story.template]
    return layout.page(
        paper,
        title=f"{story.headline} – {NAME}" if number == 1 else f"{story.headline} ({number}) – {NAME}",
        head=metadata.head(story, paper, number),
        main=body(story, paper, number),
        language=story.language,
        encoding=story.encoding,
        declares_encoding=story.declares_encoding,
    )


def consent_wall(story: Story, paper: Paper) -> bytes:
    """Return what a visitor without the consent cookie sees: a dialog, and no word of the story."""
    main = (
        '<main>\n<div class="wall" role="dialog" aria-label="Your privacy choices">\n<h1>Before you read on</h1>\n'
        "<p>We and our partners store and read information on your device to measure our audience and to show "
        "advertising. Please choose whether you agree.</p>\n"
        "<p>You can change your choice at any time at the foot of every page.</p>\n"
        "<p><button>Accept all</button> <button>Manage my choices</button></p>\n</div>\n</main>"
    )
    return layout.page(paper, title=f"Your privacy choices – {NAME}", main=main, language=story.language)


def paywall_stub(story: Story, paper: Paper) -> bytes:
    """Return a story of which only the opening is free."""
    furniture = paper.furniture[story.language]
    main = (
        f'<main>\n<article class="story">\n{_story_header(story, furniture)}\n'
        f'<div class="story-body">\n{layout.block_html(story.blocks[0])}\n</div>\n</article>\n'
        '<div class="wall">\n<h2>Subscribe to keep reading</h2>\n'
        "<p>This story is for subscribers. A month of the Courier costs less than a return ticket to Skarvey.</p>\n"
        '<p><a href="/login">Subscribe</a> or <a href="/login">log in</a></p>\n</div>\n'
        f"{_boxes(story, paper)}\n</main>"
    )
    return layout.page(paper, title=f"{story.headline} – {NAME}", head=metadata.head(story, paper), main=main)


def video_page(story: Story, paper: Paper) -> bytes:
    """Return a player with one line of description."""
    poster = story.picture.path if story.picture else "/pictures/logo.png"
    main = (
        f"<main>\n<h1>{escape(story.headline)}</h1>\n"
        f'<video controls poster="{poster}" src="/media/{story.slug}.mp4"></video>\n'
        f"<p>{escape(story.lead)}</p>\n</main>"
    )
    return layout.page(
        paper, title=f"Video: {story.headline} – {NAME}", head=metadata.video_head(story, paper), main=main
    )


def _structured(story: Story, paper: Paper, number: int) -> str:
    furniture = paper.furniture[story.language]
    header = (
        _story_header(story, furniture) + "\n" + layout.figure(story, furniture)
        if number == 1
        else _short_header(story)
    )
    blocks = _live_entries(story) if story.kind == "live_blog" else _blocks(story.pages[number - 1])
    return (
        f'<main>\n<article class="story">\n{header}\n<div class="story-body">\n{blocks}\n</div>\n'
        f"{_pager(story, furniture, number)}</article>\n{_boxes(story, paper)}\n{_tags(story)}</main>"
    )


def _open_graph(story: Story, paper: Paper, number: int) -> str:
    furniture = paper.furniture[story.language]
    return (
        f'<div class="single">\n<div class="entry-head">\n<h1 class="entry-title">{escape(story.headline)}</h1>\n'
        f'<div class="entry-meta"><span>{escape(layout.byline(story, furniture))}</span> | '
        f"<span>{furniture.spoken_date(story.published)}</span></div>\n</div>\n"
        f'<div class="entry-content">\n{layout.figure(story, furniture)}\n{_blocks(story.pages[number - 1])}\n</div>\n'
        f"{_pager(story, furniture, number)}{_boxes(story, paper)}\n</div>"
    )


def _plain(story: Story, paper: Paper, number: int) -> str:
    """Return div soup with meaningless class names; the appeal stands between the paragraphs."""
    furniture = paper.furniture[story.language]
    blocks = story.pages[number - 1]
    middle = len(blocks) // 2
    first, second = (
        "\n".join(f'<div class="b{place % 3}">{layout.block_html(block)}</div>' for place, block in enumerate(part))
        for part in (blocks[:middle], blocks[middle:])
    )
    return (
        f'<div class="w0"><div class="w1">\n<div class="k8"><a href="{folder_of(story)}">'
        f"{escape(furniture.sections[story.section])}</a></div>\n<h1>{escape(story.headline)}</h1>\n"
        f'<div class="m2">{escape(layout.byline(story, furniture))} · '
        f'<time datetime="{story.published.isoformat()}">{furniture.spoken_date(story.published)}</time></div>\n'
        f'<div class="c3">\n{layout.figure(story, furniture)}\n{first}\n'
        f"{layout.appeal(furniture, 'd4')}\n{second}\n</div>\n"
        f"{_pager(story, furniture, number)}</div>\n{layout.newsletter(furniture, 'n5')}\n"
        f"{layout.related(paper.related(story), furniture, 'r6', 'div')}\n</div>"
    )


def _story_header(story: Story, furniture: Furniture) -> str:
    updated = ""
    if story.modified != story.published:
        moment = furniture.spoken_date(story.modified)
        updated = f' · {escape(furniture.updated)} <time datetime="{story.modified.isoformat()}">{moment}</time>'
    return (
        f'<header>\n<p class="kicker">{escape(furniture.sections[story.section])}</p>\n'
        f"<h1>{escape(story.headline)}</h1>\n"
        f'<p class="standfirst">{escape(story.lead)}</p>\n<p class="byline">{_linked_byline(story, furniture)}</p>\n'
        f'<p class="date"><time datetime="{story.published.isoformat()}">'
        f"{furniture.spoken_date(story.published)}</time>{updated}</p>\n</header>"
    )


def _linked_byline(story: Story, furniture: Furniture) -> str:
    if story.agency is not None or story.language != "en" or story.filler:
        return escape(layout.byline(story, furniture))
    names = furniture.joiner.join(
        f'<a rel="author" href="{author_path(name)}">{escape(name)}</a>' for name in story.authors
    )
    return furniture.by.format(names=names)


def _short_header(story: Story) -> str:
    return f"<header>\n<h1>{escape(story.headline)}</h1>\n</header>"


def _blocks(blocks: Sequence[Block]) -> str:
    return "\n".join(layout.block_html(block) for block in blocks)


def _live_entries(story: Story) -> str:
    opening = _blocks([block for block in story.blocks[:1] if block.kind == "paragraph"])
    entries = [
        f'<div class="update">\n<p class="date"><time datetime="{moment.isoformat()}">{moment:%H:%M}</time></p>\n'
        f"<h2>{escape(title)}</h2>\n{_blocks(blocks)}\n</div>"
        for moment, title, blocks in metadata.live_updates(story)
    ]
    return "\n".join([opening, *entries])


def _pager(story: Story, furniture: Furniture, number: int) -> str:
    if len(story.pages) == 1:
        return ""
    links = []
    if number > 1:
        links.append(f'<a href="{story.page_path(number - 1)}">{escape(furniture.previous_page)}</a>')
    if number < len(story.pages):
        links.append(f'<a href="{story.page_path(number + 1)}">{escape(furniture.next_page)}</a>')
    return f'<div class="pager">{" ".join(links)}</div>\n'


def _boxes(story: Story, paper: Paper) -> str:
    furniture = paper.furniture[story.language]
    return "\n".join(
        (
            layout.appeal(furniture, "appeal"),
            layout.newsletter(furniture, "newsletter"),
            layout.related(paper.related(story), furniture, "related", "li"),
        )
    )


def _tags(story: Story) -> str:
    links = [f'<a rel="tag" href="/tag/{tag}">{tag}</a>' for tag in TAGS if tag in story.keywords]
    return f'<p class="tags">{" ".join(links)}</p>\n' if links else ""
