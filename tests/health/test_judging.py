"""What is said of a source over many runs: when it is named, when nothing is said, and what becomes its new normal."""

from datetime import UTC, datetime

import pytest

from crawler import health, output
from crawler.discovery import Link
from crawler.health import judging
from crawler.health.rhythm import DAY, HOUR
from crawler.sources import Source
from crawler.state.announcements import Finding
from crawler.state.documents import Document, Validators

SITE = "https://courier.example/"
BEGIN = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def desk(state, new_article):
    """Plays runs of one source, and returns what each of them says of it."""

    class Desk:
        number = 0
        now = BEGIN
        source = Source(id="courier", home=SITE)
        documents = (Document(source="courier", url=f"{SITE}feed", kind="feed", origin="sources"),)

        def run(self, articles=2, *, after=DAY, failing=None, links=9, document=0, **fields):
            self.now += after
            self.number += 1
            with state.transaction():  # one commit
                return self._run(articles, failing, links, document, fields)

        def _run(self, articles, failing, links, document, fields):
            state.begin_run(f"20261102T{self.number:06}Z", "crawl news", now=self.now)
            for counter in (state.frontier.settled, state.frontier.tried, state.documents.visits):
                counter.clear()
            self._visit(self.documents[document], failing, links)
            for _ in range(0 if failing else articles):
                self._store(**fields)
            (judged,) = judging.judge(state, health.of_run(state), {"courier": self.source}, now=self.now)
            judging.record(state, [judged])
            return judged

        def _visit(self, document, failing, links):
            state.documents.add(document)
            (known,) = [one for one in state.documents.of("courier") if one.url == document.url]
            if failing:
                state.documents.failed(known, failing, now=self.now)
            else:
                state.documents.read(
                    known, kind=known.kind, validators=Validators(), digest="x", links=links, now=self.now
                )

        def _store(self, **fields):
            self.number += 1
            url = f"{SITE}{self.number}"
            state.frontier.announce(
                "courier", f"{SITE}feed", [Finding(link=Link(url=url, method="feed"))], now=self.now
            )
            (lease,) = state.frontier.lease("courier", 1, run=state.run, now=self.now)
            values = {
                "authors": [{"name": "Tamsin Orrell"}],
                "datePublished": datetime.fromtimestamp(self.now - HOUR, UTC).isoformat(),
                "inLanguage": "en",
            }
            article = new_article(url, f"The council has voted on matter {self.number}.", **values | fields)
            state.articles.accept(
                article,
                output.encode({"articleBody": article.articleBody}),
                key=lease.key, asked=lease.key, aliases={}, day="2026-11-02", run=state.run, now=self.now,
            )  # fmt: skip

    return Desk()


def said(*judged):
    return [one.line() for one in judged if one.is_news]


def test_one_failure_of_a_source_that_was_well_is_not_said_and_the_second_is(desk):
    desk.run()
    assert said(desk.run(failing="timeout")) == []
    assert said(desk.run(failing="timeout")) == [f"courier: timeout: {SITE}feed failed 2 times in a row (timeout)"]


def test_a_source_that_cannot_be_reached_in_several_ways_is_said_once(desk):
    desk.run()
    failures = ("timeout", "dns", "connection_refused", "http_502", "dns")
    assert len(said(*[desk.run(failing=failure) for failure in failures])) == 1
    assert said(desk.run()) == ["courier: well again after 4 days of dns"]


def test_a_source_that_breaks_otherwise_is_said_again(desk):
    desk.run()
    lines = said(*[desk.run(failing=failure) for failure in ("dns", "dns", "http_403", "http_403")])
    assert [line.split(": ")[1] for line in lines] == ["dns", "blocked"]


def test_a_source_that_never_worked_is_named_at_once(desk):
    assert said(desk.run(failing="http_403")) == ["courier: blocked: none of 1 documents could be read (1 http_403)"]


def test_one_broken_document_of_two_names_the_source_only_after_three_failures(desk):
    desk.documents += (Document(source="courier", url=f"{SITE}other", kind="feed", origin="sources"),)
    desk.run(document=1)
    desk.run()
    assert said(*[desk.run(document=1, failing="http_404") for _ in range(2)]) == []
    assert said(desk.run(document=1, failing="http_404")) == [f"courier: http_404: {SITE}other failed 3 times in a row"]


def test_a_feed_that_is_empty_twice_is_named_and_a_news_sitemap_may_be_empty(desk):
    desk.run()
    assert said(*[desk.run(0, links=0) for _ in range(2)]) == [
        "courier: no_links: its 1 documents announce no article any more"
    ]


def test_a_news_sitemap_may_be_empty(desk):
    desk.documents = (Document(source="courier", url=f"{SITE}news.xml", kind="news_sitemap", origin="sources"),)
    desk.run()
    assert said(*[desk.run(0, links=0) for _ in range(3)]) == []


def test_what_has_been_so_for_a_fortnight_is_the_new_normal(desk):
    for _ in range(6):
        desk.run()
    redesigned = [desk.run(authors=[]) for _ in range(20)]
    broke, accepted = said(*redesigned)
    assert broke.startswith("courier: authors_gone: ")
    assert accepted == "courier: well: authors_gone for 14 days is taken for its new normal"
    assert said(*[desk.run() for _ in range(3)]) == []


def test_a_break_that_lasts_is_not_forgotten_before(desk):
    for _ in range(6):
        desk.run()
    broken = [desk.run(after=HOUR, authors=[]) for _ in range(40)]
    assert len(said(*broken)) == 1
    assert not broken[-1].standing.is_well


def test_a_day_that_is_not_as_expected_is_named_for_that_day(desk):
    desk.source = Source(id="courier", home=SITE, articles_per_day=(2, 3), timezone="Europe/Oslo")
    assert said(*[desk.run(2) for _ in range(4)]) == []
    assert said(desk.run(1), desk.run(2)) == ["courier: too_few: 1 articles on 2026-11-07, expected 2 to 3"]
    assert said(desk.run(4), desk.run(2)) == [
        "courier: well again after 1 day of too_few",
        "courier: too_many: 4 articles on 2026-11-09, expected 2 to 3",
    ]


def test_a_source_that_falls_silent_is_quiet_and_its_next_article_ends_that(desk):
    for _ in range(20):
        desk.run(1)
    silent = [desk.run(0) for _ in range(4)]
    assert said(*silent) == ["courier: quiet: nothing new for 3 days; usually never longer than 1 day"]
    assert said(desk.run(1))[0].startswith("courier: well again after ")


def test_articles_of_other_runs_than_visits_say_nothing_of_the_source(desk, state):
    for _ in range(6):
        desk.run()
    state.begin_run("archive", "crawl archive", now=desk.now + HOUR)
    for _ in range(40):
        desk._store(authors=[], datePublished="2009-01-01")
    assert said(*[desk.run(0) for _ in range(3)]) == []
