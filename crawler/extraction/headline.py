"""Takes the site's name off a headline; knows nothing of where the headline was found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.identity import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What sites put between a headline and their own name; a hyphen or colon inside a headline has no space before it.
_SEPARATOR = re.compile(r"\s+[-–—|·•»«:~⋆/]+(?:\s+|$)|\s*[|ㅣ｜⋆]\s*|\s+::\s+")
_TAIL = re.compile(r"\s*[|»›•·ㅣ｜⋆]|\s+[-–—~/]\s|\s*::|--")
#: Every pattern for what separates parts has one of these.
_MARK = re.compile("[-–—~/|ㅣ｜·•⋆»«›:]")
# Scripts without spaces put a bare hyphen before the section.
_LAST_PART = re.compile(r"(?:\s+[-–—/]+\s+|\s*[|»ㅣ｜]\s*|-(?=[\u3040-\ud7ff]))(?=[^-–—/|»ㅣ｜]+$)")
_LEAD = re.compile(r"\s*:\s+|\s*[|»ㅣ｜]\s*|\s+[-–—~]+\s+")
_CUT_MARK = re.compile(r"\s*(?:…|\.\.\.)$")
#: Characters; a shorter heading may be a word the headline begins with.
_SHORTEST_HEADING = 10
#: Characters; a shorter text is hardly a headline that a field of limited length cut off.
_SHORTEST_CUT = 25
#: How many parts a site's tail may have: "Headline - Section - Site".
_TAIL_PARTS = 3
#: Shortest name that may be compared by containment; shorter ones are contained in ordinary words.
_SHORTEST_NAME = 4


def without_site(
    headline: str, site_names: set[str], headings: Sequence[str] = (), sections: Iterable[str] = ()
) -> str:
    """Return *headline* without a last part that is a name of the site or a section; the rest stays as it was written.

    *site_names* are the names the page gives its site and the labels of its domain. Only the name itself is taken off:
    "Trump - live updates | Site" keeps its hyphen. A visible heading that the headline continues after a separator
    shows where the headline ends, whatever follows it (section, slogan, date); one that follows the site's name shows
    where it begins.
    """
    if not _MARK.search(headline):
        return headline
    shown = {_squeeze(heading) for heading in headings if len(heading) >= _SHORTEST_HEADING}
    for match in _TAIL.finditer(headline):
        if _squeeze(headline[: match.start()]) in shown and not _closes_quotation(headline, match):
            return headline[: match.start()].strip()
    names = {squeezed for name in site_names if (squeezed := _squeeze(name))}
    headline = _without_lead(headline, names, shown)
    topics = {_squeeze(section) for section in sections}
    for _ in range(_TAIL_PARTS):
        shorter = _without_name(headline, names) or _without_section(headline, topics)
        if not shorter:
            break
        headline = shorter
    return headline


def completed(headline: str, longer: Iterable[str], title: str | None = None) -> str:
    """Return the one of *longer* that *headline* is the cut beginning of, else *headline*.

    Cut means: it ends with an ellipsis, inside a word, or before a quotation mark, which ends an unescaped attribute;
    the latter not where *title*, which is no attribute, goes on in another way.
    """
    start = _CUT_MARK.sub("", headline)
    if len(start) < _SHORTEST_CUT:
        return headline
    after = (title or "").removeprefix(start).strip()[:1]
    at_quote = not (title or "").startswith(start) or after == '"'
    for text in longer:
        rest = text[len(start) :] if text.startswith(start) else ""
        inside_word = rest[:1].isalnum() and start[-1:].isalnum()
        quoted = at_quote and rest.strip()[:1] == '"'
        if rest and not _CUT_MARK.search(text) and (start != headline or inside_word or quoted):
            return text
    return headline


def same_words(text: str, headline: str) -> bool:
    """Whether two headlines differ at most in case, punctuation and a cut end."""
    short, long = normalise(_CUT_MARK.sub("", text)), normalise(headline)
    return short == long or (long.startswith(short) and bool(_CUT_MARK.search(text)))


def shared_words(one: str, other: str) -> float:
    """Return the share of the words of the shorter text that the other one has, too."""
    first, second = set(normalise(one).split()), set(normalise(other).split())
    return len(first & second) / max(1, min(len(first), len(second)))


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


def _without_lead(headline: str, names: set[str], shown: set[str]) -> str:
    match = _LEAD.search(headline)
    if match and _is_site(headline[: match.start()], names) and _squeeze(headline[match.end() :]) in shown:
        return headline[match.end() :]
    return headline


def _without_name(headline: str, names: set[str]) -> str | None:
    cut = [match for match in _SEPARATOR.finditer(headline) if not _closes_quotation(headline, match)]
    if cut and (not headline[cut[-1].end() :] or _is_site(headline[cut[-1].end() :], names)):
        return headline[: cut[-1].start()].strip() or None
    return None


def _closes_quotation(headline: str, match: re.Match[str]) -> bool:
    before = headline[: match.start()]
    return match.group().strip() == "»" and before.count("«") > before.count("»")


def _without_section(headline: str, sections: set[str]) -> str | None:
    cut = _LAST_PART.search(headline)
    if cut and _squeeze(headline[cut.end() :]) in sections:
        return headline[: cut.start()].strip() or None
    return None


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
