"""Web archives: what is fetched is kept, and the same records come out of it again, whoever wrote the file."""

import asyncio
import gzip
import io
import json
import os
import random
import re
import resource
import signal
import sqlite3
import threading
import time
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate, pairwise
from pathlib import Path

import attrs
import pytest
from fastwarc.stream_io import ZstdWriter
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

import crawler
from crawler.archive import Damage, Stored
from crawler.archive.file import ArchiveFile
from crawler.archive.members import whole_length
from crawler.archive.reader import read
from crawler.archive.writer import Exchange, WarcFiles, recover
from crawler.newsroom import Newsroom
from crawler.sources import SourcesError
from crawler.spiders.plan import plan_archives

# warcio leaves its temporary files to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile"),
]

ON = ("-s", "ARCHIVE_WARC=1")
SOURCES = Path(crawler.__file__).with_name("sources.toml")
FETCHED = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def exchange(url="http://a.example/x", body=b"<p>A page.</p>", status=200, **more):
    values = {"asked": (("Host", "a.example"),), "headers": (("Content-Type", "text/html"),), "fetched": FETCHED}
    return Exchange(url=url, body=body, status=status, **values | more)


def archives(operator):
    return sorted(operator.data.glob("archive/*"))


def types_of(path):
    with path.open("rb") as file:
        return [record.rec_type for record in WarcioIterator(file, check_digests="raise")]


def comparable(record):
    """A record without what tells how and when it came here."""
    metadata = {key: value for key, value in record["metadata"].items() if key != "runId"}
    metadata["discovery"] = {key: value for key, value in metadata["discovery"].items() if key != "method"}
    return record | {"metadata": metadata}


def by_id(operator):
    """The records that are the same whatever the order: of a story told at two addresses the first read is stored."""
    return {record["id"]: comparable(record) for record in operator.records if not is_told_twice(record["url"])}


def is_told_twice(url):
    return "one-price-for-a-berth" in url or "where-a-night-afloat" in url


@pytest.fixture(scope="module")
def new_operator(new_operator):
    """Operators who have the extra that reads and writes archives."""
    return partial(new_operator, "archive")


@pytest.fixture(scope="module")
def kept(new_operator):
    """An operator who has crawled the sample newspaper once and kept what was fetched."""
    operator = new_operator()
    with Newsroom() as paper:
        operator.ended = operator.crawl(paper.url, *ON)
        operator.asked = {request.path for request in paper.requests}
        operator.home = paper.url
    return operator


@pytest.fixture(scope="module")
def again(kept, new_operator):
    """An operator who has read that archive."""
    operator = new_operator()
    operator.ended = operator.run("crawl", "archive", "-a", f"warc={archives(kept)[0]}")
    operator.first = (by_id(operator), operator.records, operator.report)
    return operator


@pytest.fixture(scope="module")
def common(kept, tmp_path_factory):
    """A file in the shape of CC-NEWS, made of the sample newspaper: request before response, no word of ours."""
    path = tmp_path_factory.mktemp("news") / "CC-NEWS-20261122101500-00001.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        writer.write_record(writer.create_warcinfo_record(path.name, {"isPartOf": "CC-NEWS"}))
        # In an order that does not change with the crawl's, so that a cut costs the same pages every time.
        for stored in sorted(read(archives(kept)[0]), key=lambda stored: stored.url):
            if is_common(stored.url) and stored.status == 200:
                write_common(writer, stored)
    return path


@pytest.fixture(scope="module")
def packed(new_operator):
    """An operator with keys who has kept a page that is sent compressed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = gzip.compress(b"<html><body>" + b"<p>Nothing of note.</p>" * 300)
            self.send_response(200)
            for name, value in (("Content-Type", "text/html"), ("Content-Encoding", "gzip")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        operator, url = new_operator(), f"http://127.0.0.1:{server.server_address[1]}/page"
        headers = json.dumps({"Authorization": "Bearer wicked-secret", "X-Api-Key": "wicked-secret"})
        operator.run("crawl", "urls", "-a", f"url={url}", *ON, "-s", f"DEFAULT_REQUEST_HEADERS={headers}")
        server.shutdown()
    return operator


def is_common(url):
    return "/news/" in url and not is_told_twice(url)


def write_common(writer, stored):
    asked = StatusAndHeaders("GET / HTTP/1.1", [("User-Agent", "CCBot/2.0")], is_http_request=True)
    dated = {"WARC-Date": stored.fetched.isoformat().replace("+00:00", "Z")}
    writer.write_record(
        writer.create_warc_record(stored.url, "request", http_headers=asked, warc_headers_dict=dict(dated))
    )
    headers = StatusAndHeaders("200 OK", list(stored.headers), protocol="HTTP/1.1")
    record = writer.create_warc_record(
        stored.url, "response", payload=io.BytesIO(stored.body), http_headers=headers, warc_headers_dict=dict(dated)
    )
    writer.write_record(record)


def test_every_request_of_a_crawl_is_kept_in_a_closed_file_with_valid_digests(kept):
    assert kept.ended.code == 0
    (path,) = archives(kept)
    types = types_of(path)
    assert path.name.endswith(".warc.gz")
    assert types[0] == "warcinfo"
    assert types.count("response") + types.count("revisit") == types.count("request")
    with path.open("rb") as file:
        told = [record.rec_headers.get_header("WARC-Target-URI") for record in WarcioIterator(file)]
    assert {f"{kept.home.rstrip('/')}{path}" for path in kept.asked} == {url for url in told if url}


def test_the_record_says_where_its_page_lies(kept):
    for record in kept.records:
        place = record["metadata"]["archive"]
        with (kept.data / "archive" / place["file"]).open("rb") as file:
            file.seek(place["offset"])
            page = next(iter(ArchiveIterator(file, parse_http=True)))
            assert page.record_type == WarcRecordType.response
            assert page.headers["WARC-Target-URI"] == record["url"]


def test_headers_of_the_transfer_are_masked_and_the_length_is_that_of_what_is_kept(packed):
    page = next(page for page in read(archives(packed)[0]) if page.url.endswith("/page"))
    headers = dict(page.headers)
    assert headers["X-Crawler-Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in headers
    assert int(headers["Content-Length"]) == len(page.body) > int(headers["X-Crawler-Content-Length"])


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


def held_by(common, kept):
    """The ids of the articles whose pages are in that file."""
    urls = {page.url for page in read(common)}
    return {record["id"] for record in kept.records if record["url"] in urls}


def zstd(data, directory):
    """Data compressed as one frame."""
    path = directory / "frame.zst"
    with path.open("wb") as file:
        writer = ZstdWriter(file)
        writer.write(data)
        writer.finish()
        writer.close()
    return path.read_bytes()


def in_shapes(common, directory):
    """The bytes of an archive in every way in which archives are packed, each with the places where its pieces end."""
    members = common.read_bytes()
    ends = [*(page.offset for page in read(common)), len(members)]
    pieces = [members[begin:end] for begin, end in pairwise([0, *ends])]
    plain = [gzip.decompress(piece) for piece in pieces]
    frames = [zstd(piece, directory) for piece in plain]
    for name, parts in {"members.warc.gz": pieces, "plain.warc": plain, "frames.warc.zst": frames}.items():
        yield name, b"".join(parts), set(accumulate(map(len, parts)))
    for name, pack in {"one.warc.gz": gzip.compress, "one.warc.zst": lambda data: zstd(data, directory)}.items():
        yield name, (whole := pack(b"".join(plain))), {len(whole)}


def test_a_file_that_is_cut_damaged_or_cannot_be_read_is_named_and_all_that_is_whole_is_stored(
    kept, operator, common, tmp_path
):
    cut, hurt = [], tmp_path / "hurt.warc.gz"
    for name, data, _ in in_shapes(common, tmp_path):
        cut.append(tmp_path / f"cut-{name}")
        cut[-1].write_bytes(data[: len(data) * 2 // 3])
    hurt.write_bytes(damaged(common))
    broken = "/proc/self/mem"  # fails when it is read
    ended = operator.run("crawl", "archive", "-a", f"warc={hurt},{broken},{','.join(map(str, cut))}")
    assert ended.code == 3
    lines = ended.err.splitlines()
    assert lines[0].startswith(f"{hurt}: after byte ")
    assert lines[1].startswith("/proc/self/mem: expected a readable file: ")
    assert [line.partition(": after byte ")[0] for line in lines[2:]] == list(map(str, cut))
    # The page that one file lost is in the first half of all, and so in those that were cut behind it.
    first = [record["id"] for record in operator.records if record["revision"] == 1]
    assert sorted(first) == sorted(held_by(common, kept))


def test_a_cut_anywhere_in_any_kind_of_file_is_told_once_unless_nothing_is_torn(common, tmp_path):
    for name, data, ends in in_shapes(common, tmp_path):
        path = tmp_path / name
        path.write_bytes(data)
        assert not any(isinstance(page, Damage) for page in read(path))
        places = {random.Random(name).randrange(1, len(data)) for _ in range(12)} | {min(ends) // 2, len(data) - 1}
        for place in places - ends:
            path.write_bytes(data[:place])
            assert sum(isinstance(page, Damage) for page in read(path)) == 1, (name, place)


def damaged(common):
    """The bytes of an archive, one record in the middle of which holds zeroes."""
    data = bytearray(common.read_bytes())
    places = [page.offset for page in read(common)]
    hurt = places[len(places) // 2]
    data[hurt + 40 : hurt + 90] = bytes(50)
    return bytes(data)


def test_damage_in_the_middle_costs_the_record_it_lies_in_and_no_other(common, tmp_path):
    path = tmp_path / "hurt.warc.gz"
    path.write_bytes(damaged(common))
    whole = [page.url for page in read(common)]
    found = list(read(path))
    assert sum(isinstance(page, Damage) for page in found) == 1
    assert [page.url for page in found if isinstance(page, Stored)] == [
        url for url in whole if url != whole[len(whole) // 2]
    ]


@pytest.mark.parametrize(
    "rubbish", [b"", b"\x1f\x8b\x08", b"no archive at all " * 500, b"WARC/1.1\r\n" * 90, bytes(5000)]
)
def test_what_is_no_archive_is_read_to_its_end_without_an_exception(tmp_path, rubbish):
    path = tmp_path / "rubbish.warc.gz"
    path.write_bytes(rubbish)
    assert not any(isinstance(page, Stored) for page in read(path))


def test_zstd_and_plain_files_are_read_as_gzip_is(common, tmp_path):
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(common.read_bytes()))
    packed = tmp_path / "packed.warc.zst"
    packed.write_bytes(zstd(plain.read_bytes(), tmp_path))
    urls = [page.url for page in read(common)]
    assert [page.url for page in read(plain)] == urls
    assert [page.url for page in read(packed)] == urls


@pytest.mark.parametrize("kind", ["one.warc.gz", "one.warc.zst", "members.warc.gz"])
def test_reading_goes_on_where_a_record_begins_and_anew_in_a_file_of_one_piece(common, tmp_path, kind):
    path, plain = tmp_path / kind, gzip.decompress(common.read_bytes())
    path.write_bytes(common.read_bytes() if kind.startswith("members") else gzip.compress(plain))
    if kind.endswith("zst"):
        path.write_bytes(zstd(plain, tmp_path))

    async def pages(begin):
        return [page async for page in ArchiveFile(path).responses(begin=begin, wanted=lambda *_: True)]

    whole = asyncio.run(pages(0))
    rest = asyncio.run(pages(whole[10].offset))
    assert [page.url for page in rest] == [page.url for page in whole[10 if kind.startswith("members") else 0 :]]
    assert asyncio.run(pages(path.stat().st_size)) == []
    assert asyncio.run(ArchiveFile(path).find(whole[5].url)).body == whole[5].body


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


def test_no_key_of_the_operators_is_kept(packed):
    kept = gzip.decompress(archives(packed)[0].read_bytes())
    assert b"User-Agent: NewsCrawler" in kept
    assert b"wicked-secret" not in kept


def test_what_has_not_changed_is_kept_once_and_referred_to(tmp_path):
    files = WarcFiles(tmp_path, software="test")
    first = files.write(exchange())
    again = files.write(exchange(), first)
    gone = files.write(exchange(status=304, body=b""), first)
    other = files.write(exchange(body=b"<p>Another.</p>"), first)
    files.close()
    assert (again, gone) == (first, first)
    assert other.offset > first.offset
    (path,) = tmp_path.iterdir()
    assert types_of(path).count("response") == 2
    with path.open("rb") as file:
        profiles = [record.rec_headers.get_header("WARC-Profile") for record in WarcioIterator(file)]
    assert [profile.rsplit("/", 1)[1] for profile in profiles if profile] == [
        "identical-payload-digest",
        "server-not-modified",
    ]


def test_a_file_is_closed_at_its_size_and_at_the_end_of_its_day(tmp_path):
    files = WarcFiles(tmp_path, software="test", largest=20_000)
    for number in range(20):
        files.write(exchange(f"http://a.example/{number}", body=os.urandom(3000)))
    files.write(exchange(fetched=datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC)))
    assert [path.suffix for path in sorted(tmp_path.iterdir())].count(".open") == 1
    files.close()
    closed = sorted(tmp_path.iterdir())
    assert len(closed) > 4
    assert closed[-1].name.startswith("NewsCrawler-20261123000001")
    assert sum(types_of(path).count("response") for path in closed) == 21


def test_a_record_torn_by_a_crash_is_cut_off_and_the_file_closed(tmp_path):
    files = WarcFiles(tmp_path, software="test")
    for number in range(5):
        files.write(exchange(f"http://a.example/{number}", body=os.urandom(3000)))
    (path,) = tmp_path.iterdir()
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\n" + os.urandom(4000))[:-900])
    assert whole_length(path) == whole
    assert recover(tmp_path) == 1
    (closed,) = tmp_path.iterdir()
    assert closed.stat().st_size == whole
    assert types_of(closed).count("response") == 5


def test_an_archive_that_cannot_grow_ends_the_run_with_74_and_leaves_no_torn_record(operator, paper):
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    ended = operator.run_anew("crawl", "news", "-a", f"url={paper.url}", *ON, preexec_fn=small)
    assert ended.code == 74
    for path in archives(operator):
        assert "warcinfo" in types_of(path)
