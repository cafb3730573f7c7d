"""Web archives that tests make, and what is in them."""

import gzip
import io
from datetime import UTC, datetime
from itertools import accumulate, pairwise

import pytest
from fastwarc.stream_io import ZstdWriter
from warcio.archiveiterator import ArchiveIterator as WarcioIterator
from warcio.statusandheaders import StatusAndHeaders

from crawler.archive.reader import read
from crawler.archive.writer import Exchange

#: warcio leaves its temporary files to the garbage collector.
WARNINGS = [
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile"),
]
#: Words that have a crawl keep what it fetches.
ON = ("-s", "ARCHIVE_WARC=1")
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


def damaged(common):
    """The bytes of an archive, one record in the middle of which holds zeroes."""
    data = bytearray(common.read_bytes())
    places = [page.offset for page in read(common)]
    hurt = places[len(places) // 2]
    data[hurt + 40 : hurt + 90] = bytes(50)
    return bytes(data)
