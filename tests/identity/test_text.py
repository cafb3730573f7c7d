"""Which texts are the same text."""

from crawler.identity import content_hash, normalise, word_count


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
