"""The sample newspaper answers as the rest of the tests rely on."""

import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from html import unescape
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from time import monotonic
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from crawler.newsroom import KINDS, Fault, Newsroom
from crawler.newsroom.content import load_furniture

FERRY = "/news/night-ferry-to-skarvey-returns-after-six-years"
BUOY = "/news/search-for-missing-weather-buoy-off-the-skerries"
MAIL_BOAT = "/news/the-long-way-round-three-days-with-the-mail-boat"
CONSENT = "/news/how-the-ferry-fares-came-to-have-eleven-kinds-of-child"
NOT_OK = {"redirect": 301, "missing": 404}


@pytest.fixture(scope="module")
def paper():
    with Newsroom() as newsroom:
        yield newsroom


@pytest.fixture
def own_paper():
    """A paper for tests that change it."""
    with Newsroom() as newsroom:
        yield newsroom


def fetch(paper, path, **headers):
    connection = HTTPConnection(paper.host_port, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def page_text(body, encoding="utf-8"):
    """The page's text with white space folded, and without head, scripts and tags."""
    html = re.sub(r"<head>.*?</head>", "", body.decode(encoding), flags=re.DOTALL)
    html = re.sub(r"</?(em|a)\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def folded(text):
    return " ".join(text.split())


def locations(body):
    return {urlsplit(e.text).path for e in ET.fromstring(body).iter() if e.tag.endswith("}loc")}


def announced_by(paper):
    """Paths by the document that announces them."""
    rss = ET.fromstring(fetch(paper, "/feed.rss")[1])
    atom = ET.fromstring(fetch(paper, "/atom.xml")[1])
    json_feed = json.loads(fetch(paper, "/feed.json")[1])
    atom_links = atom.findall(".//{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}link")
    return {
        "rss": {e.text.removeprefix(paper.url[:-1]) for e in rss.iterfind(".//item/link")},
        "atom": {urlsplit(e.get("href")).path for e in atom_links},
        "json": {item["url"].removeprefix(paper.url[:-1]) for item in json_feed["items"]},
        "news": locations(fetch(paper, "/sitemap-news.xml")[1]),
        "plain": locations(gzip.decompress(fetch(paper, "/sitemap-all.xml.gz")[1])),
    }


def test_the_paper_has_the_stories_that_it_promises(paper):
    assert len(paper.articles) >= 44
    languages = Counter(story.language for story in paper.articles)
    assert languages["en"] >= 30
    assert languages["ru"] >= 6
    assert languages["ar"] >= 2
    assert {(s.language, s.template) for s in paper.articles} == {(x, n) for x in ("en", "ru", "ar") for n in (1, 2, 3)}
    assert set(paper.expected.values()) == set(KINDS)
    assert all(len(story.paragraphs) >= 4 for story in paper.articles)
    assert all(150 <= sum(len(b.text.split()) for b in story.blocks) <= 700 for story in paper.articles)


def test_every_announced_address_answers_as_expected(paper):
    for path, kind in paper.expected.items():
        response, body = fetch(paper, path)
        assert response.status == NOT_OK.get(kind, 200), path
        assert body or kind == "redirect"


def test_feeds_and_sitemaps_announce_every_story_and_none_has_all_of_them(paper):
    documents = announced_by(paper)
    everything = set().union(*documents.values())
    stories = {path for path, kind in paper.expected.items() if kind in ("article", "live_blog", "wire_copy")}
    single = {path for path, kind in paper.expected.items() if kind in ("video", "paywall", "consent", "alias")}
    assert stories | single <= everything
    assert everything <= set(paper.expected)
    assert len(documents["rss"]) == len(documents["news"]) == 20
    assert not any(stories <= found for name, found in documents.items() if name != "plain")


def test_section_pages_lead_to_every_story_of_their_section(paper):
    path, found = "/news/", []
    while path:
        _, body = fetch(paper, path)
        found += re.findall(r'<h2><a href="([^"]+)">', body.decode())
        following = re.search(r'<link rel="next" href="([^"]+)">', body.decode())
        path = following and following[1]
    assert len(found) == len(set(found)) > 20
    stories = (*paper.articles, paper.wire_story)
    assert {s.path for s in stories if s.language == "en" and s.section == "news"} == set(found)


def test_pages_carry_their_story_and_the_furniture_of_their_language(paper):
    furniture = load_furniture()
    for story in paper.articles:
        body = b"".join(fetch(paper, story.page_path(n))[1] for n in range(1, len(story.pages) + 1))
        text = page_text(body, story.encoding)
        own = furniture[story.language]
        for part in (*story.paragraphs, *own.appeal, own.newsletter, own.read_more, own.cookie_notice):
            assert folded(part) in text, story.path


def test_russian_pages_are_windows_1251_and_no_header_says_so(paper):
    russian = [story for story in paper.articles if story.language == "ru"]
    for story in russian:
        response, body = fetch(paper, story.path)
        assert response.headers["Content-Type"] == "text/html"
        assert story.headline in body.decode("windows-1251")
        assert (b'<meta charset="windows-1251">' in body) == story.declares_encoding
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")
    assert [story.declares_encoding for story in russian].count(False) == 1


def test_no_two_stories_share_a_paragraph_except_the_wire_story_and_its_copy():
    with Newsroom(extra=300) as paper:
        paragraphs = Counter(p for story in paper.articles for p in story.paragraphs)
        assert len({story.path for story in paper.articles}) == len(paper.articles)
        assert len({story.headline for story in paper.articles}) == len(paper.articles)
    assert set(paragraphs.values()) == {1}


def test_the_wire_story_and_its_copy_have_the_same_text(paper):
    copy = next(path for path, kind in paper.expected.items() if kind == "wire_copy")
    wire = paper.wire_story
    text = page_text(fetch(paper, copy)[1])
    assert all(folded(p) in text for p in wire.paragraphs)
    assert wire.headline not in text


def test_validators_give_304_and_survive_a_restart():
    with Newsroom(extra=3) as first:
        port = int(first.host_port.rpartition(":")[2])
        seen = {path: fetch(first, path) for path in first.expected}
    with Newsroom(port=port, extra=3) as second:
        for path, (response, body) in seen.items():
            if response.status != 200:
                continue
            etag, modified = response.headers["ETag"], response.headers["Last-Modified"]
            assert fetch(second, path)[1] == body
            for conditions in ({"If_None_Match": etag}, {"If_Modified_Since": modified}):
                again, nothing = fetch(second, path, **conditions)
                assert (again.status, nothing, again.headers["ETag"]) == (304, b"", etag)
            # A date counts only where there is no entity tag.
            assert fetch(second, path, If_None_Match='"other"', If_Modified_Since=modified)[0].status == 200


def test_editions_move_every_date_and_nothing_else():
    with Newsroom(edition=date(2027, 3, 2)) as later, Newsroom() as usual:
        assert [s.path for s in later.articles] == [s.path for s in usual.articles]
        assert later.articles[0].published.date() == date(2027, 3, 2)
        assert all(s.published.utcoffset() for s in later.articles)


def test_one_story_changes_between_visits(own_paper):
    before = {path: fetch(own_paper, path)[0].headers["ETag"] for path in own_paper.expected}
    old = next(story for story in own_paper.articles if story.path == BUOY)
    own_paper.advance()
    new = next(story for story in own_paper.articles if story.path == BUOY)
    assert new.headline != old.headline
    assert new.modified > old.modified
    assert len(set(new.paragraphs) - set(old.paragraphs)) == 1
    after = {path: fetch(own_paper, path)[0].headers["ETag"] for path in own_paper.expected}
    changed = {path for path, etag in before.items() if after[path] != etag}
    assert {BUOY, "/", "/news/", "/feed.rss", "/sitemap.xml", "/sitemap-all.xml.gz"} <= changed
    assert {path for path in changed if own_paper.expected[path] == "article"} - {BUOY} <= {
        story.path
        for story in own_paper.articles
        if new.headline in page_text(fetch(own_paper, story.path)[1], story.encoding)
    }


def test_the_consent_wall_opens_with_the_cookie(paper):
    assert "sixty-one lines" not in page_text(fetch(paper, CONSENT)[1])
    assert "sixty-one lines" in page_text(fetch(paper, CONSENT, Cookie="a=b; consent=1")[1])


def test_the_story_on_three_pages_is_linked_both_ways(paper):
    first, second, third = (fetch(paper, MAIL_BOAT + query)[1].decode() for query in ("", "?page=2", "?page=3"))
    assert f'<link rel="next" href="{MAIL_BOAT}?page=2">' in first
    assert f'<link rel="prev" href="{MAIL_BOAT}">' in second
    assert f'<link rel="next" href="{MAIL_BOAT}?page=3">' in second
    assert 'rel="next"' not in third


def test_structured_data_is_valid_json_and_dates_carry_a_zone(paper):
    for story in paper.articles:
        html = fetch(paper, story.path)[1].decode(story.encoding)
        scripts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, flags=re.DOTALL)
        assert len(scripts) == (story.template == 1)
        assert ('property="og:type"' in html) == (story.template == 2)
        for script in scripts:
            data = json.loads(script)
            article = data.get("@graph", [data])[-1]
            assert article["headline"] == story.headline
            assert article["datePublished"] == story.published.isoformat()


def test_a_status_fault_ends_after_its_times_and_says_when_to_come_back(own_paper):
    own_paper.fault(FERRY, Fault(status=503, times=2, retry_after=7))
    answers = [fetch(own_paper, FERRY)[0] for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert [request.status for request in own_paper.requests] == [503, 503, 200]


def test_a_prefix_fault_spoils_every_path_below_it_until_cleared(own_paper):
    own_paper.fault("/news/*", Fault(status=403))
    assert fetch(own_paper, FERRY)[0].status == 403
    assert fetch(own_paper, "/culture/")[0].status == 200
    own_paper.clear_faults()
    assert fetch(own_paper, FERRY)[0].status == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_cut_line_ends_before_the_announced_end(own_paper, chunked):
    own_paper.fault(FERRY, Fault(cut=500, chunked=chunked))
    with pytest.raises(IncompleteRead) as caught:
        fetch(own_paper, FERRY)
    assert len(caught.value.partial) == 500


def test_a_whole_chunked_answer_is_the_same_page(own_paper):
    plain = fetch(own_paper, FERRY)[1]
    own_paper.fault(FERRY, Fault(chunked=True))
    assert fetch(own_paper, FERRY)[1] == plain


def test_a_dropped_line_answers_nothing(own_paper):
    own_paper.fault(FERRY, Fault(drop=True, times=1))
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        fetch(own_paper, FERRY)
    assert own_paper.requests[0].status is None


def test_delay_and_another_body_can_be_asked_for(own_paper):
    own_paper.fault(FERRY, Fault(delay=0.2, body=b"<p>short", headers={"X-Robots-Tag": "noai"}))
    start = monotonic()
    response, body = fetch(own_paper, FERRY)
    assert monotonic() - start >= 0.2
    assert (body, response.headers["X-Robots-Tag"], response.headers["ETag"]) == (b"<p>short", "noai", None)


def test_closing_does_not_wait_for_a_delayed_answer_or_an_idle_visitor():
    start = monotonic()
    with Newsroom() as paper:
        idle = HTTPConnection(paper.host_port, timeout=10)
        idle.request("GET", "/robots.txt")
        idle.getresponse().read()
    assert monotonic() - start < 5
    idle.close()


def test_requests_are_logged_in_order_with_their_headers(own_paper):
    fetch(own_paper, "/robots.txt", user_agent="courier-test")
    fetch(own_paper, "/none?x=1")
    first, second = own_paper.requests
    assert (first.path, first.method, first.status, first.headers["User-Agent"]) == (
        "/robots.txt",
        "GET",
        200,
        "courier-test",
    )
    assert (second.path, second.status) == ("/none?x=1", 404)
    assert first.at <= second.at


def test_the_command_prints_its_address_first_and_serves():
    command = [sys.executable, "-m", "crawler.newsroom", "--port", "0", "--fault", "/feed.rss=503"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = urlsplit(process.stdout.readline().strip())
            connection = HTTPConnection(address.netloc, timeout=10)
            connection.request("GET", "/feed.rss")
            assert connection.getresponse().status == 503
            connection.close()
        finally:
            process.kill()
