"""How many cut, extended and edited copies are known again, what is taken for one wrongly, and what the index costs.

    python tests/benchmarks/copies.py CORPUS [--articles 200000] [--only recall|index]

CORPUS is a folder with gold.jsonl: {"articleBody", "kind", ...} a line. Recall is over copies made of its articles, by
what was done to them; false alarms are over all pairs of different articles, over the pairs of them nearest in subject,
over stories that quote up to a fifth of another, and over made-up series (rates, weather, bonds). The index is then
filled with so many made-up sketches of texts of 150 to 700 words and with those of CORPUS, and asked for cut copies of
the latter. Times are also given in seconds of the processor, for a machine that is busy.
"""

import argparse
import json
import math
import pathlib
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from itertools import combinations

import attrs

from crawler.identity.copies import (
    KEPT,
    RUNS_SKETCHED,
    SKETCHED,
    WORDS,
    Sketch,
    is_same_story,
    query,
    sampling_rate,
    sketch,
)
from crawler.state import CrawlState

RATES = """
The National Bank set the official exchange rate of the dollar at {n} crowns on {day}, {n} crowns more than on
{day}. The euro was fixed at {n} crowns, against {n} crowns the day before. The pound sterling cost {n} crowns. On
the interbank market the dollar was quoted at {n} to {n} crowns at the close of trading, and the volume of
transactions reached {n} million dollars, said the bank. Since the beginning of the year the crown has lost {n}
percent against the dollar and {n} percent against the euro.
"""
WEATHER = """
Forecasters expect clear skies over {name} on {day} with temperatures between {n} and {n} degrees during the day and
{n} degrees at night. The wind will blow from the north at {n} to {n} metres a second. The chance of rain is {n}
percent. On the coast near {name} waves of up to {n} metres are possible. Drivers are advised to take care, as fog
may reduce visibility to {n} metres in the early morning. The sun rises at {n} and sets at {n}.
"""
BONDS = """
{name} Holdings said on {day} that it would issue bonds worth {n} million euros with a maturity of {n} years and a
coupon of {n} percent. The offering is managed by {name} Capital and {name} Securities. The proceeds are to be used
for refinancing debt and for general corporate purposes. The bonds are to be listed on the stock exchange of {name}
from {day}. Its shares closed at {n} euros, {n} percent more than the day before.
"""
SERIES = {"rates": RATES, "weather": WEATHER, "bonds": BONDS}
NAMES = ("Velling", "Oston", "Marby", "Tarn", "Holm", "Ulvik", "Brae", "Nordal")
DAYS = ("Monday", "Tuesday", "Friday", "Sunday")
#: Pairs of articles nearest in subject that are looked at, and in how many texts a word may be to tell of a subject.
SAME_EVENT = 200
RARE = 60
#: Sketches a transaction.
BATCH = 20_000


def gold_articles(corpus):
    with (corpus / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            page = json.loads(line)
            blocks = [block.strip() for block in (page.get("articleBody") or "").split("\n") if block.strip()]
            if page["kind"] == "article" and len(blocks) >= 6:
                yield blocks


def changes(pool, chance):
    def edited(blocks, share):
        return [" ".join("new" if chance.random() < share else word for word in block.split()) for block in blocks]

    return {
        "first 30 %": lambda blocks: blocks[: max(2, round(len(blocks) * 0.3))],
        "first 50 %": lambda blocks: blocks[: max(2, round(len(blocks) * 0.5))],
        "first 70 %": lambda blocks: blocks[: max(2, round(len(blocks) * 0.7))],
        "every third block gone": lambda blocks: [block for place, block in enumerate(blocks) if place % 3],
        "extended at the end": lambda blocks: blocks + chance.choice(pool)[: len(blocks) // 2],
        "extended at the top": lambda blocks: chance.choice(pool)[:3] + blocks,
        "5 % of words edited": lambda blocks: edited(blocks, 0.05),
        "10 % of words edited": lambda blocks: edited(blocks, 0.1),
    }


def measure_recall(pool, chance):
    originals = [sketch("\n".join(blocks)) for blocks in pool]
    for label, change in changes(pool, chance).items():
        known = found = count = 0
        for blocks, original in zip(pool, originals, strict=True):
            copy = sketch("\n".join(change(blocks)))
            if original and copy:
                count += 1
                same = is_same_story(original, copy)
                known += same
                found += same and len(query(copy) & original.indexed()) >= 2
        print(f"{label:24} known {known / count:.3f}, and found by the index {found / count:.3f} of {count}")
    sketches = [own for own in originals if own]
    wrong = sum(is_same_story(*pair) for pair in combinations(sketches, 2))
    print(f"different articles       taken for copies {wrong} of {len(sketches) * (len(sketches) - 1) // 2} pairs")


def measure_same_event(pool, chance):
    """Stories by other hands: the real pairs nearest in subject, and stories that quote up to a fifth of another."""
    texts = ["\n".join(blocks) for blocks in pool]
    sketches = [sketch(text) for text in texts]
    near = [pair for _, pair in nearest(texts, SAME_EVENT) if sketches[pair[0]] and sketches[pair[1]]]
    wrong = sum(is_same_story(sketches[one], sketches[other]) for one, other in near)
    print(f"nearest in subject       taken for copies {wrong} of {len(near)} pairs")
    wrong = count = 0
    for place, blocks in enumerate(pool):
        other = pool[place - 1]
        most = min(sum(len(block.split()) for block in story) for story in (blocks, other)) / 5
        quoted = []
        for block in chance.sample(blocks, len(blocks)):
            if sum(len(one.split()) for one in (*quoted, block)) <= most:
                quoted.append(block)
        own, telling = sketches[place], sketch("\n".join([*other[:2], *quoted, *other[2:]]))
        if quoted and own and telling:
            count += 1
            wrong += is_same_story(own, telling)
    print(f"a fifth of it quoted     taken for copies {wrong} of {count} pairs")


def nearest(texts, count):
    """The pairs that share most rare words (cosine of tf-idf weights), nearest first."""
    bags = [Counter(re.findall(r"[^\W\d_]{4,}", text.lower())) for text in texts]
    spread = Counter(word for bag in bags for word in bag)
    holders = {}
    for place, bag in enumerate(bags):
        weights = {word: n * math.log(len(texts) / spread[word]) for word, n in bag.items() if 1 < spread[word] <= RARE}
        size = math.hypot(*weights.values()) or 1.0
        for word, weight in weights.items():
            holders.setdefault(word, []).append((place, weight / size))
    cosine = Counter()
    for held in holders.values():
        for (one, left), (other, right) in combinations(held, 2):
            cosine[one, other] += left * right
    return [(share, pair) for pair, share in cosine.most_common(count)]


def measure_series(chance):
    def filled(match):
        values = {"n": f"{chance.randint(1, 999) / 10}", "day": chance.choice(DAYS), "name": chance.choice(NAMES)}
        return values[match[1]]

    for label, series in SERIES.items():
        issues = [sketch(re.sub(r"\{(\w+)\}", filled, series)) for _ in range(40)]
        wrong = sum(is_same_story(*pair) for pair in combinations(issues, 2))
        print(f"series                   taken for copies {wrong} of {40 * 39 // 2} pairs of {label}")


@attrs.frozen
class Text:
    """As much of an article as the index looks at."""

    id: str
    articleBody: str  # noqa: N815  # the record's name
    contentHash: str = ""  # noqa: N815  # the record's name
    inLanguage: str | None = None  # noqa: N815
    publisher: dict = attrs.field(factory=lambda: {"domain": "one.org", "sourceId": "one"})


def made_up(chance):
    """Return the sketch that a text of 150 to 700 random words has: its hashes are random numbers."""
    grams = chance.randint(150, 700)
    runs = grams - 2 * WORDS
    rate, run_rate = sampling_rate(grams, SKETCHED), sampling_rate(runs, RUNS_SKETCHED)

    def hashes(count, rate):
        return frozenset(chance.randrange(1 << 8 * KEPT) // rate * rate for _ in range(count // rate))

    return Sketch(
        grams=grams, rate=rate, hashes=hashes(grams, rate), runs=runs, run_rate=run_rate,
        run_hashes=hashes(runs, run_rate), names=hashes(8, 1), numbers=hashes(2, 1),
    )  # fmt: skip


def fill(state, pool, count, chance):
    state._db.execute("PRAGMA synchronous = OFF")  # while it is filled: nothing is lost with it
    for first in range(0, count, BATCH):
        with state.transaction():
            for number in range(first, min(first + BATCH, count)):
                state.copies.put(made_up(chance), article=f"{number:032x}", domain="one.org", now=0)
        state._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        print(f"index filled with {min(first + BATCH, count)}", flush=True)
    with state.transaction():
        for number, blocks in enumerate(pool):
            state.copies.add(Text(f"original {number}", "\n".join(blocks), contentHash=str(number)), now=0)
    state._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    state._db.execute("PRAGMA synchronous = FULL")


def measure_index(pool, count, chance):
    with tempfile.TemporaryDirectory() as folder:
        state, path = CrawlState(pathlib.Path(folder)), pathlib.Path(folder) / "crawl.db"
        empty = path.stat().st_size
        fill(state, pool, count, chance)
        size = (path.stat().st_size - empty) / (count + len(pool))
        times, processor = [], []
        found = 0
        for number, blocks in enumerate(pool):
            asked = Text(f"copy {number}", "\n".join(blocks[: len(blocks) // 2]), contentHash=str(number))
            state.copies.sketch_of(asked)  # is kept for the query
            began, worked = time.perf_counter(), time.process_time()
            likenesses = state.copies.like(asked)
            processor.append((time.process_time() - worked) * 1000)
            times.append((time.perf_counter() - began) * 1000)
            found += any(likeness.article == f"original {number}" for likeness in likenesses)
        state.close()
    print(f"index of {count + len(pool)}: {size:.0f} bytes an article, {found} of {len(pool)} halves find their whole")
    for name, values in (("time", times), ("of the processor", processor)):
        print(f"query, ms {name}: median {statistics.median(values):.2f}, 95 % in {quantile(values):.2f}")


def quantile(values):
    return statistics.quantiles(values, n=20)[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--only", choices=("recall", "index"))
    options = parser.parse_args()
    chance = random.Random(1)
    pool = list(gold_articles(options.corpus))
    if options.only != "index":
        measure_recall(pool, chance)
        measure_same_event(pool, chance)
        measure_series(chance)
    if options.only != "recall":
        measure_index(pool, options.articles, chance)


if __name__ == "__main__":
    main()
