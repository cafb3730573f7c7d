"""Output files: whole lines only, the same bytes again after any crash, and nobody else's file is touched."""

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import output
from crawler.state import StorageError

SITE = "https://courier.example/"
DAY = "2026-11-22"


@pytest.fixture
def accept(state, new_article, freeze):
    """Accepts articles by name, each with its line in the outbox."""

    def make(*names, day=DAY, size=0):
        for name in names:
            article = new_article(f"{SITE}{name}", name)
            key = state.frontier.admit(article.url, source="courier", now=1)
            line = output.encode({"name": name, "filler": "x" * size})
            run = state.run
            state.articles.accept(article, line, key=key, asked=key, aliases={}, day=day, run=run, now=2)
            freeze()

    return make


@pytest.fixture
def path(state):
    return state.directory / "articles" / f"{DAY}.jsonl"


def names(*paths):
    return [json.loads(line)["name"] for path in paths for line in path.read_bytes().splitlines()]


# --- Lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_no_character_that_a_reader_takes_for_a_line_end_is_left_in_a_line(end):
    line = output.encode({"articleBody": f"one{end}two"})
    assert line.decode().splitlines(keepends=True) == [line.decode()]
    assert json.loads(line) == {"articleBody": f"one{end}two"}


def test_half_a_character_becomes_the_replacement_character():
    assert json.loads(output.encode({"a\udfff": ["b\ud800", "\U0001f600"]})) == {"a\ufffd": ["b\ufffd", "\U0001f600"]}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_does_not_know_is_refused(number):
    with pytest.raises(ValueError, match="JSON"):
        output.encode({"probability": number})


def test_a_line_is_compact_utf_8():
    assert output.encode({"headline": "Ж", "authors": [1]}) == '{"headline":"Ж","authors":[1]}\n'.encode()


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), st.text(st.characters(codec=None)) | st.lists(st.text())))
def test_any_record_is_one_line_of_json(record):
    line = output.encode(record)
    assert line.count(b"\n") == 1
    assert len(line.decode().splitlines()) == 1
    json.loads(line)


@pytest.mark.parametrize("letter", ["a", "Ж", '"', "\n", "\x01", "\ud800"])
def test_a_record_over_the_limit_is_cut_and_says_so(monkeypatch, letter):
    monkeypatch.setattr(output, "LARGEST_LINE", 10_000)
    record = {"articleBody": letter * 20_000, "metadata": {"schemaVersion": "1.0", "warnings": ["before"]}}
    line = output.encode_article(record)
    assert len(line) <= 10_000
    cut = json.loads(line)
    assert set(cut["articleBody"]) <= {letter, "\ufffd"}
    assert cut["metadata"] == {"schemaVersion": "1.0", "warnings": ["before", "text_cut"]}
    assert record["metadata"]["warnings"] == ["before"]


@pytest.mark.parametrize("text", ["short", "long " * 4_000])
def test_a_record_whose_bulk_is_not_its_text_loses_its_largest_fields_first(monkeypatch, text):
    monkeypatch.setattr(output, "LARGEST_LINE", 10_000)
    boilerplate = ["x" * 9_000, "y" * 9_000]
    record = {"headline": "H", "articleBody": text, "keywords": ["k"], "boilerplate": boilerplate, "metadata": {}}
    line = output.encode_article(record)
    assert len(line) <= 10_000
    cut = json.loads(line)
    assert "boilerplate" not in cut
    assert cut["keywords"] == ["k"]
    assert text.startswith(cut["articleBody"])
    assert len(cut["articleBody"]) > 4
    assert "fields_cut" in cut["metadata"]["warnings"]
    assert ("text_cut" in cut["metadata"]["warnings"]) == (text != "short")


def test_a_record_within_the_limit_is_left_as_it_is():
    record = {"articleBody": "text", "metadata": {}}
    assert output.encode_article(record) == output.encode(record)


# --- Publishing -------------------------------------------------------------------------------------------------------


def test_lines_are_written_in_the_order_of_their_acceptance(state, accept, path):
    accept(*"abc")
    assert output.publish(state) == 3
    accept("d")
    assert output.publish(state) == 1
    assert output.publish(state) == 0
    assert names(path) == list("abcd")


def test_more_lines_than_a_batch_are_all_written_once(state, accept, path):
    wanted = [f"story-{number}" for number in range(2 * output.BATCH + 3)]
    accept(*wanted)
    assert output.publish(state) == len(wanted)
    assert names(path) == wanted


def test_every_article_is_found_at_the_position_the_state_promises(state, accept):
    accept(*"abc")
    output.publish(state)
    for name in "abc":
        article = state.history(f"courier.example/{name}").article
        line = output.read_line(state.directory, article["segment"], article["position"])
        assert json.loads(line)["name"] == name


def test_a_line_accepted_before_midnight_goes_to_its_own_day_after_midnight(state, accept, path):
    accept("late")
    accept("early", day="2026-11-23")
    accept("later still")
    output.publish(state)
    assert names(path) == ["late", "later still"]
    assert names(path.with_name("2026-11-23.jsonl")) == ["early"]


@pytest.mark.parametrize("lived", [0, 1, 7, None])
def test_bytes_of_a_crash_before_the_commit_are_written_again_the_same(state, accept, path, lived):
    """The file has some or all of the lines, the state promises none of them."""
    accept("before")
    output.publish(state)
    accept(*"abc")
    waiting = b"".join(line.line for line in state.outbox.lines(9))
    with path.open("ab") as file:
        file.write(waiting[:lived])
    promised = path.read_bytes()[: -len(waiting[:lived]) or None]
    output.recover(state)
    assert path.read_bytes() == promised
    output.publish(state)
    assert path.read_bytes() == promised + waiting


@pytest.mark.parametrize("lived", [0, 1, 7, None])
def test_bytes_of_a_crash_in_the_first_lines_of_a_day_are_written_again_the_same(state, accept, path, lived):
    """The file has some of the lines, and the state has not even heard of it."""
    accept(*"ab")
    waiting = b"".join(line.line for line in state.outbox.lines(9))
    path.parent.mkdir()
    path.write_bytes(waiting[:lived])
    accept("c")
    output.recover(state)
    output.publish(state)
    assert names(path) == list("abc")
    assert path.read_bytes().startswith(waiting)
    assert list(path.parent.iterdir()) == [path]


def test_a_crash_after_the_commit_leaves_nothing_to_do(state, accept, path):
    accept(*"ab")
    output.publish(state)
    whole = path.read_bytes()
    output.recover(state)
    assert output.publish(state) == 0
    assert path.read_bytes() == whole


def test_a_file_of_somebody_else_is_never_written_to(state, accept, path):
    path.parent.mkdir()
    path.write_bytes(b'{"name":"from another database"}\n')
    path.with_name(f"{DAY}-2.jsonl").write_bytes(b"notes\n")
    accept("ours")
    output.publish(state)
    assert path.read_bytes() == b'{"name":"from another database"}\n'
    assert names(path.with_name(f"{DAY}-3.jsonl")) == ["ours"]


def test_a_longer_file_is_cut_at_the_promised_end(state, accept, path):
    accept("a")
    output.publish(state)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"torn')
    output.recover(state)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("act", [output.recover, output.publish])
def test_a_shortened_file_is_refused_by_name_and_left_as_it_is(state, accept, path, act):
    accept("a")
    output.publish(state)
    accept("b")
    os.truncate(path, 5)
    with pytest.raises(StorageError, match=rf"{DAY}.jsonl.*shortened by someone"):
        act(state)
    assert path.stat().st_size == 5
    assert len(state.outbox.lines(9)) == 1


def test_a_file_moved_away_is_followed_by_the_next_part(state, accept, path):
    for name in "abc":
        accept(name)
        output.publish(state)
        path.unlink(missing_ok=True)
    second = path.with_name(f"{DAY}-2.jsonl")
    assert names(second) == ["b", "c"]
    assert [segment.part for segment in state.outbox.segments()] == [1, 2]


def test_a_full_part_is_followed_by_the_next(state, accept, path, monkeypatch):
    monkeypatch.setattr(output, "LARGEST_PART", 400)
    accept(*"abcdefg", size=150)
    output.publish(state)
    parts = sorted(path.parent.iterdir(), key=lambda part: (len(part.name), part.name))
    assert [names(part) for part in parts] == [["a", "b"], ["c", "d"], ["e", "f"], ["g"]]
    assert all(part.stat().st_size <= 400 for part in parts)


def test_a_line_larger_than_a_part_has_one_of_its_own(state, accept, path, monkeypatch):
    monkeypatch.setattr(output, "LARGEST_PART", 100)
    accept("a", size=500)
    accept("b", size=10)
    output.publish(state)
    assert (names(path), names(path.with_name(f"{DAY}-2.jsonl"))) == (["a"], ["b"])


def test_a_link_in_the_place_of_a_file_is_not_followed(state, accept, path, tmp_path):
    target = tmp_path / "precious"
    target.write_bytes(b"")
    path.parent.mkdir()
    path.symlink_to(target)
    accept("a")
    with pytest.raises(StorageError, match=path.name):
        output.publish(state)
    assert target.read_bytes() == b""


def test_a_file_in_the_place_of_the_directory_is_named_and_nothing_is_lost(state, accept, path):
    path.parent.write_text("in the way")
    accept("a")
    with pytest.raises(StorageError, match=path.parent.name):
        output.publish(state)
    path.parent.unlink()
    assert output.publish(state) == 1


def test_files_can_be_read_by_their_owner_and_group_only(state, accept, path):
    accept("a")
    output.publish(state)
    assert path.stat().st_mode & 0o007 == 0
    assert path.parent.stat().st_mode & 0o007 == 0


# --- Reports ----------------------------------------------------------------------------------------------------------


def test_a_report_is_replaced_whole_and_leaves_no_part_behind(tmp_path):
    output.write_report(tmp_path, "20261122T101500Z", {"exitCode": 0})
    path = output.write_report(tmp_path, "20261122T101500Z", {"command": ["-a", "match=\udcff"]})
    assert json.loads(path.read_text()) == {"command": ["-a", "match=\ufffd"]}
    assert list(path.parent.iterdir()) == [path]


def test_a_report_that_cannot_be_written_leaves_the_one_before(tmp_path):
    path = output.write_report(tmp_path, "run", {"exitCode": 0})
    path.with_suffix(".part").mkdir()
    with pytest.raises(StorageError, match=r"run\.json"):
        output.write_report(tmp_path, "run", {"exitCode": 74})
    assert json.loads(path.read_text()) == {"exitCode": 0}


def test_the_line_of_a_file_that_has_gone_is_a_storage_failure(tmp_path):
    with pytest.raises(StorageError, match=r"gone\.jsonl"):
        output.read_line(tmp_path, "gone.jsonl", 0)
