"""What pages supply is printed on one line, and can neither move the cursor nor turn the reading direction."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.terminal import LONGEST, printable


@pytest.mark.parametrize("text", ["Plain headline", "Заголовок", "כותרת", "標題", "e\u0301 🙂", "tab-free, “quoted”"])
def test_text_of_any_language_is_printed_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    "character",
    list("\n\r\t\0\b\x1b\x7f\x9b\x85\u2028\u2029\ud800\u061c\u200e\u200f\u202a\u202e\u2066\u2069"),
)
def test_a_character_that_could_forge_or_turn_a_line_is_replaced(character):
    assert printable(f"a{character}b") == "a\ufffdb"


def test_an_escape_sequence_is_harmless():
    assert printable("\x1b]0;owned\x07\x1b[2J") == "\ufffd]0;owned\ufffd\ufffd[2J"


def test_a_long_text_is_cut_and_shows_it():
    assert printable("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
    assert printable("x" * LONGEST) == "x" * LONGEST


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None)), st.integers(1, 50))
def test_any_text_is_one_line_of_utf_8_within_its_length(text, longest):
    shown = printable(text, longest)
    assert len(shown) <= longest
    assert len(shown.splitlines()) <= 1
    shown.encode()
