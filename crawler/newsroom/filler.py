"""Generated stories for crawls of hundreds of pages: distinct, deterministic, plain; knows nothing of HTML."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

from crawler.newsroom.content import ZONE, Block, Story, content_table

#: Four paragraphs of five sentences make about 200 words.
PARAGRAPHS = 4
SENTENCES = 5
#: Generated stories are older than every written one, ten to a day.
OLDEST_WRITTEN_DAY = 60
STORIES_A_DAY = 10


def generated_stories(edition: date, count: int) -> tuple[Story, ...]:
    """Return *count* stories, newest first; the same *edition* and *count* always give the same text."""
    words = content_table("filler.toml")
    return tuple(_story(number, edition, words) for number in range(1, count + 1))


def _story(number: int, edition: date, words: dict[str, list[str]]) -> Story:
    # The seed is the number alone, so that a longer list begins with the shorter one.
    draw = random.Random(number)  # noqa: S311  # prose, not secrets
    headline = f"{_sentence(draw, words)} (No. {number})"
    moment = _moment(edition, number)
    slug = "-".join(headline.replace("(No. ", "").replace(")", "").lower().split()[-6:])
    return Story(
        path=f"/news/{slug}",
        headline=headline,
        lead=_sentence(draw, words) + ".",
        language="en",
        section="news",
        published=moment,
        modified=moment,
        authors=(draw.choice(words["authors"]),),
        keywords=(draw.choice(words["nouns"]),),
        blocks=tuple(Block("paragraph", (_paragraph(draw, words),)) for _ in range(PARAGRAPHS)),
        template=1,
        filler=True,
    )


def _moment(edition: date, number: int) -> datetime:
    days, place = divmod(number, STORIES_A_DAY)
    start = datetime.combine(edition - timedelta(days=OLDEST_WRITTEN_DAY + days), time(18), tzinfo=ZONE)
    return start - timedelta(hours=place)


def _paragraph(draw: random.Random, words: dict[str, list[str]]) -> str:
    return " ".join(_sentence(draw, words) + "." for _ in range(SENTENCES))


def _sentence(draw: random.Random, words: dict[str, list[str]]) -> str:
    """Return a sentence without its full stop; no four words in a row are fixed, so two stories share almost none."""
    who, what = draw.sample(words["nouns"], 2)
    old, new = draw.sample(words["adjectives"], 2)
    verb, how, where = (draw.choice(words[name]) for name in ("verbs", "adverbs", "places"))
    return draw.choice(
        (
            f"The {old} {who} {how} {verb} a {new} {what} {where}",
            f"{where.capitalize()} the {who} {verb} every {new} {what} {how}",
            f"One {old} {who} {verb} its {what} {how} {where}",
            f"{how.capitalize()} a {old} {who} {verb} some {new} {what} {where}",
        )
    )
