"""Documents: when each is due, what is remembered of it, and how a broken one is left alone ever longer."""

import attrs
import pytest

from crawler import schedule
from crawler.state.documents import Document, Validators

FEED = Document(source="courier", url="https://courier.example/feed", kind="feed", origin="sources")
HOUR = 3600.0


def read(state, document=FEED, digest="one", now=0.0, new=0, **validators):
    state.documents.read(
        document, kind=document.kind, validators=Validators(**validators), digest=digest, links=30, now=now, new=new
    )


def known(state):
    return state.documents.at(FEED.url)[0]


@pytest.fixture
def documents(state):
    state.documents.add(FEED)
    return state.documents


def is_due(state, now, every=None):
    return known(state).overdue(now, every=every) >= 1


@pytest.mark.usefixtures("documents")
def test_a_document_never_visited_is_due(state):
    assert is_due(state, now=0)


def test_a_document_is_due_again_after_the_interval_of_its_source_and_not_before(state, documents):
    read(state, now=100)
    assert not is_due(state, now=100 + HOUR * 0.9, every=HOUR)
    assert is_due(state, now=100 + HOUR, every=HOUR)
    assert documents.all()["courier"] == [known(state)]


@pytest.mark.usefixtures("documents")
def test_a_document_that_brings_much_is_due_sooner_than_one_that_brings_little(state):
    waits = []
    for new in (0, 30):
        read(state, attrs.evolve(known(state), rhythm=None), now=0)
        for hour in range(1, 49):
            read(state, known(state), now=hour * HOUR, new=new, digest=str(hour))
        waits.append(known(state).due - 48 * HOUR)
        assert is_due(state, now=known(state).due)
        assert not is_due(state, now=48 * HOUR + waits[-1] * 0.9)
    assert waits[1] < waits[0] / 4


def test_what_the_children_of_an_index_bring_counts_for_the_index(state, documents):
    index = attrs.evolve(FEED, url="https://courier.example/index.xml", kind="sitemap_index")
    child = attrs.evolve(FEED, url="https://courier.example/day.xml", kind="sitemap", origin=index.url, child=True)
    documents.add(index)
    documents.add(child)
    read(state, index, now=1)
    read(state, child, now=1, new=30)
    before = documents.at(index.url)[0].due
    read(state, documents.at(child.url)[0], now=2, new=30, digest="two")
    after = documents.at(index.url)[0].due
    assert 1 < after < before


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
    assert pauses[4:14] == [16 * HOUR] + [schedule.DAY] * 9
    assert pauses[-1] == schedule.WEEK
    assert is_due(state, now=schedule.WEEK)
    assert not is_due(state, now=schedule.WEEK * 0.9)


def test_a_failing_document_is_left_alone_for_as_long_as_its_server_asks(state, documents):
    documents.failed(known(state), "http_503", every=HOUR, wait=5 * HOUR, now=0)
    assert not is_due(state, now=4.9 * HOUR, every=HOUR)
    assert is_due(state, now=5 * HOUR, every=HOUR)


@pytest.mark.usefixtures("documents")
def test_what_came_during_an_outage_is_counted_over_the_outage(state):
    """Else ten articles in a day of failures would look like ten in the last hour."""
    for start, outage in ((0, False), (100 * HOUR, True)):
        read(state, attrs.evolve(known(state), rhythm=None), now=start)
        if outage:
            state.documents.failed(known(state), "http_500", now=start + 23 * HOUR)
        read(state, known(state), now=start + 24 * HOUR, new=10, digest=str(start))
        if not outage:
            steady = schedule.Rhythm.of_text(known(state).rhythm).rate
    assert schedule.Rhythm.of_text(known(state).rhythm).rate == pytest.approx(steady)


@pytest.mark.usefixtures("documents")
def test_a_clock_that_was_years_ahead_once_does_not_keep_a_document_from_its_visits(state):
    read(state, now=1e10)
    assert is_due(state, now=1e9)
    read(state, known(state), now=1e9, digest="two", new=3)
    assert not is_due(state, now=1e9 + 60)
    assert is_due(state, now=1e9 + schedule.DAY)


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
    assert state.documents.all() == {}
    state.documents.add(FEED)
    assert state.documents.all() == {"courier": [FEED]}


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
