"""What is said of a source after a run: new, quiet, or why somebody should look at it."""

import pytest

from crawler import health
from crawler.discovery import Link
from crawler.health import TIMES_BROKEN, TIMES_FAILED, TIMES_REJECTED
from crawler.state.announcements import Finding
from crawler.state.documents import Document, Validators

SITE = "https://courier.example/"
FEED = Document(source="courier", url=f"{SITE}feed", kind="feed", origin="sources")


@pytest.fixture
def run(state):
    """Plays a run and returns what is said of its source."""

    def play(*outcomes, read=True, document=None, pending=0):
        names = [f"{number}" for number in range(len(outcomes) + pending)]
        found = [Finding(link=Link(url=f"{SITE}{name}", method="feed")) for name in names]
        state.frontier.announce("courier", "feed", found, now=1)
        leases = state.frontier.lease("courier", len(outcomes), run=state.run, now=2)
        for lease, outcome in zip(leases, outcomes, strict=True):
            name, _, reason = outcome.partition(" ")
            state.frontier.settle(lease.key, name, run=state.run, now=3, reason=reason or None)
        state.documents.add(FEED)
        if document:
            state.documents.failed(FEED, document, every=1, now=4)
        elif read:
            state.documents.read(FEED, kind="feed", validators=Validators(), digest="", links=1, now=4)
        (source,) = health.of_run(state, asked=["courier"])
        return source

    return play


def verdict(source):
    return source.outcome, source.works, source.answered


def test_a_source_with_new_articles_works(run):
    assert verdict(run("stored", "failed http_500")) == ("new", True, True)


def test_a_quiet_source_works(run):
    assert verdict(run("stored", "stored")) == ("new", True, True)


def test_a_source_that_was_asked_for_and_had_nothing_due_works(state):
    (source,) = health.of_run(state, asked=["courier"])
    assert verdict(source) == ("nothing_new", True, True)
    assert source.summary() == "0 new, 0 pending; documents: none due"


@pytest.mark.parametrize(
    ("failure", "named"),
    [("dns", "dns"), ("http_403", "blocked"), ("http_429", "rate_limited"), ("not_a_document", "feed_broken")],
)
def test_a_source_of_which_no_document_can_be_read_is_named(run, failure, named):
    source = run(document=failure)
    assert verdict(source) == (named, False, False)
    assert source.detail == f"none of 1 documents could be read (1 {failure})"


def test_a_source_whose_pages_all_fail_is_named(run):
    source = run(*["failed http_403"] * TIMES_FAILED)
    assert verdict(source) == ("blocked", False, False)
    assert "none of 5 pages could be fetched (5 http_403)" in source.detail


def test_a_page_that_fails_again_in_a_quiet_hour_says_nothing_of_its_source(run):
    assert verdict(run("failed http_500", "rejected robots")) == ("nothing_new", True, True)


def test_a_single_page_that_fails_is_named_where_nothing_else_was_visited(run):
    assert verdict(run("failed http_404", read=False)) == ("http_404", False, False)


def test_a_source_whose_pages_are_all_no_articles_is_named(run):
    assert verdict(run(*["rejected paywall"] * TIMES_REJECTED)) == ("no_articles", False, False)


def test_a_few_pages_that_are_no_articles_are_no_trouble(run):
    assert run(*["rejected paywall"] * (TIMES_REJECTED - 1)).works


def test_documents_that_announce_nothing_are_named(run):
    assert verdict(run()) == ("nothing_found", False, False)


def test_one_broken_document_among_good_ones_is_named_after_some_times(state, run):
    broken = Document(source="courier", url=f"{SITE}rss", kind="feed", origin="sources")
    state.documents.add(broken)
    for _ in range(TIMES_BROKEN - 1):
        state.documents.failed(broken, "http_404", every=1, now=1)
    assert run("stored").works
    state.documents.failed(broken, "http_404", every=1, now=1)
    (source,) = health.of_run(state)
    assert verdict(source) == ("http_404", False, True)
    assert f"{SITE}rss failed {TIMES_BROKEN} times in a row" in source.detail


def test_sums_match_and_a_lost_address_would_show(state, run):
    source = run("stored", "rejected paywall", "failed timeout", pending=2)
    assert source.sums_match
    assert (source.total_announced, source.pending) == (5, 2)
    state.frontier.lease("courier", 1, run=state.run, now=9)
    (source,) = health.of_run(state)
    assert not source.sums_match


def test_the_summary_tells_what_became_of_everything(run):
    source = run("stored", "rejected paywall", "rejected video", "duplicate same_text", pending=1)
    assert source.summary() == (
        "1 new, 1 duplicate (1 same_text), 2 rejected (1 paywall, 1 video), 1 pending; documents: 1 read"
    )


def test_the_part_of_the_report_has_every_sum(run):
    told = run("stored", "failed dns").as_json()
    assert told["thisRun"] == {"stored": 1, "duplicate": {}, "rejected": {}, "failed": {"dns": 1}, "pending": 0}
    assert told["total"] == {"announced": 2, "sumsMatch": True} | told["thisRun"]
