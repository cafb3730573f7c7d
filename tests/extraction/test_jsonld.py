"""JSON-LD as pages write it."""

import pytest

from crawler.extraction import jsonld
from crawler.extraction.document import parse

URL = "https://www.example.com/news/a-bridge-is-built"


def read(*scripts, head=""):
    html = "".join(f'<script type="application/ld+json">{s}</script>' for s in scripts)
    return jsonld.read(parse(f"<html><head><title>A bridge</title>{head}{html}</head><body>x</body></html>", URL))


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "A bridge"}',
        '[{"@type": "NewsArticle", "headline": "A bridge"}]',
        '{"@graph": [{"@type": "Organization"}, {"@type": ["Thing", "NewsArticle"], "headline": "A bridge"}]}',
        '{"@type": "WebPage", "mainEntity": {"@type": "http://schema.org/NewsArticle", "headline": "A bridge"}}',
        '{"@type": "NewsArticle", "headline": "A bridge",}',
        '{"@type": "NewsArticle", "headline": "A\n bridge"}',
        '{"@type": "NewsArticle", "headline": "A\t bridge"};',
        '<!-- {"@type": "NewsArticle", "headline": "A bridge"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "A bridge"}\n//]]>',
        '{"@type": "Organization"} {"@type": "NewsArticle", "headline": "A bridge"}',
        "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;headline&quot;: &quot;A bridge&quot;}",
        '{"@type": "NewsArticle", "headline": "A bridge", "url": "c:\\x"}',
        '{"@type": "NewsArticle", "headline": "A bridge", "wordCount": NaN}',
        '{"@type": "NewsArticle", "headline": ["A bridge", "Another"]}',
        '{"@type": "NewsArticle", "headline": {"@value": "A bridge", "@language": "en"}}',
    ],
)
def test_an_article_is_read_however_it_is_wrapped(script):
    data = read(script)
    assert data.text(data.article, "headline") == "A bridge"


def test_the_node_of_this_page_is_chosen():
    data = read(
        '{"@type": "NewsArticle", "headline": "Other", "url": "https://www.example.com/other", "author": "X"}',
        '{"@type": "Article", "headline": "This",'
        ' "mainEntityOfPage": {"@id": "http://example.com/news/a-bridge-is-built/"}}',
    )
    assert data.article["headline"] == "This"


def test_articles_in_lists_are_not_the_page():
    data = read('{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Other"}]}')
    assert data.article is None


def test_references_within_the_page_are_followed():
    data = read(
        '{"@graph": [{"@type": "NewsArticle", "headline": "A bridge", "author": {"@id": "#edda"}},'
        ' {"@type": "Person", "@id": "#edda", "name": "Edda Farrow"}]}'
    )
    assert data.text(data.article, "author") == "Edda Farrow"


def test_a_reference_to_itself_ends():
    data = read('{"@type": "NewsArticle", "@id": "a", "author": {"@id": "a"}, "publisher": {"@id": "b"}}')
    assert data.text(data.article, "author", "publisher") is None


def test_not_a_number_is_no_value():
    data = read('{"@type": "NewsArticle", "headline": NaN, "name": "A bridge"}')
    assert data.text(data.article, "headline", "name") == "A bridge"


@pytest.mark.parametrize(
    "script",
    [
        "",
        "null",
        "nonsense",
        '{"@type": ',
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"@type": "NewsArticle", "x": ' + "9" * 10_000 + "}",
        '{"@type": "NewsArticle"' + "," * 100_000,
        "\\" * 100_000,
        '{"@type": {"@type": []}}',
        '{"@type": [null, 3, {}]}',
    ],
)
def test_what_cannot_be_read_is_no_article(script):
    data = read(script)
    assert data.text(data.article, "headline") is None


def test_damage_is_told():
    assert read('{"@type": "NewsArticle",}').warnings == ("jsonld_repaired",)
    assert read('{"@type": ').warnings == ("jsonld_unreadable",)
    assert read('{"@type": "NewsArticle"}').warnings == ()


def test_a_script_of_many_nodes_is_read_up_to_a_limit():
    data = read("[" + '{"@type": "NewsArticle", "headline": "A bridge"},' * 20_000 + "{}]")
    assert len(data.nodes) <= jsonld.MAX_NODES
