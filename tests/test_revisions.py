"""A corrected article comes as a new line beside the old one; an unchanged one costs one conditional request."""

import html
import json
import sqlite3
import time
import urllib.request
from contextlib import closing
from datetime import UTC, datetime

import pytest

from crawler.newsroom import Fault, Newsroom


@pytest.fixture
def paper():
    with Newsroom(edition=datetime.now(UTC).date()) as newsroom:
        yield newsroom


def changing(paper):
    """The path of the story that advance() changes."""
    before = {story.path: story.paragraphs for story in paper.articles}
    paper.advance()
    return next(story.path for story in paper.articles if story.paragraphs != before[story.path])


def make_due(operator, like="%"):
    with closing(sqlite3.connect(operator.data / "crawl.db")) as state:
        state.execute(
            "UPDATE revisit SET due = ? WHERE article IN (SELECT id FROM article WHERE url LIKE ?)", (time.time(), like)
        )
        state.commit()


def make_nothing_due(operator):
    """What is due by the clock must not get into a test's way."""
    with closing(sqlite3.connect(operator.data / "crawl.db")) as state:
        state.execute("UPDATE revisit SET due = ?", (time.time() + 86_400,))
        state.commit()


def asked_for(paper, since, path):
    return [request.status for request in paper.requests[since:] if request.path == path]


def test_a_changed_article_is_a_new_line_that_names_what_changed_and_the_old_line_stays(operator, paper):
    assert operator.crawl(paper.url).code == 0
    make_nothing_due(operator)
    before = operator.lines
    path = changing(paper)
    assert operator.crawl(paper.url).code == 0
    assert operator.lines[: len(before)] == before
    (first, second) = [record for record in operator.records if record["url"].endswith(path)]
    assert first["id"] == second["id"]
    assert (first["revision"], second["revision"]) == (1, 2)
    assert second["previousContentHash"] == first["contentHash"]
    assert second["firstSeen"] == first["firstSeen"]
    assert "articleBody" in second["metadata"]["changed"]
    assert second["articleBody"] != first["articleBody"]
    told = operator.run("explain", f"{paper.url.rstrip('/')}{path}").out
    assert "looked again: revised" in told
    assert operator.source["lookedAgain"]["revised"] == 1
    difference = operator.run("diff", f"{paper.url.rstrip('/')}{path}")
    assert difference.code == 0
    assert "\n- " in difference.out
    assert "\n+ " in difference.out


def test_an_unchanged_article_that_is_due_costs_one_conditional_request_and_no_line(operator, paper):
    assert operator.crawl(paper.url).code == 0
    make_nothing_due(operator)
    lines, asked = operator.lines, len(paper.requests)
    story = next(story for story in paper.articles if story.kind == "article" and story.template == 1)
    make_due(operator, f"%{story.path}")
    assert operator.crawl(paper.url).code == 0
    assert asked_for(paper, asked, story.path) == [304]
    assert operator.lines == lines
    assert operator.source["lookedAgain"] == {"unchanged": 1}


def test_a_page_that_is_gone_later_is_recorded_as_withdrawn_and_its_line_stays(operator, paper):
    assert operator.crawl(paper.url).code == 0
    make_nothing_due(operator)
    lines = operator.lines
    story = next(story for story in paper.articles if story.kind == "article")
    paper.fault(story.path, Fault(status=410))
    make_due(operator, f"%{story.path}")
    assert operator.crawl(paper.url).code == 0
    assert operator.lines == lines
    told = operator.run("explain", f"{paper.url.rstrip('/')}{story.path}").out
    assert "looked again: withdrawn (the server answered 410)" in told
    assert "withdrawn on" in told
    assert operator.source["lookedAgain"] == {"withdrawn": 1}


def test_nothing_is_looked_at_again_before_it_is_due(operator, paper):
    assert operator.crawl(paper.url).code == 0
    make_nothing_due(operator)
    asked = len(paper.requests)
    assert operator.crawl(paper.url).code == 0
    again = {request.path for request in paper.requests[asked:]}
    assert not again & {story.path for story in paper.articles}


def test_diff_says_when_there_is_nothing_to_compare(operator, paper):
    assert operator.crawl(paper.url, "-a", "limit=1").code == 0
    ended = operator.run("diff", operator.records[0]["url"])
    assert (ended.code, ended.out) == (0, "one revision only\n")
    assert operator.run("diff", "https://example.com/never-seen").code == 4


def a_story(paper, but=()):
    return next(s for s in paper.articles if s.kind == "article" and s.template == 1 and s.path not in but)


def test_a_look_that_is_led_to_another_article_makes_no_revision(operator, paper):
    assert operator.crawl(paper.url).code == 0
    make_nothing_due(operator)
    lines = operator.lines
    story = a_story(paper)
    other = a_story(paper, but=(story.path,))
    paper.fault(story.path, Fault(status=301, headers={"Location": other.path}))
    make_due(operator, f"%{story.path}")
    assert operator.crawl(paper.url).code == 0
    assert operator.lines == lines
    assert operator.source["lookedAgain"] == {"unread": 1}


@pytest.mark.thorough
def test_a_page_that_cannot_be_read_today_is_compared_with_the_text_we_have_another_day(operator, paper):
    assert operator.crawl(paper.url).code == 0
    make_nothing_due(operator)
    path = changing(paper)
    wall = b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
    paper.fault(path, Fault(body=wall, headers={"ETag": '"wall"'}, times=1))
    assert operator.crawl(paper.url).code == 0
    assert operator.source["lookedAgain"] == {"unread": 1}
    make_due(operator, f"%{path}")
    assert operator.crawl(paper.url).code == 0
    assert operator.source["lookedAgain"] == {"revised": 1}


@pytest.fixture
def long_story(operator, paper):
    """The paper's story on three pages, stored as the only one of its source."""
    story = next(story for story in paper.articles if len(story.pages) == 3)
    entry = f"<item><title>News</title><link>{paper.url.rstrip('/')}{story.path}</link></item>"
    feed = f'<rss version="2.0"><channel><title>News</title>{entry}</channel></rss>'.encode()
    paper.fault("/feed", Fault(status=200, body=feed, headers={"Content-Type": "application/rss+xml"}))
    sources = operator.directory / "sources.toml"
    sources.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed"]\n')
    operator.settings |= {"SOURCES_FILE": str(sources), "ALLOW_PRIVATE": paper.host_port}
    assert operator.run("crawl", "news", "-a", "source=courier").code == 0
    assert [record["url"].endswith(story.path) for record in operator.records] == [True]
    return story


def look_at(operator):
    """Make every article due, and return what was found and the new lines."""
    make_due(operator)
    before = operator.lines
    assert operator.run("crawl", "news", "-a", "source=courier").code == 0
    assert operator.lines[: len(before)] == before
    return operator.source["lookedAgain"], operator.records[len(before) :]


def test_an_article_on_three_pages_that_stays_as_it_is_is_read_whole_and_makes_no_line(operator, paper, long_story):
    asked = len(paper.requests)
    assert look_at(operator) == ({"unchanged": 1}, [])
    assert [asked_for(paper, asked, long_story.page_path(number)) for number in (1, 2, 3)] == [[200], [200], [200]]


def test_a_correction_on_the_last_of_three_pages_is_a_new_revision_of_the_whole(operator, paper, long_story):
    path, last = long_story.page_path(3), html.escape(long_story.pages[2][-1].text)
    with urllib.request.urlopen(paper.url.rstrip("/") + path) as page:
        body = page.read().decode()
    assert body.count(last) == 1
    paper.fault(path, Fault(body=body.replace(last, f"{last} The office said so on Monday.").encode()))
    first = operator.records[0]
    found, (second,) = look_at(operator)
    assert found == {"revised": 1}
    assert (second["id"], second["revision"]) == (first["id"], 2)
    assert second["metadata"]["changed"] == ["articleBody"]
    assert second["metadata"]["pages"] == first["metadata"]["pages"]
    assert second["articleBody"] == f"{first['articleBody']} The office said so on Monday."


def test_an_article_whose_third_page_cannot_be_read_today_is_not_taken_for_shortened(operator, paper, long_story):
    wall = b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
    path = long_story.page_path(3)
    for fault in (Fault(status=500), Fault(status=302, headers={"Location": "/"}), Fault(body=wall)):
        paper.fault(path, fault)
        assert look_at(operator) == ({"unread": 1}, [])
    told = operator.run("explain", f"{paper.url.rstrip('/')}{long_story.path}").out
    assert "looked again: unread (http_500)" in told
    assert f"looked again: unread (a further page redirects to {paper.url})" in told
    assert "looked again: unread (challenge)" in told


@pytest.mark.thorough
def test_a_page_that_could_not_be_had_at_first_is_added_later(operator, paper, long_story):
    url = f"{paper.url.rstrip('/')}{long_story.path}"
    whole = operator.records[0]
    operator.data = operator.directory / "again"
    paper.fault(long_story.page_path(3), Fault(status=404, times=1))
    assert operator.run("crawl", "news", "-a", "source=courier").code == 0
    assert "page_missing: http_404" in operator.records[0]["metadata"]["warnings"]
    found, (second,) = look_at(operator)
    assert found == {"revised": 1}
    assert (second["url"], second["articleBody"]) == (url, whole["articleBody"])


@pytest.mark.thorough
def test_what_is_learned_of_a_site_later_makes_no_revision(operator, paper):
    """The first article is written with the appeal in it; the same bytes are no correction once that is known."""
    story = next(s for s in paper.articles if s.template == 3 and s.language == "en")
    operator.settings["ALLOW_PRIVATE"] = paper.host_port
    assert operator.run("crawl", "urls", "-a", f"url={paper.url.rstrip('/')}{story.path}").code == 0
    assert operator.crawl(paper.url).code == 0
    make_nothing_due(operator)
    lines = operator.lines
    paper.fault(story.path, Fault(headers={"ETag": '"another"'}))
    make_due(operator, f"%{story.path}")
    assert operator.crawl(paper.url).code == 0
    assert operator.lines == lines


def first_line_alone(operator, paper):
    """Store one article before its site is known, so that its line holds the appeal; return its address' path."""
    story = next(s for s in paper.articles if s.template == 3 and s.language == "en")
    operator.settings["ALLOW_PRIVATE"] = paper.host_port
    assert operator.run("crawl", "urls", "-a", f"url={paper.url.rstrip('/')}{story.path}").code == 0
    return story.path


def test_lines_that_hold_site_text_are_corrected_once_and_only_where_the_operator_asks(operator, paper):
    path = first_line_alone(operator, paper)
    assert operator.crawl(paper.url).code == 0
    make_nothing_due(operator)
    before, asked = operator.lines, len(paper.requests)
    assert operator.crawl(paper.url).code == 0
    assert operator.lines == before
    assert operator.crawl(paper.url, "-a", "correct=1").code == 0
    (line,) = operator.lines[len(before) :]
    assert operator.lines[: len(before)] == before
    assert not asked_for(paper, asked, path)
    first = operator.records[0]
    second = json.loads(line)
    assert first["url"] == second["url"]
    assert second["revision"] == 2
    assert second["previousContentHash"] == first["contentHash"]
    assert second["metadata"]["reason"] == "boilerplate"
    assert len(second["boilerplate"]) >= 4
    left = second["articleBody"].split("\n")
    assert sorted(left + second["boilerplate"]) == sorted(first["articleBody"].split("\n"))
    assert operator.crawl(paper.url, "-a", "correct=1").code == 0
    assert operator.lines == [*before, line]
    url = f"{paper.url.rstrip('/')}{path}"
    assert "corrected (site text taken out)" in operator.run("explain", url).out
    assert "\n- " in operator.run("diff", url).out


@pytest.mark.thorough
def test_a_corrected_article_is_still_compared_with_what_its_page_gave(operator, paper):
    path = first_line_alone(operator, paper)
    assert operator.crawl(paper.url, "-a", "correct=1").code == 0
    make_nothing_due(operator)
    lines = operator.lines
    paper.fault(path, Fault(headers={"ETag": '"another"'}))
    make_due(operator, f"%{path}")
    assert operator.crawl(paper.url).code == 0
    assert operator.lines == lines
    assert operator.source["lookedAgain"] == {"unchanged": 1}


def test_correct_takes_no_other_value_than_1(operator):
    ended = operator.crawl("https://example.com/", "-a", "correct=yes")
    assert ended.code == 2
    assert '-a correct=: expected 1, got "yes"' in ended.err


def test_a_source_may_have_its_articles_never_looked_at_again(operator, paper):
    sources = operator.directory / "sources.toml"
    sources.write_text(f'[courier]\nhome = "{paper.url}"\nrevisit = []\n')
    operator.settings |= {"SOURCES_FILE": str(sources), "ALLOW_PRIVATE": paper.host_port}
    assert operator.run("crawl", "news", "-a", "source=courier").code == 0
    with closing(sqlite3.connect(operator.data / "crawl.db")) as state:
        assert state.execute("SELECT count(*) FROM revisit").fetchone() == (0,)
