"""Answers trafilatura's XPath rules without asking every element every question; knows nothing of what they are for.

A rule names elements by their classes, ids and a few other attributes: ``.//*[self::div or self::p][@id='story' or
re:test(@class, 'a|b|c')]``. libxml2 tries some sixty patterns on each element, with a call into Python for each
``re:test``. A page has far fewer values than elements, and most words of a rule occur in none of them: so each word is
looked for once in all values of the page together, and only the few that occur are held against each value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

#: Namespace of the regular expressions in XPath (exslt.org/regexp).
EXSLT = "http://exslt.org/regular-expressions"
_OPENING, _CLOSING = "([", ")]"
_SIMPLE = re.compile(r"\.//(\*|\w+)((?:\[.*\])?)", re.DOTALL)
_FIRST_OF_ALL = re.compile(r"\((.*)\)\[1\]", re.DOTALL)
_SELF = re.compile(r"self::(\w+)")
_OPERAND = r"(?P<operand>@[\w-]+(?:\|@[\w-]+)?)"
_TRANSLATED = rf"translate\({_OPERAND}, *'(?P<capitals>[A-Z]+)', *'(?P<small>[a-z]+)'\)"
_ATOMS = (
    re.compile(_OPERAND),
    re.compile(rf"{_OPERAND}='(?P<equal>[^']*)'"),
    re.compile(rf"contains\({_OPERAND}, *'(?P<inside>[^']*)'\)"),
    re.compile(rf"contains\({_TRANSLATED}, *'(?P<either>[^']*)'\)"),
    re.compile(rf"starts-with\({_OPERAND}, *'(?P<start>[^']*)'\)"),
    re.compile(rf"re:test\({_OPERAND}, *'(?P<pattern>[^']*)'(?P<caseless>, *'i')?\)"),
)
#: What in a pattern is not a letter that must be there: groups, classes, what may be absent, marks.
_OFTEN = r"(?:[?*+]|\{[^}]*\})"
_UNSURE = re.compile(rf"(?:\((?:[^()]|\([^()]*\))*\)|\[[^]]*\]|\\.){_OFTEN}?|[^()](?!\+){_OFTEN}|[\^$.+]")
_ESCAPED = re.compile(r"\\([- ])")
#: What is left of a pattern that was not understood.
_MARKS = re.compile(r"[()\[\]{}|\\]")
_LINE_BREAK = re.compile(r"\s*\n\s*")


class NotUnderstood(ValueError):
    """A rule that is written in another way; it is to be evaluated as it stands."""


@attrs.frozen
class _Word:
    """One alternative of a rule: what it looks for in the value of an attribute."""

    literal: str
    """Must occur in a value that fits, in lower case where ``caseless``; may be empty."""
    fits: Callable[[str], object]
    caseless: bool = False


@attrs.frozen
class _Question:
    """What a rule asks of one attribute, or of the first of two."""

    names: tuple[str, ...]
    words: tuple[_Word, ...]

    def fitting(self, values: set[str]) -> set[str]:
        """Return those of *values* that fit any word."""
        together = "\n".join(values)
        folded = together.lower()
        found: set[str] = set()
        for word in self.words:
            if word.literal in (folded if word.caseless else together):
                found.update(filter(word.fits, values - found))
        return found


@attrs.frozen
class _Part:
    """One path of a rule: elements of some names, of which one question at least must be answered with yes."""

    tags: tuple[str, ...]
    questions: tuple[_Question, ...]
    further: tuple[Callable[[list[HtmlElement]], list[HtmlElement]], ...]
    """Each leaves some of the elements; asked of the few that are left."""

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        elements = [element for element in tree.iter(*self.tags) if element is not tree]
        found = [elements[place] for place in sorted(self._places(elements))] if self.questions else elements
        for narrowed in self.further:
            found = narrowed(found)
        return found

    def _places(self, elements: Sequence[HtmlElement]) -> set[int]:
        names = {name for question in self.questions for name in question.names}
        written = {name: [element.get(name) for element in elements] for name in names}
        places: set[int] = set()
        for question in self.questions:
            values = _asked(elements, question.names, written)
            if fitting := question.fitting({value for value in values if value is not None}):
                places.update(place for place, value in enumerate(values) if value in fitting)
        return places


def _asked(
    elements: Sequence[HtmlElement], names: Sequence[str], written: Mapping[str, Sequence[str | None]]
) -> Sequence[str | None]:
    """Return for each element the value of the attribute that it has; of two, of the one that is written first."""
    if len(names) == 1:
        return written[names[0]]
    return [
        mine if its is None else its if mine is None else next(v for name, v in element.items() if name in names)
        for element, mine, its in zip(elements, written[names[0]], written[names[1]], strict=True)
    ]


@attrs.frozen
class Rule:
    """A rule, called as :class:`lxml.etree.XPath` is: returns the elements it names below a tree, in page order."""

    path: str
    parts: tuple[_Part, ...]

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        found = [elements for part in self.parts if (elements := part(tree))]
        if len(found) <= 1:
            return found[0] if found else []
        named = set().union(*found)
        return [element for element in tree.iter() if element in named]


def understood(rule: etree.XPath) -> Rule | None:
    """Return *rule* so that it is answered faster, or None where it is written in a way that is not known here."""
    try:
        return Rule(path=rule.path, parts=tuple(_part(path.strip()) for path in _split(rule.path, "|")))
    except NotUnderstood:
        return None


def _part(path: str) -> _Part:
    if match := _FIRST_OF_ALL.fullmatch(path):
        part = _part(match[1].strip())
        return attrs.evolve(part, further=(*part.further, _first))
    match = _SIMPLE.fullmatch(path)
    if not match:
        raise NotUnderstood(path)
    predicates = _predicates(match[2])
    tags = (match[1],)
    if predicates and match[1] == "*" and (named := _SELF.findall(predicates[0])) and predicates[0] == _selves(named):
        tags, predicates = tuple(named), predicates[1:]
    asked, further = predicates[:1], predicates[1:]
    questions = map(_question, _split(asked[0], " or ")) if asked else ()
    return _Part(tags=tags, questions=_merged(questions), further=tuple(map(_narrowing, further)))


def _selves(tags: Sequence[str]) -> str:
    return " or ".join(f"self::{tag}" for tag in tags)


def _predicates(text: str) -> list[str]:
    """Return what stands in each of the brackets that follow each other in *text*."""
    pieces = _split(_LINE_BREAK.sub(" ", text), "]", keep=True)
    return [piece.strip()[1:-1].strip() for piece in pieces if piece.strip()]


def _split(text: str, separator: str, *, keep: bool = False) -> list[str]:
    """Return *text* divided at *separator* where it stands outside of quotes, brackets and parentheses."""
    pieces, depth, quoted, begin = [], 0, False, 0
    for place, character in enumerate(text):
        quoted ^= character == "'"
        if not quoted:
            depth += (character in _OPENING) - (character in _CLOSING)
            if depth == 0 and text.startswith(separator, place):
                pieces.append(text[begin : place + len(separator) * keep])
                begin = place + len(separator)
    return [*pieces, text[begin:]]


def _question(atom: str) -> _Question:
    match = next((match for form in _ATOMS if (match := form.fullmatch(atom.strip()))), None)
    if match is None:
        raise NotUnderstood(atom)
    told = match.groupdict()
    names = tuple(name.removeprefix("@") for name in told.pop("operand").split("|"))
    return _Question(names=names, words=tuple(_words(**told)))


def _words(
    *,
    equal: str | None = None,
    inside: str | None = None,
    start: str | None = None,
    either: str | None = None,
    capitals: str = "",
    small: str = "",
    pattern: str | None = None,
    caseless: str | None = None,
) -> Iterator[_Word]:
    """Yield the words of one question, told by what its form was written with."""
    if pattern is not None:
        yield from (_word(alternative, caseless=caseless is not None) for alternative in _split(pattern, "|"))
    elif either is not None:
        both = {letter: f"[{capital}{letter}]" for capital, letter in zip(capitals, small, strict=True)}
        yield _word("".join(both.get(letter) or re.escape(letter) for letter in either))
    elif equal is not None:
        yield _word(rf"\A{re.escape(equal)}\Z")
    elif start is not None:
        yield _word(rf"\A{re.escape(start)}")
    else:
        yield _word(re.escape(inside or ""))


def _word(pattern: str, *, caseless: bool = False) -> _Word:
    letters = _UNSURE.split(_ESCAPED.sub(r"\1", pattern))
    if any(map(_MARKS.search, letters)):
        raise NotUnderstood(pattern)
    literal = max(letters, key=len)
    fits = re.compile(pattern, re.IGNORECASE if caseless else 0).search
    if pattern and fits(""):
        # It would hold for elements that have no such attribute.
        raise NotUnderstood(pattern)
    return _Word(literal=literal.lower() if caseless else literal, fits=fits, caseless=caseless)


def _merged(questions: Iterable[_Question]) -> tuple[_Question, ...]:
    """Return *questions* with those of the same attribute as one."""
    words: dict[tuple[str, ...], list[_Word]] = {}
    for question in questions:
        words.setdefault(question.names, []).extend(question.words)
    return tuple(_Question(names=names, words=tuple(asked)) for names, asked in words.items())


def _narrowing(predicate: str) -> Callable[[list[HtmlElement]], list[HtmlElement]]:
    if predicate == "1":
        return _first_of_each_parent
    holds = etree.XPath(f"boolean(self::*[{predicate}])", namespaces={"re": EXSLT}, smart_strings=False)
    return lambda elements: [element for element in elements if holds(element)]


def _first(elements: list[HtmlElement]) -> list[HtmlElement]:
    return elements[:1]


def _first_of_each_parent(elements: list[HtmlElement]) -> list[HtmlElement]:
    first: dict[HtmlElement | None, HtmlElement] = {}
    for element in elements:
        first.setdefault(element.getparent(), element)
    return list(first.values())
