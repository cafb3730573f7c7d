"""The records of the sample newspaper's pages stay what they are, field by field; a new trafilatura shows here.

    python tests/extraction/test_golden_records.py

rewrites tests/extraction/golden/*.json. Read the difference before you keep it: each changed line is a changed record.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from w3lib.encoding import http_content_type_encoding

from crawler.extraction import Hints, extract
from crawler.newsroom import DEFAULT_EDITION
from crawler.newsroom.edition import build_edition

FOLDER = Path(__file__).parent / "golden"
ORIGIN = "http://127.0.0.1:8765"
DOWNLOADED = datetime(2026, 11, 20, 12, tzinfo=UTC)
#: One page for each template, language and kind of block, by the name of its file.
PAGES = {
    "jsonld-with-table": "/news/council-votes-to-leave-the-sea-wall-one-metre-lower",
    "jsonld-with-quote": "/culture/museum-of-small-repairs-opens-on-cooper-lane",
    "first-of-three-pages": "/news/the-long-way-round-three-days-with-the-mail-boat",
    "live-blog": "/news/live-the-launch-of-the-new-lifeboat-hour-by-hour",
    "open-graph-with-list": "/news/school-kitchens-to-buy-fish-from-the-quay",
    "open-graph-with-headings": "/culture/five-soups-that-get-the-islands-through-november",
    "plain-with-quote": "/news/east-pier-crane-gets-a-second-life-as-a-lookout",
    "russian-windows-1251": "/ru/na-ostrove-skarvi-otkrylas-shkola-na-dvuh-uchenikov",
    "russian-without-charset": "/ru/pochtovyj-kater-perevyoz-pianino-cherez-proliv",
    "arabic-jsonld": "/ar/saltmere-bakery-teaches-newcomers-the-language-of-bread",
    "arabic-plain": "/ar/bridge-keeper-counts-a-million-crossings-by-hand",
}


@cache
def _edition():
    return build_edition(ORIGIN, DEFAULT_EDITION)


@cache
def record(name):
    """Return the record of one page by field, ``metadata`` spread out, without what a release or a retraining moves."""
    resource = _edition().resources[PAGES[name]]
    charset = http_content_type_encoding(resource.content_type)
    page = extract(resource.body, url=ORIGIN + PAGES[name], encoding=charset, hints=Hints(downloaded=DOWNLOADED))
    found = json.loads(json.dumps({"reason": page.reason, **page.record()}))
    metadata = found.pop("metadata", {})
    metadata["probability"] = round(metadata.get("probability", 0.0), 1)
    return found | {f"metadata.{key}": value for key, value in metadata.items() if key != "extractor"}


def golden(name):
    """Return the record that is expected."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "field"), [(name, field) for name in PAGES for field in golden(name)])
def test_a_field_of_a_page_is_what_it_was(name, field):
    assert record(name).get(field) == golden(name)[field]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_field_that_it_had_not(name):
    assert record(name).keys() == golden(name).keys()


def test_every_golden_record_is_compared():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(PAGES)


def main():
    for name in PAGES:
        text = json.dumps(record(name), ensure_ascii=False, indent=2)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
