"""Scores headline, authors, keywords and dates of our extraction on annotated pages, by halves of their sites.

    python tests/benchmarks/metadata.py CORPUS [--set NAME] [--errors]

Sites are divided by the MD5 of their registrable domain: whoever changes a rule may look at errors in half A, and
believes half B. headline: exact but for case, space and quotes; authors, keywords: F1 of the names; day: of
publication; instant: within 90 s, with its zone, where the annotation has a time of day. ``--errors`` counts by kind
what is wrong with the values that are, without showing them: half B stays unseen.
"""

import argparse
import hashlib
import pathlib
import re
import unicodedata
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial
from statistics import mean

import corpus

from crawler.extraction import Hints, extract, jsonld, metadata, publication, visible
from crawler.extraction.document import parse
from crawler.extraction.encoding import decode
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


def seen_on(body, url):
    return parse(decode(body, None).html, url)


def wrong_headline(wanted, found, body, url):
    document = seen_on(body, url)
    data = jsonld.read(document)
    seen = metadata.Witnesses(document=document, data=data, hints=Hints())
    rows = (ask(seen) for _, ask in metadata.PRECEDENCE["headline"])
    names = (data.text(data.article, "alternativeHeadline"), document.title)
    wordings = {folded(text) for text in (*rows, *names, *visible.headings(document)) if text}
    wanted, found = folded(wanted), folded(found)
    if re.sub(r"\W+", "", wanted) == re.sub(r"\W+", "", found):
        return "the same letters with other marks"
    if wanted in wordings:
        return "another wording that the page gives, too"
    parts = any(wanted in text or (found and found in wanted) for text in wordings)
    return "a wording of the page with more or less before or behind it" if parts else "not a wording of the page"


def wrong_authors(wanted, found, body, url):
    document = seen_on(body, url)
    said = folded(" ".join([document.shown, *(v for values in document.meta.values() for v in values)]))
    wanted, found = set(map(folded, wanted)), {folded(author["name"]) for author in found or ()}
    if not all(name in said for name in wanted):
        return "annotated names that the page's text and meta elements do not have"
    if not found:
        return "none found"
    if wanted < found:
        return "more than annotated"
    return "fewer than annotated" if found < wanted else "other names than annotated"


def wrong_day(wanted, found, body, url):
    document = seen_on(body, url)
    data = jsonld.read(document)
    claims = [moment.iso()[:10] for _, moment in publication._published(document, data, Hints())]
    changes = [moment.iso()[:10] for _, moment in publication._modified(document, data, Hints())]
    if wanted[:10] in claims:
        return "another day that the page gives as its publication, too"
    if wanted[:10] in changes:
        return "annotated with the day of the last change"
    if not found:
        return "none found"
    days = abs(datetime.fromisoformat(wanted[:10]) - datetime.fromisoformat(found[:10])).days
    return "the day before or after: another zone" if days == 1 else "annotated with a day that no witness gives"


WRONG = {"headline": wrong_headline, "authors": wrong_authors, "datePublished": wrong_day}
#: Field of the record behind a score.
FIELDS = {"headline": "headline", "authors": "authors", "day": "datePublished"}


def scored(folder, page):
    """Return the half of the page's site, a score for each annotated field, and the kinds of its errors."""
    body = corpus.body(folder, page)
    fields = extract(body, url=page["url"]).fields
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
    kinds = {
        name: WRONG[field](page[field], fields.get(field), body, page["url"])
        for name, field in FIELDS.items()
        if scores.get(name, 1.0) < 1
    }
    return page["set"], half, scores, kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--set")
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    pages = [page for page in corpus.pages(options.corpus, "article") if options.set in (None, page["set"])]
    found, errors = defaultdict(lambda: defaultdict(list)), defaultdict(Counter)
    with ProcessPoolExecutor() as pool:
        for name, half, scores, kinds in pool.map(partial(scored, options.corpus), pages, chunksize=8):
            for field, score in scores.items():
                found[name, half][field].append(score)
            for field, kind in kinds.items():
                errors[name, half][field, kind] += 1
    for (name, half), fields in sorted(found.items()):
        shown = "  ".join(f"{field} {mean(scores):.3f} ({len(scores)})" for field, scores in fields.items())
        print(f"{name:12} half {half}  {shown}")
        if options.errors:
            for (field, kind), times in sorted(errors[name, half].items()):
                print(f"    {times:3} {field}: {kind}")


if __name__ == "__main__":
    main()
