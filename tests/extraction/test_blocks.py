"""What of a page's text is the article: places of blocks, the filter, credits, and paragraphs put back."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fromstring

from crawler.extraction import blocks, clutter, cues, layout, rescue, scripted, trees
from crawler.extraction.credits import is_credit
from crawler.extraction.document import parse
from crawler.identity import normalise

URL = "https://www.harbour-courier.example/news/a-bridge-is-built"
TEASERS = """
<div class="related-posts"><h3>Related</h3><ul>
<li><a href="/news/1">Fishermen want their quay back</a></li>
<li><a href="/news/2">Harbour master retires after forty years</a></li></ul></div>
<div class="newsletter-signup"><p>Sign up for our newsletter and never miss a story from the harbour.</p></div>
"""


def laid_out(html):
    return layout.read(fromstring(f"<html><body>{html}</body></html>").find("body"))


def cut(lines, page):
    return blocks.blocks_of(lines, page)


def test_a_line_is_found_where_it_stands_though_inline_markup_splits_it():
    page = laid_out('<div><p class="x">The mayor <b>spoke</b> of the <a href="/b">bri</a>dge, long and loud.</p></div>')
    (place,) = page.places(["The mayor spoke of the bridge, long and loud."])
    assert place.element.get("class") == "x"
    assert page.linked.share(place.start, place.end) == pytest.approx(3 / (place.end - place.start))


def test_a_short_line_is_not_found_inside_a_longer_word():
    page = laid_out("<p>Newsletters of the harbour</p><p class='kicker'>News</p>")
    (place,) = page.places(["News"])
    assert place.element.get("class") == "kicker"


def test_equal_lines_are_found_one_after_the_other():
    page = laid_out("<p>More</p><p>A sentence between the two that is long.</p><p>More</p>")
    first, _, last = page.places(["More", "A sentence between the two that is long.", "More"])
    assert first.start < last.start


def test_a_line_that_the_page_does_not_show_has_no_place():
    assert laid_out("<p>Something</p>").places(["Nothing of the kind is written there", "", "…"]) == [None, None, None]


def test_what_scripts_and_buttons_hold_is_no_text():
    assert laid_out("<script>var a</script><button>Share</button><p>Text</p><style>p{}</style>!").text == "Text"


def test_a_page_of_elements_nested_without_end_is_laid_out():
    page = laid_out("<div>" * 3000 + "<p>Deep down</p>")
    told = blocks.Told(headline="Deep")
    assert len(blocks.numbers(cut(["Deep down"], page), page, told)) == 1


@given(st.lists(st.text(max_size=40), max_size=8), st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_every_block_has_every_number_whatever_is_written_in_it(lines, headline):
    page = laid_out("<p>Some</p><div>text <a href='#'>of</a> a page</div>")
    told = blocks.Told(headline=headline, description=headline, names=(headline,), keywords=(headline,), body=headline)
    for row in blocks.numbers(cut(lines, page), page, told):
        assert len(row) == len(blocks.NAMES)
        assert all(type(number) is float and math.isfinite(number) for number in row)


def test_each_cue_of_a_text_is_counted_in_the_block_that_holds_it():
    texts = [
        "photo by ada quill / getty images",
        "a 5 minutes read, or 1 minute read",
        "she is a reporter; he is a ferryman",
        "",
        "read more on this, e-mail us: подпишитесь, s'abonner",
        "関連記事 / 続きを読む",
        "nobody spoke of a thing",
    ]
    found = cues.counts(texts, {word for text in texts for word in normalise(text).split()})
    assert found == [[len(cue.findall(text)) for cue in cues.CUES.values()] for text in texts]
    assert [sum(counted) > 0 for counted in found] == [True, True, True, False, True, True, False]


def test_the_shipped_model_was_trained_on_these_numbers():
    assert trees.shipped(clutter.MODEL).names == blocks.NAMES


def test_trees_add_up():
    model = trees.Model(names=("x",), base=0.0, trees=([0, 5, 1.0, -1.0], [0, 2, [0, 1, 0.5, 0.25], 0.0]))
    assert model.probability([1]) == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert model.probability([6]) == pytest.approx(1 / (1 + math.exp(1)))


def test_related_stories_and_sign_ups_go_and_the_article_stays(read, paragraphs):
    found = read(paragraphs=[*paragraphs[:3], f"</p>{TEASERS}<p>", *paragraphs[3:]])
    kept = found.fields["articleBody"].split("\n")
    assert [line for line in kept if line in paragraphs] == paragraphs
    assert "Sign up" not in found.fields["articleBody"]


def test_what_was_dropped_is_told_with_the_reason(read, paragraphs):
    found = read(paragraphs=[*paragraphs, "Reporting by Ada Quill; editing by Tom Weir"])
    assert ("Reporting by Ada Quill; editing by Tom Weir", "credit") in found.dropped
    assert found.fields["credits"] == ["Reporting by Ada Quill; editing by Tom Weir"]
    assert "Ada Quill" not in found.fields["articleBody"]


def test_the_same_page_is_cut_the_same_way_twice(read, paragraphs):
    parts = {"paragraphs": [*paragraphs, f"</p>{TEASERS}<p>"]}
    assert read(**parts) == read(**parts)


@pytest.mark.parametrize(
    "line",
    [
        "The Associated Press contributed to this report.",
        "Ada Quill and Tom Weir contributed reporting.",
        "Reporting by Ada Quill; editing by Tom Weir",
        "(Additional reporting by Ada Quill in Saltmere; Writing by Tom Weir)",
        "With files from The Canadian Press",
        "Mit Material von dpa",
        "Avec AFP",
        "Con información de EFE",
    ],
)
def test_a_line_that_says_who_worked_on_it_is_a_credit(line):
    assert is_credit(line)


@pytest.mark.parametrize(
    "line",
    [
        "Heavy rain contributed to the delay, and the ferry stayed in port for three days. Nobody was hurt.",
        "Reporting on foot is slow.",
        "The editor was surprised by the vote.",
        "",
        "contributed " * 200,
    ],
)
def test_a_sentence_of_the_article_is_no_credit(line):
    assert not is_credit(line)


def test_a_model_that_would_drop_most_of_a_text_drops_nothing():
    page = laid_out("<p>a</p>")
    many = cut(["A sentence of the article, as good as any other one."] * 10, page)
    assert clutter.reasons(many, [0.01] * 10, blocks.Told()) == [None] * 10


def test_a_second_copy_of_the_text_goes():
    page = laid_out("<p>a</p>")
    prose = [f"{word} " * 20 + "end." for word in ("one", "two", "three", "four")]
    found = clutter.reasons(cut([*prose, *prose], page), [0.9] * 8, blocks.Told())
    assert found == [None] * 4 + ["repeats the text"] * 4


def test_a_question_that_is_asked_again_stays():
    page = laid_out("<p>a</p>")
    question = (
        "What do you eat in the morning, and what at night, when all the others sleep and the boats are out at sea?"
    )
    answers = [f"{word} " * 20 + "end." for word in ("one", "two", "three", "four")]
    lines = [line for answer in answers for line in (question, answer)]
    assert clutter.reasons(cut(lines, page), [0.9] * 8, blocks.Told()) == [None] * 8


def test_little_is_dropped_where_scripts_have_no_spaces():
    page = laid_out("<p>a</p>")
    many = cut(["町議会は月曜日の夜に川に二つ目の橋を架けることを決めた"] * 4, page)
    assert clutter.reasons(many, [0.3, 0.9, 0.9, 0.9], blocks.Told()) == [None] * 4
    assert clutter.reasons(many, [0.05, 0.9, 0.9, 0.9], blocks.Told())[0] is not None


def test_a_text_with_too_many_blocks_is_left_alone():
    text = "\n".join(["word"] * 5000)
    assert clutter.sift(text, fromstring("<body><p>word</p></body>"), blocks.Told()).text == text


def test_paragraphs_of_a_second_container_of_the_same_kind_are_put_back(paragraphs):
    half = "".join(f"<p>{p}</p>" for p in paragraphs[:2])
    rest = "".join(f"<p>{p}</p>" for p in paragraphs[2:])
    page = laid_out(f'<div class="part">{half}</div><div class="ad">Ad</div><div class="part">{rest}</div>')
    lines = paragraphs[:2]
    assert rescue.restored(lines, cut(lines, page), page) == paragraphs


@pytest.mark.parametrize(
    "unread",
    [
        "<script>track('bridge')</script>",
        "<style>p { color: red }</style>",
        "<noscript>Turn on JavaScript.</noscript>",
        "<template><b>An empty card</b></template>",
    ],
)
def test_a_paragraph_is_put_back_without_what_no_reader_sees_in_it(paragraphs, unread):
    half = "".join(f"<p>{p}</p>" for p in paragraphs[:2])
    rest = "".join(f"<p><b>{p[:5]}</b>{p[5:]}{unread}</p>" for p in paragraphs[2:])
    page = laid_out(f'<div class="part">{half}</div><div class="ad">Ad</div><div class="part">{rest}</div>')
    lines = paragraphs[:2]
    assert rescue.restored(lines, cut(lines, page), page) == paragraphs


@pytest.mark.parametrize("beside", ["aside", "footer", "nav"])
def test_paragraphs_beside_the_article_are_not_put_back(paragraphs, beside):
    half = "".join(f"<p>{p}</p>" for p in paragraphs[:2])
    rest = "".join(f"<p>{p}</p>" for p in paragraphs[2:])
    page = laid_out(f'<div class="part">{half}</div><{beside}><div class="part">{rest}</div></{beside}>')
    lines = paragraphs[:2]
    assert rescue.restored(lines, cut(lines, page), page) == lines


def test_a_single_paragraph_that_was_left_out_stays_out(paragraphs):
    page = laid_out("<div>" + "".join(f"<p>{p}</p>" for p in paragraphs) + "</div>")
    lines = paragraphs[:-1]
    assert rescue.restored(lines, cut(lines, page), page) == lines


@pytest.mark.parametrize("times", [1, 2])
def test_a_page_that_scripts_fill_gives_the_paragraphs_in_its_data(read_html, paragraphs, times):
    markup = "".join(f'<p class="t">{p}</p>' for p in paragraphs)
    for _ in range(times):
        markup = json.dumps(markup).replace("<", "\\u003c").replace(">", "\\u003e")
    body = f"<div id='app'></div><script>push({markup})</script>"
    found = read_html(f"<html><head><title>A bridge</title></head><body>{body}</body></html>")
    assert found.fields["articleBody"].split("\n") == paragraphs
    assert found.sources["articleBody"] == "script"


@pytest.mark.parametrize(("escaped", "read_as"), [("\\ud83c\\udf09", "\U0001f309"), ("\\ud83c", "\ufffd")])
def test_surrogate_pairs_in_a_script_are_one_character(paragraphs, escaped, read_as):
    data = "".join(f"<p>{p} {escaped} again</p>" for p in paragraphs)
    page = parse(f'<html><body><script>push("{data}")</script></body></html>', URL)
    assert scripted.scripted_text(page).split("\n") == [f"{p} {read_as} again" for p in paragraphs]


@pytest.mark.parametrize("held", ["", "<p>", "<p>" * 9000, "\\u003cp\\u003e\\ud800", "<p>a</p>" * 4])
def test_scripts_without_a_text_give_none(held):
    assert scripted.scripted_text(parse(f"<html><body><script>{held}</script></body></html>", URL)) is None


def test_what_follows_an_early_end_of_the_body_is_read(read_html, paragraphs):
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    found = read_html(
        f"<html><body><nav>Home</nav></body></html><article><h1>A bridge</h1>{text}</article></body></html>"
    )
    assert all(p in found.fields["articleBody"] for p in paragraphs)
