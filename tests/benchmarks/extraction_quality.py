"""Reads a folder of annotated pages with our extraction and writes one record a line, for a scorer to judge.

    python tests/benchmarks/extraction_quality.py CORPUS RECORDS.jsonl [--workers 2]

CORPUS holds gold.jsonl (one JSON object a page: id, url, file) and the pages it names, gzip. Each line written is the
page's record with its id; a page that is no article has ``reason`` and ``detail`` instead of a text.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from crawler.extraction import extract, warm

MILLISECONDS = 1000


def read(page, corpus):
    """Return the record of one page of the corpus, or its reason, with the CPU time it took in ms."""
    body = gzip.decompress((corpus / page["file"]).read_bytes())
    started = time.process_time()
    result = extract(body, url=page["url"])
    cpu = (time.process_time() - started) * MILLISECONDS
    record = result.record()
    if result.reason:
        record.pop("articleBody", None)
        record |= {"reason": result.reason, "detail": result.detail}
    return {"id": page["id"], **record, "cpuMs": round(cpu, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("records", type=Path)
    parser.add_argument("--workers", type=int, default=None)
    arguments = parser.parse_args()
    gold = (arguments.corpus / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    pages = [{key: page[key] for key in ("id", "url", "file")} for page in map(json.loads, gold)]
    with (
        ProcessPoolExecutor(arguments.workers, initializer=warm) as pool,
        arguments.records.open("w", encoding="utf-8") as out,
    ):
        records = list(pool.map(partial(read, corpus=arguments.corpus), pages, chunksize=8))
        out.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    times = sorted(record["cpuMs"] for record in records)
    median = times[len(times) // 2]
    mean, p95 = sum(times) / len(times), times[len(times) * 95 // 100]
    sys.stdout.write(
        f"{len(times)} pages, CPU ms a page: mean {mean:.1f}, median {median}, p95 {p95}, worst {times[-1]}\n"
    )


if __name__ == "__main__":
    main()
