"""What a run visits, typed as cron types it: only what is due, the most overdue first, and the rest keeps its place."""

import json
import re
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing

import attrs
import pytest

from crawler.newsroom import Fault
from crawler.schedule import Rhythm

RSS = '<rss version="2.0"><channel><title>x</title>{}</channel></rss>'
HOUR = 3600


def feed(paper, *numbers):
    links = (f"{paper.url}news/{number}-a-story-of-some-words" for number in numbers)
    return Fault(status=200, body=RSS.format("".join(f"<item><link>{link}</link></item>" for link in links)).encode())


@pytest.fixture
def cron(operator, paper, tmp_path):
    """An operator with a source file of three feeds; articles are left alone, because this is about documents."""
    file = tmp_path / "sources.toml"
    addresses = [f"{paper.url}{name}.rss" for name in "abc"]
    file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = {json.dumps(addresses)}\n')
    for place, name in enumerate("abc"):
        paper.fault(f"/{name}.rss", feed(paper, *range(place * 100, place * 100 + 20)))
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port, "ROBOTSTXT_OBEY": "0"}
    operator.settings["CONCURRENT_REQUESTS_PER_DOMAIN"] = "1"
    operator.file = file

    def visited(*words, code=0):
        asked = len(paper.requests)
        ended = operator.run("crawl", "news", "-a", "match=nothing", *words)
        assert (ended.code, ended.out) == (code, ""), ended.err
        return [request.path.strip("/").removesuffix(".rss") for request in paper.requests[asked:]]

    operator.visited = visited
    return operator


def let_pass(operator, hours):
    """Let time pass for all that the state remembers of documents."""
    seconds = hours * HOUR
    with closing(sqlite3.connect(operator.data / "crawl.db")) as state:
        for url, text in state.execute("SELECT url, rhythm FROM document WHERE rhythm IS NOT NULL").fetchall():
            rhythm = Rhythm.of_text(text)
            moved = attrs.evolve(rhythm, until=rhythm.until - seconds).as_text()
            state.execute("UPDATE document SET rhythm = ? WHERE url = ?", (moved, url))
        state.execute(
            "UPDATE document SET checked = checked - :s, due = due - :s, not_before = max(not_before - :s, 0)",
            {"s": seconds},
        )
        state.execute("UPDATE rest SET until = until - ?", (seconds,))
        state.commit()


def test_what_brings_more_is_visited_more_often_and_nothing_that_is_not_due(cron, paper):
    assert sorted(cron.visited()) == ["a", "b", "c"]
    assert cron.visited() == []
    let_pass(cron, hours=8)
    paper.fault("/a.rss", feed(paper, *range(1000, 1020)))
    assert sorted(cron.visited()) == ["a", "b", "c"]
    let_pass(cron, hours=0.7)
    assert cron.visited() == ["a"], "all of its entries were new; the others brought nothing"
    assert f"due again by what it brings {cron.report['ended'][:2]}" in cron.run("explain", f"{paper.url}a.rss").out


def test_a_budget_ends_the_run_with_5_and_the_rest_keeps_its_place(cron):
    cron.settings |= {"CLOSESPIDER_PAGECOUNT": "1", "DOWNLOAD_DELAY": "1"}
    first = cron.visited(code=5)
    assert len(first) < 3
    cron.settings |= {"CLOSESPIDER_PAGECOUNT": "0", "DOWNLOAD_DELAY": "0"}
    assert sorted(first + cron.visited()) == ["a", "b", "c"]


def test_the_most_overdue_document_is_visited_first(cron):
    cron.visited()
    cron.settings["DOWNLOAD_DELAY"] = "0.5"  # one after the other, as it is by default
    let_pass(cron, hours=3)
    with closing(sqlite3.connect(cron.data / "crawl.db")) as state:
        state.execute("UPDATE document SET due = checked + 7200 WHERE url LIKE '%/a.rss'")
        state.execute("UPDATE document SET due = checked + 1800 WHERE url LIKE '%/b.rss'")
        state.execute("UPDATE document SET due = checked + 3600 WHERE url LIKE '%/c.rss'")
        state.commit()
    assert cron.visited() == ["b", "c", "a"]


def test_an_interval_in_the_source_file_is_the_operators_word(cron):
    cron.file.write_text(cron.file.read_text() + 'every = "2h"\n')
    cron.visited()
    let_pass(cron, hours=1.8)
    assert cron.visited() == []
    let_pass(cron, hours=0.2)
    assert sorted(cron.visited()) == ["a", "b", "c"]


def test_a_feed_that_answers_503_has_its_site_left_alone_for_as_long_as_it_asks(cron, paper):
    cron.settings["DOWNLOAD_DELAY"] = "0.3"  # without any pause the next feed would be asked for while this one is read
    paper.fault("/a.rss", Fault(status=503, retry_after=5 * HOUR))
    assert cron.visited(code=4) == ["a"]
    let_pass(cron, hours=4.7)
    assert cron.visited(code=4) == []
    let_pass(cron, hours=0.4)
    paper.fault("/a.rss", feed(paper, 1, 2, 3))
    assert "a" in cron.visited()


def test_a_broken_feed_is_asked_ever_more_rarely_and_does_not_hold_up_the_others(cron, paper):
    paper.fault("/a.rss", Fault(status=404))
    asked = []
    for code in (0, 0, 3, 3):  # three failures in a row are worth a human's look
        asked.append("a" in cron.visited(code=code))
        let_pass(cron, hours=4)
    assert asked == [True, True, True, False]


def cpu_of(start):
    """The CPU seconds of a program and its children, the least of three."""
    return min(_cpu_once(start) for _ in range(3))


def _cpu_once(start):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_run_with_nothing_due_says_nothing_and_costs_less_than_a_second_more_than_python_with_scrapy(cron, paper):
    cron.visited()
    with closing(sqlite3.connect(cron.data / "crawl.db")) as state:
        state.execute("UPDATE url SET state = 'failed'")
        state.commit()
    asked = len(paper.requests)
    ended = []
    ours = cpu_of(lambda: ended.append(cron.run_anew("crawl", "news")))
    scrapy = cpu_of(lambda: subprocess.run([sys.executable, "-c", "import scrapy"], check=True))
    assert {(one.code, one.out, one.err) for one in ended} == {(0, "", "")}
    assert len(paper.requests) == asked
    assert ours - scrapy < 1


def test_a_plan_tells_what_would_be_fetched_in_order_and_how_long_it_takes_and_fetches_nothing(cron, paper):
    cron.settings["DOWNLOAD_DELAY"] = "30"
    ended = cron.run("crawl", "news", "--plan")
    assert (ended.code, ended.err, paper.requests) == (0, "", [])
    assert re.findall(r"(?m)^ +[123]  feed +never visited +courier +\S+/([abc]).rss$", ended.out) == ["a", "b", "c"]
    assert "3 requests to 1 site would take about 90 s" in ended.out
    assert not cron.data.exists()


def test_a_plan_after_a_crawl_knows_what_waits_and_when_the_next_document_is_due(cron, paper):
    cron.visited()
    asked = len(paper.requests)
    ended = cron.run("crawl", "news", "--plan", "-a", "source=courier")
    assert re.search(r"(?m)^ +1  feed +visited \d+ s ago", ended.out)
    assert "60  articles of courier wait to be fetched" in ended.out
    with closing(sqlite3.connect(cron.data / "crawl.db")) as state:
        state.execute("UPDATE url SET state = 'failed'")
        state.commit()
    ended = cron.run("crawl", "news", "--plan")
    assert re.fullmatch(r"Nothing is due before \S+Z: http://\S+/[abc].rss\n", ended.out)
    assert len(paper.requests) == asked


def test_a_plan_of_what_cannot_be_understood_is_refused(cron):
    assert cron.run("crawl", "nws", "--plan").err == "nws: expected a spider (archive, news, urls)\n"
    ended = cron.run("crawl", "news", "--plan", "-a", "source=nobody")
    assert (ended.code, ended.out) == (2, "")
