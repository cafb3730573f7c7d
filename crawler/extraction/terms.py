"""What follows from usage signals: whether a page's text may be kept and its links followed. Collects none itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crawler.extraction import dates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

#: Uses that an operator may ask to respect: ``train-ai``, ``ai-input`` and ``search`` as AIPREF and Content-Signal
#: name them; ``tdm``, a TDMRep reservation; ``archive``, robots' noarchive; ``rsl``, a licence by whose terms any use
#: is bound.
USES = frozenset({"train-ai", "ai-input", "search", "tdm", "archive", "rsl"})

#: Directives of robots meta elements and X-Robots-Tag that withhold a use.
_ROBOTS_USES = {"noai": "train-ai", "noml": "train-ai", "noarchive": "archive", "nocache": "archive"}
#: Directives with a value; every other word before a colon names an agent.
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_PREFIX = re.compile(r"\s*([A-Za-z][\w-]*)\s*:\s*(.*)", re.DOTALL)
#: A member of a dictionary of structured fields (RFC 9651 §3.2) whose value is a token; Content-Signal looks the same.
_MEMBER = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)\s*(?:=\s*([A-Za-z*][\w:/!#$%&'*+.^`|~-]*))?(?:\s*;[^,]*)?\s*")
_USAGE_PATH = re.compile(r"/\S*\s+")
_OTHER_NAMES = {"ai-train": "train-ai"}


def directives(usage: Mapping[str, Any], token: str) -> dict[str, str]:
    """Return what robots meta elements and X-Robots-Tag say to *token*: directive to its value, mostly "".

    What they say to all counts, and what they say to *token* by name; what they say to others does not.
    """
    found: dict[str, str] = {}
    for entry in usage.get("robotsMeta", ()):
        name = entry["source"].removeprefix("meta:")
        if name in {"robots", token.lower()}:
            found |= dict(_directives(entry["value"], token))
    for entry in usage.get("xRobotsTag", ()):
        found |= dict(_directives(entry["value"], token))
    return found


def _directives(value: str, token: str) -> Iterator[tuple[str, str]]:
    is_ours, waiting = True, ""
    for part in value.split(","):
        if waiting:  # the comma stood behind the weekday of a date
            yield "unavailable_after", f"{waiting},{part}"
            waiting = ""
            continue
        name, argument = part.strip().lower(), ""
        while (match := _PREFIX.match(part)) and match[1].lower() not in _VALUED:
            is_ours, part = match[1].lower() == token.lower(), match[2]  # noqa: PLW2901  # the rest of it
            name = part.strip().lower()
        if match:
            name, argument = match[1].lower(), match[2].strip()
        if is_ours and name == "unavailable_after" and argument.isalpha():
            waiting = argument
        elif is_ours and name:
            yield name, argument


def forbids_links(usage: Mapping[str, Any], token: str) -> bool:
    """Return whether the page asks that its links be not followed."""
    return not {"nofollow", "none"}.isdisjoint(directives(usage, token))


def withheld(usage: Mapping[str, Any], *, token: str, respect: Collection[str], now: datetime) -> str | None:
    """Return why a page's text must not be kept, or None.

    ``noindex`` and ``none``, and ``unavailable_after`` a moment that has passed, are rules of access and always
    hold; of the uses in *respect* (a subset of USES) one reservation anywhere is enough.
    """
    said = directives(usage, token)
    ban = next((name for name in ("noindex", "none") if name in said), None)
    if ban:
        return ban
    end = dates.parse(said.get("unavailable_after"))
    if end is not None and not end.after(now):
        return f"unavailable_after {said['unavailable_after']}"
    reserved = ((use, signal) for use, signal in reservations(usage, token) if use in respect)
    return next((f"{use}: {signal}" for use, signal in reserved), None)


def reservations(usage: Mapping[str, Any], token: str) -> Iterator[tuple[str, str]]:
    """Yield each use that is reserved, and the signal with its source that reserves it."""
    yield from ((_ROBOTS_USES[name], name) for name in directives(usage, token) if name in _ROBOTS_USES)
    for entry in usage.get("contentUsage", ()):
        uses = _refused(_USAGE_PATH.sub("", entry["value"], count=1), "n")
        yield from ((use, f"Content-Usage ({entry['source']})") for use in uses)
    for entry in usage.get("contentSignal", ()):
        uses = _refused(entry["value"], "no")
        yield from ((_OTHER_NAMES.get(use, use), f"Content-Signal ({entry['source']})") for use in uses)
    if reservation := _tdm(usage):
        yield from ((use, f"tdm-reservation ({reservation})") for use in ("tdm", "train-ai"))
    yield from (("rsl", f"RSL licence ({entry['source']})") for entry in usage.get("rsl", ()))


def _refused(value: str, no: str) -> list[str]:
    return [use for use, answer in _members(value).items() if answer == no]


def _members(value: str) -> dict[str, str]:
    """Return the members of a dictionary; of a value that is none, nothing (RFC 9651 §4.2)."""
    found: dict[str, str] = {}
    at = 0
    while at < len(value):
        match = _MEMBER.match(value, at)
        if not match or (match.end() < len(value) and value[match.end()] != ","):
            return {}
        found[match[1]] = (match[2] or "").lower()
        at = match.end() + 1
    return found


def _tdm(usage: Mapping[str, Any]) -> str | None:
    """Return the source of the reservation that holds: a header overrides the file, the page overrides both."""
    held: dict[str, str] = {}
    for entry in usage.get("tdmReservation", ()):
        source = entry["source"]
        held["meta" if source.startswith("meta") else source] = entry["value"].strip()
    source = next((source for source in ("meta", "http", "tdmrep.json") if held.get(source) in {"0", "1"}), None)
    return source if source and held[source] == "1" else None
