"""One edition of the paper as a value: its stories, furniture and addresses, and which stories stand where."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import attrs

from crawler.newsroom.content import STORED_KINDS, ZONE, Furniture, Story, load_furniture, load_stories
from crawler.newsroom.filler import generated_stories

NAME = "The Harbour Courier"
TAGS = ("harbour", "ferries", "schools", "music")
#: Section folder -> (language, section or None for all of the language).
LISTINGS: dict[str, tuple[str, str | None]] = {
    "/news/": ("en", "news"),
    "/culture/": ("en", "culture"),
    "/ru/": ("ru", None),
    "/ar/": ("ar", None),
}
#: Kinds that only a feed announces, and kinds that only the plain sitemap announces.
FEED_ONLY = frozenset({"consent", "paywall"})
SITEMAP_ONLY = frozenset({"video"})
RELATED = 3


@attrs.frozen(kw_only=True)
class Paper:
    """An edition at one address: everything that pages and documents are made from."""

    origin: str
    """Scheme, host and port without a slash at the end."""
    edition: date
    stories: tuple[Story, ...]
    """Every story, newest first, with generated ones last."""
    furniture: dict[str, Furniture]

    @classmethod
    def of(cls, origin: str, edition: date, *, extra: int = 0, advanced: bool = False) -> Paper:
        """Return the paper of *edition* with *extra* generated stories; *advanced* as in `load_stories`."""
        stories = load_stories(edition, advanced=advanced) + generated_stories(edition, extra)
        return cls(origin=origin, edition=edition, stories=stories, furniture=load_furniture())

    def url(self, path: str) -> str:
        return self.origin + path

    @property
    def morning(self) -> datetime:
        """When pages that carry no stories were last touched."""
        return datetime.combine(self.edition, time(0, 30), tzinfo=ZONE)

    @property
    def stored(self) -> tuple[Story, ...]:
        """The stories that a perfect crawl stores: no copies, walls or videos."""
        return tuple(story for story in self.stories if story.kind in STORED_KINDS)

    @property
    def written(self) -> tuple[Story, ...]:
        """What front page, sections and sitemaps show: not generated, and not announced in one place only."""
        hidden = FEED_ONLY | SITEMAP_ONLY
        return tuple(story for story in self.stories if not story.filler and story.kind not in hidden)

    @property
    def generated(self) -> tuple[Story, ...]:
        return tuple(story for story in self.stories if story.filler)

    def listed(self, folder: str) -> tuple[Story, ...]:
        """Return the stories of one section page's list, newest first."""
        language, section = LISTINGS[folder]
        return tuple(s for s in self.written if s.language == language and section in (None, s.section))

    def tagged(self, tag: str) -> tuple[Story, ...]:
        return tuple(story for story in self.written if tag in story.keywords)

    def related(self, story: Story) -> tuple[Story, ...]:
        """Return three other stories of the same language: the next older ones, going round at the end."""
        group = self.generated if story.filler else self.written
        others = [s for s in group if s.language == story.language and s.blocks != story.blocks]
        older = [other for other in others if other.published < story.published]
        return tuple((older + others)[:RELATED])

    def by_author(self) -> dict[str, tuple[Story, ...]]:
        """Return the stories of each reporter who has a page of their own: those of template 1 in English."""
        shown = [story for story in self.written if story.template == 1 and story.language == "en"]
        names = sorted({name for story in shown for name in story.authors})
        return {name: tuple(story for story in shown if name in story.authors) for name in names}


def author_path(name: str) -> str:
    """Return the path of a reporter's page."""
    return "/staff/" + re.sub(r"\W+", "-", name.lower())


def folder_of(story: Story) -> str:
    """Return the path of the section page that lists *story*."""
    return story.path[: story.path.index("/", 1) + 1]
