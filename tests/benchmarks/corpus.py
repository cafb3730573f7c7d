"""Reads a folder of annotated pages and scores texts against it.

A corpus holds ``gold.jsonl``, one JSON object a page (``id``, ``set``, ``url``, ``file``, ``kind``, and as far as it is
annotated ``articleBody``, ``with`` and ``without``), and the pages that ``file`` names, gzip.
"""

import gzip
import json
import re
from collections import Counter
from statistics import mean

_WORD = re.compile(r"\w+")
#: Kana, Han and Hangul count letter by letter.
_LETTER_BY_LETTER = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])")
GRAM = 4


def pages(corpus, kind=None):
    """Return the annotated pages of *corpus*, those of one *kind* if asked."""
    with (corpus / "gold.jsonl").open(encoding="utf-8") as lines:
        return [page for page in map(json.loads, lines) if kind in (None, page["kind"])]


def body(corpus, page):
    """Return the bytes of a page."""
    return gzip.decompress((corpus / page["file"]).read_bytes())


def words(text):
    return _WORD.findall(_LETTER_BY_LETTER.sub(r" \1 ", text or ""))


def grams(tokens):
    """Return how often each run of four words occurs; a shorter text is one run."""
    if not tokens:
        return Counter()
    return Counter(tuple(tokens[at : at + GRAM]) for at in range(max(1, len(tokens) - GRAM + 1)))


def overlap(gold, text):
    """Return the shares of the four-word runs of both texts that are right, too much and missing."""
    wanted, found = grams(words(gold)), grams(words(text))
    right = (wanted & found).total()
    extra, missing = found.total() - right, wanted.total() - right
    total = right + extra + missing
    return (right / total, extra / total, missing / total) if total else (0.0, 0.0, 0.0)


def body_score(pairs):
    """Return mean precision and recall, and their F1, over pairs of annotated and found text.

    This is the measure of the article-extraction-benchmark: a page counts by the shares of its runs, not their number;
    a page without found text has no precision.
    """
    shares = [overlap(gold, text) for gold, text in pairs]
    precision = mean([right / (right + extra) for right, extra, _ in shares if right + extra] or [0.0])
    recall = mean([right / (right + missing) for right, _, missing in shares if right + missing] or [0.0])
    return precision, recall, _harmonic(precision, recall)


def segment_score(pairs):
    """Return precision, recall and F1 of segments that must and must not be in a text, over pairs of page and text."""
    right = extra = missing = 0
    for page, text in pairs:
        held = " ".join((text or "").split())
        wanted = [" ".join(segment.split()) in held for segment in page.get("with", ())]
        right, missing = right + sum(wanted), missing + len(wanted) - sum(wanted)
        extra += sum(" ".join(segment.split()) in held for segment in page.get("without", ()))
    precision, recall = right / max(1, right + extra), right / max(1, right + missing)
    return precision, recall, _harmonic(precision, recall)


def _harmonic(one, other):
    return 2 * one * other / (one + other) if one + other else 0.0


def scores(gold, texts):
    """Return for each set of articles its body score, or its segment score; *texts* by page id."""
    found = {}
    for name in dict.fromkeys(page["set"] for page in gold if page["kind"] == "article"):
        own = [page for page in gold if page["set"] == name and page["kind"] == "article"]
        if annotated := [page for page in own if page.get("articleBody")]:
            found[name] = body_score([(page["articleBody"], texts.get(page["id"])) for page in annotated])
        else:
            found[name] = segment_score([(page, texts.get(page["id"])) for page in own])
    return found


def table(rows):
    """Return lines of a table: for each (name, scores, note) precision, recall and F1 of each set."""
    lines = []
    for name, by_set, note in rows:
        cells = "  ".join(f"{key} {p:.4f} {r:.4f} {f:.4f}" for key, (p, r, f) in by_set.items())
        lines.append(f"{name:24} {cells}  {note}")
    return "\n".join(["set: precision recall F1", *lines]) + "\n"
