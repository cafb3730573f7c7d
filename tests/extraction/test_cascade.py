"""What is taken from trafilatura in fewer steps is what trafilatura itself takes, on a page for each of its turns."""

import json
import subprocess
import sys
from itertools import cycle, islice

import pytest
import trafilatura
from lxml.html import document_fromstring

from crawler.extraction import tuning
from crawler.extraction.cascade import KNOWN, Cascade

WORDS = (
    "the council of the town said on Monday that it will build a new school by the river , and that the old one is to "
    "be a library for all who live there . nobody was against it but the mayor 's party wants to know what it costs ."
)
#: For a process of its own, in which nothing of trafilatura is changed.
PLAIN = """
import json, sys
from lxml.html import document_fromstring
from trafilatura import extract
options = dict(output_format="txt", include_comments=False, include_tables=True, with_metadata=False)
print(json.dumps({n: extract(document_fromstring(page), **options) or "" for n, page in json.load(sys.stdin).items()}))
"""


def text(count, start=0):
    return " ".join(islice(cycle(WORDS.split()), start, start + count)).capitalize() + "."


def paragraphs(*counts):
    return "".join(f"<p>{text(count, place)}</p>" for place, count in enumerate(counts))


def linked(count):
    return "".join(f'<li><a href="/{n}">{text(6, n)}</a></li>' for n in range(count))


def scripted(data):
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


PAGES = {
    "an article": f"<nav><ul>{linked(9)}</ul></nav><article><h1>School</h1>{paragraphs(60, 50, 70, 80)}</article>",
    "an article among links": f"<article>{paragraphs(60, 80)}</article><div><ul>{linked(60)}</ul></div>",
    "an article among far more links": f"<article>{paragraphs(60, 80)}</article><div><ul>{linked(300)}</ul></div>",
    "text in forms": f"<article>{paragraphs(30, 40)}</article>" + 5 * f"<form>{paragraphs(90, 80)}</form>",
    "text where teasers are": f"<article>{paragraphs(30, 40)}</article>"
    + 9 * f"<section><ul><li><div class='teaser'>{paragraphs(30, 20)}</div></li></ul></section>",
    "rare words in teasers": f"<article>{paragraphs(30, 40)}"
    + 9 * f"<div class='teaser extra'><p>{20 * 'quorvex brinzal tomulak '}</p></div>"
    + "</article>",
    "hardly any text": f"<div><p>{text(12)}</p></div><footer>{text(20)}</footer>",
    "text in plain containers": "".join(
        f'<div><span>{text(30, n)}</span><div class="x">a</div></div>' for n in range(9)
    ),
    "no text": "<div></div>",
    "text that scripts hold": f"<p>{text(9)}</p>" + scripted({"articleBody": text(90)}),
    "a menu by name, with the text": f"<p>{text(50)}</p><div class='sidebar'>{paragraphs(90, 90, 90, 90)}</div>",
    "one paragraph of a long page": f"<article>{paragraphs(60, 9)}</article>"
    + "".join(f"<section><h3>{text(5, n)}</h3><div>{text(60, n)}<br>{text(50, n)}</div></section>" for n in range(12)),
    "text beside the article": f"<article><p>{text(60)}</p></article>"
    + "".join(f"<div class='row'><div>{text(80, n)}</div></div>" for n in range(20)),
    "a table": "<article><table>"
    + "".join(f"<tr><td>{text(12, n)}</td><td>{n}</td></tr>" for n in range(30))
    + f"</table></article><div class='text'>{paragraphs(60, 60, 60)}</div>",
    "comments": f"<article>{paragraphs(80, 80)}</article><div id='comments'><ul>{linked(3)}</ul>{paragraphs(50)}</div>",
    "a forum": scripted({"@type": "DiscussionForumPosting"})
    + f"<div class='comments'><div class='comment'>{paragraphs(50, 60)}</div></div>",
    "nested figures": f"<article><figure><figure>{text(3)}</figure></figure>{paragraphs(60, 60)}"
    "<figure>x</figure></article>",
    "times in times": f"<article>{paragraphs(60, 60)}<ul><li><time><time>9</time></time>{text(30)}"
    f"<time>{text(9)}</time></li></ul></article>",
    "words around a script": f"<article><p>{text(60)}</p>some<script>a = 1;</script>thing{paragraphs(70)}</article>",
    "no-break spaces": f"<article>{paragraphs(70, 80)}</article>".replace(" the ", "&nbsp; the\u2003"),
    "a frame and a form": f"<form>{paragraphs(70, 80)}</form><iframe src='https://www.youtube.com/embed/x'></iframe>",
}


@pytest.fixture(scope="module")
def plain():
    pages = {name: f"<html><body>{page}</body></html>" for name, page in PAGES.items()}
    done = subprocess.run(
        [sys.executable, "-c", PLAIN], input=json.dumps(pages), text=True, capture_output=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", PAGES)
def test_fewer_steps_find_what_all_of_them_find(plain, name):
    page = document_fromstring(f"<html><body>{PAGES[name]}</body></html>")
    assert tuning.extractor()(page, ()).strip() == plain[name].strip()


def test_the_steps_are_those_of_the_installed_trafilatura():
    assert trafilatura.__version__ in KNOWN


def test_an_unknown_trafilatura_takes_all_its_steps(plain, monkeypatch):
    monkeypatch.setattr(tuning, "KNOWN", ())
    extractor = tuning.extractor.__wrapped__()
    assert not isinstance(getattr(extractor, "__self__", None), Cascade)
    page = document_fromstring(f"<html><body>{PAGES['an article']}</body></html>")
    assert extractor(page, ("nav",)).strip() == plain["an article"].strip()
