"""Reads what a site says about the use of its content: lines of robots.txt, the TDMRep file. Fetches nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

#: One statement as it stands in the record: the signal's name, where it was found, and its raw value.
Statement = tuple[str, str, str]

#: Characters of a robots.txt that are read, and of one value that is kept.
MOST = 512_000
LONGEST = 500
#: Rules of a TDMRep file that are read.
MOST_RULES = 10_000

_LINE = re.compile(r"\s*(user[ -]?agent|allow|disallow|content-usage|content-signal|license)\s*:\s*(.*)", re.IGNORECASE)
_TOKEN = re.compile(r"\*(?=\s|\Z)|[A-Za-z_-]+")
_BREAK = re.compile(r"\r\n|\r|\n")
_PATH = re.compile(r"(/\S*)\s+(.*)")
_SIGNALS = {"content-usage": "contentUsage", "content-signal": "contentSignal", "license": "rsl"}


@attrs.define
class _Group:
    agents: set[str] = attrs.Factory(set)
    lines: list[tuple[str, str]] = attrs.Factory(list)
    has_rules: bool = False


def of_robots(text: str, url: str, token: str) -> tuple[Statement, ...]:
    """Return what a robots.txt says about the use of *url* to the product *token*.

    ``Content-Usage`` (draft-ietf-aipref-attach) counts in the group that speaks to us, and of several with a path the
    one with the longest that *url* begins with; ``Content-Signal`` (contentsignals.org) in that group, or where it
    stands before any; ``License`` (RSL 1.0) anywhere.
    """
    groups = _groups(text[:MOST])
    own = [group for group in groups if token.lower() in group.agents] or [g for g in groups if "*" in g.agents]
    ungrouped = [group for group in groups if not group.agents]
    spoken = [line for group in (*ungrouped, *own) for line in group.lines]
    licences = [line for group in groups for line in group.lines if line[0] == "license"]
    lines = [*_usages(spoken, url), *(line for line in spoken if line[0] == "content-signal"), *licences]
    found = ((_SIGNALS[key], "robots.txt", value[:LONGEST]) for key, value in lines if value)
    return tuple(dict.fromkeys(found))


def _groups(text: str) -> list[_Group]:
    groups = [_Group()]
    for line in _BREAK.split(text.removeprefix("\ufeff")):
        match = _LINE.match(line.partition("#")[0])
        if not match:
            continue
        key, value = match[1].lower(), match[2].strip()
        if key.startswith("user"):
            if groups[-1].has_rules or not groups[-1].agents:
                groups.append(_Group())
            name = _TOKEN.match(value)
            groups[-1].agents.add(name[0].lower() if name else "")
        elif key == "license":  # belongs to no group and ends none
            groups[-1].lines.append((key, value))
        else:
            groups[-1].has_rules = True
            groups[-1].lines.append((key, value))
    return groups


def _usages(lines: list[tuple[str, str]], url: str) -> Iterator[tuple[str, str]]:
    """Yield the Content-Usage lines whose path is the longest that *url* begins with."""
    path = _path_of(url)
    fitting = []
    for key, value in lines:
        if key == "content-usage":
            match = _PATH.match(value)
            prefix = match[1] if match else "/"
            if path.startswith(prefix):
                fitting.append((len(prefix), (key, value)))
    longest = max((length for length, _ in fitting), default=0)
    return (line for length, line in fitting if length == longest)


def of_tdmrep(body: bytes, url: str) -> tuple[Statement, ...]:
    """Return what a ``/.well-known/tdmrep.json`` says of *url* (TDMRep §5.1): the first rule that fits.

    Locations are paths with ``*`` and a closing ``$`` as in robots.txt. A file that cannot be read says nothing.
    """
    try:
        rules = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return ()
    path = _path_of(url)
    for rule in rules[:MOST_RULES] if isinstance(rules, list) else ():
        if isinstance(rule, dict) and _fits(rule.get("location"), path):
            named = (("tdmReservation", "tdm-reservation"), ("tdmPolicy", "tdm-policy"))
            return tuple((signal, "tdmrep.json", text) for signal, key in named if (text := _text(rule.get(key))))
    return ()


def _fits(location: Any, path: str) -> bool:
    """Whether a pattern of fixed parts and ``*`` fits, found part by part: no input makes it slow."""
    if not isinstance(location, str) or not location.startswith("/"):
        return False
    is_whole, parts = location.endswith("$"), location.removesuffix("$").split("*")
    if not path.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1:]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return not is_whole or at == len(path) or (len(parts) > 1 and path.endswith(parts[-1]))


def _text(value: Any) -> str:
    return str(value)[:LONGEST] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _path_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
