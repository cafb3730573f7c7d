"""What every test acts through: the real command line, the sample newspaper, and the files a crawl leaves."""

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import attrs
import installation
import jsonschema
import pytest
from fault_server import FaultServer
from launcher import Launcher
from web import Web

from crawler import identity, urls
from crawler.items import Article
from crawler.newsroom import Newsroom
from crawler.state import CrawlState

pytest_plugins = ["postgres"]

PROJECT = Path(__file__).parents[1]
#: On the path of a command, it sets the command's clock, and what is not installed, before anything else is imported.
BEFORE = Path(__file__).with_name("command")
PYTHON = (sys.executable, "-W", "error::DeprecationWarning:crawler")
RUN_SCHEMA = jsonschema.Draft202012Validator(json.loads((PROJECT / "crawler" / "run.schema.json").read_text()))

#: On loopback nobody is disturbed, and one worker is enough; tests that are about pace say so themselves.
AT_HOME = {
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
    "EXTRACTION_WORKERS": "1",
    "DISK_RESERVE": "0",
    "RETRY_TIMES": "0",
    "BACKOFF_SECONDS": "0.1",
    "TDMREP_LOOKUP": "0",
}


@attrs.frozen
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class Operator:
    """Types commands in a directory of its own, with a bare environment, as cron would.

    Only what a plain installation and *extras* bring can be imported by the commands.
    """

    def __init__(self, directory, launcher, absent):
        self._launcher = launcher
        self._absent = absent
        self.data = directory / "data"
        self.directory = directory
        self.settings = dict(AT_HOME)
        self.checked = set()
        self.now = None
        """What every clock says when a command starts; None: the time."""
        self.environment = {}

    def _words(self, command, *words):
        settings = {"DATA_DIR": str(self.data)} | self.settings
        given = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
        return [command, *given, *words]

    def command(self, *words):
        return [*PYTHON, "-m", "scrapy", *self._words(*words)]

    def _surroundings(self):
        found = bare_environment(self._absent, self.directory) | {"HOME": str(self.directory)}
        return found | ({"CLOCK": self.now.isoformat()} if self.now else {}) | self.environment

    def start(self, *words, **more):
        return subprocess.Popen(
            self.command(*words),
            cwd=PROJECT,
            env=self._surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def run(self, *words, seconds=100):
        """Run a command to its end, quickly: Scrapy is imported already."""
        code, out, err = self._launcher.run("scrapy", self._words(*words), self._surroundings(), seconds)
        if code is None:
            pytest.fail(f"{words} did not end in {seconds} s\n{out}\n{err}")
        self.check_reports()
        return Ended(code, out, err)

    def run_anew(self, *words, seconds=100, **more):
        """Run a command to its end in a Python of its own, under what is set up before it is begun."""
        process = self.start(*words, **more)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"{words} did not end in {seconds} s\n{out}\n{err}")
        self.check_reports()
        return Ended(process.returncode, out, err)

    def check_reports(self):
        """Every run report of every test is one of the schema."""
        for path in set(self.data.glob("runs/*.json")) - self.checked:
            RUN_SCHEMA.validate(json.loads(path.read_text()))
            self.checked.add(path)

    def crawl(self, url, *words):
        return self.run("crawl", "news", "-a", f"url={url}", *words)

    @property
    def lines(self):
        """The raw lines of all article files, in order."""
        files = sorted(self.data.glob("articles/*.jsonl"))
        return [line for path in files for line in path.read_bytes().splitlines(keepends=True)]

    @property
    def records(self):
        return [json.loads(line) for line in self.lines]

    @property
    def report(self):
        """The newest run report."""
        return json.loads(max(self.data.glob("runs/*.json"), key=lambda file: file.stat().st_mtime_ns).read_text())

    @property
    def source(self):
        """The only source of the newest report."""
        (source,) = self.report["sources"].values()
        return source


def bare_environment(absent, *places):
    path = os.pathsep.join(map(str, (BEFORE, PROJECT, PROJECT / "tests", *places)))
    settings = {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "ABSENT": " ".join(absent)}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": path, **settings}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a module that share something, most often a crawl, in one process: there it is made once."""
    from xdist.scheduler import LoadScopeScheduling

    @cache
    def shares(name):
        return 'scope="module"' in (config.rootpath / name).read_text(encoding="utf-8")

    class BySharing(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            module = nodeid.partition("::")[0]
            return module if shares(module) else nodeid

    return BySharing(config, log)


@pytest.fixture(scope="session")
def new_launcher():
    """Begins a launcher of commands, or returns the one that has begun, for those who may not import what is absent."""
    with ExitStack() as launchers:
        yield cache(
            lambda absent: launchers.enter_context(Launcher(PYTHON, bare_environment(absent), directory=PROJECT))
        )


@pytest.fixture(scope="session")
def new_operator(tmp_path_factory, new_launcher):
    """Makes an operator with an empty directory and the extras that are named, for tests that share one crawl."""

    def make(*extras):
        absent = installation.absent(*extras)
        return Operator(tmp_path_factory.mktemp("operator"), new_launcher(absent), absent)

    return make


@pytest.fixture
def operator(new_operator):
    return new_operator()


@pytest.fixture
def paper():
    with Newsroom() as newsroom:
        yield newsroom


@pytest.fixture
def source_file(operator, paper, tmp_path):
    """Writes a source file for the paper and gives the operator, who may fetch from it."""

    def write(**keys):
        lines = [f"{key} = {value}" for key, value in ({"home": f'"{paper.url}"'} | keys).items()]
        file = tmp_path / "sources.toml"
        file.write_text("[courier]\n" + "\n".join(lines) + "\n")
        operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port}
        return operator

    return write


@pytest.fixture
def server():
    """A server that does what a test says, byte by byte, on as many loopback addresses as are asked for."""
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture
def new_state():
    """Opens the crawl state of a directory."""
    return CrawlState


@pytest.fixture
def state(new_state, tmp_path):
    """An empty crawl state with a run of its own."""
    state = new_state(tmp_path / "data")
    state.begin_run("20261122T101500Z", "crawl news", now=0)
    yield state
    state.close()


@pytest.fixture
def freeze(state):
    """Freezes the lines of all articles that wait for their site to be known, as they are."""

    def all_waiting():
        for site in state.sites.with_waiting():
            for article in state.sites.waiting(site.id):
                state.sites.freeze(article, article.record, content_hash="0" * 64)

    return all_waiting


@pytest.fixture
def new_article():
    """Makes articles as a spider would yield them."""

    def make(url, text="The council has voted.", **fields):
        url = urls.fetch_form(url)
        values = {
            "id": urls.article_id(urls.identity_key(url)),
            "url": url,
            "headline": f"Headline of {url}",
            "articleBody": text,
            "wordCount": identity.word_count(text),
            "contentHash": identity.content_hash(text),
            "firstSeen": "2026-11-22T10:15:00Z",
            "publisher": {"domain": urls.registrable_domain(url), "sourceId": "courier"},
            "metadata": {"schemaVersion": "1.0"},
        }
        return Article(**values | fields)

    return make


@pytest.fixture(scope="module")
def web():
    server = Web()
    yield server
    server.shutdown()
    server.server_close()
