"""What a reader sees stays, what none sees goes."""

from crawler.extraction.characters import clean, lines, one_line, plain


def test_invisible_characters_are_removed():
    assert clean("Wasser\u00adwerk \u200bheute\ufeff \u202eab\u202c \u2066cd\u2069") == "Wasserwerk heute ab cd"


def test_control_characters_are_removed_and_line_separators_are_lines():
    assert clean("a\x00b\x07c\x9dd\u2028e\x85f") == "abcd\ne\nf"


def test_a_lone_surrogate_becomes_the_replacement_character():
    assert clean("a\ud83db") == "a\ufffdb"


def test_a_no_break_space_becomes_a_space():
    assert clean("10\u00a0000") == "10 000"


def test_typographic_and_mathematical_characters_stay():
    text = "“Yes” – he said… 5 × 10⁻³ ≤ ½ ’tis «да» 東京 ﷼ é"
    assert clean(text) == text


def test_joiners_stay_where_a_script_needs_them():
    persian, emoji, hindi = "می\u200cخواهم", "👩\u200d🚒", "क्\u200dष"
    assert clean(persian) == persian
    assert clean(emoji) == emoji
    assert clean(hindi) == hindi
    assert clean("auf\u200cgabe") == "aufgabe"


def test_text_becomes_one_line_or_clean_lines():
    assert one_line(" a\n\t b ") == "a b"
    assert lines("a  b\r\n\n  c\r d") == ["a b", "c", "d"]


def test_entities_even_doubled_ones_and_tags_are_read():
    assert plain("Fish &amp;amp; <b>chips</b> &#8211; &quot;hot&quot;") == 'Fish & chips – "hot"'


def test_a_less_than_sign_is_no_tag():
    assert plain("if 1 < 2 and 3 > 2") == "if 1 < 2 and 3 > 2"


def test_a_text_whose_only_odd_character_is_a_bidi_mark_is_cleaned():
    assert clean("سلام\u061c") == "سلام"


def test_old_format_characters_are_removed():
    assert clean("a\u206ab\ufff9c\ufffbd") == "abcd"


def test_joiners_stay_in_scripts_of_south_east_asia_and_in_every_emoji():
    for text in ("ក\u200cខ", "က\u200dခ", "🐈\u200d⬛", "🏳\ufe0f\u200d🌈", "🧑🏽\u200d🤝\u200d🧑🏻"):
        assert clean(text) == text


def test_scripts_without_spaces_and_right_to_left_keep_every_letter():
    for text in (
        "フェリーが港に戻ってきた。",
        "渡轮回到了港口",
        "เรือกลับมาที่ท่าเรือ",
        "הַסְּפִינָה חָזְרָה",
        "عادت السفينةُ إلى الميناء",
        "ᠮᠣᠩᠭᠣᠯ",
    ):
        assert clean(text) == text
