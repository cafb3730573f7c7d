"""Brings what is known of a site to its articles: takes site text out of them and freezes their lines.

An article waits because the first articles of a site cannot show what recurs: the twentieth can, and then all of them
come out clean. A line that is frozen never changes again. Texts are compared in a thread, and lines frozen few at a
time: a site of long texts takes a second, and the event loop has others to serve.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import attrs

from crawler import identity, items, output
from crawler.identity.boilerplate import SiteText, learn, strip, undecided
from crawler.identity.units import keys_of
from crawler.state.sites import site_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.state import CrawlState
    from crawler.state.sites import Site, Waiting

#: Articles of a site from which on it is known well enough.
KNOWN = 20
#: Until a site has so many, an article waits on if a block of it recurs and it is not yet told whose that block is.
PATIENCE = 60
#: New articles after which it is learned again: once a batch, as learning compares all kept texts; a fifth of all there
#: were, within these bounds.
AGAIN = 10
AGAIN_SHARE = 5
AGAIN_AT_LEAST = 30
#: Lines that are frozen in one go.
TOGETHER = 10
#: Seconds.
DAY = 86_400


async def clean(state: CrawlState, *, now: float, is_last: bool = False) -> int:
    """Freeze the lines of the articles whose site is known, or of all if no more will come, and return how many.

    Raises StorageError.
    """
    count = 0
    for site in state.sites.with_waiting():
        if is_last or (_is_ready(site) and state.sites.has_news(site)):
            count += await _clean_site(state, site, now=now, is_last=is_last)
    return count


def _is_ready(site: Site) -> bool:
    """Whether a look at the site's articles can tell more than the last one: while they wait for each other, all are
    compared with all, and that only once a batch."""
    if site.articles < KNOWN:
        return False
    return site.articles >= PATIENCE or site.articles - site.learned >= AGAIN


async def _clean_site(state: CrawlState, site: Site, *, now: float, is_last: bool) -> int:
    known = await _known(state, site, now=now, is_last=is_last)
    is_patient = not is_last and site.articles < PATIENCE
    doubtful = await asyncio.to_thread(undecided, state.sites.texts(site.id), known) if is_patient else frozenset()
    waiting = state.sites.waiting(site.id)
    seen = attrs.evolve(state.sites.get(site.id), waiting=len(waiting))
    lines = await asyncio.to_thread(_finished, waiting, known, doubtful)
    for begin in range(0, len(lines), TOGETHER):
        with state.transaction():
            for article, line, content_hash in lines[begin : begin + TOGETHER]:
                state.sites.freeze(article, line, content_hash=content_hash)
        await asyncio.sleep(0)
    state.sites.examined(attrs.evolve(seen, waiting=len(waiting) - len(lines)))
    return len(lines)


def _finished(
    waiting: Iterable[Waiting], known: SiteText, doubtful: frozenset[bytes]
) -> list[tuple[Waiting, bytes, str]]:
    """Return the articles without a doubtful block, each with its line and the hash of its text."""
    lines = []
    for article in waiting:
        record = json.loads(article.record)
        if doubtful.isdisjoint(keys_of(record.get("articleBody", ""))):
            record = without_site_text(record, known)
            lines.append((article, output.encode_article(record), record["contentHash"]))
    return lines


async def _known(state: CrawlState, site: Site, *, now: float, is_last: bool) -> SiteText:
    """Return what is known of the site's text, learned again if enough has come since, or no more will."""
    enough = min(max(AGAIN, site.articles // AGAIN_SHARE), AGAIN_AT_LEAST)
    if is_last and site.articles < PATIENCE:
        enough = 1
    if site.learned and site.articles - site.learned < enough:
        return state.sites.known(site.id)
    state.sites.learn(site, await asyncio.to_thread(learn, state.sites.texts(site.id)), now=now)
    return state.sites.known(site.id)


def correct(state: CrawlState, sources: Iterable[str], *, now: float) -> int:
    """Give every article of *sources* whose line holds what is now known as site text a new revision without it, and
    return how many. Nothing is fetched. Raises StorageError.
    """
    count = 0
    known: dict[str, SiteText] = {}
    for place in (place for source in sources for place in state.outbox.places(source=source)):
        line = output.line_at(state.directory, place)
        if line is None or place.segment is None:
            continue
        before = json.loads(line)
        site = site_of(items.Article(**before))
        if site not in known:
            known[site] = state.sites.known(site)
        after = without_site_text(before, known[site])
        if after["contentHash"] != before["contentHash"]:
            _correct(state, before, after, now=now)
            count += 1
    return count


def _correct(state: CrawlState, before: dict[str, Any], after: dict[str, Any], *, now: float) -> None:
    record = after | {
        "boilerplate": [*before.get("boilerplate", ()), *after["boilerplate"]],
        "revision": before["revision"] + 1,
        "previousContentHash": before["contentHash"],
        "metadata": after["metadata"] | {"runId": state.run, "changed": ["articleBody"], "reason": "boilerplate"},
    }
    line, day = output.encode_article(items.in_order(record)), items.zulu(now)[:10]
    state.articles.correct(items.Article(**record), line, day=day, run=state.run, now=now)


def rebuild_copies(state: CrawlState, *, days: int, now: float) -> tuple[int, int]:
    """Make the copy index anew out of the articles of the last *days*; return how many they are, and how many of them
    are no longer in their files. Raises StorageError, and then the index is as it was.
    """
    done = gone = 0
    with state.transaction():
        state.copies.clear()
        for place in state.outbox.places(since=now - days * DAY):
            line = output.line_at(state.directory, place)
            if line is None:
                gone += 1
                continue
            state.copies.add(items.Article(**json.loads(line)), now=place.stored)
            done += 1
    return done, gone


def without_site_text(record: dict[str, Any], known: SiteText) -> dict[str, Any]:
    """Return the record with site text moved to ``boilerplate``; keys keep the record's order."""
    if "articleBody" not in record:
        return record
    stripped = strip(record["articleBody"], known)
    changed: dict[str, Any] = {}
    if stripped.taken:
        changed = {
            "articleBody": stripped.body,
            "wordCount": identity.word_count(stripped.body),
            "contentHash": identity.content_hash(stripped.body),
            "boilerplate": [*record.get("boilerplate", ()), *stripped.taken],
        }
    if stripped.is_thin:
        warnings = [*record["metadata"].get("warnings", ()), "mostly_site_text"]
        changed["metadata"] = record["metadata"] | {"warnings": warnings}
    return items.in_order(record | changed)
