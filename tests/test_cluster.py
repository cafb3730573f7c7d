"""Archives read on a Ray cluster: the same records, whoever is killed meanwhile. Ray listens on loopback alone."""

import gzip
import io
import os
import random
import signal
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
from warcs import WARNINGS

pytestmark = WARNINGS
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="no Ray: install the extra ray")

FILES, PAGES = 2, 30
WORDS = ["harbour", "council", "evening", "bridge", "market", "winter", "storm", "family", "school", "ferry", "island"]
#: Seconds in which a Ray of one's own begins on a busy machine.
BEGINNING = 120


def story(name):
    words = random.Random(name)
    sentences = [" ".join(words.choices(WORDS, k=14)).capitalize() + "." for _ in range(12)]
    text = "".join(f"<p>{' '.join(sentences[start : start + 3])}</p>" for start in range(0, 12, 3))
    title = f"The {words.choice(WORDS)} of the {words.choice(WORDS)}, as told in {name}"
    return (
        f"<!doctype html><html lang=en><title>{title}</title><article><h1>{title}</h1>{text}</article></html>".encode()
    )


@pytest.fixture(scope="module")
def new_operator(new_operator):
    """Operators who have the extra that works on a cluster."""

    def make(*extras):
        operator = new_operator(*extras or ("ray",))
        if not extras:  # Ray brings a psutil of its own, which would be hidden by its name
            operator.environment = {"ABSENT": ""}
        return operator

    return make


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """A pattern of files that hold stories of one site."""
    directory = tmp_path_factory.mktemp("archives")
    for number in range(FILES):
        with (directory / f"{number}.warc.gz").open("wb") as file:
            writer = WARCWriter(file, gzip=True, warc_version="1.1")
            for page in range(PAGES):
                url = f"https://paper{number}.example/news/story-number-{page}-of-the-day"
                headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
                payload = io.BytesIO(story(url))
                dated = {"WARC-Date": "2026-11-22T10:15:00Z"}
                writer.write_record(
                    writer.create_warc_record(url, "response", payload, http_headers=headers, warc_headers_dict=dated)
                )
    whole = directory / f"{FILES - 1}.warc.gz"
    whole.write_bytes(gzip.compress(gzip.decompress(whole.read_bytes())))  # in one piece
    return str(directory / "*.warc.gz")


@pytest.fixture(scope="module")
def alone(archives, new_operator):
    """The records that one machine makes of them."""
    operator = new_operator()
    assert operator.run("crawl", "archive", "-a", f"warc={archives}").code == 0
    assert len(operator.records) == FILES * PAGES
    return by_id(operator)


@pytest.fixture
def temporary():
    """A directory with a short name: the path of a socket may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="r") as name:
        yield name


def by_id(operator):
    records = {record["id"]: record for record in operator.records}
    for record in records.values():
        del record["metadata"]["runId"]
    assert len(records) == len(operator.lines)
    return records


def processes(operator, name):
    """The processes of this operator's crawls whose names begin so."""
    mine = f"HOME={operator.directory}\0".encode()
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (path / "cmdline").read_bytes().startswith(name) and mine in (path / "environ").read_bytes():
                yield int(path.name)


def wait_until(condition, process, seconds=BEGINNING):
    limit = time.monotonic() + seconds
    while not (found := condition()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.02)
    return found


def task_of(operator):
    return list(processes(operator, b"ray::_batches"))


@needs_ray
def test_a_cluster_makes_the_same_records_though_a_task_is_killed_and_reads_no_file_twice(archives, alone, operator):
    words = ("crawl", "archive", "-a", f"warc={archives}")
    crawl = operator.start(*words, "-a", "on=ray")
    for task in wait_until(lambda: task_of(operator), crawl):
        os.kill(task, signal.SIGKILL)
    out, err = crawl.communicate(timeout=BEGINNING)
    assert (crawl.returncode, out, err) == (0, "", "")
    assert by_id(operator) == alone
    assert not list(processes(operator, b""))
    again = operator.run(*words)
    assert (again.code, operator.report["sources"]) == (0, {})


@needs_ray
@pytest.mark.thorough
def test_a_crawl_that_is_killed_leaves_no_process_and_goes_on_alone(archives, alone, operator, temporary):
    words = ("crawl", "archive", "-a", f"warc={archives}")
    operator.environment |= {"TMPDIR": temporary}
    crawl = operator.start(*words, "-a", "on=ray")
    wait_until(lambda: len(operator.lines) > 5, crawl)
    crawl.send_signal(signal.SIGKILL)
    crawl.communicate()
    limit = time.monotonic() + BEGINNING
    while list(processes(operator, b"")):
        assert time.monotonic() < limit
        time.sleep(0.1)
    assert operator.run(*words).code == 0
    assert by_id(operator) == alone


@needs_ray
@pytest.mark.thorough
def test_a_file_whose_task_dies_again_and_again_is_named_and_the_others_are_read(archives, alone, operator):
    first = archives.replace("*", "0")
    crawl = operator.start("crawl", "archive", "-a", f"warc={first}", "-a", "on=ray")
    killed = set()
    while crawl.poll() is None:
        for task in set(task_of(operator)) - killed:
            with suppress(ProcessLookupError):
                os.kill(task, signal.SIGKILL)
            killed.add(task)
        time.sleep(0.02)
    _, err = crawl.communicate()
    assert crawl.returncode == 3
    assert err.startswith(f"{first}: expected a readable file: its task died 3 times")
    assert err.count("\n") == 1
    again = operator.run("crawl", "archive", "-a", f"warc={archives}")
    assert (again.code, by_id(operator)) == (0, alone)


@needs_ray
@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "harbour"])
def test_a_cluster_that_is_not_there_is_refused_in_one_line(archives, operator, address):
    operator.environment |= {"RAY_ADDRESS": address}
    ended = operator.run_anew("crawl", "archive", "-a", f"warc={archives}", "-a", "on=ray")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert ended.err.startswith(f"RAY_ADDRESS: expected a Ray cluster at {address}: ")


def test_another_place_to_read_archives_is_refused_in_one_line(archives, operator):
    ended = operator.run("crawl", "archive", "-a", f"warc={archives}", "-a", "on=spark")
    assert (ended.code, ended.err) == (2, '-a on=: expected ray, got "spark"\n')


def test_without_the_extra_a_cluster_is_refused_in_one_line(archives, new_operator):
    ended = new_operator("archive").run("crawl", "archive", "-a", f"warc={archives}", "-a", "on=ray")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "pip install 'crawler[ray]'" in ended.err
