"""The same records come out of an archive as from the crawl, whoever wrote the file."""

import re
import signal
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from warcio.warcwriter import WARCWriter
from warcs import FETCHED, WARNINGS, archives, by_id, held_by, write_common

import crawler
from crawler.archive import Stored
from crawler.archive.reader import read
from crawler.sources import SourcesError
from crawler.spiders.plan import plan_archives

pytestmark = WARNINGS

SOURCES = Path(crawler.__file__).with_name("sources.toml")


@pytest.fixture(scope="module")
def again(kept, new_operator):
    """An operator who has read that archive."""
    operator = new_operator()
    operator.ended = operator.run("crawl", "archive", "-a", f"warc={archives(kept)[0]}")
    operator.first = (by_id(operator), operator.records, operator.report)
    return operator


def test_the_same_records_come_out_of_the_archive_without_a_network(kept, again):
    found, records, report = again.first
    assert (again.ended.code, again.ended.err) == (0, "")
    assert found == by_id(kept)
    assert {record["metadata"]["discovery"]["method"] for record in records} == {"warc"}
    assert all(source["total"]["sumsMatch"] for source in report["sources"].values())


def test_an_archive_is_read_again_only_after_an_upgrade_and_only_a_text_that_changed_becomes_a_revision(kept, again):
    operator, words = again, ("crawl", "archive", "-a", f"warc={kept.data}/archive/*.warc.gz")
    lines = operator.lines
    assert operator.run(*words).code == 0
    assert operator.lines == lines
    assert operator.report["sources"] == {}
    changed = operator.records[3]["id"]
    with sqlite3.connect(operator.data / "crawl.db") as database:
        database.execute("UPDATE archive_file SET reader = '0.0.1 trafilatura/1.0'")
        database.execute("UPDATE article SET raw_hash = 'what the old one found' WHERE id = ?", (changed,))
    database.close()
    before = len(operator.lines)
    assert operator.run(*words).code == 0
    (revision,) = operator.records[before:]
    assert (revision["id"], revision["revision"]) == (changed, 2)
    assert revision["metadata"]["changed"] == ["articleBody"]


def test_a_newer_capture_with_another_text_is_a_revision_and_an_older_one_undoes_nothing(kept, operator, tmp_path):
    pages = [page for page in read(archives(kept)[0]) if page.facts and page.status == 200]
    path = tmp_path / "two.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        for story, days in (("night-ferry", (19, 20)), ("mail-boat", (20, 19))):
            page = next(page for page in pages if story in page.url)
            longer = page.body.replace(b"</p>", b" And that was all.</p>")
            for day, body in zip(days, (page.body, longer), strict=True):
                fetched = datetime(2026, 11, day, 12, tzinfo=UTC)
                write_common(writer, attrs.evolve(page, body=body, fetched=fetched))
    assert operator.run("crawl", "archive", "-a", f"warc={path}").code == 0
    ferry = [record for record in operator.records if "night-ferry" in record["url"]]
    assert [record["revision"] for record in ferry] == [1, 2]
    assert "And that was all" in ferry[1]["articleBody"]
    (boat,) = [record for record in operator.records if "mail-boat" in record["url"]]
    assert "And that was all" not in boat["articleBody"]


def test_a_newer_capture_of_the_first_page_alone_does_not_shorten_an_article(kept, operator, tmp_path):
    (url,) = (record["url"] for record in kept.records if "pages" in record["metadata"])
    pages = {page.url: page for page in read(archives(kept)[0]) if page.url.startswith(url) and page.status == 200}
    changed = pages[url].body.replace(b"</p>", b" And that was all.</p>")
    for day, bodies in ((19, {page.url: page.body for page in pages.values()}), (20, {url: changed})):
        path = tmp_path / f"{day}.warc.gz"
        with path.open("wb") as file:
            writer = WARCWriter(file, gzip=True, warc_version="1.1")
            for address, body in bodies.items():
                moment = datetime(2026, 11, day, 12, tzinfo=UTC)
                values = {"status": 200, "headers": pages[address].headers, "offset": 0}
                write_common(writer, Stored(url=address, body=body, fetched=moment, **values))
        assert operator.run("crawl", "archive", "-a", f"warc={path}").code == 0
    assert [len(record["metadata"]["pages"]) for record in operator.records] == [2]


def test_a_file_in_the_shape_of_cc_news_gives_the_articles_it_holds(kept, operator, common):
    ended = operator.run("crawl", "archive", "-a", f"warc={common}")
    assert (ended.code, ended.err) == (0, "")
    assert {record["id"] for record in operator.records} == held_by(common, kept)
    assert all(record["metadata"]["discovery"]["document"] == common.name for record in operator.records)


def test_a_story_told_anew_at_another_address_of_its_site_is_its_next_revision(kept, operator, tmp_path):
    page = next(page for page in read(archives(kept)[0]) if "night-ferry" in page.url and page.status == 200)
    added = b" The harbour office counted forty-seven passengers, nine bicycles and a crate before sunrise.</p>"
    later = page.body.replace(b"2026-11-20T", b"2026-11-21T").replace(b"</p>", added, 4)
    assert later.count(b"2026-11-21T") > page.body.count(b"2026-11-21T")
    url = f"{page.url}-as-told-later"
    anew = attrs.evolve(page, url=url, body=later.replace(page.url.encode(), url.encode()), facts={})
    first = attrs.evolve(page, fetched=datetime(2026, 11, 20, 23, tzinfo=UTC), facts={})
    for number, stored in enumerate((first, anew)):
        path = tmp_path / f"{number}.warc.gz"
        with path.open("wb") as file:
            write_common(WARCWriter(file, gzip=True, warc_version="1.1"), stored)
        ended = operator.run("crawl", "archive", "-a", f"warc={path}")
        assert (ended.code, ended.err) == (0, "")
    first, second = operator.records
    assert (second["id"], second["revision"], second["requestedUrl"]) == (first["id"], 2, anew.url)


def test_shares_of_the_files_are_disjoint_and_together_all(kept, common, tmp_path, new_operator):
    names = [tmp_path / f"part-{number}.warc.gz" for number in range(4)]
    pages = [page for page in read(common) if page.status == 200]
    for number, path in enumerate(names):
        with path.open("wb") as file:
            writer = WARCWriter(file, gzip=True, warc_version="1.1")
            for page in pages[number::4]:
                write_common(writer, page)
    found = []
    for share in ("1/3", "2/3", "3/3"):
        operator = new_operator()
        ended = operator.run("crawl", "archive", "-a", f"warc={tmp_path}/part-*.warc.gz", "-a", f"shard={share}")
        assert (ended.code, ended.err) == (0, "")
        found += [record["id"] for record in operator.records]
    # Copies are told within a share only, but no two files hold the same address.
    assert len(set(found)) == len(found)
    assert set(found) >= held_by(common, kept)


def test_filters_by_host_date_and_language_leave_the_rest_to_other_runs(kept, operator):
    warc = f"warc={archives(kept)[0]}"
    assert operator.run("crawl", "archive", "-a", warc, "-a", "host=elsewhere.example").code == 0
    assert operator.lines == []
    operator.run("crawl", "archive", "-a", warc, "-a", "lang=ru", "-a", "until=2026-11-15", "-a", "host=127.0.0.1")
    russian = len(operator.records)
    assert russian
    assert {record["inLanguage"] for record in operator.records} == {"ru"}
    assert max(record["datePublished"] for record in operator.records) < "2026-11-16"
    assert operator.source["total"]["rejected"]["filtered"]
    operator.run("crawl", "archive", "-a", warc, "-a", "match=/news/", "-a", "limit=2")
    assert len(operator.records) == russian + 2  # what a filter of one run left is there for the next


def test_a_reader_that_was_killed_goes_on_and_has_every_article_once(kept, operator):
    words = ("crawl", "archive", "-a", f"warc={archives(kept)[0]}")
    for _ in range(2):
        process = operator.start(*words)
        until = time.monotonic() + 20
        already = len(operator.lines)
        while time.monotonic() < until and process.poll() is None and len(operator.lines) <= already + 5:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert operator.run(*words).code == 0
    assert [record["id"] for record in operator.records].count(operator.records[0]["id"]) == 1
    assert by_id(operator).keys() == by_id(kept).keys()
    assert len(operator.records) == len(kept.records)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "expected -a warc=FILE,FILE"),
        ({"warc": "/nowhere/*.warc.gz"}, "expected files, found none"),
        ({"warc": "/tmp"}, "expected a readable file"),
        ({"warc": "/etc/hostname", "until": "soon"}, "-a until=: expected a duration"),
        ({"warc": "/etc/hostname", "sample": "2"}, "sample"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, expected):
    with pytest.raises(SourcesError, match=re.escape(expected)):
        plan_archives(given, sources_file=SOURCES, now=FETCHED)


def test_a_refusal_is_one_line_and_exit_2(operator):
    ended = operator.run("crawl", "archive", "-a", "wrac=x")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "did you mean warc?" in ended.err
