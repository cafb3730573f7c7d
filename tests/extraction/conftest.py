"""Builds the small pages that extraction is tested on."""

import json

import pytest

from crawler.extraction import Hints, extract

URL = "https://www.harbour-courier.example/news/2026/11/20/a-bridge-is-built-over-the-river"
PARAGRAPHS = [
    "The council of Saltmere voted on Monday evening to build a second bridge over the river, after years of talk.",
    "Work is to begin in the spring and will take two winters, because salmon may not be disturbed while they climb.",
    "“Nobody wanted to pay for it and everybody wanted to walk on it,” the mayor said when the votes had been counted.",
    "The old bridge, which was closed to lorries three years ago, will remain for walkers and for the Saturday market.",
    "What becomes of the ferryman is not decided; he was offered the post of bridge keeper and is thinking it over.",
]


def page(
    *,
    head="",
    top="",
    paragraphs=PARAGRAPHS,
    bottom="",
    jsonld=None,
    lang="en",
    h1="A bridge is built",
    title="A bridge is built",
):
    script = f'<script type="application/ld+json">{json.dumps(jsonld)}</script>' if jsonld is not None else ""
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}{script}</head>'
        f'<body><header><a href="/">Home</a> <a href="/news/">News</a></header>'
        f"<main><article><h1>{h1}</h1>{top}{text}</article></main>"
        f"{bottom}<footer><a href='/about'>About us</a></footer></body></html>"
    )


@pytest.fixture
def read():
    """Return a function that reads a page made of the given parts."""

    def reader(*, url=URL, hints=None, override=None, encoding=None, **parts):
        return extract(
            page(**parts).encode(), url=url, hints=Hints(**(hints or {})), override=override, encoding=encoding
        )

    return reader


@pytest.fixture
def read_html():
    """Return a function that reads a page as it is written."""

    def reader(html, url=URL, **hints):
        body = html if isinstance(html, bytes) else html.encode()
        return extract(body, url=url, hints=Hints(**hints))

    return reader


@pytest.fixture
def paragraphs():
    return PARAGRAPHS
