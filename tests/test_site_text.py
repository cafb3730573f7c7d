"""What a site prints around its articles is not in them, from the first run on; copies on other sites are marked."""

import html
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from crawler.newsroom import Fault, Newsroom
from crawler.newsroom.content import load_furniture

FURNITURE = load_furniture()
APPEAL = "The Courier has no owner but its readers."


@pytest.fixture(scope="module")
def crawled(new_operator):
    operator = new_operator()
    with Newsroom() as paper:
        operator.ended = operator.crawl(paper.url)
        operator.paper = paper
        yield operator


def test_the_appeal_of_its_language_is_in_no_text_and_kept_as_boilerplate(crawled):
    """The Russian and Arabic editions have few articles, and two each that show the appeal."""
    taken = Counter()
    for record in crawled.records:
        furniture = FURNITURE[record["inLanguage"]]
        appeal = {furniture.appeal_title, *furniture.appeal, furniture.newsletter, furniture.appeal_button}
        assert appeal.isdisjoint(record["articleBody"].split("\n")), record["url"]
        taken[record["inLanguage"]] += furniture.appeal[0] in record.get("boilerplate", ())
    assert taken["en"] >= 6
    assert taken["ru"] == taken["ar"] == 2


def test_what_is_left_is_counted_and_hashed_anew(crawled):
    from crawler.identity import content_hash, word_count

    for record in crawled.records:
        assert record["wordCount"] == word_count(record["articleBody"])
        assert record["contentHash"] == content_hash(record["articleBody"])


def test_a_site_that_is_known_needs_no_waiting(crawled):
    """The next run's articles are clean although they are few."""
    story = next(story for story in crawled.paper.articles if story.template == 3 and story.language == "en")
    with closing(sqlite3.connect(crawled.data / "crawl.db")) as state:
        (article,) = state.execute("SELECT id FROM article WHERE url LIKE ?", (f"%{story.path}",)).fetchone()
        for table, key in (("article", "id"), ("sketch", "article"), ("revision", "article")):
            state.execute(f"DELETE FROM {table} WHERE {key} = ?", (article,))
        state.execute("UPDATE url SET state = 'pending' WHERE url LIKE ?", (f"%{story.path}",))
        state.commit()
    assert crawled.crawl(crawled.paper.url).code == 0
    again = [record for record in crawled.records if record["url"].endswith(story.path)]
    assert len(again) == 2
    assert again[0]["articleBody"] == again[1]["articleBody"]


def test_articles_wait_for_their_site_and_are_written_when_the_run_ends(operator, paper):
    assert operator.crawl(paper.url, "-a", "limit=5").code == 0
    assert len(operator.records) == 5


PAGE = """<html lang="en"><head><title>{title}</title><meta property="og:type" content="article">{head}
<meta property="og:title" content="{title}"><meta property="article:published_time" content="2026-11-20T10:00:00Z">
</head><body><article><h1>{title}</h1>{top}{text}</article></body></html>"""
HTML = {"Content-Type": "text/html; charset=utf-8"}
CREDIT = "The Associated Press contributed to this report."


@pytest.fixture
def show(operator, paper):
    """Serves articles of the paper's words with something added, has them read, and returns their records by path."""
    stories = [story for story in paper.articles if story.language == "en" and len(story.paragraphs) > 3]
    operator.settings["ALLOW_PRIVATE"] = paper.host_port
    base = paper.url.rstrip("/")

    def crawl(added):
        for (path, (head, top, end)), story in zip(added.items(), stories, strict=False):
            text = "".join(f"<p>{html.escape(words)}</p>" for words in (*story.paragraphs, *end))
            body = PAGE.format(title=html.escape(story.headline), head=head, top=top, text=text)
            paper.fault(path, Fault(status=200, body=body.encode(), headers=HTML))
        ended = operator.run("crawl", "urls", "-a", "url=" + ",".join(base + path for path in added))
        assert (ended.code, ended.err) == (0, "")
        return {record["url"].removeprefix(base): record for record in operator.records}

    return crawl


def test_a_credit_line_stays_a_credit_where_site_text_is_taken_out_before_it(show):
    appeal = FURNITURE["en"].appeal
    paths = [f"/credited/{number}" for number in range(8)]
    records = show(dict.fromkeys(paths, ("", "", (*appeal, CREDIT))))
    assert sorted(records) == paths
    for record in records.values():
        assert set(appeal) <= set(record["boilerplate"])
        assert record["credits"] == [CREDIT]
        assert CREDIT not in record["boilerplate"]
        assert CREDIT not in record["articleBody"]


def test_a_record_names_the_agency_and_the_original_that_its_page_names(show):
    elsewhere = "https://gazette.example/2026/11/20/ferry"
    records = show(
        {
            "/by/byline": ("", '<p class="byline">By <a rel="author" href="/ap">The Associated Press</a></p>', ()),
            "/by/credit": ("", "", ("Reporting by Reuters.",)),
            "/of/canonical": (f'<link rel="canonical" href="{elsewhere}">', "", ()),
            "/of/original": (f'<meta name="original-source" content="{elsewhere}">', "", ()),
            "/of/syndication": (f'<meta name="syndication-source" content="{elsewhere}">', "", ()),
            "/of/home": ('<link rel="canonical" href="https://gazette.example/">', "", ()),
            "/plain": ("", "", ()),
        }
    )
    said = {
        path: {name: value for name, value in record.get("syndication", {}).items() if name != "clusterId"}
        for path, record in records.items()
    }
    assert said == {
        "/by/byline": {"agency": "The Associated Press"},
        "/by/credit": {"agency": "Reuters"},
        "/of/canonical": {"originalUrl": elsewhere},
        "/of/original": {"originalUrl": elsewhere},
        "/of/syndication": {"originalUrl": elsewhere},
        "/of/home": {},
        "/plain": {},
    }
    assert all(record["syndication"]["clusterId"] == record["id"] for path, record in records.items() if said[path])


def test_copies_on_another_site_are_kept_and_marked(operator):
    with Newsroom(host="127.0.0.1") as one, Newsroom(host="127.0.0.2") as other:
        assert operator.crawl(one.url).code == 0
        first = {record["id"]: record for record in operator.records}
        assert operator.crawl(other.url).code == 0
        copies = [record for record in operator.records if record["id"] not in first]
        assert len(copies) == len(first)
        marked = [record for record in copies if "syndication" in record]
        assert len(marked) > 0.95 * len(copies)
        for record in marked:
            original = first[record["syndication"]["copyOf"]]
            # One wire story stands in both papers under two headlines: of each, whichever was read first was stored.
            assert original["headline"] == record["headline"] or original["articleBody"] == record["articleBody"]
            assert record["syndication"]["originalUrl"] == original["url"]
            assert record["syndication"]["clusterId"] == original["id"]


def test_drop_copies_drops_them_and_says_of_what(operator):
    with Newsroom(host="127.0.0.1") as one, Newsroom(host="127.0.0.2") as other:
        assert operator.crawl(one.url).code == 0
        stored = len(operator.records)
        operator.settings["DROP_COPIES"] = "1"
        assert operator.crawl(other.url).code == 0
        assert len(operator.records) <= stored + 2
        assert operator.source["thisRun"]["duplicate"]["copy"] > 0.9 * stored
        told = operator.run("explain", f"{other.url.rstrip('/')}{other.articles[0].path}").out
        assert f"duplicate: copy (of {one.url.rstrip('/')}{one.articles[0].path})" in told


def test_an_article_whose_blocks_are_in_doubt_waits_on_when_others_are_written(operator, paper):
    """The paper's plainest pages come last; twenty other articles have made the site known by then."""
    plain = [story.path for story in paper.articles if story.template == 3 and story.language == "en"]
    for path in plain[3:]:
        paper.fault(path, Fault(delay=1.5, times=1))
    assert operator.crawl(paper.url).code == 0
    texts = {record["url"].removeprefix(paper.url.rstrip("/")): record["articleBody"] for record in operator.records}
    assert len(plain) >= 6
    assert not [path for path in plain if APPEAL in texts[path]]
