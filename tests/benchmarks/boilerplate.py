"""How much inserted site text is found, and what genuine repeats are harmed, on sites made of annotated articles.

    python tests/benchmarks/boilerplate.py CORPUS [--sites 40] [--articles 60] [--seed 1] [--page FILE --from TEXT]

CORPUS is a folder with gold.jsonl: {"articleBody", "kind", ...} a line; only articles in its most frequent language
are used (needs the extra `language`), because articles of two languages have nothing in common anyway. Every site has
articles of its own; an appeal is put into 50 to 100 % of its pages (at the top, in the middle, at the end, or at the
end from some day on), a line is fused to the end of last paragraphs, and some articles are made into follow-ups that
share one to three background paragraphs and a quote. Odd sites are the ones to tune on, even sites are only measured.

With --page the article in FILE (a paragraph a line) joins small sites of 5 to 40 other articles that carry the same
appeal: the lines of FILE from the one that begins with TEXT on. It should come out as its body alone.
"""

import argparse
import json
import pathlib
import random
from collections import Counter

import py3langid

from crawler.identity.boilerplate import learn, strip
from crawler.identity.units import key_of

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
LONG = 26
SMALL_SITES = (5, 8, 12, 20, 40)


def gold_articles(corpus):
    """Return the articles of five paragraphs and more, as their paragraphs, in the most frequent language."""
    found = {}
    with (corpus / "gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            page = json.loads(line)
            blocks = [block.strip() for block in (page.get("articleBody") or "").split("\n") if block.strip()]
            if page["kind"] == "article" and len(blocks) >= 5:
                found.setdefault(py3langid.classify(page["articleBody"])[0], []).append(blocks)
    return max(found.values(), key=len)


def follow_ups(blocks, count, chance):
    """Make *count* articles out of a long one: each has its share of the paragraphs, and all have its background (in
    the middle or at the end); every second one has a quote too."""
    length = chance.choice([1, 2, 3])
    background, quote, rest = blocks[:length], blocks[length], blocks[length + 1 :]
    at_end = chance.random() < 0.5
    made = []
    for number in range(count):
        own = rest[number::count]
        if len(own) < 2:
            continue
        place = len(own) if at_end else len(own) // 2
        made.append([own[0], *([quote] if number % 2 else []), *own[1:place], *background, *own[max(1, place) :]])
    return made, [*background, quote]


def make_site(number, pool, count, chance):
    """Return a site's articles as (blocks, own blocks), the inserted keys, the keys of genuine repeats, and the fused
    line."""
    name = f"The Town Paper {number}"
    articles, genuine = [], set()
    long = [blocks for blocks in pool if len(blocks) >= LONG]
    for blocks in chance.sample(long, min(max(1, count // 20), len(long))):
        made, shared = follow_ups(blocks, min(chance.choice([2, 3, 5, 6, 7, 8]), count // 3), chance)
        articles += made
        genuine |= {key_of(block) for block in shared}
    articles += chance.sample([blocks for blocks in pool if blocks not in long], count - len(articles))
    chance.shuffle(articles)
    appeal = [line.format(name=name) for line in chance.choice(APPEALS)]
    place, share, start = PLACES[number % 4], chance.uniform(0.5, 1.0), 0
    if place == "midway":
        start = count // 2
    site = []
    for day, own in enumerate(articles):
        blocks = list(own)
        if day >= start and chance.random() < share:
            where = {"top": 0, "middle": len(blocks) // 2}.get(place, len(blocks))
            blocks[where:where] = appeal
        if chance.random() < 0.3:
            blocks[-1] += " " + FUSED.format(name=name)
        site.append((blocks, own))
    return site, {key_of(line) for line in appeal}, genuine, FUSED.format(name=name)


def measure(site, inserted, genuine, fused):
    texts = ["\n".join(blocks) for blocks, _ in site]
    known = learn(texts)
    row = Counter()
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


def measure_page(page, first, pool):
    """Print how often the page comes out as its body alone, on small sites with the same appeal."""
    blocks = [line.strip() for line in page.read_text(encoding="utf-8").split("\n") if line.strip()]
    start = next(number for number, block in enumerate(blocks) if block.startswith(first))
    body, appeal = blocks[:start], blocks[start:]
    for count in SMALL_SITES:
        clean = 0
        for seed in range(50):
            others = random.Random(seed).sample(pool, count)
            known = learn(["\n".join(blocks), *("\n".join([*other, *appeal]) for other in others)])
            clean += strip("\n".join(blocks), known).body == "\n".join(body)
        print(f"the page on a site with {count:2} others: clean on {clean} of 50")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=pathlib.Path)
    parser.add_argument("--from", dest="first", default="A Message from")
    options = parser.parse_args()
    pool = gold_articles(options.corpus)
    for parity, label in ((1, "tuned on"), (0, "measured")):
        total = Counter()
        for number in range(options.sites):
            if number % 2 == parity:
                chance = random.Random(f"{options.seed}-{number}")
                total += measure(*make_site(number // 2, pool, options.articles, chance))
        print(
            f"{label}: inserted blocks gone {total['gone'] / total['put']:.4f} of {total['put']}, "
            f"fused lines gone {total['unfused'] / max(1, total['fused']):.4f} of {total['fused']}, "
            f"genuine repeats harmed {total['harmed'] / max(1, total['repeats']):.4f} of {total['repeats']}, "
            f"other own blocks lost {total['lost']} of {total['own']}"
        )
    if options.page:
        measure_page(options.page, options.first, pool)


if __name__ == "__main__":
    main()
