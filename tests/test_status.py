"""What an operator sees at one glance, and what cron and mail make of it."""

import email
import json
import re
from email.policy import default

import pytest

from crawler.newsroom import Fault


@pytest.fixture
def visited(operator, paper, tmp_path):
    """A source that is well, one whose feed has gone, and one that nobody has visited."""
    file = tmp_path / "sources.toml"
    file.write_text(
        f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n'
        f'[lost]\nhome = "{paper.url}"\nfeeds = ["{paper.url}lost.rss"]\n'
    )
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    paper.fault("/lost.rss", Fault(status=403))
    ended = operator.run("crawl", "news")
    assert (ended.code, ended.err) == (3, "lost: blocked: none of 1 documents could be read (1 http_403)\n")
    with file.open("a") as more:
        more.write('[later]\nhome = "https://later.example/"\n')
    return operator


def test_status_tells_of_every_source_how_it_stands_those_that_need_somebody_first(visited):
    ended = visited.run("status")
    assert (ended.code, ended.err) == (0, "")
    lost, courier, later = ended.out.splitlines()
    assert re.fullmatch(r"lost +blocked +blocked for less than a minute: none of 1 documents could be .*", lost)
    assert re.fullmatch(r"courier +fresh +\d+ in 24 hours, newest less than a minute ago", courier)
    assert re.fullmatch(r"later +new +never visited", later)


def test_status_fail_prints_what_needs_somebody_and_exits_3(visited):
    ended = visited.run("status", "--fail")
    assert ended.code == 3
    assert [line.split()[0] for line in ended.out.splitlines()] == ["lost"]
    ended = visited.run("status", "--fail", "courier")
    assert (ended.code, ended.out) == (0, "")


def test_status_as_json_has_times_and_names(visited):
    facts = json.loads(visited.run("status", "--json").out)
    assert facts["lastRun"]["exitCode"] == 3
    by_id = {source["id"]: source for source in facts["sources"]}
    assert by_id["lost"]["verdict"] == "blocked"
    assert by_id["courier"]["verdict"] is None
    assert by_id["courier"]["today"] > 10
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", by_id["lost"]["since"])


def test_status_as_mail_says_in_its_subject_whether_to_read_on(visited):
    ended = visited.run("status", "--mail", "desk@example.org")
    message = email.message_from_string(ended.out, policy=default)
    assert message["To"] == "desk@example.org"
    assert message["Subject"] == "Crawler: 1 of 3 sources need you"
    assert "\nlost " in message.get_content()
    assert visited.run("status", "--mail", "no address").code == 2


def test_status_of_a_source_that_does_not_exist_is_a_usage_error(visited):
    ended = visited.run("status", "nobody")
    assert ended.code == 2
    assert "expected sources, found no nobody" in ended.out + ended.err


def test_status_where_nothing_was_crawled_says_so(operator):
    ended = operator.run("status")
    assert ended.code == 74
    assert "nothing has been crawled here" in ended.err


def test_what_was_said_is_not_said_again_and_the_alert_command_gets_the_facts(visited, tmp_path):
    told = tmp_path / "told.json"
    visited.settings["ON_ALERT"] = f"sh -c 'cat > {told}'"
    ended = visited.run("crawl", "news", "-a", "source=lost")
    assert ended.code == 4
    assert ended.err.startswith("lost: blocked: ")  # because it was asked for by name
    assert not told.exists()


def test_an_alert_command_that_fails_is_named_and_breaks_nothing(operator, paper, tmp_path):
    file = tmp_path / "sources.toml"
    file.write_text(f'[lost]\nhome = "{paper.url}"\nfeeds = ["{paper.url}lost.rss"]\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    operator.settings["ON_ALERT"] = "sh -c 'echo no line to the pager >&2; exit 7'"
    ended = operator.run("crawl", "news")
    assert ended.code == 4
    assert ended.err.splitlines()[-1] == "ON_ALERT: sh: ended with 7: no line to the pager"
    assert operator.report["exitCode"] == 4


def test_an_alert_command_with_an_open_quote_is_refused(operator, paper):
    operator.settings["ON_ALERT"] = "sh -c 'oops"
    ended = operator.crawl(paper.url)
    assert ended.code == 2
    assert ended.err.startswith('ON_ALERT: expected a command and its arguments, got "sh -c \'oops"')
    assert paper.requests == []
