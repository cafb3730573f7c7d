"""What a crawl fetches is kept in files that others can read: whole, once, and without a secret."""

import gzip
import json
import os
import resource
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator
from warcs import ON, WARNINGS, archives, exchange, types_of

from crawler.archive.members import whole_length
from crawler.archive.reader import read
from crawler.archive.writer import WarcFiles, recover

pytestmark = WARNINGS


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
