"""Pages that are built by their scripts: a story, and two that never come to an end. No document announces them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crawler.newsroom import layout
from crawler.newsroom.content import content_table
from crawler.newsroom.paper import NAME

if TYPE_CHECKING:
    from crawler.newsroom.paper import Paper

STORY_PATH = "/news/every-tide-in-saltmere-harbour-has-a-page-of-its-own"
#: It computes for ever, and one that asks the server for more for ever.
BUSY_PATH = "/news/the-page-that-counts-the-waves"
ASKING_PATH = "/news/the-page-that-waits-for-the-tide"
SCRIPT_PATH = "/scripts/story.js"
DATA_PATH = "/data/tides.json"

_BUILD = """(async () => {
  const story = await (await fetch("/data/tides.json")).json();
  const add = (name, text, to, values) => {
    const element = Object.assign(document.createElement(name), values || {});
    element.textContent = text;
    return to.appendChild(element);
  };
  document.title = story.headline;
  const article = add("article", "", document.getElementById("app"));
  add("h1", story.headline, article);
  add("p", "By " + story.author, article, { className: "byline" });
  add("time", story.published.slice(0, 10), article, { dateTime: story.published });
  for (const text of story.body) add("p", text, article);
  new Image().src = "/pictures/logo.png";
})();
"""
_SHELL = '<main>\n<div id="app"></div>\n</main>\n<script>{}</script>'


def pages(paper: Paper) -> dict[str, tuple[bytes, str]]:
    """Return body and content type by path."""
    story = content_table("scripted.toml")
    data = story | {"body": [text.strip() for text in story["body"].split("\n\n")]}
    return {
        STORY_PATH: _page(paper, f'<main>\n<div id="app"></div>\n</main>\n<script src="{SCRIPT_PATH}"></script>'),
        BUSY_PATH: _page(paper, _SHELL.format("for (;;) {}")),
        ASKING_PATH: _page(paper, _SHELL.format(f'const ask = () => fetch("{DATA_PATH}").then(ask); ask();')),
        SCRIPT_PATH: (_BUILD.encode(), "text/javascript"),
        DATA_PATH: (json.dumps(data).encode(), "application/json"),
    }


def _page(paper: Paper, main: str) -> tuple[bytes, str]:
    return layout.page(paper, title=NAME, main=main), layout.content_type("utf-8")
