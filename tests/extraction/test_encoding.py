"""Bytes into text."""

import pytest

from crawler.extraction.encoding import decode, resolve

RUSSIAN = "<html lang='ru'><p>Паром вернулся в гавань после шести лет. Билеты уже продают, очередь стоит до мола.</p>"


def test_a_byte_order_mark_wins_over_every_claim():
    assert decode("\ufeff<p>é</p>".encode(), "windows-1251").html == "<p>é</p>"


def test_the_header_is_believed():
    assert decode(RUSSIAN.encode("cp1251"), "windows-1251").html == RUSSIAN


def test_the_page_is_believed_where_the_header_says_nothing():
    page = '<meta charset="koi8-r">' + RUSSIAN
    assert decode(page.encode("koi8-r")).html == page


def test_a_meta_element_with_broken_quotes_is_read():
    page = "<meta http-equiv=Content-Type content='text/html; charset=windows-1251\">" + RUSSIAN
    assert decode(page.encode("cp1251")).encoding == "cp1251"


def test_a_claim_in_a_comment_does_not_count():
    page = '<!-- <meta charset="koi8-r"> --><meta charset="windows-1251">' + RUSSIAN
    assert decode(page.encode("cp1251")).html == page


def test_utf_16_in_a_meta_element_means_utf_8():
    assert decode('<meta charset="utf-16"><p>é</p>'.encode()).html.endswith("<p>é</p>")


def test_latin_1_means_windows_1252():
    assert decode("<p>“quoted”</p>".encode("cp1252"), "iso-8859-1").html == "<p>“quoted”</p>"


def test_valid_utf_8_is_utf_8_whatever_is_claimed():
    found = decode('<meta charset="windows-1251"><p>мост</p>'.encode(), "iso-8859-1")
    assert found.html.endswith("<p>мост</p>")
    assert found.warnings == ("charset_contradicted",)


def test_a_page_claim_wins_over_a_server_default():
    page = '<meta charset="windows-1251">' + RUSSIAN
    assert decode(page.encode("cp1251"), "ISO-8859-1").html == page


def test_a_claim_of_utf_8_that_is_wrong_is_not_believed():
    found = decode(RUSSIAN.encode("cp1251"), "utf-8")
    assert found.html == RUSSIAN
    assert found.warnings == ("charset_guessed",)


def test_without_any_claim_the_language_of_the_page_decides():
    assert decode(RUSSIAN.encode("cp1251")).html == RUSSIAN


def test_without_any_claim_or_language_a_detector_decides():
    page = RUSSIAN.replace(" lang='ru'", "") * 5
    assert "Паром вернулся" in decode(page.encode("cp1251")).html


def test_a_few_broken_bytes_do_not_change_the_charset():
    body = ("<p>Über die Brücke</p>" * 100).encode() + b"\xff"
    found = decode(body, "utf-8")
    assert found.html.startswith("<p>Über die Brücke</p>")
    assert found.warnings == ("charset_damaged",)


def test_a_character_cut_off_at_the_end_is_no_damage():
    found = decode("<p>Über die Brücke ü".encode()[:-1], "utf-8")
    assert (found.encoding, found.warnings) == ("utf-8", ())


@pytest.mark.parametrize("label", ["", "bogus", "base64", "utf-7", "x" * 1000, "hex", "\x00", "idna"])
def test_a_label_that_is_no_web_charset_is_ignored(label):
    assert resolve(label) is None
    assert decode("<p>é</p>".encode(), label).html == "<p>é</p>"
