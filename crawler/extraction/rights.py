"""Collects what a page says about the use of its content, raw and with its source; judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.extraction.characters import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.extraction.document import Document
    from crawler.extraction.reservations import Statement

# Response headers that carry a preference: TDM Reservation Protocol 5.1, AIPREF (draft-ietf-aipref-attach),
# contentsignals.org, RSL 1.0 (a Link with rel=license).
_HEADERS = {
    "tdm-reservation": "tdmReservation",
    "tdm-policy": "tdmPolicy",
    "content-usage": "contentUsage",
    "content-signal": "contentSignal",
}
# Names of <meta> elements: robots and its agent-specific forms, TDMRep 5.2.
_META = {"tdm-reservation": "tdmReservation", "tdm-policy": "tdmPolicy"}
_AGENTS = (
    "robots", "googlebot", "googlebot-news", "google-extended", "bingbot", "gptbot", "ccbot", "claudebot",
    "perplexitybot", "applebot", "yandex",
)  # fmt: skip
_RSL_TYPE = "application/rsl+xml"


def usage(
    document: Document | None,
    robots_tag: Sequence[str],
    headers: Mapping[str, str],
    *,
    site: Sequence[Statement] = (),
    token: str = "",
) -> dict[str, Any] | None:
    """Return ``{signal: [{source, value}, ...]}`` with the raw values, or None where nothing is said.

    Signals are robotsMeta, xRobotsTag, tdmReservation, tdmPolicy, contentUsage, contentSignal and rsl; sources are
    ``http`` for headers, ``meta:NAME`` and ``link`` for the page, and those of *site*, which is what its robots.txt
    and tdmrep.json say. What one source says never removes what another says. *token* is our own name, by which meta
    elements may speak to us.
    """
    found: dict[str, list[dict[str, str]]] = {}

    def note(signal: str, source: str, value: str) -> None:
        entry = {"source": source, "value": one_line(value)}
        if entry["value"] and entry not in found.setdefault(signal, []):
            found[signal].append(entry)

    for signal, source, value in site:
        note(signal, source, value)
    for value in robots_tag:
        note("xRobotsTag", "http", value)
    lowered = {str(name).lower(): value for name, value in headers.items()}
    for name, signal in _HEADERS.items():
        note(signal, "http", lowered.get(name, ""))
    if _RSL_TYPE in lowered.get("link", ""):
        note("rsl", "http", lowered["link"])
    if document is not None:
        _of_page(document, note, token.lower())
    return {signal: entries for signal, entries in found.items() if entries} or None


def _of_page(document: Document, note: Any, token: str) -> None:
    names = dict.fromkeys((*_AGENTS, token), "robotsMeta") | _META
    for name, signal in names.items():
        for value in document.meta.get(name, ()):
            note(signal, f"meta:{name}", value)
    for link in document.tree.iter("link"):
        if (link.get("type") or "").lower() == _RSL_TYPE and (url := document.absolute(link.get("href"))):
            note("rsl", "link", url)
