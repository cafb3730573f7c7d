"""Rights: what pages and sites say of their use is in the record; rules hold, preferences where we are asked to."""

import json
from pathlib import Path

import jsonschema
import pytest

import crawler
from crawler.newsroom import Fault

SCHEMA = json.loads((Path(crawler.__file__).parent / "record.schema.json").read_text())


@pytest.fixture
def told(operator):
    """Fetches one story of the paper and returns its record."""

    def fetch(paper, *settings):
        operator.settings["TDMREP_LOOKUP"] = "1"
        url = paper.url.rstrip("/") + paper.articles[0].path
        given = [word for setting in settings for word in ("-s", setting)]
        ended = operator.run("crawl", "urls", *given, "-a", f"url={url}")
        assert (ended.code, ended.err) == (0, "")
        (record,) = operator.records
        return record

    return fetch


def answering(paper, **headers):
    paper.fault(
        paper.articles[0].path, Fault(headers={name.replace("_", "-"): value for name, value in headers.items()})
    )


def site_says(paper, reservation=1):
    rules = [{"location": "/*", "tdm-reservation": reservation, "tdm-policy": "https://p.example/policy"}]
    paper.fault("/.well-known/tdmrep.json", Fault(status=200, body=json.dumps(rules).encode()))


def test_every_signal_is_in_the_record_raw_and_with_its_source(told, paper):
    lines = b"User-agent: *\nContent-Signal: ai-train=no\nContent-Usage: train-ai=n\nLicense: https://p.example/rsl\n"
    paper.fault("/robots.txt", Fault(body=lines + b"Disallow: /private/\n"))
    site_says(paper)
    answering(paper, X_Robots_Tag="noarchive", Content_Usage="search=y", TDM_Policy="https://p.example/own")
    usage = told(paper)["usageInfo"]
    assert usage["tdmReservation"] == [{"source": "tdmrep.json", "value": "1"}]
    assert usage["tdmPolicy"] == [
        {"source": "tdmrep.json", "value": "https://p.example/policy"},
        {"source": "http", "value": "https://p.example/own"},
    ]
    assert usage["xRobotsTag"] == [{"source": "http", "value": "noarchive"}]
    assert usage["contentUsage"] == [
        {"source": "robots.txt", "value": "train-ai=n"},
        {"source": "http", "value": "search=y"},
    ]
    assert usage["contentSignal"] == [{"source": "robots.txt", "value": "ai-train=no"}]
    assert usage["rsl"] == [{"source": "robots.txt", "value": "https://p.example/rsl"}]


def test_the_tdmrep_file_is_asked_for_once_a_day(told, paper, operator):
    site_says(paper)
    told(paper)
    others = ",".join(paper.url.rstrip("/") + story.path for story in paper.articles[1:4])
    assert operator.run("crawl", "urls", "-a", f"url={others}").code == 0
    asked = [request.path for request in paper.requests]
    assert asked.count("/.well-known/tdmrep.json") == 1
    assert all("tdmReservation" in record["usageInfo"] for record in operator.records)


def test_noindex_keeps_the_metadata_only(told, paper, operator):
    answering(paper, X_Robots_Tag="noindex")
    record = told(paper)
    jsonschema.validate(record, SCHEMA)
    assert "articleBody" not in record
    assert record["headline"] == paper.articles[0].headline
    assert record["metadata"]["withheld"] == "noindex"
    assert "without its text (noindex)" in operator.run("explain", record["url"]).out
    raw = b"".join(path.read_bytes() for path in operator.data.rglob("*") if path.is_file())
    assert paper.articles[0].paragraphs[1].encode() not in raw


@pytest.mark.parametrize("setting", ["RESPECT_USAGE=train-ai", "RESPECT_USAGE=search,tdm"])
def test_a_reservation_is_respected_where_the_operator_says_so(told, paper, setting):
    site_says(paper)
    record = told(paper, setting)
    assert "articleBody" not in record
    assert record["metadata"]["withheld"].endswith("tdm-reservation (tdmrep.json)")


def test_a_reservation_is_only_recorded_where_the_operator_does_not_ask(told, paper):
    site_says(paper)
    assert told(paper, "RESPECT_USAGE=search")["articleBody"]


def test_a_use_that_nobody_knows_is_a_mistake(operator, paper):
    operator.settings["RESPECT_USAGE"] = "train-ai,everything"
    ended = operator.crawl(paper.url)
    assert ended.code == 2
    assert ended.err == (
        "RESPECT_USAGE: expected uses of ai-input, archive, rsl, search, tdm, train-ai, got everything\n"
    )
    assert paper.requests == []


@pytest.mark.parametrize("how", ["header", "meta"])
def test_links_of_a_home_page_that_says_nofollow_are_not_followed(operator, paper, how):
    links = "".join(f'<a href="{story.path}">{story.headline}</a>' for story in paper.articles)
    meta = '<meta name="robots" content="nofollow">' if how == "meta" else ""
    headers = {"X-Robots-Tag": "nofollow"} if how == "header" else {}
    paper.fault("/", Fault(body=f"<html><head>{meta}</head><body>{links}</body></html>".encode(), headers=headers))
    paper.fault("/robots.txt", Fault(status=404))
    for place in ("/sitemap*", "/news-sitemap*", "/feed*", "/rss*", "/atom*", "/news/*", "/index*"):
        paper.fault(place, Fault(status=404))
    operator.crawl(paper.url)
    assert operator.records == []
    assert not {request.path for request in paper.requests} & {story.path for story in paper.articles}


def test_probe_shows_what_is_reserved_and_by_what(operator, paper):
    operator.settings["TDMREP_LOOKUP"] = "1"
    site_says(paper)
    paper.fault("/robots.txt", Fault(body=b"User-agent: *\nContent-Signal: search=yes, ai-train=no\n"))
    told = operator.run("probe", paper.url).out
    assert "contentSignal    search=yes, ai-train=no  (robots.txt)" in told
    assert "tdmReservation   1  (tdmrep.json)" in told
    assert "reserved: train-ai, by Content-Signal (robots.txt)" in told
    assert "reserved: tdm, by tdm-reservation (tdmrep.json)" in told
