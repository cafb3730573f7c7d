"""A post of VKontakte as an article, wherever it was read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crawler import urls
from crawler.extraction import Page
from crawler.extraction.characters import lines, one_line
from crawler.identity import content_hash, word_count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.extraction import Hints

#: Address of a post: the wall's owner (communities are negative) and the number of the post.
POST = re.compile(r"/wall(-?\d+)_(\d+)")
#: Characters of a headline made of a post's first sentence.
HEADLINE = 120
SENTENCE = re.compile(r".+?[.!?…](?=\s)|.+")
HASHTAG = re.compile(r"#(\w[\w@]*)")


def page_of(
    *,
    text: str,
    published: datetime | None,
    modified: datetime | None,
    authors: Sequence[Mapping[str, Any]],
    image: str | None,
    site: Mapping[str, Any] | None,
    source: str,
    hints: Hints,
) -> Page:
    """Return the page of a post: a post has no headline, so its first sentence is one. *source* names the witness."""
    body = "\n".join(lines(text))
    if not body:
        return Page(reason="no_text", detail="The post has no text.")
    fields: dict[str, Any] = {
        "type": "SocialMediaPosting",
        "headline": headline(body),
        "articleBody": body,
        "wordCount": word_count(body),
        "contentHash": content_hash(body),
        "authors": [found for author in authors if (found := _author(author))],
        "datePublished": published.isoformat() if published else None,
        "dateModified": modified.isoformat() if modified else None,
        "inLanguage": hints.language,
        "keywords": list(dict.fromkeys(tag.partition("@")[0] for tag in HASHTAG.findall(body))),
        "mainImage": {"url": image} if image else None,
        "publisher": {"name": name_of(site)} if site and name_of(site) else None,
    }
    fields = {key: value for key, value in fields.items() if value not in (None, [], "")}
    told = dict.fromkeys((key for key in fields if key not in ("wordCount", "contentHash", "inLanguage")), source)
    return Page(reason=None, fields=fields, sources=told, probability=1.0)


def headline(text: str) -> str:
    """Return the first sentence, cut after a whole word where it is long."""
    first = next((line for line in text.split("\n") if line.strip()), "").strip()
    sentence = one_line((SENTENCE.match(first) or [first])[0])
    if len(sentence) <= HEADLINE:
        return sentence
    return f"{sentence[:HEADLINE].rpartition(' ')[0] or sentence[:HEADLINE]}…"


def name_of(who: Mapping[str, Any]) -> str:
    """Return the name of a person or community, "" where there is none."""
    first_last = " ".join(str(who[key]) for key in ("first_name", "last_name") if who.get(key))
    return one_line(str(who.get("name") or first_last))


def moment(unix: object) -> datetime | None:
    """Return Unix seconds as a moment, None where they are none."""
    try:
        return datetime.fromtimestamp(unix, UTC) if isinstance(unix, int) and unix > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def _author(author: Mapping[str, Any]) -> dict[str, str] | None:
    name = name_of(author)
    place = author.get("screen_name") or author.get("url")
    url = urls.join("https://vk.com/", str(place)) if place else None
    return ({"name": name} | ({"url": url} if url else {})) if name else None
