"""Reading one page as a whole: whatever comes in, a record or a named reason comes out."""

import asyncio
import importlib
import json
import pickle
import random
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction import Hints, Page, extract
from crawler.items import Article
from crawler.workers import Workers

URL = "https://www.harbour-courier.example/news/2026/11/20/a-bridge-is-built-over-the-river"
PARAGRAPH = b"<p>The council of Saltmere voted on Monday evening to build a second bridge over the river, at last.</p>"
ARTICLE = (
    b"<html><head><title>A bridge is built</title>%s</head><body><article><h1>A bridge is built</h1>" + PARAGRAPH * 6
)
#: CPU seconds within which any page must be read; a crawl gives a page longer, on slower machines.
MOST_SECONDS = 5
NOISE = random.Random(7).randbytes(50_000)


def script(text):
    return ARTICLE % (b'<script type="application/ld+json">' + text + b"</script>")


HOSTILE = {
    "nothing but spaces": b" \n\t ",
    "NULs": b"\x00" * 10_000,
    "a page full of NULs": (ARTICLE % b"").replace(b" ", b" \x00"),
    "truncated in a tag": (ARTICLE % b"")[:150],
    "binary": NOISE,
    "binary called HTML": b"<html><body><p>" + NOISE,
    "a PDF": b"%PDF-1.7 " + NOISE,
    "a PNG": b"\x89PNG\r\n\x1a\n" + NOISE,
    "JSON": b'{"a": 1}',
    "a feed": b'<?xml version="1.0"?><rss><channel><item/></channel></rss>',
    "5 MB of line breaks": b"<html><body>" + b"<br>" * 1_250_000 + b"hello",
    "line breaks around text": b"<html><body><article>" + PARAGRAPH + b"<br/>" * 300_000 + PARAGRAPH * 5,
    "100,000 nested elements": b"<html><body>" + b"<div>" * 100_000 + PARAGRAPH * 5,
    "nested lists": b"<html><body><article>" + PARAGRAPH * 5 + b"<ul><li>" * 30_000,
    "nested tables": b"<html><body><article>" + PARAGRAPH * 5 + b"<table><tr><td>" * 10_000,
    "open tags": b"<html><body>" + b"<" * 100_000,
    "open comments": b"<html><body>" + b"<!--" * 50_000 + PARAGRAPH,
    "a root of attributes": b"<html " + b"x " * 200_000,
    "20 MB of text": b"<html><body><article><p>" + b"A bridge is built over the river. " * 600_000,
    "20 MB of paragraphs": b"<html><body><article>" + PARAGRAPH * 200_000,
    "20 MB of script": b"<html><body><script>" + b"x=1;" * 5_000_000 + b"</script>" + PARAGRAPH * 5,
    "20 MB in an attribute": b'<html><body><div class="' + b"x " * 10_000_000 + b'">' + PARAGRAPH * 5,
    "100,000 links": b"<html><body><h1>Links</h1>" + b'<a href="x">word</a> ' * 100_000,
    "100,000 linked paragraphs": b"<html><body>" + b'<p><a href="/x">Some words of a link</a></p>' * 100_000,
    "100,000 paragraphs of one letter": b"<html><body>" + b"<p>x " * 100_000,
    "100,000 headings": b"<html><body>" + b"<h1>A bridge</h1>" * 100_000,
    "a page cut in a character": (ARTICLE % b"")[:-5] + "Ü".encode()[:1],
    "JSON-LD that is not JSON": script(b"var x = {'@type': NewsArticle}; // \xff"),
    "5,000 lists in JSON-LD": script(b"[" * 5_000 + b"]" * 5_000),
    "JSON-LD cut short": script(b'{"@type":"NewsArticle","headline":"A bridge is'),
    "UTF-16 cut in a character": (ARTICLE % b"").decode().encode("utf-16")[:-1],
    "dates that are none": script(b'{"@type":"NewsArticle","datePublished":"yesterday","dateModified":"2026-13-45"}'),
    "many meta elements": b"<html><head>" + b"<meta name=a content=b>" * 50_000 + b"<body>" + PARAGRAPH * 5,
    "deep JSON-LD": script(b'{"@type":"NewsArticle","author":' * 5_000 + b"1" + b"}" * 5_000),
    "JSON-LD of the wrong types": script(
        b'{"@type":["NewsArticle",3],"headline":["x",{"@value":5}],"author":{"name":{"name":[]}},"image":[[["x"]]],'
        b'"keywords":{"a":1},"datePublished":{"@value":3},"publisher":[1],"isAccessibleForFree":[],'
        b'"inLanguage":{"name":5},'
        b'"articleSection":[[["x"]]],"mainEntityOfPage":[{"@id":4}],"liveBlogUpdate":[1,"x",{"articleBody":5}],"url":7}'
    ),
    "impossible dates": script(b'{"@type":"NewsArticle","datePublished":"0000-00-00","dateModified":"20266-01-01"}'),
    "lone surrogates": script(b'{"@type":"NewsArticle","headline":"A \\ud800 B","author":"\\udfff"}'),
    "a byline of 4,000 characters": ARTICLE % (b'<meta name="author" content="' + b"Edda and " * 450 + b'">'),
    "a title of separators": ARTICLE % (b'<meta property="og:title" content="' + b" - " * 6_000 + b'">'),
    "addresses that are none": ARTICLE
    % (
        b'<base href="http://[::1"><link rel=canonical href="http://[b"><link rel=next href="//:9x/">'
        b'<meta property="og:image" content="http://a b">'
    ),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_page_is_a_record_or_a_named_reason(body):
    found = extract(body, url=URL, encoding="utf-8")
    assert found.reason is None or found.detail
    json.dumps(found.record(), ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize("name", [name for name in HOSTILE if "100,000" in name or "20 MB" in name])
def test_a_huge_page_costs_seconds_at_most(name):
    started = time.process_time()
    extract(HOSTILE[name], url=URL)
    assert time.process_time() - started < MOST_SECONDS


@pytest.mark.parametrize(
    ("name", "reason"), [("100,000 links", "index"), ("20 MB of paragraphs", "too_large"), ("NULs", "empty")]
)
def test_a_page_beyond_any_article_is_told_so(name, reason):
    assert extract(HOSTILE[name], url=URL).reason == reason


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=20), st.text(max_size=40))
def test_no_bytes_charset_or_address_raise(noise, encoding, url):
    extract(ARTICLE % noise + noise, url=url, encoding=encoding)


@pytest.mark.parametrize("reason", ["empty", "not_html"])
def test_what_is_no_page_is_told_before_parsing(reason):
    assert extract(b"" if reason == "empty" else b"%PDF-1.7", url=URL).reason == reason


def test_a_record_has_the_records_keys_in_order():
    keys = list(extract(ARTICLE % b'<meta name="author" content="Edda Farrow">', url=URL).record())
    order = [field.name for field in Article.__attrs_attrs__]
    assert keys == sorted(keys, key=order.index)
    assert keys[-1] == "metadata"


def test_metadata_says_how_the_record_was_made():
    metadata = extract(ARTICLE % b"", url=URL).record()["metadata"]
    assert metadata["extractor"].startswith("trafilatura/")
    assert 0 < metadata["probability"] <= 1
    assert metadata["fieldSources"]["articleBody"] == "trafilatura"
    assert metadata["warnings"] == []


def test_a_field_has_a_source_and_a_source_a_field():
    found = extract(ARTICLE % b'<meta name="description" content="At last.">', url=URL)
    computed = {"wordCount", "contentHash", "usageInfo"}
    assert found.sources.keys() | computed >= found.fields.keys() - {"type"}
    assert found.sources.keys() <= found.fields.keys()


def test_a_site_knows_its_own_pages_better():
    def override(document, fields):
        assert fields["headline"] == "A bridge is built"
        return {
            "headline": document.title.upper(),
            "articleBody": "One line of the site's own.\n\nAnother  line. " + "word " * 30,
        }

    found = extract(ARTICLE % b"", url=URL, override=override)
    assert found.fields["headline"] == "A BRIDGE IS BUILT"
    assert found.fields["articleBody"].startswith("One line of the site's own.\nAnother line.")
    assert found.fields["wordCount"] == 39
    assert found.sources["headline"] == "override"


def test_a_site_may_say_that_its_page_has_no_text_or_field():
    page = ARTICLE % b'<meta name="description" content="Always the same.">'
    found = extract(page, url=URL, override=lambda *_: {"articleBody": "", "description": None})
    assert found.reason == "no_text"
    assert not found.fields.keys() & {"articleBody", "wordCount", "contentHash", "description"}
    assert not found.sources.keys() & {"articleBody", "description"}


def in_worker(bodies, **options):
    """Return what a worker with a crawl's bounds makes of each body."""

    async def read():
        return [await workers.run(extract, body, url=URL, **options) for body in bodies]

    workers = Workers(count=1, seconds=10, memory=1 << 30)
    try:
        return asyncio.run(read())
    finally:
        workers.close()


def test_a_sites_own_reading_reaches_the_workers_and_the_record_says_so(tmp_path, monkeypatch):
    code = "def in_capitals(document, fields):\n    return {'headline': fields['headline'].upper()}\n"
    (tmp_path / "a_site_of_this_test.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    override = importlib.import_module("a_site_of_this_test").in_capitals
    (found,) = in_worker([ARTICLE % b""], override=override)
    assert found.fields["headline"] == "A BRIDGE IS BUILT"
    assert found.record()["metadata"]["fieldSources"]["headline"] == "override"


def test_hostile_pages_end_within_the_bounds_of_a_worker():
    names = ["NULs", "truncated in a tag", "20 MB of paragraphs", "20 MB of script", "binary called HTML"]
    names += ["100,000 nested elements", "JSON-LD that is not JSON", "deep JSON-LD", "5,000 lists in JSON-LD"]
    names += ["dates that are none", "impossible dates", "a byline of 4,000 characters"]
    for name, found in zip(names, in_worker([HOSTILE[name] for name in names]), strict=True):
        assert found.reason or found.record()["articleBody"], name


def test_hints_need_not_be_given():
    assert extract(ARTICLE % b"", url=URL) == extract(ARTICLE % b"", url=URL, hints=Hints())
    assert isinstance(extract(b"", url=URL), Page)


def test_importing_extraction_does_not_import_the_extractor():
    code = "import sys, crawler.extraction; sys.exit('trafilatura' in sys.modules or 'htmldate' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
