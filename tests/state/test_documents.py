"""Documents: when each is due, what is remembered of it, and how a broken one is left alone ever longer."""

import attrs
import pytest

from crawler.state.documents import LONGEST_BACKOFF, Document, Validators

FEED = Document(source="courier", url="https://courier.example/feed", kind="feed", origin="sources")
HOUR = 3600.0


def read(state, document=FEED, digest="one", now=0.0, **validators):
    state.documents.read(
        document, kind=document.kind, validators=Validators(**validators), digest=digest, links=3, now=now
    )


def known(state):
    return state.documents.at(FEED.url)[0]


@pytest.fixture
def documents(state):
    state.documents.add(FEED)
    return state.documents


def test_a_document_never_visited_is_due(documents):
    assert documents.due("courier", now=0, every=HOUR) == [FEED]


def test_a_document_is_due_again_after_its_interval_and_not_before(state, documents):
    read(state, now=100)
    assert documents.due("courier", now=100 + HOUR * 0.9, every=HOUR) == []
    assert [document.url for document in documents.due("courier", now=100 + HOUR, every=HOUR)] == [FEED.url]


def test_a_named_source_has_all_its_own_documents_due_but_no_child(state, documents):
    read(state, now=100)
    documents.add(attrs.evolve(FEED, url="https://courier.example/page-2", origin=FEED.url, child=True))
    assert [document.url for document in documents.due("courier", now=100, every=None)] == [FEED.url]


def test_validators_are_kept_verbatim_and_a_304_keeps_them(state, documents):
    read(state, etag='W/"a"', last_modified="Sun, 22 Nov 2026 10:00:00 GMT")
    documents.not_modified(known(state), now=5)
    assert (known(state).etag, known(state).last_modified) == ('W/"a"', "Sun, 22 Nov 2026 10:00:00 GMT")
    assert (known(state).outcome, known(state).polls, known(state).checked) == ("not_modified", 2, 5)


@pytest.mark.usefixtures("documents")
def test_a_change_is_judged_by_the_links(state):
    read(state, digest="one", now=1)
    read(state, known(state), digest="one", now=2)
    assert (known(state).changed, known(state).outcome) == (1, "unchanged")
    read(state, known(state), digest="two", now=3)
    assert (known(state).changed, known(state).outcome) == (3, "changed")


def test_a_failing_document_is_tried_ever_more_rarely_and_never_dropped(state, documents):
    pauses = []
    for _ in range(20):
        documents.failed(known(state), "http_500", every=HOUR, now=0)
        pauses.append(known(state).not_before)
    assert pauses[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert pauses[-1] == LONGEST_BACKOFF
    assert documents.due("courier", now=LONGEST_BACKOFF, every=HOUR)
    assert documents.due("courier", now=LONGEST_BACKOFF - 1, every=HOUR) == []


def test_one_good_reading_ends_the_pause(state, documents):
    documents.failed(known(state), "timeout", every=HOUR, now=0)
    read(state, now=1)
    assert (known(state).fails, known(state).not_before) == (0, 0)


def test_a_document_named_again_keeps_its_validators_and_takes_its_new_place(state, documents):
    read(state, etag='"a"')
    documents.add(attrs.evolve(FEED, place=7, kind="candidate"))
    assert (known(state).etag, known(state).place, known(state).kind) == ('"a"', 7, "feed")


def test_a_child_that_the_source_file_names_is_visited_on_its_own_from_then_on(state):
    state.documents.add(attrs.evolve(FEED, origin="https://courier.example/sitemap", child=True))
    assert state.documents.due("courier", now=0, every=HOUR) == []
    state.documents.add(FEED)
    assert state.documents.due("courier", now=0, every=HOUR) == [FEED]


def test_what_another_document_names_stays_what_the_source_file_made_it(state, documents):
    documents.add(attrs.evolve(FEED, origin="https://courier.example/sitemap", child=True))
    assert known(state) == FEED


def test_children_come_best_placed_first(state):
    for place in (2, 0, 1):
        url = f"https://courier.example/{place}"
        state.documents.add(attrs.evolve(FEED, url=url, origin="index", child=True, place=place))
    assert [child.place for child in state.documents.children("courier", "index", 2)] == [0, 1]


def test_a_robots_txt_that_answers_is_no_visit_but_one_that_fails_is(state):
    robots = attrs.evolve(FEED, kind="robots", url="https://courier.example/robots.txt")
    read(state, robots)
    state.documents.not_modified(robots, now=1)
    assert state.documents.visits == {}
    state.documents.failed(robots, "timeout", every=HOUR, now=2)
    assert state.documents.visits == {("courier", "timeout"): 1}


def test_the_time_of_exploration_is_kept_beside_the_count_of_links(state):
    assert state.documents.explored("courier") is None
    state.documents.set_explored("courier", now=5)
    state.frontier.announce("courier", "feed", [], now=6)
    assert state.documents.explored("courier") == 5
    assert state.frontier.announced() == {"courier": 0}
