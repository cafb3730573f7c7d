"""The commands beside crawl, typed as an operator types them."""

import json
import re
from pathlib import Path

import pytest

from crawler.newsroom import Newsroom

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
OURS = ("completion", "crawl", "demo", "diff", "explain", "export", "extract", "probe", "report", "sources", "status")


@pytest.fixture(scope="module")
def crawled(new_operator):
    operator = new_operator()
    with Newsroom() as paper:
        assert operator.crawl(paper.url).code == 0
        operator.paper = paper
        yield operator


def told(operator, kind):
    """What explain says of the first address that the paper holds to be of this kind."""
    path = next(path for path, found in operator.paper.expected.items() if found == kind)
    ended = operator.run("explain", operator.paper.url.rstrip("/") + path)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def test_explain_tells_of_a_stored_article_who_announced_it_and_where_its_line_is(crawled):
    out = told(crawled, "live_blog")
    assert "\nstored" in out
    assert re.search(r"announced by http://\S+ as", out)
    path, position = re.search(r"its line: (\S+), from byte (\d+)", out).groups()
    with Path(path).open("rb") as file:
        file.seek(int(position))
        assert json.loads(file.readline())["type"] == "LiveBlogPosting"


def test_explain_tells_of_a_duplicate_what_it_is_a_duplicate_of(crawled):
    out = told(crawled, "redirect")
    assert re.search(r"\nduplicate: \w+ \(of http://\S+\)|\nstored", out)
    assert "known by another address" in out or "also known as" in out


def test_explain_tells_of_a_rejected_page_the_reason_and_the_evidence(crawled):
    assert re.search(r"\nrejected: consent_wall \([^)]+\)", told(crawled, "consent"))
    assert "\nrejected: robots (robots.txt of 127.0.0.1 forbids it to NewsCrawler)" in told(crawled, "robots")


def test_explain_tells_of_a_failed_page_what_the_server_said(crawled):
    assert "\nfailed: http_404 (the server answered 404)" in told(crawled, "missing")


def test_explain_tells_of_an_unknown_address_what_would_become_of_it(crawled):
    ended = crawled.run("explain", "https://www.themoscowtimes.com/2026/11/20/a-headline-of-many-words-a12345")
    assert ended.code == 0
    assert "\nunknown: no document has announced it" in ended.out
    assert "looks like an article" in ended.out
    assert "source moscowtimes would take it" in ended.out


def test_explain_refuses_what_is_no_address_and_says_where_nothing_was_crawled(crawled, operator):
    assert crawled.run("explain", "nonsense").code == 2
    ended = operator.run("explain", "https://example.com/a")
    assert ended.code == 0
    assert "unknown: no document has announced it" in ended.out


def test_explain_tells_of_a_document_when_it_was_visited_and_what_it_said(crawled):
    ended = crawled.run("explain", f"{crawled.paper.url}feed.rss")
    assert ended.code == 0
    assert re.search(r"a document \(feed\) of source \S+, last visited \S+: changed, \d+ links", ended.out)


def test_extract_prints_the_record_of_a_page_and_keeps_nothing(crawled):
    story = crawled.paper.articles[0]
    ended = crawled.run("extract", f"{crawled.paper.url.rstrip('/')}{story.path}")
    assert ended.code == 0
    assert json.loads(ended.out)["headline"] == story.headline
    assert re.search(r"^headline +\w+ +\S", ended.err, re.MULTILINE)


def test_extract_says_why_a_page_is_no_article(crawled):
    path = next(path for path, kind in crawled.paper.expected.items() if kind == "video")
    ended = crawled.run("extract", f"{crawled.paper.url.rstrip('/')}{path}")
    assert ended.code == 3
    assert ended.err.startswith("no article: video")


def test_extract_reads_a_file(operator, tmp_path):
    page = tmp_path / "page.html"
    paragraph = "<p>The harbour master said on Monday that the old crane on the east pier will stay where it is.</p>"
    page.write_text(f"<html><head><title>The crane stays</title></head><body><h1>The crane stays</h1>{paragraph * 6}")
    ended = operator.run("extract", str(page), "--base", "https://example.org/news/the-crane-stays")
    assert ended.code == 0
    assert json.loads(ended.out)["headline"] == "The crane stays"


def test_extract_of_a_page_that_cannot_be_had_exits_4(crawled):
    path = next(path for path, kind in crawled.paper.expected.items() if kind == "missing")
    ended = crawled.run("extract", f"{crawled.paper.url.rstrip('/')}{path}")
    assert ended.code == 4
    assert "http_404" in ended.err


def test_probe_prints_documents_robots_a_record_and_a_stanza_that_works(operator, paper, tmp_path):
    ended = operator.run("probe", paper.url)
    assert ended.code == 0
    for expected in ("feed.rss", "sitemap-news.xml", "allowed for NewsCrawler", "Sample record", "Rights signals"):
        assert expected in ended.out
    stanza = ended.out[ended.out.index("Stanza for the source file") :].split("\n", 1)[1]
    file = tmp_path / "sources.toml"
    file.write_text(stanza)
    assert operator.run("sources", str(file)).code == 0
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    assert operator.run("crawl", "news", "-a", "limit=3").code == 0
    assert len(operator.records) == 3
    assert not list(operator.data.glob("demo"))


def test_probe_of_a_site_that_is_not_there_exits_4(operator):
    ended = operator.run("probe", "http://no-such-host.invalid/")
    assert ended.code == 4


def test_sources_lists_what_ships(operator):
    ended = operator.run("sources")
    assert ended.code == 0
    assert re.search(r"^moscowtimes +on .*https://www\.themoscowtimes\.com/$", ended.out, re.MULTILINE)


@pytest.mark.parametrize("command", OURS)
def test_every_command_explains_itself(operator, command):
    ended = operator.run(command, "-h")
    assert ended.code == 0
    assert len(ended.out) > 200
    assert f"`scrapy {command}" in README


@pytest.mark.parametrize("command", OURS)
def test_every_command_refuses_words_that_it_does_not_know(operator, command):
    assert operator.run(command, "one", "two", "three").code == 2


def test_the_readme_names_every_setting_of_ours():
    settings = (Path(__file__).parents[1] / "crawler" / "settings.py").read_text(encoding="utf-8")
    lint = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    known = re.search(r"known-settings = \[(.*?)\]", lint, re.DOTALL)[1]
    ours = {name for name in re.findall(r'"([A-Z_]+)"', known) if re.search(rf"^{name}\b", settings, re.MULTILINE)}
    assert {name for name in ours if f"`{name}`" not in README} == set()


def test_the_demo_stores_every_article_accounts_for_the_rest_and_repeats_without_a_line(operator):
    first = operator.run("demo", "--port", "18765", seconds=60)
    assert first.code == 0
    operator.data /= "demo-18765"
    lines = operator.lines
    with Newsroom() as paper:
        assert {r["url"].split("/", 3)[3] for r in operator.records} >= {s.path[1:] for s in paper.articles}
    for reason in ("consent_wall", "video", "paywall", "error_page", "robots", "http_404", "not_article_address"):
        assert reason in first.out
    operator.data = operator.data.parent
    second = operator.run("demo", "--port", "18765", seconds=60)
    assert second.code == 0
    assert "not modified; 0 articles added" in second.out
    operator.data /= "demo-18765"
    assert operator.lines == lines
    assert operator.source["thisRun"]["stored"] == 0
    assert "read" not in operator.source["documents"]


def test_a_setting_that_is_no_number_is_refused_by_name(operator, paper):
    operator.settings["DOWNLOAD_DELAY"] = "abc"
    ended = operator.crawl(paper.url)
    assert (ended.code, ended.err) == (2, "DOWNLOAD_DELAY: expected a number, got 'abc'\n")


def test_a_reader_who_stops_reading_sees_no_traceback(crawled):
    process = crawled.start("explain", f"{crawled.paper.url}feed.rss")
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(30)


def test_the_demo_says_when_its_port_is_taken(operator, paper):
    ended = operator.run("demo", "--port", paper.host_port.rpartition(":")[2])
    assert (ended.code, ended.err.count("\n")) == (2, 1)
