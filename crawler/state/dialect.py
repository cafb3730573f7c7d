"""A regular expression of Python's in PostgreSQL's words, so that one filter finds the same in both stores."""

from __future__ import annotations

import re

#: What differs, or must be told from what differs; a bracket expression is taken whole.
_TOKEN = re.compile(
    r"""(?P<escape>\\(?:x[0-9a-fA-F]{2}|.))
    | (?P<bracket>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<group>\(\?(?:P<\w+>|P=|[a-zA-Z-]+[:)]|<?[=!:]|.))
    | (?P<least>\{,(?=\d+\}))
    | (?P<count>\{\d+(?:,\d*)?\})
    | (?P<brace>\{)
    | (?P<possessive>[*+?}]\+)""",
    re.VERBOSE | re.DOTALL,
)
#: Edges of words (PostgreSQL, 9.7.3.3).
_EDGES = {r"\b": r"\y", r"\B": r"\Y"}
_GROUPS = frozenset({"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?#"})
#: Options that mean the same in both, or nothing where a text has one line; only at the very beginning.
_OPTIONS = re.compile(r"\(\?[imsx]+\)")


def in_postgresql(pattern: str) -> str:
    """Return the expression that finds there what *pattern*, which is Python's, finds here.

    Raises ValueError for what PostgreSQL has no words for, naming it.
    """
    options = _OPTIONS.match(pattern)
    head = options[0] if options else ""
    return head + _TOKEN.sub(_word, pattern[len(head) :])


def _word(found: re.Match[str]) -> str:
    text, kind = found[0], found.lastgroup
    if kind == "escape":
        return f"\\u00{text[2:]}" if text.startswith(r"\x") else _EDGES.get(text, text)
    if kind == "brace":
        return r"\{"
    if kind == "least":
        return "{0,"
    if kind == "group" and text.startswith("(?P<"):
        return "("
    if kind == "possessive" or (kind == "group" and text not in _GROUPS):
        raise ValueError(f'expected a regular expression that PostgreSQL knows too, got "{text}" in it')
    return text
