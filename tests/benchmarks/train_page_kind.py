"""Fits the weights by which pages are judged articles, and shows how they do on sites they have not seen.

    pip install -e .[train]
    python tests/benchmarks/train_page_kind.py CORPUS [--write] [--workers 2]

CORPUS holds gold.jsonl (one JSON object a page: id, set, url, file, and kind "article" or "other") and the pages it
names, gzip. The sites are divided into six parts, several times; each part is judged by weights fitted on the other
five. Printed are, for rising thresholds, the other pages taken for articles and the articles missed by set, and how
often pages of a probability are articles. ``--write`` fits on all pages and writes crawler/extraction/kind_weights.py.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from crawler.extraction import extract, jsonld, kind_weights, warm
from crawler.extraction.document import parse
from crawler.extraction.encoding import decode
from crawler.extraction.signs import signs
from crawler.urls import registrable_domain

#: Inverse strength of the L2 penalty: of .003 to .3, the one with the fewest errors on unseen sites.
PENALTY = 0.03
PARTS, DIVISIONS = 6, 5
THRESHOLDS = (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)

TABLE = '''"""How a page's signs weigh as evidence of an article; fitted by tests/benchmarks/train_page_kind.py."""

from __future__ import annotations

#: Log-odds of a page all of whose signs are what they usually are on articles.
BIAS = {bias:.3f}
#: For each sign, what 1 more of it says for an article in log-odds, and what it usually is on articles. Fitted by
#: logistic regression (L2) on {articles} articles and {others} other pages of {sites} sites.
SIGNS = {{
{rows}
}}
'''


def read(page, corpus):
    """Return the signs of one page of the corpus, or None where it has no text to judge."""
    body = gzip.decompress((corpus / page["file"]).read_bytes())
    fields = extract(body, url=page["url"]).fields
    if not fields.get("articleBody"):
        return None
    document = parse(decode(body).html, page["url"])
    return signs(document, jsonld.read(document), fields)


def fitted(values, articles):
    """Return weights on the signs as they are, and the bias."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=5000)).fit(values, articles)
    scaler, regression = model[0], model[-1]
    weights = regression.coef_[0] / scaler.scale_
    return weights, regression.intercept_[0] - weights @ scaler.mean_


def on_unseen_sites(values, articles, sites):
    """Return each page's probability, given by weights that were fitted without any page of its site."""
    total = np.zeros(len(articles))
    for seed in range(DIVISIONS):
        names = sorted(set(sites))
        random.Random(seed).shuffle(names)
        part = np.array([names.index(site) % PARTS for site in sites])
        for held_out in range(PARTS):
            seen = part != held_out
            weights, bias = fitted(values[seen], articles[seen])
            total[~seen] += 1 / (1 + np.exp(-(values[~seen] @ weights + bias)))
    return total / DIVISIONS


def report(pages, probability, articles):
    """Print the errors at each threshold and how well the probability is calibrated."""
    sets = np.array([page["set"] for page in pages])
    others = ~articles
    for threshold in THRESHOLDS:
        accepted = probability >= threshold
        missed = {name: int((articles & ~accepted & (sets == name)).sum()) for name in dict.fromkeys(sets.tolist())}
        sys.stdout.write(
            f"at {threshold}: {(others & accepted).sum()} of {others.sum()} others taken, missed {missed}\n"
        )
    for tenth in range(10):
        inside = (probability >= tenth / 10) & (probability < (tenth + 1) / 10)
        if inside.any():
            sys.stdout.write(
                f"of {inside.sum()} pages from {tenth / 10} on, {articles[inside].mean():.2f} are articles\n"
            )


def write(names, values, articles, sites):
    """Fit on all pages and write the table of weights."""
    weights, bias = fitted(values, articles)
    usual = values[articles].mean(axis=0)
    rows = "\n".join(
        f'    "{name}": ({weight:.2f}, {mean:.2f}),' for name, weight, mean in zip(names, weights, usual, strict=True)
    )
    # The bias is of the rounded table, so that rounding does not move the pages at the threshold.
    bias += sum(round(w, 2) * round(m, 2) for w, m in zip(weights, usual, strict=True))
    text = TABLE.format(bias=bias, rows=rows, articles=articles.sum(), others=(~articles).sum(), sites=len(set(sites)))
    Path(kind_weights.__file__).write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--workers", type=int, default=None)
    arguments = parser.parse_args()
    gold = [json.loads(line) for line in (arguments.corpus / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    with ProcessPoolExecutor(arguments.workers, initializer=warm) as pool:
        found = list(pool.map(partial(read, corpus=arguments.corpus), gold, chunksize=8))
    pages, found = zip(*((page, one) for page, one in zip(gold, found, strict=True) if one), strict=True)
    names = list(found[0])
    values = np.array([list(one.values()) for one in found])
    articles = np.array([page["kind"] == "article" for page in pages])
    sites = [registrable_domain(page["url"]) for page in pages]
    report(pages, on_unseen_sites(values, articles, sites), articles)
    if arguments.write:
        write(names, values, articles, sites)


if __name__ == "__main__":
    main()
