"""Items of a spider of one's own: completed, or refused by name and settled; never a traceback."""

from datetime import UTC, datetime

import pytest
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from crawler import output
from crawler.items import record
from crawler.pipelines.deduplicate import Deduplicate
from crawler.pipelines.store import Store
from crawler.pipelines.validate import Validate
from crawler.state import attach

URL = "https://courier.example/news/a"
ITEM = {"url": URL, "headline": "Headline", "articleBody": "The council has voted."}


@pytest.fixture
def pipe(state):
    crawler = get_crawler()
    crawler._apply_settings()
    attach(crawler, state)

    def send(item):
        for stage in (Validate, Deduplicate, Store):
            item = stage(crawler).process_item(item)
        return item

    return send


def test_what_follows_from_text_and_address_is_filled_in(pipe):
    article = pipe(ITEM)
    assert (article.wordCount, article.publisher["domain"]) == (4, "courier.example")
    assert article.metadata["discovery"]["method"] == "spider"
    output.encode(record(article))


def test_what_the_spider_says_of_publisher_and_metadata_is_kept_beside(pipe):
    article = pipe(ITEM | {"publisher": {"name": "The Courier"}, "metadata": {"probability": 1.0}})
    assert article.publisher == {"name": "The Courier", "domain": "courier.example", "sourceId": "courier-example"}
    assert article.metadata["probability"] == 1.0
    assert article.metadata["runId"]


def test_an_id_of_the_spiders_own_cannot_clash(pipe):
    first = pipe(ITEM | {"id": "1"})
    second = pipe(ITEM | {"id": "1", "url": f"{URL}-2", "articleBody": "Another text."})
    assert first.id != second.id


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"url": None}, "url: expected a text"),
        ({"url": "courier"}, "url: expected a web address"),
        ({"headline": ""}, "headline: expected a text"),
        ({"articleBody": ["a"]}, "articleBody: expected a text"),
        ({"body": "x"}, "body: expected keys of the record"),
        ({"publisher": "The Courier"}, "publisher: expected an object"),
        ({"metadata": ["x"]}, "metadata: expected an object"),
        ({"datePublished": datetime(2026, 11, 22, tzinfo=UTC)}, "expected values that JSON can hold"),
        ({"metadata": {"probability": float("nan")}}, "expected values that JSON can hold"),
    ],
)
def test_an_item_that_is_no_record_is_refused_by_name(pipe, state, more, told):
    with pytest.raises(DropItem, match=told):
        pipe(ITEM | more)
    row = state.history("courier.example/news/a").url
    if "url" not in more:
        assert (row["state"], row["reason"]) == ("rejected", "invalid_item")
        assert told in row["detail"]
