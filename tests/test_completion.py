"""Completion as it is typed: a real shell on a terminal of its own, and the key that people press."""

import os
import pty
import re
import shutil
import subprocess

import pytest

SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
#: What has been typed before the key is pressed, and what must be offered or filled in.
TYPED = [
    ("scrapy expl", "explain"),
    ("scrapy cr", "crawl"),
    ("scrapy crawl ne", "news"),
    ("scrapy crawl news --pl", "--plan"),
    ("scrapy crawl news -a sin", "since="),
    ("scrapy crawl urls -a fi", "file="),
    ("scrapy crawl news -a source=mosc", "moscowtimes"),
    ("scrapy crawl news -s DOWNLOAD_TIM", "DOWNLOAD_TIMEOUT="),
    ("scrapy demo --fre", "--fresh"),
    ("scrapy extract pyproj", "pyproject.toml"),
    ("scrapy completion fi", "fish"),
]


@pytest.fixture(scope="module")
def scripts(new_operator):
    operator = new_operator()
    for name in SHELLS:
        ended = operator.run("completion", name)
        assert (ended.code, ended.err) == (0, "")
        (operator.directory / name).write_text(ended.out)
    return operator.directory


class Shell:
    """An interactive shell that has read a completion script."""

    def __init__(self, name, script, project):
        self._master, slave = pty.openpty()
        environment = {"PATH": os.environ["PATH"], "HOME": str(script.parent), "TERM": "dumb"}
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *SHELLS[name]], stdin=slave, stdout=slave, stderr=slave, cwd=project, env=environment
        )
        os.close(slave)
        self._number = 0
        if name == "zsh":
            self.run("autoload -U compinit && compinit -u -D")
        self.run(f"source {script}")

    def run(self, line):
        """Run a line and return what came on the screen."""
        self._number += 1
        os.write(self._master, f"{line}; echo done-$(({self._number} + 1000))\n".encode())
        return self._until(f"done-{self._number + 1000}")

    def complete(self, typed):
        """Type, press the key, run what stands there then as an argument of echo, and return what came."""
        self._number += 1
        os.write(self._master, f"{typed}\t".encode())
        os.write(self._master, f"\x01echo \x05; echo done-$(({self._number} + 1000))\n".encode())
        return self._until(f"done-{self._number + 1000}")

    def _until(self, mark):
        text = ""
        while not re.search(rf"{mark}\s", text):
            text += os.read(self._master, 65_536).decode(errors="replace")
        return text

    def close(self):
        self._process.kill()
        self._process.wait(30)
        os.close(self._master)


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_what_was_begun_is_filled_in_by_a_real_shell(scripts, request, name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed here")
    shell = Shell(name, scripts / name, request.config.rootpath)
    for typed, expected in TYPED:
        words = typed.rsplit(" ", 1)[0]
        lines = shell.complete(typed).replace("\r", "\n").split("\n")
        printed = [line for line in lines if line.startswith(words)]
        assert any(line.rstrip().endswith(expected) for line in printed), (typed, lines)
    shell.close()


def test_fish_offers_what_was_begun(scripts, request):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed here")
    asked = "; ".join(f"complete -C '{typed}'; echo -" for typed, _ in TYPED)
    command = ["fish", "--no-config", "-c", f"source {scripts / 'fish'}; {asked}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=request.config.rootpath)
    answers = [answer.split("\n") for answer in ended.stdout.split("\n-\n")]
    for (typed, expected), answer in zip(TYPED, answers, strict=False):
        assert any(line.split("\t")[0].endswith(expected) for line in answer), (typed, answer)
    assert ended.stderr == ""


def test_a_word_that_fits_nothing_is_left_as_it_is(scripts, request):
    shell = Shell("bash", scripts / "bash", request.config.rootpath)
    assert re.search(r"(?m)^scrapy crawl news -a zzz\s*$", shell.complete("scrapy crawl news -a zzz"))
    assert re.search(r"(?m)^scrapy crawl news -a url=htt\s*$", shell.complete("scrapy crawl news -a url=htt"))
    shell.close()


def test_another_shell_is_refused(operator):
    ended = operator.run("completion", "tcsh")
    assert ended.code == 2
    assert "bash, zsh, fish" in ended.err
