"""Trafilatura's rules name the same elements however they are answered."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html
from trafilatura import xpaths
from trafilatura.settings import BASIC_CLEAN_XPATH

from crawler.extraction.rules import EXSLT, understood
from crawler.extraction.tuning import extractor

#: Lists of rules that decide on the text; the others are for comments and metadata, which are read without them.
LISTS = (
    *("BODY_XPATH", "OVERALL_DISCARD_XPATH", "TEASER_DISCARD_XPATH", "DISCARD_IMAGE_ELEMENTS"),
    *("RAW_TREE_PRUNE_XPATH", "REMOVE_COMMENTS_AND_LISTS_XPATH"),
)
RULES = [*(rule.path for name in LISTS for rule in getattr(xpaths, name)), BASIC_CLEAN_XPATH.path]
#: Words that the rules look for, and words that none does.
PIECES = sorted(
    {piece for path in RULES for quoted in re.findall(r"'([^']*)'", path) for piece in re.split(r"[|()?:^]", quoted)}
    | {"", "row", "Comment", "commentary", "Main", "story", "x"}
)
ATTRIBUTES = (
    "class",
    "id",
    "style",
    "role",
    "itemprop",
    "aria-hidden",
    "data-component",
    "data-lp-replacement-content",
)
TAGS = ("div", "p", "section", "article", "main", "span", "ol", "ul", "li", "aside", "details", "h1", "footer", "list")


def xpath(path):
    return etree.XPath(path, namespaces={"re": EXSLT})


values = st.lists(st.sampled_from(PIECES), max_size=3).flatmap(
    lambda pieces: st.sampled_from([" ".join(pieces), "-".join(pieces), "".join(pieces)])
)
# A list of pairs, so that attributes come in any order.
attributes = st.lists(st.tuples(st.sampled_from(ATTRIBUTES), values), max_size=3, unique_by=lambda pair: pair[0])
elements = st.recursive(
    st.tuples(st.sampled_from(TAGS), attributes, st.just([])),
    lambda inner: st.tuples(st.sampled_from(TAGS), attributes, st.lists(inner, max_size=4)),
    max_leaves=25,
)


def built(parent, described):
    tag, pairs, children = described
    element = etree.SubElement(parent, tag)
    for name, value in pairs:
        element.set(name, value)
    for child in children:
        built(element, child)


@pytest.mark.parametrize("path", RULES)
def test_a_rule_that_decides_on_the_text_is_understood(path):
    assert understood(xpath(path))


@settings(max_examples=60, deadline=None)
@given(st.lists(elements, min_size=1, max_size=8))
def test_rules_name_the_same_elements_in_the_same_order_as_xpath(described):
    tree = html.Element("body")
    for one in described:
        built(tree, one)
    for path in RULES:
        rule = understood(xpath(path))
        for root in (tree, *tree):
            assert rule(root) == xpath(path)(root), path


@pytest.mark.parametrize(
    ("path", "markup"),
    [
        # Of two attributes the one that is written first counts.
        (".//*[re:test(@id|@class, 'cookie')]", "<p class=cookie id=a></p><p id=cookie class=a></p>"),
        (
            ".//*[re:test(@id|@class, 'cookie')]",
            "<p class=a id=cookie></p><p id=a class=cookie></p><p class=cookie></p>",
        ),
        (".//div[@data-x]", "<div data-x></div><div data-x=1></div><div></div>"),
        (".//*[self::p or self::div][@class='a b' or @id='a']", "<p class='a b'></p><p class='a  b'></p><b id=a></b>"),
        (
            ".//*[contains(translate(@role, 'N', 'n'), 'nav')]",
            "<p role=Navigation></p><p role=nav></p><p role=NAV></p>",
        ),
        (".//*[re:test(@class, 'fulltext', 'i')]", "<p class=FullText></p><p class=fulltex></p>"),
        (
            ".//*[re:test(@class, '^ad[- ]|a{2,3}b|(?:x|y(?:z|q))w?$')]",
            "<p class=ad-></p><p class=aab></p><p class=yq></p>",
        ),
        (".//*[starts-with(@class, 'a.b')][1]", "<div><p class=a.b></p><p class=a.b></p></div><p class=axb></p>"),
        ("(.//*[@id='a'])[1]|.//h1", "<h1></h1><p id=a></p><p id=a></p><h1></h1>"),
        (".//div[@class='a'][not(.//h1)]", "<div class=a><h1></h1></div><div class=a></div>"),
    ],
)
def test_a_rule_in_each_known_form_names_what_xpath_does(path, markup):
    tree = html.fromstring(f"<html><body>{markup}</body></html>")

    assert understood(xpath(path))(tree) == xpath(path)(tree) != []


@pytest.mark.parametrize(
    "path",
    [
        "//p[@class='a']",
        ".//p[position() = 2 or @id='a']",
        ".//p[@class='a' and @id='b']",
        ".//p[not(@class='a')]",
        ".//p[re:test(@class, 'a*')]",
        ".//p[re:test(@class, '(?:a(?:b(?:c)))d')]",
        ".//p[contains(., 'a')]",
    ],
)
def test_a_rule_in_an_unknown_form_is_left_to_xpath(path):
    assert understood(xpath(path)) is None


def test_rules_that_are_answered_faster_are_in_use():
    extractor()

    assert all(understood(rule) is None or type(rule).__name__ == "Rule" for rule in xpaths.BODY_XPATH)
