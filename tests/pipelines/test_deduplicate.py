"""Duplicates: the same address, the same text, and a canonical address only where the headlines agree."""

import functools
import random
import time

import pytest
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from crawler import output
from crawler.pipelines.deduplicate import Deduplicate
from crawler.pipelines.store import Store
from crawler.state import attach

SITE = "https://courier.example/"


@pytest.fixture
def pipe(state):
    """Sends an article through deduplication and storage and returns it; raises DropItem."""

    @functools.cache
    def crawler_of(drops):
        crawler = get_crawler(settings_dict={"DROP_COPIES": drops})
        crawler._apply_settings()
        attach(crawler, state)
        return crawler

    def send(article, *, drops=False):
        crawler = crawler_of(drops)
        return Store(crawler).process_item(Deduplicate(crawler).process_item(article))

    return send


def outcome(state, name):
    row = state.history(f"courier.example/{name}").url
    return row and (row["state"], row["reason"])


def stored(state):
    return sum(counts.get(("stored", ""), 0) for counts in state.frontier.tally().values())


def test_an_article_at_a_known_address_is_dropped_and_settled(state, pipe, new_article):
    pipe(new_article(f"{SITE}a"))
    with pytest.raises(DropItem):
        pipe(new_article(f"{SITE}a", "another text", requestedUrl=f"{SITE}b"))
    assert outcome(state, "a") == ("stored", None)
    assert outcome(state, "b") == ("duplicate", "same_address")
    assert stored(state) == 1


def test_two_addresses_that_redirect_to_one_give_one_article(state, pipe, new_article):
    pipe(new_article(f"{SITE}final", requestedUrl=f"{SITE}one"))
    with pytest.raises(DropItem):
        pipe(new_article(f"{SITE}final", requestedUrl=f"{SITE}two"))
    assert [outcome(state, name) for name in ("one", "two")] == [("stored", None), ("duplicate", "same_address")]
    assert stored(state) == 1


def test_the_same_text_on_the_same_site_is_a_duplicate(state, pipe, new_article):
    text = "The council has voted for the wall. " * 10
    pipe(new_article(f"{SITE}a", text))
    with pytest.raises(DropItem):
        pipe(new_article(f"{SITE}b", text))
    assert outcome(state, "b") == ("duplicate", "same_text")


def test_a_few_words_in_place_of_a_story_make_no_duplicate_unless_the_headlines_agree(state, pipe, new_article):
    pipe(new_article(f"{SITE}a", headline="The launch of the lifeboat"))
    assert pipe(new_article(f"{SITE}b", headline="The harbour fair in pictures")).syndication is None
    with pytest.raises(DropItem):
        pipe(new_article(f"{SITE}c", headline="The launch of the lifeboat"))
    assert outcome(state, "c") == ("duplicate", "same_text")


def test_the_same_text_on_another_site_is_kept_and_marked(pipe, new_article):
    first = pipe(new_article(f"{SITE}a"))
    copy = pipe(new_article("https://herald.example/a"))
    third = pipe(new_article("https://gazette.example/a"))
    assert copy.syndication == {"clusterId": first.id, "copyOf": first.id, "originalUrl": f"{SITE}a"}
    assert third.syndication["clusterId"] == first.id


def test_a_copy_on_another_site_is_dropped_where_the_operator_says_so(pipe, new_article):
    pipe(new_article(f"{SITE}a"))
    with pytest.raises(DropItem):
        pipe(new_article("https://herald.example/a"), drops=True)


@pytest.mark.parametrize("order", [("real", "thief"), ("thief", "real")])
def test_a_page_that_claims_the_address_of_another_article_takes_nothing_from_it(state, pipe, new_article, order):
    articles = {
        "real": new_article(f"{SITE}real", "The ferry will be rebuilt.", headline="Ferry to be rebuilt"),
        "thief": new_article(f"{SITE}thief", "Buy now.", headline="Buy now", canonicalUrl=f"{SITE}real"),
    }
    for name in order:
        pipe(articles[name])
    assert stored(state) == 2
    assert state.articles.by_key("courier.example/real").headline == "Ferry to be rebuilt"
    assert state.articles.by_key("courier.example/thief").headline == "Buy now"


def test_pages_that_all_claim_one_address_are_all_kept(state, pipe, new_article):
    for name in "abc":
        pipe(new_article(f"{SITE}{name}", name, canonicalUrl=SITE))
    assert stored(state) == 3


@pytest.mark.parametrize("order", [("story", "print"), ("print", "story")])
def test_another_rendering_of_an_article_is_known_by_its_canonical_address(state, pipe, new_article, order):
    articles = {
        "story": new_article(f"{SITE}story", "The ferry will be rebuilt.", headline="Ferry to be rebuilt"),
        "print": new_article(
            f"{SITE}print", "Print. The ferry will be rebuilt.", headline="FERRY to be rebuilt!",
            canonicalUrl=f"{SITE}story",
        ),
    }  # fmt: skip
    pipe(articles[order[0]])
    with pytest.raises(DropItem):
        pipe(articles[order[1]])
    assert outcome(state, order[1]) == ("duplicate", "same_address")
    assert stored(state) == 1


def test_two_renderings_of_an_article_that_was_never_seen_itself_are_one(state, pipe, new_article):
    pipe(new_article(f"{SITE}amp-1", "One text.", headline="Ferry to be rebuilt", canonicalUrl=f"{SITE}story"))
    with pytest.raises(DropItem):
        pipe(new_article(f"{SITE}amp-2", "Two.", headline="Ferry to be rebuilt | Live", canonicalUrl=f"{SITE}story"))
    assert stored(state) == 1


def test_every_outcome_is_counted(state, pipe, new_article):
    for name, text in (("a", "one"), ("b", "one"), ("c", "two")):
        try:
            pipe(new_article(f"{SITE}{name}", text, canonicalUrl=f"{SITE}a"))
        except DropItem:
            continue
    (tally,) = state.frontier.tally().values()
    assert sum(tally.values()) == sum(state.frontier.announced().values()) == 3


def words(number, count=200):
    chance = random.Random(number)
    return " ".join("".join(chance.choices("aeiourtlsn", k=6)) for _ in range(count))


def published(hour):
    return f"2026-11-22T{hour:02}:00:00+00:00"


#: An article that was published at eight and fetched at half past.
AT_EIGHT = {"datePublished": published(8), "metadata": {"dateDownloaded": "2026-11-22T08:30:00Z"}}


def test_a_story_told_again_at_another_address_of_its_site_is_its_new_revision(state, pipe, new_article, freeze):
    first = pipe(new_article(f"{SITE}a", words(1), **AT_EIGHT))
    freeze()
    output.publish(state)
    again = pipe(new_article(f"{SITE}b", f"{words(1)} {words(2, 60)}", headline="More", datePublished=published(9)))
    assert (again.id, again.url, again.revision) == (first.id, first.url, 2)
    assert again.requestedUrl == f"{SITE}b"
    assert again.metadata["changed"] == ["headline", "articleBody"]
    assert again.previousContentHash == "0" * 64
    assert outcome(state, "b") == ("duplicate", "new_address")
    assert stored(state) == 1
    assert state.articles.by_key("courier.example/b").id == first.id


@pytest.mark.parametrize(
    "fields",
    [{"datePublished": published(7)}, {"datePublished": "2026-11-22T08:20:00+00:00"}, {}],
    ids=["an older version", "one that was there when the first was fetched", "one without a date"],
)
def test_a_version_that_is_not_known_to_be_newer_is_a_duplicate(state, pipe, new_article, freeze, fields):
    pipe(new_article(f"{SITE}a", words(1), **AT_EIGHT))
    freeze()
    output.publish(state)
    with pytest.raises(DropItem):
        pipe(new_article(f"{SITE}b", f"{words(1)} {words(2, 60)}", **fields))
    assert outcome(state, "b") == ("duplicate", "same_story")


def test_one_article_under_2000_addresses_is_one_article_at_even_cost(state, pipe, new_article):
    """Each page has a counter of its own in the text, so that no two texts are the same."""
    text = words(1)
    pipe(new_article(f"{SITE}0", f"{text} Seen 0 times.", headline="The same"))
    took = []
    with state.transaction():
        for number in range(1, 2000):
            page = new_article(f"{SITE}{number}", f"{text} Seen {number} times.", headline="The same")
            began = time.process_time()
            with pytest.raises(DropItem):
                pipe(page)
            took.append(time.process_time() - began)
    assert stored(state) == 1
    assert outcome(state, "1999") == ("duplicate", "same_story")
    assert sum(took[-500:]) < 3 * sum(took[:500])


def test_an_article_that_only_repeats_the_background_is_an_article_of_its_own(state, pipe, new_article):
    pipe(new_article(f"{SITE}a", f"{words(1)} {words(2)}"))
    assert pipe(new_article(f"{SITE}b", f"{words(3)} {words(2)}")).revision == 1
    assert stored(state) == 2


def test_a_copy_names_its_agency_and_the_original_is_the_agencys_own(pipe, new_article):
    pipe(new_article("https://herald.example/a", words(1), datePublished=published(7)))
    wire = pipe(new_article("https://apnews.com/a", words(1), datePublished=published(8)))
    copy = pipe(
        new_article(f"{SITE}a", words(1), datePublished=published(9), authors=[{"name": "The Associated Press"}])
    )
    assert "copyOf" not in wire.syndication
    assert copy.syndication["agency"] == "The Associated Press"
    assert copy.syndication["copyOf"] == wire.id
    assert copy.syndication["originalUrl"] == "https://apnews.com/a"


def test_the_original_that_a_page_names_counts_more_than_the_earliest(pipe, new_article):
    pipe(new_article("https://herald.example/a", words(1), datePublished=published(7)))
    named = pipe(new_article("https://gazette.example/a", words(1), datePublished=published(8)))
    copy = pipe(new_article(f"{SITE}a", words(1), syndication={"originalUrl": "https://gazette.example/a"}))
    assert copy.syndication["copyOf"] == named.id
    assert copy.syndication["originalUrl"] == "https://gazette.example/a"


def test_an_agency_story_that_nobody_else_has_shown_says_so_all_the_same(pipe, new_article):
    article = pipe(new_article(f"{SITE}a", credits=["Additional reporting by Reuters"]))
    assert article.syndication == {"clusterId": article.id, "agency": "Reuters"}


def test_texts_under_60_words_are_copies_only_if_they_are_the_same(pipe, new_article):
    pipe(new_article("https://herald.example/a", words(1, 50)))
    assert pipe(new_article(f"{SITE}a", words(1, 45))).syndication is None
    assert pipe(new_article(f"{SITE}b", words(1, 50), headline="B")).syndication
