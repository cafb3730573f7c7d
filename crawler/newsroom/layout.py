"""The frame of every page and the boxes around every story; knows nothing of what a page is about."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

from crawler.newsroom.content import EMPHASIS, LINK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.newsroom.content import Block, Furniture, Story
    from crawler.newsroom.paper import Paper


@cache
def template(name: str) -> str:
    """Return one file of the package's templates."""
    return resources.files(__package__).joinpath("templates", name).read_text("utf-8")


def page(
    paper: Paper,
    *,
    title: str,
    main: str,
    head: str = "",
    language: str = "en",
    encoding: str = "utf-8",
    declares_encoding: bool = True,
) -> bytes:
    """Return a whole page in *encoding*; characters the encoding lacks become references."""
    furniture = paper.furniture[language]
    html = Template(template("page.html")).substitute(
        language=language,
        direction=furniture.direction,
        charset=f'<meta charset="{encoding}">\n' if declares_encoding else "",
        title=escape(title),
        head=head,
        style=template("style.css").strip(),
        main=main,
        footer=escape(furniture.footer.format(year=paper.edition.year)),
        notice=_cookie_notice(furniture),
    )
    return html.encode(encoding, "xmlcharrefreplace")


def content_type(encoding: str) -> str:
    """Return the header's value: as on many old sites, only UTF-8 pages say their charset there."""
    return "text/html; charset=utf-8" if encoding == "utf-8" else "text/html"


def inline(text: str) -> str:
    """Return *text* as HTML with its inline marks turned into links and emphasis."""
    html = escape(text, quote=False)
    return EMPHASIS.sub(r"<em>\1</em>", LINK.sub(r'<a href="\2">\1</a>', html))


def paragraphs(texts: Iterable[str]) -> str:
    return "\n".join(f"<p>{inline(text)}</p>" for text in texts)


def block_html(block: Block) -> str:
    """Return one block of a story as HTML."""
    lines = [inline(line) for line in block.lines]
    if block.kind == "heading":
        return f"<h2>{lines[0]}</h2>"
    if block.kind == "quote":
        return f"<blockquote>{''.join(f'<p>{line}</p>' for line in lines)}</blockquote>"
    if block.kind == "list":
        return "<ul>\n" + "\n".join(f"<li>{line}</li>" for line in lines) + "\n</ul>"
    if block.kind == "table":
        return _table(lines)
    return f"<p>{lines[0]}</p>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    head = "".join(f"<th>{cell}</th>" for cell in rows[0])
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows[1:])
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def figure(story: Story, furniture: Furniture) -> str:
    """Return the story's picture with caption and credit; nothing where it has none."""
    if story.picture is None:
        return ""
    caption, credit = escape(story.picture.caption), escape(story.picture.credit)
    return (
        f'<figure>\n<img src="{story.picture.path}" alt="{caption}" width="640" height="360">\n'
        f"<figcaption>{caption} <span>{escape(furniture.picture_credit)} {credit}</span></figcaption>\n</figure>"
    )


def byline(story: Story, furniture: Furniture) -> str:
    """Return the line of names as plain text, or the agency's credit."""
    if story.agency is not None:
        return furniture.agency_credit.format(agency=story.agency)
    return furniture.by.format(names=furniture.joiner.join(story.authors))


def appeal(furniture: Furniture, css: str) -> str:
    """Return the donation appeal: plain paragraphs, as papers really place them."""
    return (
        f'<div class="{css}">\n<p><strong>{escape(furniture.appeal_title)}</strong></p>\n'
        f"{paragraphs(furniture.appeal)}\n"
        f'<p><a href="/about">{escape(furniture.appeal_button)}</a></p>\n</div>'
    )


def newsletter(furniture: Furniture, css: str) -> str:
    return (
        f'<div class="{css}">\n<h3>{escape(furniture.newsletter_title)}</h3>\n'
        f"<p>{escape(furniture.newsletter)}</p>\n"
        '<form action="/login" method="get"><input type="email" name="email" aria-label="email">'
        f"<button>{escape(furniture.newsletter_button)}</button></form>\n</div>"
    )


def related(stories: Iterable[Story], furniture: Furniture, css: str, tag: str) -> str:
    """Return the links to other stories, each with its teaser; *tag* is ``li`` or ``div``."""
    items = "\n".join(
        f'<{tag}><a href="{story.path}">{escape(story.headline)}</a><br>{escape(story.lead)}</{tag}>'
        for story in stories
    )
    rows = f"<ul>\n{items}\n</ul>" if tag == "li" else items
    return f'<div class="{css}">\n<h3>{escape(furniture.read_more)}</h3>\n{rows}\n</div>'


def _cookie_notice(furniture: Furniture) -> str:
    return (
        '<div class="cookie-notice" role="region" aria-label="cookies">\n'
        f"<p>{escape(furniture.cookie_notice)} <button>{escape(furniture.cookie_accept)}</button> "
        f"<button>{escape(furniture.cookie_refuse)}</button></p>\n</div>"
    )
