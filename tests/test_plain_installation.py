"""What ``pip install -e .`` brings is enough for a whole crawl and every command; what needs an extra names it."""

import json
import pkgutil
import sys

import pytest

import crawler

#: Modules that nothing loads before their extra was looked for.
OF_EXTRAS = {
    "crawler.archive.cluster",
    "crawler.archive.file",
    "crawler.archive.reader",
    "crawler.archive.writer",
    "crawler.parquet",
}
IMPORT_ALL = """
import importlib, json, sys
missing = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing[name] = error.name
print(json.dumps(missing))
"""


@pytest.fixture(scope="module")
def demo(new_operator):
    """An operator with a plain installation who has seen the demo."""
    operator = new_operator()
    operator.ended = operator.run("demo", "--port", "0")
    operator.data /= "demo-0"
    return operator


def test_the_demo_ends_well_and_its_run_is_reported(demo):
    assert (demo.ended.code, demo.ended.err) == (0, "")
    assert demo.source["thisRun"]["stored"] == len(demo.records) > 20
    assert demo.report["exitCode"] == 0


@pytest.mark.parametrize(
    "words", ["status", "report", "explain URL", "diff URL", "rebuild", "sources", "completion bash", "extract FILE"]
)
def test_every_command_works_on_what_was_crawled(demo, tmp_path, words):
    page = tmp_path / "page.html"
    page.write_text("<h1>The crane stays</h1>" + "<p>The harbour master said that the crane will stay.</p>" * 20)
    given = {"URL": demo.records[0]["url"], "FILE": str(page)}
    ended = demo.run(*(given.get(word, word) for word in words.split()))
    assert ended.code == 0, ended.err
    assert ended.out
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", ["extract", "probe"])
def test_every_command_that_fetches_works(operator, paper, command):
    ended = operator.run(command, paper.url + (paper.articles[0].path.lstrip("/") if command == "extract" else ""))
    assert ended.code == 0, ended.err
    assert paper.articles[0].headline in ended.out or command == "probe"


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        ("export news.parquet", "parquet"),
        ("export --to file:///nowhere", "copy"),
        ("crawl news -s ARCHIVE_WARC=1", "archive"),
        ("crawl archive -a warc=news.warc.gz", "archive"),
        ("crawl news -s STATE_URL=postgresql://127.0.0.1:1/none", "postgres"),
        ("status -s STATE_URL=postgresql://127.0.0.1:1/none", "postgres"),
    ],
)
def test_what_needs_an_extra_names_it_in_one_line(operator, words, extra):
    ended = operator.run(*words.split())
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.err.splitlines()
    assert f"pip install 'crawler[{extra}]'" in line


def test_a_copy_to_s3_names_its_extra(new_operator):
    ended = new_operator("copy").run("export", "--to", "s3://bucket/news")
    assert ended.code == 2
    (line,) = ended.err.splitlines()
    assert "pip install 'crawler[s3]'" in line


def test_a_source_that_a_browser_must_build_names_its_extra(operator, paper):
    file = operator.directory / "sources.toml"
    file.write_text(f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\nrender = true\n')
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
    ended = operator.run("crawl", "news", "-a", "source=courier", "-a", "limit=3")
    assert ended.code == 4
    (line,) = ended.err.splitlines()
    assert "pip install 'crawler[browser]'" in line


def test_every_module_but_those_of_an_extra_can_be_imported(operator):
    names = [module.name for module in pkgutil.walk_packages(crawler.__path__, "crawler.")]
    operator.command = lambda *words: [sys.executable, "-c", IMPORT_ALL, *words]
    missing = json.loads(operator.run_anew(*names).out)
    assert missing.keys() == OF_EXTRAS
    assert set(missing.values()) == {"fastwarc", "warcio", "pyarrow"}
