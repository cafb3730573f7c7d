"""What a robots.txt says to us: the group for our product token, chosen as RFC 9309 says. Pure: fetches nothing."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import attrs
from protego import Protego

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes of a robots.txt that are read (RFC 9309 §2.5 asks for at least 500 KiB).
MOST = 512_000
#: Seconds: a Crawl-delay above this is not believed whole.
LONGEST_DELAY = 120.0

#: A key as people write it, with its value; everything else is passed over and ends no group (RFC 9309 §2.2.4).
_LINE = re.compile(
    r"\s*(?:(?P<agent>user[ -]?agent)|(?P<allow>allow)"
    r"|(?P<disallow>disallow|dissallow|dissalow|disalow|diasllow|disallaw)|(?P<delay>crawl-delay))"
    r"(?:\s*:|\s)\s*(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(r"\*(?=\s|\Z)|[A-Za-z_-]+")
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)
_BREAK = re.compile(r"\r\n|\r|\n")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@attrs.frozen
class Rules:
    """What one product token may do on one origin."""

    lines: tuple[str, ...]
    """``Allow: /path`` and ``Disallow: /path`` of our group, in order; equal lines mean equal rules."""
    crawl_delay: float | None
    """Seconds asked for between two requests, at most 120."""
    _parser: Protego = attrs.field(eq=False, repr=False)

    def allows(self, url: str) -> bool:
        """Return whether *url* may be fetched (RFC 9309 §2.2.2): the longest rule that fits decides."""
        return self._parser.can_fetch(url, "*")


@attrs.define
class _Group:
    lines: list[str] = attrs.Factory(list)
    delay: float | None = None


def rules_of(body: bytes, token: str) -> Rules:
    """Return what the robots.txt *body* says to the product token; what cannot be read says nothing.

    Groups that name the same token are one. The token must be named exactly, without regard to case and to a version
    behind it: ``News`` or ``NewsCrawlerPro`` do not speak to ``NewsCrawler``. Without a group of its own, the group of
    ``*`` holds.
    """
    groups = _groups(_text(body))
    group = groups.get(token.lower()) or groups.get("*") or _Group()
    # Protego is asked about paths only: its own choice of groups goes by prefix, and unknown lines end its groups.
    parser = Protego.parse("\n".join(("User-agent: *", *group.lines)))
    delay = min(group.delay, LONGEST_DELAY) if group.delay else None
    return Rules(tuple(group.lines), delay, parser)


def _groups(text: str) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    current: list[_Group] = []
    is_naming = False
    for key, value in _pairs(text):
        if key == "agent":
            current = current if is_naming else []
            is_naming = True
            token = _TOKEN.match(value)
            if token:
                current.append(groups.setdefault(token[0].lower(), _Group()))
            continue
        if key != "delay":
            is_naming = False
        for group in current:
            _add(group, key, value)
    return groups


def _add(group: _Group, key: str, value: str) -> None:
    if key != "delay":
        group.lines.append(f"{key.capitalize()}: {value}")
    elif number := _NUMBER.match(value):
        group.delay = float(number[0])


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in _BREAK.split(text):
        match = _LINE.match(line.partition("#")[0])
        if match and match.lastgroup:
            key = next(name for name in ("agent", "allow", "disallow", "delay") if match[name] is not None)
            yield key, match["value"].strip()


def _text(body: bytes) -> str:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) : MOST].decode(encoding, "replace")
    return body[:MOST].decode("utf-8", "replace").replace("\0", "")
