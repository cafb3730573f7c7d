"""The sample newspaper crawled once, from its home page alone: what is in the file, and what became of the rest."""

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest

import crawler
from crawler.items import Article
from crawler.newsroom import Newsroom

SCHEMA = json.loads((Path(crawler.__file__).parent / "record.schema.json").read_text())
KEYS = [field.name for field in Article.__attrs_attrs__]


@pytest.fixture(scope="module")
def crawled(new_operator):
    operator = new_operator()
    with Newsroom() as paper:
        operator.ended = operator.crawl(paper.url)
        operator.paper = paper
        yield operator


def path_of(record, paper):
    return record["url"].removeprefix(paper.url.rstrip("/"))


def folded(text):
    return re.sub(r"\s+", " ", text).strip()


def test_it_exits_good_and_says_nothing_where_nobody_watches(crawled):
    assert crawled.ended.code == 0
    assert crawled.ended.out == crawled.ended.err == ""


def test_every_article_is_in_the_file_once(crawled):
    found = Counter(unquote(path_of(record, crawled.paper)) for record in crawled.records)
    expected = {unquote(story.path) for story in crawled.paper.articles}
    assert expected <= set(found)
    assert set(found.values()) == {1}


def test_a_story_that_two_desks_carry_is_one_article_and_the_other_address_its_duplicate(crawled):
    stored = [record for record in crawled.records if "northern coast have agreed to charge" in record["articleBody"]]
    assert len(stored) == 1
    assert crawled.source["total"]["duplicate"]["same_story"] == 1


def test_only_articles_are_in_the_file(crawled):
    kinds = {crawled.paper.expected.get(path_of(record, crawled.paper)) for record in crawled.records}
    assert kinds <= {"article", "live_blog", "wire_copy"}


def test_headlines_dates_and_languages_are_those_of_the_paper(crawled):
    stories = {unquote(story.path): story for story in crawled.paper.articles}
    for record in crawled.records:
        story = stories.get(unquote(path_of(record, crawled.paper)))
        if story:
            assert record["headline"] == story.headline
            assert record["inLanguage"].partition("-")[0] == story.language
            assert datetime.fromisoformat(record["datePublished"]) == story.published


def test_every_paragraph_of_every_article_is_in_its_text(crawled):
    records = {unquote(path_of(record, crawled.paper)): record for record in crawled.records}
    missing = [
        (story.slug, paragraph[:50])
        for story in crawled.paper.articles
        for paragraph in story.paragraphs
        if folded(paragraph) not in folded(records[unquote(story.path)]["articleBody"])
    ]
    assert not missing


def test_russian_in_windows_1251_without_a_header_is_read_as_russian(crawled):
    russian = [record for record in crawled.records if record["inLanguage"] == "ru"]
    assert len(russian) >= 6
    assert all(re.search("[а-яё]{4}", record["articleBody"]) for record in russian)
    assert not any("\ufffd" in record["articleBody"] or "Ð" in record["articleBody"] for record in russian)


def test_an_article_on_three_pages_is_one_record(crawled):
    (joined,) = [record for record in crawled.records if "pages" in record["metadata"]]
    assert len(joined["metadata"]["pages"]) == 2


def test_every_line_is_a_record_of_the_schema_with_its_keys_in_order(crawled):
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for line in crawled.lines:
        record = json.loads(line)
        validator.validate(record)
        assert list(record) == [key for key in KEYS if key in record]
        assert line.endswith(b"}\n")


def test_what_is_no_article_is_accounted_for_by_name(crawled):
    total = crawled.source["total"]
    assert total["sumsMatch"]
    assert total["pending"] == 0
    reasons = set(total["rejected"]) | set(total["failed"])
    assert {"consent_wall", "video", "error_page", "paywall", "robots", "http_404", "not_article_address"} <= reasons
    assert total["duplicate"]


def test_announced_is_stored_plus_duplicate_plus_rejected_plus_failed_plus_pending(crawled):
    total = crawled.source["total"]
    parts = [total["stored"], *total["duplicate"].values(), *total["rejected"].values(), *total["failed"].values()]
    assert total["announced"] == sum(parts) + total["pending"]
    assert total["stored"] == len(crawled.records)


def test_the_page_forbidden_by_robots_txt_was_not_asked_for(crawled):
    assert not [request for request in crawled.paper.requests if request.path.startswith("/private/")]


def test_no_cookie_referer_or_foreign_agent_was_sent(crawled):
    for request in crawled.paper.requests:
        assert not {"Cookie", "Referer", "Authorization"} & request.headers.keys()
        assert request.headers["User-Agent"].startswith("NewsCrawler/")


def test_no_article_was_fetched_twice(crawled):
    pages = Counter(request.path for request in crawled.paper.requests if request.status == 200)
    # The target of a redirect is fetched once more where both addresses are announced.
    articles = {story.path for story in crawled.paper.articles if not story.old_path}
    assert {path: n for path, n in pages.items() if n > 1 and path in articles} == {}


def test_every_record_says_how_it_was_found_and_where_its_fields_came_from(crawled):
    for record in crawled.records:
        metadata = record["metadata"]
        assert metadata["discovery"]["method"] in {"feed", "news_sitemap", "sitemap", "page"}
        assert metadata["discovery"]["document"].startswith(crawled.paper.url)
        assert {"headline", "articleBody"} <= metadata["fieldSources"].keys()
        assert metadata["extractor"].startswith("trafilatura/")


def test_the_report_names_run_versions_and_the_private_address_it_was_allowed(crawled):
    report = crawled.report
    assert report["exitCode"] == 0
    assert report["privateAddressesAllowed"] == [crawled.paper.host_port]
    assert {"crawler", "scrapy", "trafilatura"} <= report["versions"].keys()


def test_the_same_crawl_again_asks_for_documents_only_and_adds_no_line(crawled):
    before, asked = crawled.lines, len(crawled.paper.requests)
    ended = crawled.crawl(crawled.paper.url)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert crawled.lines == before
    again = crawled.paper.requests[asked:]
    assert {request.status for request in again if request.path != "/robots.txt"} == {304}
    assert not {request.path for request in again} & {story.path for story in crawled.paper.articles}
    assert crawled.source["outcome"] == "nothing_new"
