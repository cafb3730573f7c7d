"""Trains the model that tells an article's blocks from what stands around them, and says how good it is.

    pip install -e .[train]
    python tests/benchmarks/train_block_filter.py CORPUS [--model FILE] [--cache FILE] [--errors]

Every block of a page's text is labelled by whether the annotated article has it. Pages are divided into five folds by
registrable domain; the table is for pages of domains that the model in question had not seen. The model that is written
is trained on all pages. It holds numbers only: no text of a page gets into it. ``--errors`` adds what the scores would
be without each kind of error of the filter; what then lacks to 1 was lost before it, or stands inside the blocks.
"""

import argparse
import hashlib
import json
import pickle
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import attrs
import numpy as np
from corpus import GRAM, body, pages, scores, table, words
from sklearn.ensemble import HistGradientBoostingClassifier

from crawler.extraction import Hints, blocks, clutter, jsonld, layout, metadata, text
from crawler.extraction.document import parse
from crawler.extraction.encoding import decode
from crawler.urls import registrable_domain

FOLDS = 5
#: Few, small and smooth trees: pages of other sites are what counts.
SETTINGS = {
    "max_iter": 140,
    "learning_rate": 0.07,
    "max_leaf_nodes": 10,
    "min_samples_leaf": 40,
    "l2_regularization": 5.0,
    "max_features": 0.4,
    "max_bins": 64,
    "early_stopping": False,
    "random_state": 0,
}
#: A block is the article's if it shares this much of its runs of words with it, something else below the other.
SAME, OTHER = 0.5, 0.3
#: Of blocks that plainly are the article's, one in this many is enough; it then counts as many times.
THINNED = 2.5
#: Words of a block whose second copy is looked for in the article.
LONG = 8
#: How much a set counts; segments say little about the blocks that they do not name.
WEIGHTS = {"trafilatura": 0.5, "wcxb": 0.7}
BOUNDS = (0.3, 0.4, 0.45, 0.5, 0.6)
DIGITS = 5


def described(page, corpus):
    """Return the page's id, the lines of its text, their numbers, and what of them the filter may not drop."""
    document = parse(decode(body(corpus, page), None).html, page["url"])
    if document is None:
        return page["id"], None
    data = jsonld.read(document)
    fields, _, _ = metadata.read(metadata.Witnesses(document=document, data=data, hints=Hints()))
    found, _ = text.article_text(document, data, free=fields.get("isAccessibleForFree"))
    if not found:
        return page["id"], None
    laid_out = layout.read(document.body)
    lines, cut = clutter.whole(found, laid_out)
    told = blocks.told_by(fields, text.stated_text(data))
    return page["id"], (lines, np.array(blocks.numbers(cut, laid_out, told), dtype=float), cut_only(cut), told)


def cut_only(cut):
    """Return *cut* without its elements, which belong to a tree that is gone."""
    return [attrs.evolve(b, place=None) for b in cut]


def labels(page, lines):
    """Return for each line 1, 0 or nan where the annotation does not say, and how much it counts."""
    if page.get("articleBody"):
        return by_article(page["articleBody"], lines)
    held = [" ".join(line.split()) for line in lines]
    truth, weight = np.full(len(lines), np.nan), np.zeros(len(lines))
    for key, value in (("with", 1), ("without", 0)):
        for segment in (" ".join(s.split()) for s in page.get(key, ())):
            for number, line in enumerate(held):
                if segment in line:
                    truth[number], weight[number] = value, 1
    return truth, weight


def by_article(article, lines):
    gold = words(article)
    runs = set(zip(*(gold[at:] for at in range(GRAM)), strict=False))
    whole = {" ".join(words(line)) for line in article.split("\n")}
    tokens = [words(line) for line in lines]
    squashed, times = layout.squash(article), Counter()
    truth, weight = np.full(len(lines), np.nan), np.zeros(len(lines))
    for number, own in enumerate(tokens):
        share = shared(own, tokens, number, runs, whole) if own else 0.4
        key = layout.squash(lines[number])
        times[key] += 1
        if len(own) >= LONG and times[key] > max(1, squashed.count(key)):
            share = 0.0
        truth[number] = 1 if share >= SAME else 0 if share <= OTHER else np.nan
        # A square root: long blocks cost a page most, but short ones are what is hard to tell.
        weight[number] = (min(1, (len(own) + GRAM - 1) / max(60, len(gold))) * abs(share - 0.4)) ** 0.5
    return truth, weight


def shared(own, tokens, number, runs, whole):
    if len(own) >= GRAM:
        return np.mean([tuple(own[at : at + GRAM]) in runs for at in range(len(own) - GRAM + 1)])
    if " ".join(own) in whole:
        return 1.0
    before = tokens[number - 1][1 - GRAM :] if number else []
    after = tokens[number + 1][: GRAM - 1] if number + 1 < len(tokens) else []
    around = [*before, *own, *after]
    return max((tuple(around[at : at + GRAM]) in runs for at in range(len(around) - GRAM + 1)), default=False)


def rows(chosen, found, known):
    """Return numbers, truths and weights of the labelled blocks of the chosen pages."""
    sets = {page["set"] for page in chosen}
    mass = {name: np.mean([known[p["id"]][1].sum() for p in chosen if p["set"] == name]) for name in sets}
    data, truth, weight = [], [], []
    for page in chosen:
        data.append(found[page["id"]][1])
        truth.append(known[page["id"]][0])
        weight.append(known[page["id"]][1] * WEIGHTS.get(page["set"], 1) / mass[page["set"]])
    data, truth, weight = np.concatenate(data), np.concatenate(truth), np.concatenate(weight)
    thin = np.random.RandomState(1).rand(len(truth)) * THINNED < 1
    used = (weight > 0) & ((truth == 0) | ((truth == 1) & thin))
    weight = np.where(truth == 1, weight * THINNED, weight)[used]
    return data[used], truth[used], weight / weight.mean()


def fit(chosen, found, known):
    data, truth, weight = rows(chosen, found, known)
    return HistGradientBoostingClassifier(**SETTINGS).fit(data, truth, sample_weight=weight)


def fold_of(page):
    site = registrable_domain(page["url"]) or page["url"]
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % FOLDS


def unseen(gold, found, known):
    """Return the probabilities of each page's blocks, by a model that saw no page of its domain."""
    probabilities = {}
    for fold in range(FOLDS):
        model = fit([page for page in gold if fold_of(page) != fold], found, known)
        for page in (page for page in gold if fold_of(page) == fold):
            probabilities[page["id"]] = model.predict_proba(found[page["id"]][1])[:, 1]
    return probabilities


def sifted(found, probabilities, bound):
    """Return the texts that the filter leaves, by page id."""
    texts = {}
    for key, (lines, _, cut, told) in found.items():
        reasons = clutter.reasons(cut, list(probabilities[key]), told, bound)
        texts[key] = "\n".join(line for line, reason in zip(lines, reasons, strict=True) if reason is None)
    return texts


def mended(found, probabilities, known, bound, *, kept, dropped):
    """Return the texts without the blocks that were *kept* wrongly, and with those that were *dropped* wrongly."""
    texts = {}
    for key, (lines, _, cut, told) in found.items():
        reasons = clutter.reasons(cut, list(probabilities[key]), told, bound)
        right = [
            truth == 1 if (dropped and truth == 1) or (kept and truth == 0) else reason is None
            for reason, truth in zip(reasons, known[key][0], strict=True)
        ]
        texts[key] = "\n".join(line for line, stays in zip(lines, right, strict=True) if stays)
    return texts


def exported(model):
    """Return the trees as nested lists, in the form that crawler.extraction.trees reads."""
    # scikit-learn has no public access to the trees of a model.
    trees = [node_of(predictor.nodes, 0) for (predictor,) in model._predictors]
    return {"names": list(blocks.NAMES), "base": float(model._baseline_prediction[0, 0]), "trees": trees}


def node_of(nodes, at):
    node = nodes[at]
    if node["is_leaf"]:
        return round(float(node["value"]), DIGITS)
    bound = float(f"{float(node['num_threshold']):.7g}")
    return [int(node["feature_idx"]), bound, node_of(nodes, node["left"]), node_of(nodes, node["right"])]


def describe(gold, corpus, cache):
    if cache and cache.exists():
        return pickle.loads(cache.read_bytes())
    with ProcessPoolExecutor(2) as pool:
        found = dict(pool.map(partial(described, corpus=corpus), gold, chunksize=8))
    if cache:
        cache.write_bytes(pickle.dumps(found))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", type=Path, default=Path("crawler/extraction") / clutter.MODEL)
    parser.add_argument("--cache", type=Path, help="keep the numbers of the blocks here between runs")
    parser.add_argument("--errors", action="store_true", help="say what each kind of error costs")
    arguments = parser.parse_args()
    started = time.monotonic()
    everything = pages(arguments.corpus, "article")
    found = {key: value for key, value in describe(everything, arguments.corpus, arguments.cache).items() if value}
    gold = [page for page in everything if page["id"] in found]
    known = {page["id"]: labels(page, found[page["id"]][0]) for page in gold}
    probabilities = unseen(gold, found, known)
    texts = {"nothing dropped": {key: "\n".join(value[0]) for key, value in found.items()}}
    texts |= {f"dropped below {bound}": sifted(found, probabilities, bound) for bound in BOUNDS}
    if arguments.errors:
        mend = partial(mended, found, probabilities, known, clutter.BOUND)
        texts["none kept wrongly"] = mend(kept=True, dropped=False)
        texts["none dropped wrongly"] = mend(kept=False, dropped=True)
        texts["neither"] = mend(kept=True, dropped=True)
    sys.stdout.write(table((name, scores(everything, own), "") for name, own in texts.items()))
    model = exported(fit(gold, found, known))
    arguments.model.write_text(json.dumps(model, separators=(",", ":")) + "\n", encoding="utf-8")
    seconds = time.monotonic() - started
    sys.stdout.write(
        f"{arguments.model}: {len(model['trees'])} trees, {arguments.model.stat().st_size} bytes, {seconds:.0f} s\n"
    )


if __name__ == "__main__":
    main()
