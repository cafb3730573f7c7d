"""Which texts are the same text."""

import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.identity import content_hash, normalise, word_count

#: Mostly Latin letters, with what is special about some of them, and a few characters of other scripts.
LATIN = st.text(st.sampled_from("abcdefghABCDE  \n\n,.-_'éßŒµ½²ªÄ×\xa0\xad’“…–€"), min_size=40)
TEXTS = st.lists(LATIN | st.text(max_size=4), max_size=8).map("".join)


def test_texts_that_differ_in_case_space_and_marks_have_one_hash():
    assert content_hash("“It rained,” she said.\nTwice.") == content_hash("it RAINED she\u00a0said twice")


def test_texts_that_differ_in_a_word_have_two_hashes():
    assert content_hash("It rained on Monday") != content_hash("It rained on Tuesday")


def test_compatible_characters_are_one_character():
    assert normalise("ﬁne Ｗｉｄｅ ①") == "fine wide 1"


def test_words_are_counted():
    assert word_count("Two words, and three more.") == 5


def test_in_scripts_without_spaces_half_the_letters_count():
    assert word_count("東京で新しい橋が開通した") == 6
    assert word_count("ABC 株式会社") == 3


def test_nothing_has_no_words_and_a_hash():
    assert word_count("") == 0
    assert len(content_hash("")) == 64


def test_a_lone_surrogate_does_not_stop_the_hash():
    assert len(content_hash("a\ud800b")) == 64


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_words_are_found_in_latin_text_as_in_any(text):
    spaced = re.sub(
        "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]",
        " ",
        text,
    )
    letters = sum(one != other for one, other in zip(spaced, text, strict=True))
    assert word_count(text) == len(re.findall(r"\w+", spaced)) + letters // 2
    assert normalise(text) == " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def test_a_name_in_another_script_is_counted_as_in_a_text_of_that_script():
    latin = "The paper was founded in Tokyo as a weekly and has come out every morning since the year of the flood. "
    assert word_count(latin * 3 + "東京新聞") == 3 * word_count(latin) + 2
    assert word_count(latin * 3 + "Москва и Київ") == 3 * word_count(latin) + 3
