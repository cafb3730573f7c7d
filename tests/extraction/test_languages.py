"""Declared languages against texts."""

import sys
from types import SimpleNamespace

import pytest

from crawler.extraction import language

RUSSIAN = "Совет города проголосовал в понедельник вечером за второй мост через реку после долгих лет споров. " * 3
JAPANESE = "町議会は月曜日の夜、長年の議論の末に、川に二つ目の橋を架けることを決めた。工事は春に始まる予定である。" * 3
ENGLISH = "The council voted on Monday evening to build a second bridge over the river, after years of talk. " * 30
PROOF = ("en", RUSSIAN), ("ru-RU", ENGLISH), ("ar", JAPANESE), ("el", ENGLISH), ("zh", RUSSIAN)
FINE = ("ru", RUSSIAN), ("ja", JAPANESE), ("en-GB", ENGLISH), ("sr", RUSSIAN), ("kk", RUSSIAN), (None, RUSSIAN)


class Identifier:
    """Stands for py3langid's identifier and answers what it is told to."""

    def __init__(self, answer):
        self.answer = answer

    def classify(self, _text):
        return self.answer


@pytest.fixture
def install(monkeypatch):
    """Return a function that installs a detector with one answer, or with None takes the detector away."""

    def installer(answer):
        identifiers = SimpleNamespace(from_model_file=lambda _file, **_: Identifier(answer))
        module = SimpleNamespace(LanguageIdentifier=identifiers, MODEL_FILE="model") if answer else None
        monkeypatch.setitem(sys.modules, "py3langid", module)
        monkeypatch.setitem(sys.modules, "py3langid.langid", module)
        language._classifier.cache_clear()

    yield installer
    language._classifier.cache_clear()


@pytest.fixture(autouse=True)
def no_detector(install):
    install(None)


@pytest.mark.parametrize(("declared", "text"), PROOF)
def test_a_language_is_not_written_in_another_script(declared, text):
    assert language.disagrees(declared, text)


@pytest.mark.parametrize(
    ("declared", "text"), [*FINE, ("en", "Мост"), ("en", ENGLISH[:300] + RUSSIAN[:150]), ("en", "")]
)
def test_without_proof_the_declaration_stands(declared, text):
    assert not language.disagrees(declared, text)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(("zu", 0.999), True), (("zu", 0.8), False), (("en", 1.0), False)],
)
def test_a_detector_is_believed_when_it_is_sure(install, answer, expected):
    install(answer)
    assert language.disagrees("en", ENGLISH) is expected


def test_near_languages_do_not_disagree(install):
    install(("no", 1.0))
    assert not language.disagrees("nb-NO", ENGLISH)


def test_a_page_in_another_script_than_it_declares_says_so(read):
    assert "language_disagrees" in read(lang="en", paragraphs=[RUSSIAN] * 5).warnings


def test_a_charset_is_no_language():
    assert language.tag("utf-8") is None
