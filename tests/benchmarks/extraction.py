"""Compares our whole extraction with plain trafilatura and other installed extractors, on the same pages in one run.

    python tests/benchmarks/extraction.py CORPUS [--records RECORDS.jsonl] [--set NAME] [--only NAME] [--workers 1]

Prints precision, recall and F1 of the text for each set, CPU ms a page, and how many pages that are no articles became
texts. Extractors that are not installed are left out. ``--records`` writes our records, one a page, for another scorer.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from corpus import body, pages, scores, table

MILLISECONDS = 1000
OURS = "ours"


def _ours(content, url):
    from crawler.extraction import extract

    result = extract(content, url=url)
    record = result.record()
    if result.reason:
        record.pop("articleBody", None)
        record |= {"reason": result.reason, "detail": result.detail}
    return record


def _trafilatura(content, url, **options):
    import trafilatura

    document = trafilatura.bare_extraction(content, url=url, include_comments=False, with_metadata=True, **options)
    return {"articleBody": document.text if document else None}


def _readability(content, url):
    from lxml.html import fromstring
    from readability import Document

    summary = Document(content.decode("utf-8", "replace"), url=url).summary()
    return {"articleBody": "\n".join(fromstring(summary).itertext())}


def _newspaper(content, url):
    from newspaper import Article

    article = Article(url, fetch_images=False)
    article.download(input_html=content.decode("utf-8", "replace"))
    article.parse()
    return {"articleBody": article.text}


def _resiliparse(content, _url):
    from resiliparse.extract.html2text import extract_plain_text

    return {"articleBody": extract_plain_text(content.decode("utf-8", "replace"), main_content=True)}


EXTRACTORS = {
    OURS: (_ours, "crawler"),
    "trafilatura": (_trafilatura, "trafilatura"),
    "trafilatura fast": (partial(_trafilatura, fast=True), "trafilatura"),
    "trafilatura precision": (partial(_trafilatura, favor_precision=True), "trafilatura"),
    "readability-lxml": (_readability, "readability"),
    "newspaper4k": (_newspaper, "newspaper"),
    "resiliparse": (_resiliparse, "resiliparse"),
}


def read(page, corpus, names):
    """Return for each extractor its record of the page and the CPU time it took, in ms."""
    content, found = body(corpus, page), {}
    for name in names:
        started = time.process_time()
        try:
            record = EXTRACTORS[name][0](content, page["url"])
        except Exception as error:
            if name == OURS:
                raise
            record = {"error": repr(error)}
        found[name] = (record, (time.process_time() - started) * MILLISECONDS)
    return page["id"], found


def _warm(corpus, page, names):
    """Read a page before the clock runs: the first one of a process also pays for imports and tables."""
    import logging

    logging.disable(logging.CRITICAL)
    read(page, corpus, names)


def _note(gold, records, times):
    others = [page for page in gold if page["kind"] != "article"]
    false = sum(bool(records[page["id"]].get("articleBody")) for page in others)
    missed = sum(not records[p["id"]].get("articleBody") for p in gold if p["kind"] == "article")
    ordered = sorted(times)
    mean, median, p95 = sum(ordered) / len(ordered), ordered[len(ordered) // 2], ordered[len(ordered) * 95 // 100]
    return (
        f"ms mean {mean:.1f} median {median:.1f} p95 {p95:.1f} worst {ordered[-1]:.0f}; "
        f"articles missed {missed}, others taken {false}/{len(others)}"
        + (f", errors {errors}" if (errors := sum("error" in record for record in records.values())) else "")
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--set")
    parser.add_argument("--only", action="append", choices=EXTRACTORS)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    gold = [page for page in pages(arguments.corpus) if arguments.set in (None, page["set"])]
    names = [name for name in arguments.only or EXTRACTORS if find_spec(EXTRACTORS[name][1])]
    with ProcessPoolExecutor(arguments.workers, initializer=_warm, initargs=(arguments.corpus, gold[0], names)) as pool:
        found = dict(pool.map(partial(read, corpus=arguments.corpus, names=names), gold, chunksize=8))
    rows = []
    for name in names:
        records = {page: results[name][0] for page, results in found.items()}
        texts = {page: record.get("articleBody") for page, record in records.items()}
        note = _note(gold, records, [results[name][1] for results in found.values()])
        rows.append((name, scores(gold, texts), note))
        if name == OURS and arguments.records:
            with arguments.records.open("w", encoding="utf-8") as out:
                for page, record in records.items():
                    row = {"id": page, **record, "cpuMs": round(found[page][name][1], 1)}
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.write(table(rows))


if __name__ == "__main__":
    main()
