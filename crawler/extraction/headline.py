"""Takes the site's name off a headline; knows nothing of where the headline was found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.identity import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

# What sites put between a headline and their own name; a hyphen or colon inside a headline has no space before it.
_SEPARATOR = re.compile(r"\s+[-–—|·•»«:~]+\s+|\s*[|»]\s*|\s+::\s+")
_TAIL = re.compile(r"\s*[|»›•·ㅣ｜]|\s+[-–—~]\s|\s*::")
#: Characters; a shorter heading may be a word the headline begins with.
_SHORTEST_HEADING = 10
#: How many parts a site's tail may have: "Headline - Section - Site".
_TAIL_PARTS = 3
#: Shortest name that may be compared by containment; shorter ones are contained in ordinary words.
_SHORTEST_NAME = 4


def without_site(headline: str, site_names: set[str], headings: Sequence[str] = ()) -> str:
    """Return *headline* without a last part that is one of the site's names; the rest stays as the page wrote it.

    *site_names* are the names the page gives its site and the labels of its domain. Only the name itself is taken off:
    "Trump - live updates | Site" keeps its hyphen. A visible heading that the headline continues after a separator
    shows where the headline ends, whatever follows it (section, slogan, date).
    """
    for heading in headings:
        rest = headline[len(heading) :] if headline.startswith(heading) else ""
        if len(heading) >= _SHORTEST_HEADING and _TAIL.match(rest):
            return heading
    names = {squeezed for name in site_names if (squeezed := _squeeze(name))}
    for _ in range(_TAIL_PARTS):
        cut = list(_SEPARATOR.finditer(headline))
        if not cut or not _is_site(headline[cut[-1].end() :], names) or not headline[: cut[-1].start()].strip():
            break
        headline = headline[: cut[-1].start()].strip()
    return headline


def of_title(title: str | None, headings: Sequence[str]) -> str | None:
    """Return the headline of a page that names none: the heading that is a part of its title, else the title.

    Titles join site, section and headline in any order; the part that the page also shows as a heading is the headline.
    """
    if not title:
        return headings[0] if headings else None
    parts = {normalise(part) for part in _SEPARATOR.split(title)} | {normalise(title)}
    shared = [heading for heading in headings if normalise(heading) in parts]
    # The site's name is often a heading and a part, too; it is the shorter one.
    return max(shared, key=len, default=title)


def _is_site(tail: str, names: set[str]) -> bool:
    squeezed = _squeeze(tail)
    if squeezed in names:
        return True
    return any(
        min(len(n), len(squeezed)) >= _SHORTEST_NAME and (squeezed.startswith(n) or n.startswith(squeezed))
        for n in names
    )


def _squeeze(name: str) -> str:
    return normalise(name).replace(" ", "").replace("_", "").removeprefix("www").removeprefix("the")
