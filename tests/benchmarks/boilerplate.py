"""How much inserted site text is found, and what genuine repeats are harmed, on sites made of annotated articles.

    python tests/benchmarks/boilerplate.py CORPUS [--sites 40] [--articles 60] [--seed 1]

CORPUS is a folder with gold.jsonl: {"articleBody", "kind", ...} a line. Every site has articles of its own; an appeal
of five paragraphs is put into 50 to 100 % of its pages (at the top, in the middle, at the end, or at the end from some
day on), a line is fused to last paragraphs, and some articles are made into follow-ups that share background
paragraphs and a quote. Odd sites are the ones to tune on, even sites are only ever measured.
"""

import argparse
import json
import pathlib
import random

from crawler.identity.boilerplate import key_of, learn, strip

APPEALS = [
    [
        "A message to everyone who reads {name}:",
        "Dear readers,",
        "Nobody owns this paper but the people who read it, and every reporter is paid out of what you send us.",
        "We sit through the meetings, we read the accounts and we publish what we find, whoever it may displease.",
        "If you can spare the price of a coffee each month, it keeps {name} open to those who cannot.",
        "Remind me later.",
    ],
    [
        "Before you go on reading",
        "{name} has no advertisers to please and no proprietor to fear, which is why we turn to you and nobody else.",
        "Your contribution, large or small, pays for the next investigation. It takes less than a minute to set up.",
        "Thank you for standing with independent journalism.",
    ],
]
FUSED = "Get {name} in your inbox every weekday morning before the kettle has boiled."
PLACES = ("top", "middle", "end", "midway")


def gold_articles(corpus):
    with (corpus / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            page = json.loads(line)
            blocks = [block.strip() for block in (page.get("articleBody") or "").split("\n") if block.strip()]
            if page["kind"] == "article" and len(blocks) >= 5:
                yield blocks


def follow_ups(blocks, count):
    """Make *count* articles out of a long one: each has its share of the paragraphs, and all have its background."""
    background, rest = blocks[:2], blocks[2:]
    parts = [rest[number::count] for number in range(count)]
    return [
        part[: len(part) // 2] + background + part[len(part) // 2 :] for part in parts if len(part) >= 2
    ], background


def make_site(number, pool, count, chance):
    """Return a site's articles as (blocks, inserted keys), and the blocks that recur and are its articles' own."""
    name = f"The Town Paper {number}"
    articles, genuine = [], set()
    long = [blocks for blocks in pool if len(blocks) >= 26]
    for blocks in chance.sample(long, min(3, len(long))):
        made, background = follow_ups(blocks, chance.choice([5, 6, 7, 8]))
        articles += made
        genuine |= {key_of(block) for block in background}
    articles += chance.sample([blocks for blocks in pool if blocks not in long], count - len(articles))
    chance.shuffle(articles)
    appeal = [line.format(name=name) for line in chance.choice(APPEALS)]
    place, share, start = PLACES[number % 4], chance.uniform(0.5, 1.0), 0
    if place == "midway":
        start = count // 2
    inserted = {key_of(line) for line in appeal}
    site = []
    for day, own in enumerate(articles):
        blocks = list(own)
        if day >= start and chance.random() < share:
            where = {"top": 0, "middle": len(blocks) // 2}.get(place, len(blocks))
            blocks[where:where] = appeal
        if chance.random() < 0.3:
            blocks[-1] += " " + FUSED.format(name=name)
        site.append((blocks, own))
    return site, inserted, genuine, FUSED.format(name=name)


def measure(site, inserted, genuine, fused):
    texts = ["\n".join(blocks) for blocks, _ in site]
    known = learn(texts)
    row = dict.fromkeys(("put", "gone", "fused", "unfused", "repeats", "harmed", "own", "lost"), 0)
    for text, (blocks, own) in zip(texts, site, strict=True):
        left = strip(text, known).body.split("\n")
        keys = {key_of(block) for block in left}
        own_keys = {key_of(block) for block in own}
        put = [block for block in blocks if key_of(block) in inserted and key_of(block) not in own_keys]
        row["put"] += len(put)
        row["gone"] += sum(key_of(block) not in keys for block in put)
        row["fused"] += fused in text
        row["unfused"] += fused in text and not any(fused in block for block in left)
        for block in own[:-1]:
            kind = ("repeats", "harmed") if key_of(block) in genuine else ("own", "lost")
            row[kind[0]] += 1
            row[kind[1]] += key_of(block) not in keys
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    pool = list(gold_articles(options.corpus))
    for parity, label in ((1, "tuned on"), (0, "measured")):
        total = {}
        for number in range(options.sites):
            if number % 2 == parity:
                chance = random.Random(f"{options.seed}-{number}")
                row = measure(*make_site(number // 2, pool, options.articles, chance))
                total = {key: total.get(key, 0) + value for key, value in row.items()}
        print(
            f"{label}: inserted blocks gone {total['gone'] / total['put']:.4f} of {total['put']}, "
            f"fused lines gone {total['unfused'] / max(1, total['fused']):.4f} of {total['fused']}, "
            f"genuine repeats harmed {total['harmed'] / max(1, total['repeats']):.4f} of {total['repeats']}, "
            f"other own blocks lost {total['lost']} of {total['own']}"
        )


if __name__ == "__main__":
    main()
