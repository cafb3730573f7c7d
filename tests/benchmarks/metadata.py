"""Scores headline, authors, keywords and dates of our extraction on annotated pages, by halves of their sites.

    python tests/benchmarks/metadata.py CORPUS [--set NAME]

Sites are divided by the MD5 of their registrable domain: whoever changes a rule may look at errors in half A, and
believes half B. headline: exact but for case, space and quotes; authors, keywords: F1 of the names; day: of
publication; instant: within 90 s, with its zone, where the annotation has a time of day.
"""

import argparse
import hashlib
import pathlib
import re
import unicodedata
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial
from statistics import mean

import corpus

from crawler.extraction import extract
from crawler.urls import registrable_domain

#: Seconds that two notations of one instant may be apart.
NEAR = 90


def folded(text):
    text = unicodedata.normalize("NFKC", text or "").casefold()
    for pattern, plain in (("[‘’´`']", "'"), ('[“”„«»"]', '"'), ("[‐-―]", "-"), (r"\s+", " ")):
        text = re.sub(pattern, plain, text)
    return text.strip()


def names_score(wanted, found):
    wanted, found = set(map(folded, wanted)), set(map(folded, found))
    return 2 * len(wanted & found) / (len(wanted) + len(found)) if wanted or found else 1.0


def instant_score(wanted, found):
    try:
        one, other = (datetime.fromisoformat(text) for text in (wanted, found or ""))
    except ValueError:
        return 0.0
    return float(bool(one.tzinfo and other.tzinfo) and abs((one - other).total_seconds()) <= NEAR)


def scored(folder, page):
    """Return the half of the page's site and a score for each annotated field."""
    fields = extract(corpus.body(folder, page), url=page["url"]).fields
    half = "AB"[hashlib.md5(registrable_domain(page["url"]).encode()).digest()[0] % 2]
    scores = {}
    if page.get("headline"):
        scores["headline"] = float(folded(page["headline"]) == folded(fields.get("headline")))
    if page.get("authors"):
        scores["authors"] = names_score(page["authors"], [author["name"] for author in fields.get("authors", ())])
    if page.get("keywords"):
        scores["keywords"] = names_score(page["keywords"], fields.get("keywords", ()))
    if published := str(page.get("datePublished") or ""):
        scores["day"] = float(published[:10] == str(fields.get("datePublished"))[:10])
        if len(published) > len("2026-11-22"):
            scores["instant"] = instant_score(published, fields.get("datePublished"))
    return page["set"], half, scores


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--set")
    options = parser.parse_args()
    pages = [page for page in corpus.pages(options.corpus, "article") if options.set in (None, page["set"])]
    found = defaultdict(lambda: defaultdict(list))
    with ProcessPoolExecutor() as pool:
        for name, half, scores in pool.map(partial(scored, options.corpus), pages, chunksize=8):
            for field, score in scores.items():
                found[name, half][field].append(score)
    for (name, half), fields in sorted(found.items()):
        shown = "  ".join(f"{field} {mean(scores):.3f} ({len(scores)})" for field, scores in fields.items())
        print(f"{name:12} half {half}  {shown}")


if __name__ == "__main__":
    main()
