"""Reads schema.org data as pages write it and finds the node that describes the page; knows nothing of the record."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import attrs

from crawler.extraction.characters import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.extraction.document import Document

Node = dict[str, Any]

#: schema.org types of a text that is published as one piece, and how well each says "this is the article".
ARTICLE_TYPES = {
    **dict.fromkeys(
        (
            "NewsArticle",
            "AdvertiserContentArticle",
            "AnalysisNewsArticle",
            "AskPublicNewsArticle",
            "BackgroundNewsArticle",
            "OpinionNewsArticle",
            "ReportageNewsArticle",
            "ReviewNewsArticle",
            "LiveBlogPosting",
        ),
        3,
    ),
    **dict.fromkeys(("Article", "BlogPosting", "SatiricalArticle", "TechArticle", "ScholarlyArticle", "Report"), 2),
    **dict.fromkeys(("SocialMediaPosting", "MedicalScholarlyArticle", "Review", "Recipe", "HowTo", "CreativeWork"), 1),
}
#: Types that describe the address rather than the text; they are asked where no article node answers.
PAGE_TYPES = frozenset({"WebPage", "ItemPage", "MedicalWebPage", "AboutPage", "FAQPage"})
#: Characters of one script that are read; more is data, not description.
SCRIPT_CHARACTERS = 2_000_000
#: Depth of nesting and number of nodes that are followed.
MAX_DEPTH = 24
MAX_NODES = 4000
# Under these keys a node describes something else than the page.
_ELSEWHERE = frozenset(
    {
        "itemlistelement",
        "mentions",
        "haspart",
        "relatedlink",
        "citation",
        "comment",
        "isbasedon",
        "review",
        "about",
        "ispartof",
        "liveblogupdate",
    }
)
_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
_WRAPPERS = re.compile(r"<!--|-->|//\s*<!\[CDATA\[|<!\[CDATA\[|//\s*\]\]>|\]\]>|/\*\s*\*/")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_BARE_BACKSLASH = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_WEIGHT_URL, _WEIGHT_TOP, _WEIGHT_TITLE = 100, 10, 20


@attrs.frozen(kw_only=True)
class LinkedData:
    """The schema.org data of one page."""

    article: Node | None = None
    """The node that describes the article on this page."""
    page: Node | None = None
    """The WebPage node, where there is one."""
    nodes: tuple[Node, ...] = ()
    """All typed nodes, outer before inner."""
    by_id: dict[str, Node] = attrs.field(factory=dict)
    types: frozenset[str] = frozenset()
    """Types of the nodes that describe the page or something as large; none from lists of other things."""
    warnings: tuple[str, ...] = ()
    """``jsonld_repaired`` or ``jsonld_unreadable``."""

    def resolve(self, value: Any) -> Any:
        """Return the node that ``{"@id": ...}`` refers to on this page, else *value* itself."""
        if isinstance(value, dict) and isinstance(value.get("@id"), str) and len(value) <= 2:
            return self.by_id.get(value["@id"], value)
        return value

    def all(self, node: Node | None, *keys: str) -> list[Any]:
        """Return the values of the first of *keys* that *node* has, as a flat list with references resolved."""
        for key in keys:
            found = [self.resolve(v) for v in as_list((node or {}).get(key))]
            if found := [v for v in found if v not in (None, "", {}, [])]:
                return found
        return []

    def text(self, node: Node | None, *keys: str) -> str | None:
        """Return the first of *keys* of *node* that holds text, as one plain line."""
        for key in keys:
            for value in self.all(node, key):
                if found := as_text(value):
                    return found
        return None


def read(document: Document) -> LinkedData:
    """Return the JSON-LD of a page; whatever cannot be read is left out with a warning. Never raises."""
    roots, warnings = [], []
    for script in document.scripts("ld+json"):
        found, warning = loads(script)
        roots.extend(found)
        warnings.extend([warning] if warning else [])
    placed = [entry for root in roots for entry in _walk(root)][:MAX_NODES]
    by_id: dict[str, Node] = {}
    for node, _ in placed:
        if isinstance(node.get("@id"), str) and len(node) > len(by_id.get(node["@id"], {})):
            by_id[node["@id"]] = node
    outer = [node for node, elsewhere in placed if not elsewhere]
    return LinkedData(
        article=_choose(document, placed),
        page=next((n for n in outer if types_of(n) & PAGE_TYPES), None),
        nodes=tuple(node for node, _ in placed),
        by_id=by_id,
        types=frozenset().union(*(types_of(node) for node in outer)),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def loads(script: str) -> tuple[list[Any], str | None]:
    """Return the JSON values of one script, and a warning code where it had to be repaired or given up.

    Accepted beyond RFC 8259: control characters in strings, comments and CDATA marks around, trailing commas, stray
    backslashes, escaped quotes, several values in a row. NaN and infinities become null.
    """
    if len(script) > SCRIPT_CHARACTERS:
        return [], "jsonld_unreadable"
    text = script.strip().lstrip("\ufeff").rstrip(";")
    values = _decode(text)
    if values is not None:
        return values, None
    text = _WRAPPERS.sub("", text).strip().rstrip(";")
    for repaired in (text, _repair(text), _repair(html.unescape(text))):
        values = _decode(repaired)
        if values is not None:
            return values, "jsonld_repaired"
    return [], "jsonld_unreadable" if text else None


def as_list(value: Any) -> list[Any]:
    """Return *value* as a list: a list as it is, flattened by one level, nothing as an empty one."""
    if isinstance(value, list):
        return [inner for v in value for inner in (v if isinstance(v, list) else [v])]
    return [] if value is None else [value]


def as_text(value: Any) -> str | None:
    """Return the plain text of a string, of ``{"@value": ...}``, or of a node's name; None for all else."""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    return plain(value) or None if isinstance(value, str) else None


def types_of(node: Node) -> frozenset[str]:
    """Return the types of a node without the vocabulary's address."""
    found = as_list(node.get("@type"))
    return frozenset(_last(t) for t in found if isinstance(t, str))


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit("#", 1)[-1].rsplit(":", 1)[-1].strip()


def _decode(text: str) -> list[Any] | None:
    values, at = [], 0
    try:
        while at < len(text):
            value, at = _DECODER.raw_decode(text, at)
            values.append(value)
            while at < len(text) and text[at] in " \t\r\n,;":
                at += 1
    except (ValueError, RecursionError):
        return None
    return values or None


def _repair(text: str) -> str:
    return _BARE_BACKSLASH.sub(r"\\\\", _TRAILING_COMMA.sub(r"\1", text))


def _walk(root: Any) -> Iterator[tuple[Node, bool]]:
    """Yield every typed node with whether it stands for something else than the page; outer nodes first."""
    queue: list[tuple[Any, bool, int]] = [(root, False, 0)]
    for seen, (value, elsewhere, depth) in enumerate(queue):
        if seen > MAX_NODES:
            return
        if isinstance(value, dict):
            if value.get("@type"):
                yield value, elsewhere
            inner = [(v, elsewhere or str(k).lower() in _ELSEWHERE) for k, v in value.items()]
        else:
            inner = [(v, elsewhere) for v in value] if isinstance(value, list) else []
        if depth < MAX_DEPTH:
            queue.extend((v, e, depth + 1) for v, e in inner[:MAX_NODES] if isinstance(v, (dict, list)))


def _choose(document: Document, placed: list[tuple[Node, bool]]) -> Node | None:
    """Return the article node of this page: one that names its address, else the best typed outer one."""
    addresses = {_address(u) for u in (document.url, *document.links("canonical"), document.first("og:url") or "") if u}
    titles = [t.casefold() for t in (document.title, document.first("og:title")) if t]
    best, best_score = None, 0
    # The entries of a live blog have its address, too.
    blog = any("LiveBlogPosting" in types_of(node) and not elsewhere for node, elsewhere in placed)
    for node, elsewhere in placed if not blog else [entry for entry in placed if not entry[1]]:
        kind = max((ARTICLE_TYPES.get(t, 0) for t in types_of(node)), default=0)
        if not kind:
            continue
        headline = (as_text(node.get("headline") or node.get("name")) or "").casefold()
        score = kind + (_WEIGHT_TOP if not elsewhere else 0) + len(node.keys() & _TELLING)
        score += _WEIGHT_URL if any(_address(u) in addresses for u in _urls(node)) else 0
        score += _WEIGHT_TITLE if headline and any(headline in t for t in titles) else 0
        if score > best_score and (not elsewhere or score > _WEIGHT_TITLE):
            best, best_score = node, score
    return best


_TELLING = frozenset({"headline", "datePublished", "author", "articleBody", "publisher"})


def _urls(node: Node) -> list[str]:
    page = node.get("mainEntityOfPage")
    of_page = [page.get("@id"), page.get("url")] if isinstance(page, dict) else [page]
    return [u for u in (node.get("url"), node.get("@id"), *of_page) if isinstance(u, str) and u]


def _address(url: str) -> str:
    """Return what makes two spellings of a page's address equal: host without www, path without a last slash."""
    try:
        parts = urlsplit(url.strip())
        return f"{(parts.hostname or '').removeprefix('www.')}{unquote(parts.path).rstrip('/')}".casefold()
    except ValueError:
        return url
