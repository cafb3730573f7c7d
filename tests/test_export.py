"""The articles elsewhere: one Parquet file with types, and closed files copied once, with a manifest behind each."""

import errno
import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from fsspec import register_implementation
from fsspec.implementations.memory import MemoryFileSystem

from crawler import items, output
from crawler.copying import Destination
from crawler.newsroom import Newsroom
from crawler.state import StorageError

DAY = "2026-11-20"


@pytest.fixture(scope="module")
def new_operator(new_operator):
    """Operators who have the extras that an export needs."""
    return partial(new_operator, "copy", "parquet")


@pytest.fixture(scope="module")
def crawled(new_operator):
    operator = new_operator()
    with Newsroom() as paper:
        operator.crawl(paper.url, "-a", "limit=8")
    return operator


@pytest.fixture
def accept(state, new_article):
    """Accepts an article into a file of DAY; its line waits until it is frozen."""

    def do(url):
        article = new_article(url, metadata=METADATA)
        key = state.frontier.admit(url, source="courier", now=0)
        line = output.encode_article(items.record(article))
        state.articles.accept(article, line, key=key, asked=key, aliases={}, day=DAY, run=state.run, now=0)

    return do


@pytest.fixture
def articles(state, accept, freeze):
    """A state with two lines of a day in its file."""
    accept("https://a.example/a")
    accept("https://a.example/b")
    freeze()
    output.publish(state)
    return state


METADATA = {
    "schemaVersion": "1.0",
    "dateDownloaded": "2026-11-20T10:00:00Z",
    "runId": "x",
    "discovery": {"method": "feed"},
    "fieldSources": {"headline": "jsonld"},
}


def test_parquet_holds_the_newest_revision_of_every_article_with_types_and_names_wrong_lines(crawled, tmp_path):
    arrow = pytest.importorskip("pyarrow.parquet")
    (path,) = crawled.data.glob("articles/*.jsonl")
    first = crawled.records[0]
    later = first | {"revision": 2, "headline": "Corrected", "usageInfo": {"robots": {"meta": ["noai"]}}}
    wrong = [b"no json\n", output.encode(first | {"id": "1" * 32, "wordCount": "many"}), b'{"half": ']
    path.with_name("2026-11-20.jsonl").write_bytes(output.encode(later) + b"".join(wrong))
    ended = crawled.run("export", str(tmp_path / "all.parquet"))
    path.with_name("2026-11-20.jsonl").unlink()
    assert ended.code == 3
    assert [line.split(": left out: ")[0].rsplit("/", 1)[1] for line in ended.err.splitlines()] == [
        "2026-11-20.jsonl:2",
        "2026-11-20.jsonl:3",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["all.parquet"]
    rows = arrow.read_table(tmp_path / "all.parquet").to_pylist()
    assert len(rows) == len({row["id"] for row in rows}) == len(crawled.records)
    (row,) = [row for row in rows if row["id"] == first["id"]]
    assert (row["headline"], row["revision"]) == ("Corrected", 2)
    assert row["publisher"] == {"name": None} | first["publisher"]
    assert row["firstSeen"] == datetime.fromisoformat(first["firstSeen"])
    assert dict(row["metadata"]["fieldSources"]) == first["metadata"]["fieldSources"]
    assert json.loads(row["usageInfo"]) == later["usageInfo"]


def test_duckdb_and_pandas_read_the_export(crawled, tmp_path):
    pytest.importorskip("pyarrow")
    duckdb, pandas = pytest.importorskip("duckdb"), pytest.importorskip("pandas")
    path = tmp_path / "x.parquet"
    ended = crawled.run("export", str(path), "--since", "7d", "--all")
    assert (ended.code, ended.err) == (0, "")
    expected = sorted(record["headline"] for record in crawled.records)
    query = f"SELECT headline, publisher.domain, metadata.http.status FROM '{path}' ORDER BY headline"
    assert [row[0] for row in duckdb.sql(query).fetchall()] == expected
    frame = pandas.read_parquet(path)
    assert sorted(frame["headline"]) == expected
    assert str(frame["firstSeen"].dtype).endswith("UTC]")


def test_an_export_of_nothing_is_a_file_without_rows(crawled, tmp_path):
    arrow = pytest.importorskip("pyarrow.parquet")
    ended = crawled.run("export", str(tmp_path / "x.parquet"), "--source", "nobody")
    assert (ended.code, ended.err) == (0, "")
    assert arrow.read_table(tmp_path / "x.parquet").num_rows == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("articles.csv",), "expected a name that ends in .parquet"),
        (("--to", "nowhere://bucket"), "expected an address that fsspec can write to"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(crawled, words, expected):
    ended = crawled.run("export", *words)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert expected in ended.err


def test_closed_files_are_copied_once_with_a_manifest_and_come_again_if_they_are_lost(crawled, tmp_path):
    words = ("export", "--to", f"file://{tmp_path}/bucket", "--verify")
    (path,) = crawled.data.glob("articles/*.jsonl")
    try:
        assert "0 files copied" in crawled.run(*words).out  # the day is not over
        crawled.now = datetime.now(UTC) + timedelta(days=2)
        assert "1 files copied" in crawled.run(*words).out
        copy = tmp_path / "bucket" / path.name
        assert copy.read_bytes() == path.read_bytes()
        manifest = json.loads(copy.with_name(f"{path.name}.manifest.json").read_text())
        assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (manifest["lines"], manifest["schemaVersion"]) == (len(crawled.records), "1.0")
        copy.write_bytes(copy.read_bytes().replace(b"the", b"eht"))
        ended = crawled.run(*words)
        assert (ended.code, ended.err) == (3, f"{path.name}: the copy is not what its manifest says\n")
    finally:
        crawled.now = None


def closed(state, day="2026-11-21"):
    return state.outbox.closed(day)


def test_a_file_is_closed_when_its_day_is_over_and_no_line_waits_for_it_or_when_a_part_follows(
    articles, accept, freeze
):
    assert [segment.name for segment in closed(articles)] == [f"{DAY}.jsonl"]
    assert closed(articles, DAY) == []
    accept("https://a.example/late")
    assert closed(articles) == []
    output.article_path(articles.directory, f"{DAY}.jsonl").rename(articles.directory / "moved")
    freeze()
    output.publish(articles)
    assert [segment.name for segment in closed(articles, DAY)] == [f"{DAY}.jsonl"]


class Full(MemoryFileSystem):
    """A bucket in memory that takes so many more files."""

    protocol = "full"
    room = 0

    def _open(self, path, mode="rb", **more):
        if "w" in mode:
            if not Full.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            Full.room -= 1
        return super()._open(path, mode, **more)

    def pipe_file(self, path, value):
        with self.open(path, "wb") as file:
            file.write(value)


@pytest.mark.parametrize("room", [0, 1])
def test_a_full_bucket_is_named_and_the_copy_is_made_whole_later(articles, room):
    register_implementation("full", Full, clobber=True)
    place, (segment,) = Destination(f"full://bucket{room}/news"), closed(articles)
    Full.room = room
    with pytest.raises(StorageError, match=r"full://bucket\d/news/2026-11-20.jsonl: No space left on device"):
        place.copy(articles.directory, segment)
    assert not place.is_there(segment)
    Full.room = 2
    assert place.copy(articles.directory, segment)
    assert place.is_same(segment)
    assert not place.copy(articles.directory, segment)


def test_a_copy_of_another_size_is_made_again_and_one_of_another_crawl_is_left_alone(articles):
    place, (segment,) = Destination("memory://shared/news"), closed(articles)
    path = f"/shared/news/{DAY}.jsonl"
    assert place.copy(articles.directory, segment)
    MemoryFileSystem().pipe_file(path, b"torn")
    assert place.copy(articles.directory, segment)
    assert place.is_same(segment)
    MemoryFileSystem().pipe_file(f"{path}.manifest.json", b'{"bytes": 1, "lines": 1}')
    with pytest.raises(StorageError, match="does another crawl copy to this place"):
        place.copy(articles.directory, segment)


def test_a_file_that_somebody_changed_is_not_copied(articles):
    place, (segment,) = Destination("memory://changed/news"), closed(articles)
    path = output.article_path(articles.directory, segment.name)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StorageError, match="it was changed by someone"):
        place.copy(articles.directory, segment)
    assert not place.is_there(segment)


def test_a_full_bucket_ends_the_command_with_74(crawled):
    crawled.now = datetime.now(UTC) + timedelta(days=2)
    try:
        ended = crawled.run("export", "--to", "file:///dev/full/bucket")
    finally:
        crawled.now = None
    assert (ended.code, ended.err.count("\n")) == (74, 1)
    assert "file:///dev/full/bucket" in ended.err
