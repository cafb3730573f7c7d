"""Splits bylines into people and organisations, one name each; knows nothing of where a byline was found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crawler.extraction.characters import plain
from crawler.extraction.jsonld import LinkedData, Node, as_list, as_text, types_of
from crawler.identity import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.extraction.document import Document

Author = dict[str, str]

# Meta elements that name authors: Dublin Core, Parsely, Sailthru, Cxense, the New York Times' byl and plain ones.
_META = (
    "author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "article.author",
    "og:article:author",
    "byl",
    "article:author_name",
    "authors",
    "dc.contributor",
)

#: A longer byline is a biography or a mistake.
BYLINE_CHARACTERS = 400
#: A longer name is a sentence.
NAME_CHARACTERS = 80
NAME_WORDS = 8
_BY = re.compile(
    r"^(?:(?:written|posted|published|reported|story|words|text|review|interview|analysis|opinion|by)\s+)*"
    # Some of these words also begin surnames ("von der"): then a small letter follows.
    r"(?:by|(?:von|par|por|di|door|av|af|od)(?=\s+(?-i:[^a-z]))|"
    r"autor(?:en|in|a)?|auteurs?|author|автор|текст|بقلم|texte?|texto|testo)\s*[:：]?\s+",
    re.IGNORECASE,
)
_CREDIT_LABEL = re.compile(r"^(?:by|von|par|por|autor|author|text|reporter|reporting)\s*[:：]\s*", re.IGNORECASE)
# "and" in the languages where it stands between names as a word of its own.
_AND = r"\s+(?:and|und|et|y|e|en|och|og|i|oraz|ja|és|și|и|і|та|with|mit|avec|con)\s+"
_SPLIT = re.compile(rf"\s*[;|•·]\s*|\s*&\s*|\s+/\s+|\n|{_AND}|\s*[、，]\s*")
_COMMA = re.compile(r"\s*,\s*(?:(?:and|und|et|y|e|и)\s+)?")
_ROLE = re.compile(
    r"\b(?:reporters?|correspondents?|editors?|journalists?|writers?|columnists?|contributors?|producers?|staff|chief|bureau|"
    r"redakteur(?:in)?|redaktion(?:sleiter)?|korrespondent(?:in)?|journaliste|rédact(?:eur|rice)|redactora?|periodista|"
    r"corresponsal|giornalista|redacteur|корреспондент|журналист|редактор|обозреватель|"
    r"professor|lecturer|fellow|director|photographer|analyst|senior|associate|politics|sports?|news desk)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|(?<!\w)@\w+")
_DATE = re.compile(r"\b\d{1,2}[:.]\d{2}\b|\b(?:19|20)\d{2}\b|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")
_SUFFIX = re.compile(r",\s*(?=(?:jr|sr|ii|iii|iv|md|phd|ph\.d|m\.d|esq)\b\.?)", re.IGNORECASE)
_NOBODY = frozenset(
    {
        "admin",
        "administrator",
        "unknown",
        "anonymous",
        "none",
        "null",
        "undefined",
        "author",
        "n a",
        "by",
        "editor",
        "root",
        "guest",
        "user",
        "webmaster",
    }
)
# "Reporter" after or before the name without a comma, as Korean, Japanese and Turkish papers write it.
_TITLE = re.compile(r"(?<=\S)\s*(?:기자|특파원|記者|论说委员|編集委員)$|^(?:记者|本报记者|記者|责任编辑|责编)[:：\s]*")
_INITIALS = re.compile(r"(?:\b[A-Z]|Jr|Sr|Inc|Ltd)\.$")
_HAS_LETTER = re.compile(r"[^\W\d_]")


def names(byline: str, site_name: str | None = None) -> list[str]:
    """Return the names in *byline* in order: without "By", roles, addresses, dates and the site's own name.

    Agencies and other organisations are kept as they are. "Last, First" is not turned round: no rule tells it from a
    list of two.
    """
    text = plain(byline)
    if not text or len(text) > BYLINE_CHARACTERS:
        return []
    text = _SUFFIX.sub(" ", _ADDRESS.sub(" ", _BRACKETS.sub(" ", text)))
    found = (_name(part) for piece in _SPLIT.split(_without_by(text)) for part in _parts(piece))
    own = normalise(site_name or "")
    return list(dict.fromkeys(name for name in found if name and normalise(name) != own))


def _without_by(text: str) -> str:
    return _BY.sub("", _CREDIT_LABEL.sub("", text.strip())).strip()


def _parts(piece: str) -> list[str]:
    """Split at commas; what follows a name and names a role or a place of work is dropped."""
    parts = [p for p in _COMMA.split(piece) if p]
    return [p for i, p in enumerate(parts) if i == 0 or not _ROLE.search(p)]


def _name(text: str) -> str | None:
    text = _TITLE.sub("", _without_by(text)).strip(" \t-–—,:*|/'\"<>")
    if not _INITIALS.search(text):
        text = text.rstrip(".")
    if not _HAS_LETTER.search(text) or len(text) > NAME_CHARACTERS or len(text.split()) > NAME_WORDS:
        return None
    if _DATE.search(text) or normalise(text) in _NOBODY:
        return None
    return text


def from_values(values: Iterable[str]) -> list[Author]:
    """Return the authors of bylines without addresses of their own."""
    return _distinct({"name": name} for value in values for name in names(value))


def from_bylines(groups: Iterable[Iterable[tuple[str, str | None]]]) -> list[Author]:
    """Return the authors of the first group of visible bylines that names any."""
    return next((found for bylines in groups if (found := _of_bylines(bylines))), [])


def _of_bylines(bylines: Iterable[tuple[str, str | None]]) -> list[Author]:
    """Return the authors of visible bylines; an address belongs to a byline that holds one name."""
    found: list[Author] = []
    for text, url in bylines:
        people = names(text)
        found.extend({"name": name, "url": url} if url and len(people) == 1 else {"name": name} for name in people)
    return _distinct(found)


def from_meta(document: Document) -> list[Author]:
    """Return the authors of the first meta element that names any."""
    return next((found for name in _META if (found := from_values(document.meta.get(name, ())))), [])


def from_jsonld(document: Document, data: LinkedData, node: Node | None) -> list[Author]:
    """Return the authors of a JSON-LD node, given as text, nodes, references or lists of them."""
    return _of_values(document, data.all(node, "author", "creator"))


def newsroom(document: Document, data: LinkedData, site_names: set[str]) -> list[Author]:
    """Return the site itself where the page says twice that it is the author: then its newsroom signs.

    JSON-LD must name it, and not as a person only, which is what blog software does with an account of that name.
    """
    own = {normalise(name) for name in site_names}
    signed = {normalise(author["name"]) for author in from_meta(document)}
    values = data.all(data.article, "author", "creator")
    people = _of_values(document, [v for v in values if isinstance(v, dict) and "Person" in types_of(v)])
    alone = {normalise(person["name"]) for person in people} - signed
    found = _of_values(document, values)
    return [a for a in found if normalise(a["name"]) in own and normalise(a["name"]) not in alone]


def _of_values(document: Document, values: Iterable[Any]) -> list[Author]:
    found: list[Author] = []
    for value in values:
        people = names(as_text(value) or "") if not isinstance(value, dict) else _of_node(value)
        url = _profile(document, value) if isinstance(value, dict) and len(people) == 1 else None
        found.extend({"name": name, "url": url} if url else {"name": name} for name in people)
    return _distinct(found)


def without_site(found: list[Author], site_names: set[str]) -> list[Author]:
    """Return *found* without the site's own name, which signs what nobody signed."""
    own = {normalise(name) for name in site_names}
    return [author for author in found if normalise(author["name"]) not in own]


def _of_node(node: Node) -> list[str]:
    values = [as_text(v) for v in as_list(node.get("name"))]
    if not any(values):
        values = [" ".join(filter(None, (as_text(node.get("givenName")), as_text(node.get("familyName")))))]
    return [name for value in values if value for name in names(value)]


def _profile(document: Document, node: Node) -> str | None:
    values = [v for key in ("url", "sameAs", "@id") for v in as_list(node.get(key))]
    return next((url for v in values if isinstance(v, str) and "#" not in v and (url := document.absolute(v))), None)


def _distinct(found: Iterable[Author]) -> list[Author]:
    by_name: dict[str, Author] = {}
    for author in found:
        by_name.setdefault(normalise(author["name"]), author)
    return list(by_name.values())
