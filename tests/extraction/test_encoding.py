"""Bytes into text."""

import pytest

from crawler.extraction.charsets import resolve
from crawler.extraction.encoding import decode

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


@pytest.mark.parametrize(
    "label",
    ["unicode_escape", "raw_unicode_escape", "punycode", "mbcs", "rot13", "utf-32", "utf_8_sig", "cp037", "undefined"],
)
def test_a_charset_that_only_python_knows_is_none_of_the_webs(label):
    assert resolve(label) is None
    assert decode(b"<p>\\u0041</p>", label).html == "<p>\\u0041</p>"


@pytest.mark.parametrize("label", ["utf-7", "hz-gb-2312", "iso-2022-kr", "iso-2022-cn"])
def test_a_charset_the_web_forbids_is_not_used(label):
    assert resolve(label) is None


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("latin1", "cp1252"),
        ("GB2312", "gb18030"),
        (" Shift_JIS ", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("l9", "iso8859-15"),
    ],
)
def test_a_label_means_what_browsers_take_it_for(label, name):
    assert resolve(label) == name


TEXTS = {
    "windows-1250": "Žluťoučký kůň úpěl ďábelské ódy",
    "iso-8859-2": "Zażółć gęślą jaźń",
    "windows-1251": "Паром вернулся в гавань",
    "koi8-r": "Паром вернулся в гавань",
    "iso-8859-5": "Паром вернулся в гавань",
    "windows-1252": "„Über“ – naïve façade…",
    "windows-1253": "Το πλοίο γύρισε στο λιμάνι",
    "windows-1254": "Gemi limana döndü, ışıklar yandı",
    "windows-1255": "הספינה חזרה לנמל",
    "windows-1256": "عادت السفينة إلى الميناء",
    "windows-1257": "Laivas grįžo į uostą, žvejai džiūgavo",
    "windows-874": "เรือกลับมาที่ท่าเรือ",
    "gb18030": "渡轮六年后回到了港口",
    "big5": "渡輪六年後回到了港口",
    "shift_jis": "フェリーが港に戻ってきた",
    "euc-jp": "フェリーが港に戻ってきた",
    "iso-2022-jp": "フェリーが港に戻ってきた",
    "euc-kr": "여객선이 항구로 돌아왔다",
}


@pytest.mark.parametrize("claim", ["header", "page", "late"])
@pytest.mark.parametrize("label", TEXTS)
def test_a_page_is_read_in_the_charset_it_names(label, claim):
    meta = f'<meta charset="{label}">' if claim != "header" else ""
    page = f"<html><head>{'<!-- -->' * 300 if claim == 'late' else ''}{meta}</head><p>{TEXTS[label]}</p>"
    assert decode(page.encode(resolve(label)), label if claim == "header" else None).html == page


@pytest.mark.parametrize("label", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", [None, "utf-8", "utf-16"])
def test_utf_16_without_a_mark_is_known_by_its_zero_bytes(label, declared):
    page = "<html><head><title>Über die Brücke</title></head><body><p>“Ja”</p>" * 5
    assert decode(page.encode(label), declared).html == page


def test_utf_16_in_the_header_of_a_page_that_is_none_is_not_believed():
    page = "<html><head><title>Über die Brücke</title></head>"
    assert decode(page.encode(), "utf-16").html == page


@pytest.mark.parametrize(("header", "meta"), [("koi8-r", "windows-1251"), ("windows-1251", "koi8-r")])
def test_of_two_cyrillic_claims_the_one_that_makes_words_wins(header, meta):
    page = f'<meta charset="{meta}">{RUSSIAN}'
    assert decode(page.encode("cp1251"), header).html == page
    assert decode(page.encode("koi8-r"), header).html == page


def test_text_that_became_utf_8_twice_is_read_once():
    page = "<p>“Über die Brücke” – naïve façade, <em>déjà vu</em>… 東京, мост</p>"
    doubled = page.encode().decode("latin-1").encode()
    assert decode(doubled).html == page
    assert decode(doubled).warnings == ("charset_doubled",)
    shown = "<p>“Über” — ’tis ½…</p>".encode().replace(b"\x9d", b"\x9c").decode("cp1252")
    assert decode(shown.encode()).html == "<p>“Über“ — ’tis ½…</p>"


@pytest.mark.parametrize(
    "text",
    [
        "«CAFÉ» “CAFÉ” CAFÉ… ÉÉ",
        "SÃO PAULO, Â» é",
        "Ã© is how é looks when read as Latin-1, and è as Ã¨, ö as Ã¶, ü as Ã¼: é è ö ü",
    ],
)
def test_text_that_only_looks_doubled_stays(text):
    assert decode(f"<p>{text}</p>".encode()).html == f"<p>{text}</p>"


def test_mixed_charsets_lose_only_what_is_broken():
    body = "<p>Über die Brücke gehen wir</p>".encode() * 200 + "<p>für</p>".encode("cp1252")
    assert "Über die Brücke" in decode(body, "utf-8").html
