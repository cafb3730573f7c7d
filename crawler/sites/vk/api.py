"""Answers of VKontakte's API: wall.get and wall.getById.

Shapes: https://dev.vk.com/en/method/wall.get and the schema 5.199, https://github.com/VKCOM/vk-api-schema. The key goes
into the Authorization header (https://dev.vk.com/en/api/access-token/getting-started), never into the address.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from crawler import urls
from crawler.discovery import Announced, Link, NotADocument
from crawler.extraction import Page
from crawler.sites.vk.post import POST, headline, moment, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.extraction import Hints

API = "https://api.vk.com"
VERSION = "5.199"
#: Posts of one answer; the most that wall.get gives.
COUNT = 100
#: ``[club1|Name]``: a name that leads to its owner.
MENTION = re.compile(r"\[(?:club|public|id|event)\d+(?::[^|\]]*)?\|([^\]]*)\]|\[https?://[^|\]]+\|([^\]]*)\]")
#: Error codes of the API (errors.json of the schema) by what an operator can do about them.
ERRORS = {
    5: "login_expired", 27: "login_expired", 28: "login_expired", 1114: "login_expired", 1116: "login_expired",
    15: "closed", 18: "closed", 19: "closed", 30: "closed", 203: "closed",
    6: "rate_limited", 9: "rate_limited", 29: "rate_limited",
    100: "nothing_found", 113: "nothing_found", 125: "nothing_found",
}  # fmt: skip


def documents(home: str) -> tuple[str, ...]:
    """Return the address of the newest posts of the community at *home*: by its short name, or its number."""
    name = urlsplit(home).path.strip("/").partition("/")[0]
    number = re.fullmatch(r"(?:club|public|event)(\d+)", name)
    whose = f"owner_id=-{number[1]}" if number else f"domain={quote(name)}"
    return (f"{API}/method/wall.get?count={COUNT}&{whose}&extended=1&filter=owner&v={VERSION}",)


def address(url: str) -> str | None:
    """Return the address at which the API gives the post at *url*, or None where that is no post."""
    found = POST.search(url)
    return f"{API}/method/wall.getById?extended=1&posts={found[1]}_{found[2]}&v={VERSION}" if found else None


def read_wall(body: bytes) -> Announced:
    """Return the posts of an answer of wall.get; raises NotADocument whose reason says what the API says."""
    return Announced(kind="feed", links=tuple(_links(_answer(body))))


def read_post(body: bytes, hints: Hints) -> Page:
    """Return the post of an answer of wall.getById; never raises."""
    try:
        return _of_answer(_answer(body), hints)
    except NotADocument as error:
        return Page(reason=error.reason, detail=str(error))


def _answer(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotADocument(f"expected an answer of the API, found no JSON ({type(error).__name__})") from error
    refusal = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(refusal, dict):
        code = refusal.get("error_code")
        reason = ERRORS.get(code, "api_error") if isinstance(code, int) else "api_error"
        # The message alone: an error also repeats the parameters of its request.
        raise NotADocument(f"the API answered error {code}: {str(refusal.get('error_msg'))[:200]}", reason)
    response = answer.get("response") if isinstance(answer, dict) else None
    if not isinstance(response, dict) or not isinstance(response.get("items"), list):
        raise NotADocument("expected an answer of the API, found JSON without response and items")
    return response


def _links(answer: dict[str, Any]) -> Iterator[Link]:
    for post in _dicts(answer["items"]):
        owner, number = post.get("owner_id"), post.get("id")
        if isinstance(owner, int) and isinstance(number, int) and not post.get("marked_as_ads"):
            text = _plain(_text(post))
            yield Link(
                url=f"https://vk.com/wall{owner}_{number}",
                method="feed",
                title=headline(text) if text else None,
                published=moment(post.get("date")),
            )


def _of_answer(answer: dict[str, Any], hints: Hints) -> Page:
    post = next(iter(_dicts(answer["items"])), None)
    if post is None:
        return Page(reason="no_text", detail="The API knows no such post: it was deleted.")
    names = {-g["id"]: g for g in _dicts(answer.get("groups")) if isinstance(g.get("id"), int)}
    names |= {p["id"]: p for p in _dicts(answer.get("profiles")) if isinstance(p.get("id"), int)}
    image = next((found for part in _attached(post, "photo") if (found := _largest(part))), None)
    edited = moment(post.get("edited"))
    return page_of(
        text=_plain(_text(post)),
        published=moment(post.get("date")),
        modified=edited,
        authors=[names[who] for who in (post.get("signer_id"), post.get("from_id")) if who in names][:1],
        image=image,
        site=names.get(post.get("owner_id") or 0),
        source="api",
        hints=hints,
    )


def _text(post: dict[str, Any]) -> str:
    """Return the post's words; of a repost, its own and those of what it repeats."""
    parts = [post, *_dicts(post.get("copy_history"))]
    return "\n".join(text for part in parts if isinstance(text := part.get("text"), str) and text.strip())


def _plain(text: str) -> str:
    return MENTION.sub(lambda found: found[1] or found[2] or "", text)


def _attached(post: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    for part in (post, *_dicts(post.get("copy_history"))):
        for attachment in _dicts(part.get("attachments")):
            if attachment.get("type") == kind and isinstance(attachment.get(kind), dict):
                yield attachment[kind]


def _largest(photo: dict[str, Any]) -> str | None:
    sizes = [size for size in _dicts(photo.get("sizes")) if isinstance(size.get("width"), int)]
    best = max(sizes, key=lambda size: size["width"], default={})
    return urls.fetch_form(str(best.get("url", "")))


def _dicts(values: object) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
