"""Archive files of every kind, whole, cut, damaged and entered in the middle: all that is whole is read."""

import asyncio
import gzip
import random

import pytest
from warcs import (
    WARNINGS,
    damaged,
    held_by,
    in_shapes,
    zstd,
)

from crawler.archive import Damage, Stored
from crawler.archive.file import ArchiveFile
from crawler.archive.reader import read

pytestmark = WARNINGS


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
