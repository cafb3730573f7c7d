"""The README's recipes, run as they stand there: only paths, and the sites to visit, are put in."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.newsroom import Fault, Newsroom
from crawler.spiders.shards import shard_of

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def blocks(language, holding):
    """The README's fenced blocks in a language that hold a text."""
    found = [block for block in re.findall(rf"(?ms)^```{language}\n(.*?)^```$", README) if holding in block]
    assert found, f"the README has no {language} block with {holding}"
    return found


def test_the_command_of_the_kubernetes_job_crawls_the_share_of_its_index(srv):
    (manifest,) = blocks("yaml", "CronJob")
    command = re.search(r"args:\n +- (.+\n +-s .+)\n", manifest)[1].replace("\n", " ")
    home = f'home = "{srv.paper.url}"\nfeeds = ["{srv.paper.url}feed.rss"]\n'
    file = srv.directory / "share.toml"
    file.write_text(f"[courier]\n{home}")
    data = srv.directory / "shares"
    data.mkdir()
    command = command.replace("scrapy", str(srv.directory / ".venv/bin/scrapy")).replace("/data/", f"{data}/")
    command += f" -s SOURCES_FILE={file} -s ALLOW_PRIVATE={srv.paper.host_port} -s DOWNLOAD_DELAY=0 -a limit=1"
    own = next(number for number in range(8) if shard_of(f"{number + 1}/8").has("127.0.0.1"))
    for index in (own, (own + 1) % 8):
        ended = shell(f"export JOB_COMPLETION_INDEX={index}; {command} -s DISK_RESERVE=0", srv.directory)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", ""), ended
        assert bool(list(data.glob(f"{index}/articles/*.jsonl"))) == (index == own)


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed here")


@pytest.fixture(scope="module")
def srv(new_operator):
    """A directory as /srv/news would be: the project, its virtual environment, and the data of a crawl."""
    operator = new_operator()
    root = operator.directory
    for name in ("crawler", "scrapy.cfg"):
        (root / name).symlink_to(PROJECT / name)
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (root / ".venv/bin/scrapy").write_text(f'#!/bin/sh\nexec {sys.executable} -m scrapy "$@"\n')
    for program in (root / ".venv/bin").iterdir():
        program.chmod(0o755)
    with Newsroom() as paper:
        assert operator.crawl(paper.url, "-a", "limit=12").code == 0
        operator.paper = paper
        yield operator


def shell(command, directory):
    """Run a line as cron does: /bin/sh and next to nothing in the environment."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(directory), "SHELL": "/bin/sh", "LOGNAME": "news"}
    return subprocess.run(
        ["/bin/sh", "-c", command], env=environment, cwd=directory, capture_output=True, text=True, check=False
    )


def test_the_crontab_line_crawls_and_is_silent_when_all_is_well_and_mails_one_line_when_not(srv):
    (line,) = [line for line in blocks("cron", "crawl news")[0].splitlines() if line.startswith("*/10")]
    command = re.sub(r"^(\S+ ){5}", "", line).replace("/srv/news", str(srv.directory))
    file = srv.directory / "sources.toml"
    file.write_text(f'[courier]\nhome = "{srv.paper.url}"\nfeeds = ["{srv.paper.url}feed.rss"]\n')
    settings = {"SOURCES_FILE": file, "ALLOW_PRIVATE": srv.paper.host_port, "DOWNLOAD_DELAY": 0, "DISK_RESERVE": 0}
    command += "".join(f" -s {name}={shlex.quote(str(value))}" for name, value in settings.items())
    command += f" -s DATA_DIR={srv.directory / 'cron'} -a limit=3"
    ended = shell(command, "/")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list((srv.directory / "cron/articles").glob("*.jsonl"))
    srv.paper.fault("/feed.rss", Fault(status=403))
    ended = shell(command + " -a source=courier", "/")
    srv.paper.clear_faults()
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (4, "", 1)
    assert ended.stderr.startswith("courier: blocked: ")


def test_old_logs_and_reports_are_deleted_by_one_line(srv):
    (line,) = [line for line in blocks("cron", "-delete")[0].splitlines() if "find" in line]
    logs, runs = srv.directory / "old/logs", srv.directory / "old/runs"
    for directory in (logs, runs):
        directory.mkdir(parents=True)
        for name, days in (("old", 40), ("new", 1)):
            path = directory / name
            path.touch()
            os.utime(path, (path.stat().st_mtime - days * 86_400,) * 2)
    command = re.sub(r"^(\S+ ){5}", "", line).replace("/srv/news/data", str(srv.directory / "old"))
    assert shell(command, "/").returncode == 0
    assert [path.name for path in (*logs.iterdir(), *runs.iterdir())] == ["new", "new"]


@needs("systemd-analyze")
def test_the_units_are_understood_by_systemd_and_well_confined(srv, tmp_path):
    for block in blocks("ini", "# news."):
        name = re.match(r"# (news\.\w+)", block)[1]
        (tmp_path / name).write_text(block.replace("/srv/news", str(srv.directory)).replace("User=news", "User=root"))
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    assert [Path(unit).name for unit in units] == ["news.service", "news.timer"]
    ended = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    if "bus" in ended.stderr:
        pytest.skip(f"systemd-analyze cannot work here: {ended.stderr.strip()}")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_backup_is_a_data_directory_that_goes_on_where_the_crawl_was(srv):
    (recipe,) = blocks("sh", "VACUUM INTO")
    before, path = srv.lines, next(srv.data.glob("articles/*.jsonl"))
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'{"id":"an append that')  # as the copy of a file that grows meanwhile may end
    ended = shell(recipe, srv.directory)
    os.truncate(path, whole)
    assert (ended.returncode, ended.stderr) == (0, "")
    (path,) = srv.directory.glob("backup/articles/*.jsonl")
    assert path.stat().st_size > whole
    srv.data = srv.directory / "backup"
    ended = srv.crawl(srv.paper.url)
    srv.data = srv.directory / "data"
    assert (ended.code, ended.err) == (0, "")
    lines = path.read_bytes().splitlines(keepends=True)
    assert lines[: len(before)] == before
    records = [json.loads(line) for line in lines]
    assert len({record["id"] for record in records}) == len(records) > 40


@needs("flock")
def test_an_upgrade_under_the_lock_keeps_a_crawl_out(srv):
    (recipe,) = blocks("sh", "flock")
    again = " ".join(srv.command("crawl", "news", "-a", f"url={srv.paper.url}"))
    inside = f"cd {PROJECT}; SCRAPY_SETTINGS_MODULE=crawler.settings {again}; exit $?"
    command = recipe.strip().replace("git pull && .venv/bin/pip install -e .", inside)
    assert inside in command
    ended = shell(command, srv.directory)
    assert ended.returncode == 75, ended.stderr


@needs("jq")
def test_the_articles_are_read_with_jq(srv):
    ended = shell(blocks("sh", "jq")[0], srv.directory)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = [line for line in ended.stdout.splitlines() if line.count("\t") == 2]
    assert len(lines) >= 12
    newest = (srv.directory / "newest.jsonl").read_text().splitlines()
    assert len({json.loads(line)["id"] for line in newest}) == len(newest) >= 12


@pytest.mark.parametrize("library", ["duckdb", "pandas"])
def test_the_articles_are_read_with_python(srv, library):
    pytest.importorskip(library)
    (recipe,) = blocks("python", f"import {library}")
    ended = subprocess.run(
        [sys.executable, "-c", recipe], cwd=srv.directory, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(r"\ben\b", ended.stdout)
