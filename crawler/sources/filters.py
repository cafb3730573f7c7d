"""Which articles of a source are wanted at all, judged by what feeds, sitemaps and pages say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: What separates sections where several are kept as one text.
SEPARATOR = "\n"


@attrs.frozen(kw_only=True)
class Only:
    """The key ``only`` of a source: what is not wanted is refused. What nobody says of an article refuses nothing."""

    languages: frozenset[str] = frozenset()
    """Primary subtags."""
    sections: frozenset[str] = frozenset()
    """As ``section_names`` writes them."""
    since: float | None = None
    """Seconds; older articles are not wanted."""

    def refuses(
        self, url: str, *, language: str | None, sections: Collection[str], moment: float | None, now: float
    ) -> str | None:
        """Return in words why the article at *url* is not wanted, or None. Times are Unix seconds."""
        spoken = (language or "").partition("-")[0].lower()
        if self.languages and spoken and spoken not in self.languages:
            return f"its language is {spoken}"
        if self.sections and not is_in(self.sections, section_names(sections) or None, url):
            return f"its sections are {', '.join(sorted(section_names(sections)))}"
        if self.since is not None and moment is not None and moment < now - self.since:
            return "it is older than the source wants"
        return None


def section_names(sections: Collection[str]) -> frozenset[str]:
    """Return names of sections in the form in which they are compared: letter case and outer blanks do not count."""
    return frozenset(name for section in sections if (name := section.strip().casefold()))


def is_in(wanted: Collection[str], sections: Collection[str] | None, url: str) -> bool:
    """Return whether an article is in one of the *wanted* sections: by name, or by a part of its path.

    *sections* are those it is said to be in, None where nobody says any: then it may be. Both as ``section_names``.
    """
    path = {unquote(part).casefold() for part in urlsplit(url).path.split("/")[:-1]}
    return sections is None or not path.isdisjoint(wanted) or not frozenset(sections).isdisjoint(wanted)


def reader(duration: Callable[[str], float]) -> Callable[[Any], Only]:
    """Return what reads the table ``only``; raises ValueError or TypeError."""

    def read(value: Any) -> Only:
        if not isinstance(value, dict) or not value or not value.keys() <= {"lang", "section", "since"}:
            raise TypeError
        languages = frozenset(name.partition("-")[0].lower() for name in _texts(value.get("lang", [])))
        if not all(2 <= len(name) <= 3 and name.isalpha() for name in languages):
            raise ValueError
        sections = section_names(_texts(value.get("section", [])))
        return Only(
            languages=languages, sections=sections, since=duration(value["since"]) if "since" in value else None
        )

    return read


def _texts(value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise TypeError
    return texts
