"""The stories of the sample newspaper as values, read from content files; knows nothing of HTML or HTTP."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time, timedelta, timezone
from importlib import resources
from typing import Any
from urllib.parse import quote

import attrs

#: The town's clock: an hour ahead of UTC all year, so that every date carries a zone that is not zero.
ZONE = timezone(timedelta(hours=1))

STORY_FILES = ("news.toml", "culture.toml", "russian.toml", "arabic.toml", "special.toml")
#: Kinds whose pages a perfect crawl stores as records.
STORED_KINDS = frozenset({"article", "live_blog"})

#: Inline marks in texts: ``[words](/path)`` and ``*words*``.
LINK = re.compile(r"\[(.+?)\]\((.+?)\)")
EMPHASIS = re.compile(r"\*(.+?)\*")
_MARKS = {"## ": "heading", "> ": "quote", "- ": "list", "| ": "table", "---": "break"}


@attrs.frozen
class Block:
    """One block of a story: ``paragraph``, ``heading``, ``quote``, ``list``, ``table`` or ``break`` (a new page)."""

    kind: str
    lines: tuple[str, ...]
    """The lines of a list or table, cells separated by ``|``; one line for the rest. May hold inline marks."""

    @property
    def text(self) -> str:
        """The text a reader sees, without inline marks; its spaces may be non-breaking."""
        return " ".join(EMPHASIS.sub(r"\1", LINK.sub(r"\1", line)) for line in self.lines)


@attrs.frozen(kw_only=True)
class Picture:
    """The picture at the top of a story."""

    name: str
    """File name without extension; also the seed of the drawing."""
    caption: str
    credit: str

    @property
    def path(self) -> str:
        return f"/pictures/{self.name}.png"


@attrs.frozen(kw_only=True)
class Story:
    """One story of the paper: what its page must yield, whatever the template hides."""

    path: str
    """Path of the page, percent-encoded; of the first page where there are several."""
    kind: str = "article"
    """``article``, ``wire_copy``, ``live_blog``, ``consent``, ``paywall`` or ``video``."""
    type: str = "NewsArticle"
    """schema.org type, as template 1 says it."""
    headline: str
    lead: str
    """The standfirst, and the summary in feeds and metadata."""
    language: str
    section: str
    """``news`` or ``culture``."""
    published: datetime
    modified: datetime
    authors: tuple[str, ...] = ()
    agency: str | None = None
    """The agency a wire story is credited to."""
    keywords: tuple[str, ...] = ()
    picture: Picture | None = None
    blocks: tuple[Block, ...]
    template: int
    """1 JSON-LD, 2 Open Graph, 3 neither."""
    encoding: str = "utf-8"
    declares_encoding: bool = True
    """Whether the page says its encoding at all."""
    old_path: str | None = None
    """An earlier address that redirects here and that feeds still announce."""
    feed_query: str | None = None
    """Tracking parameters that the feed's link carries."""
    filler: bool = False

    @property
    def slug(self) -> str:
        return self.path.rsplit("/", 1)[1]

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The plain paragraphs of the body, in order: no headings, quotes, lists or tables."""
        return tuple(block.text for block in self.blocks if block.kind == "paragraph")

    @property
    def pages(self) -> tuple[tuple[Block, ...], ...]:
        """The blocks page by page; nearly always one page."""
        pages: list[list[Block]] = [[]]
        for block in self.blocks:
            if block.kind == "break":
                pages.append([])
            else:
                pages[-1].append(block)
        return tuple(tuple(page) for page in pages)

    def page_path(self, number: int) -> str:
        """Return the path of page *number*, counted from 1."""
        return self.path if number == 1 else f"{self.path}?page={number}"


@attrs.frozen(kw_only=True)
class Furniture:
    """What the paper puts around every story of one language: labels, appeal, boxes and notices."""

    direction: str
    edition: str
    sections: dict[str, str]
    months: tuple[str, ...] = attrs.field(converter=tuple)
    by: str
    joiner: str
    updated: str
    agency_credit: str
    picture_credit: str
    appeal_title: str
    appeal: tuple[str, ...] = attrs.field(converter=tuple)
    appeal_button: str
    newsletter_title: str
    newsletter: str
    newsletter_button: str
    read_more: str
    older: str
    newer: str
    next_page: str
    previous_page: str
    cookie_notice: str
    cookie_accept: str
    cookie_refuse: str
    footer: str

    def spoken_date(self, moment: datetime) -> str:
        """Return the date as the paper prints it, for example ``19 November 2026, 07:30``."""
        return f"{moment.day} {self.months[moment.month - 1]} {moment.year}, {moment:%H:%M}"


def content_table(name: str) -> dict[str, Any]:
    """Return one TOML file of the package's content."""
    return tomllib.loads(resources.files(__package__).joinpath("content", name).read_text("utf-8"))


def load_furniture() -> dict[str, Furniture]:
    """Return the furniture by language."""
    return {language: Furniture(**table) for language, table in content_table("furniture.toml").items()}


def load_stories(edition: date, *, advanced: bool = False) -> tuple[Story, ...]:
    """Return every written story, newest first, dated relative to *edition*.

    *advanced* gives the story that changes between visits its second version.
    """
    tables = [table for name in STORY_FILES for table in content_table(name)["story"]]
    bodies = {table["slug"]: table["body"] for table in tables if "body" in table}
    stories = [_story(table, bodies, edition, advanced=advanced) for table in tables]
    return tuple(sorted(stories, key=lambda story: story.published, reverse=True))


def parse_body(body: str) -> tuple[Block, ...]:
    """Return the blocks of a story's text: chunks between empty lines, marked by their first characters."""
    chunks = [chunk.strip() for chunk in re.split(r"\n\s*\n", body)]
    return tuple(_block(chunk) for chunk in chunks if chunk)


def _block(chunk: str) -> Block:
    for mark, kind in _MARKS.items():
        if chunk.startswith(mark):
            return Block(kind, tuple(line.removeprefix(mark).strip() for line in chunk.splitlines()))
    return Block("paragraph", (" ".join(chunk.splitlines()),))


def _story(table: dict[str, Any], bodies: dict[str, str], edition: date, *, advanced: bool) -> Story:
    fields = dict(table)
    slug, language = fields.pop("slug"), fields.setdefault("language", "en")
    folder = fields["section"] if language == "en" else language
    fields["path"] = quote(f"/{folder}/{slug}")
    fields["published"] = _moment(edition, fields.pop("day"), fields.pop("time"))
    fields["modified"] = fields["published"] + timedelta(minutes=fields.pop("updated_after", 0))
    fields["blocks"] = parse_body(bodies[fields.pop("body_of", slug)])
    for name in ("authors", "keywords"):
        fields[name] = tuple(fields.get(name, ()))
    if "picture" in fields:
        fields["picture"] = Picture(**fields["picture"])
    fields.pop("body", None)
    second = fields.pop("second", None)
    story = Story(**fields)
    return _second_version(story, second) if second and advanced else story


def _moment(edition: date, day: int, clock: time) -> datetime:
    return datetime.combine(edition - timedelta(days=day), clock, tzinfo=ZONE)


def _second_version(story: Story, second: dict[str, Any]) -> Story:
    blocks = list(story.blocks)
    blocks[second["replaces"]] = _block(second["paragraph"])
    return attrs.evolve(
        story,
        headline=second["headline"],
        blocks=tuple(blocks),
        modified=story.modified + timedelta(minutes=second["minutes_later"]),
    )
