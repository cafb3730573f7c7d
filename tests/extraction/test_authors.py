"""Bylines into names."""

import pytest

from crawler.extraction.authors import names, without_site


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("By Edda Farrow", ["Edda Farrow"]),
        ("Written by Edda Farrow and Jonas Quill", ["Edda Farrow", "Jonas Quill"]),
        ("Edda Farrow, Jonas Quill & Tamsin Orrell", ["Edda Farrow", "Jonas Quill", "Tamsin Orrell"]),
        ("Von Edda Farrow und Jonas Quill", ["Edda Farrow", "Jonas Quill"]),
        ("Par Edda Farrow avec AFP", ["Edda Farrow", "AFP"]),
        ("Edda Farrow, political correspondent", ["Edda Farrow"]),
        ("Edda Farrow (Saltmere)", ["Edda Farrow"]),
        ("Edda Farrow edda@paper.example", ["Edda Farrow"]),
        ("Edda Farrow | 22 November 2026", ["Edda Farrow"]),
        ("By Edda Farrow · 14 November 2026, 15:15", ["Edda Farrow"]),
        ("Автор: Вера Лунина", ["Вера Лунина"]),
        ("Вера Лунина и Павел Рогов", ["Вера Лунина", "Павел Рогов"]),
        ("Reuters", ["Reuters"]),
        ("dpa", ["dpa"]),
        ("John Smith Jr.", ["John Smith Jr."]),
        ("Edda Farrow; Edda Farrow", ["Edda Farrow"]),
        ("Bob Anderson", ["Bob Anderson"]),
        ("Von der Leyen", ["Von der Leyen"]),
        ("Miguel de la Cruz", ["Miguel de la Cruz"]),
        ("Annelies van den Berg", ["Annelies van den Berg"]),
        ("김민준 기자", ["김민준"]),
    ],
)
def test_a_byline_is_split_into_names(byline, expected):
    assert names(byline) == expected


@pytest.mark.parametrize(
    "byline",
    ["", "admin", "https://www.facebook.com/paper", "By", "12:30", "22.11.2026", "@handle", "x " * 3000, "—", "\x00"],
)
def test_what_names_nobody_is_nobody(byline):
    assert names(byline) == []


def test_a_sentence_is_no_name():
    assert names("This report was written by the many good people who live around the harbour of the town") == []


def test_the_site_signs_what_nobody_signed():
    found = [{"name": "The Harbour Courier"}, {"name": "Edda Farrow"}]
    assert without_site(found, {"the harbour courier"}) == [{"name": "Edda Farrow"}]
