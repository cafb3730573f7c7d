"""Draws the README's pictures: the live view of a crawl, and the operator's report, of ten sample newspapers.

    python tests/pictures/draw.py [FOLDER]

Nine newspapers are dealt the sample newspaper's stories (benchmarks/replay.py), the tenth is the sample newspaper
itself; all are on loopback. They are crawled daily for a week of an invented clock, in the last days of which the tenth
does not answer any more. Writes terminal.svg, out of what the terminal was told, and report.png, as a
headless Chromium shows the page. FOLDER keeps data and sources; else they go.
"""

import argparse
import contextlib
import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

PICTURES = Path(__file__).parent
PROJECT = PICTURES.parents[1]
sys.path.insert(0, str(PROJECT / "tests" / "benchmarks"))

from replay import replay  # noqa: E402

from crawler.newsroom import Newsroom  # noqa: E402

NAMES = ("Anchorage", "Beacon", "Chronicle", "Despatch", "Evening Post", "Ferryman", "Gazette", "Herald", "Islander")
#: Stories of the nine together, and how many of each are stored a day.
STORIES, A_DAY = 360, 4
FIRST_DAY, DAYS, SILENT_DAYS = datetime(2026, 11, 16, 7, 30, tzinfo=UTC), 7, 3
#: A little more, so that no two visits lie within 24 hours.
DAY = timedelta(days=1, minutes=5)
COLUMNS, LINES = 104, 24
#: Seconds between requests while the terminal is watched, and articles after which its picture is taken.
PACE, ENOUGH = 0.7, 45
#: How the report is shown: CSS pixels, and the size of one.
WIDTH, HEIGHT, SCALE = 1100, 1480, 0.7
LARGEST = 150_000
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def write_sources(folder, origins, paper):
    tables = [
        f'[{name.lower().replace(" ", "-")}]\nname = "The {name}"\nhome = "{origin}/"\nfeeds = ["{origin}/feed.rss"]\n'
        for name, origin in zip(NAMES, origins, strict=True)
    ]
    tables.append(
        f'[courier]\nname = "The Harbour Courier"\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n'
        f'news_sitemaps = ["{paper.url}sitemap-news.xml"]\n'
    )
    (folder / "sources.toml").write_text("\n".join(tables))


def command(folder, data, origins, paper, *words, **settings):
    allowed = ",".join([paper.host_port, *(urlsplit(origin).netloc for origin in origins)])
    given = {"DATA_DIR": folder / data, "SOURCES_FILE": folder / "sources.toml", "ALLOW_PRIVATE": allowed}
    given |= {"DISK_RESERVE": 0, "TDMREP_LOOKUP": 0, "RETRY_TIMES": 0} | settings
    options = [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
    return [sys.executable, "-m", "scrapy", words[0], *options, *words[1:]]


def environment(now=None):
    path = [str(PROJECT), *([str(PROJECT / "tests" / "command")] if now else [])]
    clock = {"CLOCK": now.isoformat()} if now else {}
    return os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "PYTHONPATH": os.pathsep.join(path)} | clock


def told_to_a_terminal(words):
    """Run a command on a terminal of its own and return all that it was told."""
    process, terminal = pty.fork()
    if not process:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        os.chdir(PROJECT)
        os.execvpe(
            words[0], list(map(str, words)), environment() | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        )
    told = b""
    with contextlib.suppress(OSError):  # nobody holds the other end any more
        while piece := os.read(terminal, 65_536):
            told += piece
    os.close(terminal)
    os.waitpid(process, 0)
    return told.decode("utf-8", "replace")


def screens(told):
    """Yield the screen after every drawing of the view, as lines with their colours; whole lines are erased."""
    lines, at = [""], 0
    for token in re.split(r"(\x1b\[\d*[AK]|\x1b\[\?\d+[hl]|\r\n|\r|\n)", told):
        if token == "\r":  # what is drawn is about to be erased
            yield lines[-LINES:]
        elif token == "\x1b[2K":
            lines[at] = ""
        elif re.fullmatch(r"\x1b\[\d*A", token):
            at = max(at - int(token[2:-1] or 1), 0)
            del lines[at + 1 :]
        elif token in ("\r\n", "\n"):
            lines.append("")
            at += 1
        elif not re.fullmatch(r"\x1b\[\?\d+[hl]", token):
            lines[at] += token


def articles_on(screen):
    return next((int(found[1]) for line in screen if (found := re.search(r"(\d+) articles", line))), 0)


def draw_terminal(told, path):
    shown = next(screen for screen in screens(told) if articles_on(screen) >= ENOUGH)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text("$ scrapy crawl news", style="bold"))
    console.print(Text.from_ansi("\n".join(shown[1 - LINES :])), no_wrap=True)
    svg = console.export_svg(title="scrapy crawl news", unique_id="terminal")
    # It would ask another server for its fonts.
    path.write_text(re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL), encoding="utf-8")


def draw_page(page, path, folder):
    flags = ["--headless", "--no-sandbox", "--no-first-run", "--disable-gpu", "--hide-scrollbars"]
    flags += [
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={WIDTH},{HEIGHT}",
        f"--force-device-scale-factor={SCALE}",
        f"--screenshot={path}",
    ]
    subprocess.run([CHROMIUM, *flags, page.as_uri()], check=True, capture_output=True, timeout=120)


def live_for_a_week(folder, origins):
    """Crawl once a day; the tenth newspaper falls silent for the last days."""
    with Newsroom() as paper:
        write_sources(folder, origins, paper)
        for day in range(DAYS):
            if day == DAYS - SILENT_DAYS:
                paper.__exit__()
            crawl = command(
                folder,
                "data",
                origins,
                paper,
                "crawl",
                "news",
                "-a",
                f"sample={A_DAY}",
                DOWNLOAD_DELAY=0,
                LOG_LEVEL="ERROR",
            )
            now = FIRST_DAY + day * DAY
            ended = subprocess.run(
                crawl, cwd=PROJECT, env=environment(now), check=False, capture_output=True, text=True
            )
            print(f"{now:%Y-%m-%d}: exit {ended.returncode}", ended.stderr.strip(), flush=True)
        subprocess.run(
            command(folder, "data", origins, paper, "report"),
            cwd=PROJECT,
            env=environment(now),
            check=True,
            stdout=subprocess.DEVNULL,
        )


def draw(folder):
    with replay(None, hosts=len(NAMES), pages=STORIES) as (origins, _):
        live_for_a_week(folder, origins)
        draw_page(folder / "data" / "report" / "index.html", PICTURES / "report.png", folder)
        with Newsroom() as paper:
            write_sources(folder, origins, paper)
            words = command(folder, "watched", origins, paper, "crawl", "news", DOWNLOAD_DELAY=PACE)
            draw_terminal(told_to_a_terminal(words), PICTURES / "terminal.svg")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    folder = parser.parse_args().folder
    if CHROMIUM is None:
        sys.exit("expected a Chromium (Debian: apt-get install chromium), found none")

    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        draw(folder.absolute())
    else:
        with tempfile.TemporaryDirectory() as name:
            draw(Path(name))
    for path in (PICTURES / "report.png", PICTURES / "terminal.svg"):
        size = path.stat().st_size
        print(f"{path.relative_to(PROJECT)}: {size / 1000:.0f} kB")
        if size > LARGEST:
            sys.exit(f"{path}: expected at most {LARGEST} bytes, got {size}")


if __name__ == "__main__":
    main()
