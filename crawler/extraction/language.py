"""Normalises language tags to BCP 47 and holds a declared language against a text; knows no page."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TAG = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}|\d{3}))?(?:[-_.@].*)?")
_NAMES = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "russian": "ru",
    "русский": "ru",
    "italian": "it",
    "italiano": "it",
    "portuguese": "pt",
    "arabic": "ar",
    "chinese": "zh",
    "japanese": "ja",
    "korean": "ko",
    "turkish": "tr",
    "polish": "pl",
    "dutch": "nl",
    "ukrainian": "uk",
}
# Codes that sites take for a language: withdrawn ones (RFC 5646, 2.2.1) and countries that are no language.
_MEANT = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "cz": "cs",
    "jp": "ja",
    "ua": "uk",
    "dk": "da",
    "gr": "el",
    "eng": "en",
    "ger": "de",
    "fra": "fr",
    "spa": "es",
    "rus": "ru",
}
#: Characters of a text that are looked at, and how many letters allow an opinion.
CHARACTERS = 1500
FEWEST_LETTERS = 100
#: Share of the letters that must be of other scripts; names and quotations in them are usual.
MAJORITY = 0.8
#: Probability from which the detector's answer counts.
SURE = 0.99
# Names of one language, and languages that are too near to one another to be told apart by statistics.
_CONFUSED = (
    frozenset(("nb", "nn", "no", "da")),
    frozenset(("hr", "bs", "sr", "sh", "cnr")),
    frozenset(("id", "ms")),
    frozenset(("cs", "sk")),
    frozenset(("pt", "gl")),
    frozenset(("fil", "tl")),
    frozenset(("xh", "zu")),
)
# Ranges of the Unicode blocks that hold the letters of news texts.
_BLOCKS = {
    "arabic": "\u0600-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "cyrillic": "\u0400-\u052f",
    "devanagari": "\u0900-\u097f",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "han": "\u3400-\u9fff",
    "hangul": "\u1100-\u11ff\uac00-\ud7a3",
    "hebrew": "\u0590-\u05ff",
    "kana": "\u3040-\u30ff",
    "latin": "A-Za-z\u00aa-\u024f\u1e00-\u1eff",
    "thai": "\u0e00-\u0e7f",
}
_NO_LETTERS = re.compile(r"[\W\d_]+")
# Only languages that news writes in one script (two for Japanese and Korean); others never disagree.
_WRITTEN_IN = {
    "arabic": "ar fa ur",
    "cyrillic": "ru uk be bg mk",
    "devanagari": "hi",
    "greek": "el",
    "han": "zh ja ko",
    "hangul": "ko",
    "hebrew": "he",
    "kana": "ja",
    "latin": "en de fr es it pt nl pl cs sk hu ro sv da nb nn no fi et lv lt sl hr tr vi id ca eu gl is ga sq",
    "thai": "th",
}
_LETTERS = {
    language: re.compile(
        "[" + "".join(_BLOCKS[s] for s, those in _WRITTEN_IN.items() if language in those.split()) + "]+"
    )
    for languages in _WRITTEN_IN.values()
    for language in languages.split()
}
_NOT_A_LANGUAGE = frozenset({"utf", "und", "mul", "zxx", "mis", "xx"})


def tag(value: str | None) -> str | None:
    """Return *value* as a BCP 47 tag (``en``, ``pt-BR``, ``zh-Hant-TW``), or None where it names no language."""
    text = (value or "").strip()
    if name := _NAMES.get(text.casefold()):
        return name
    match = _TAG.fullmatch(text.split(",")[0].strip())
    if not match:
        return None
    language, script, region = match[1].lower(), match[2], match[3]
    language = _MEANT.get(language, language)
    if language in _NOT_A_LANGUAGE:
        return None
    return "-".join([language, *([script.title()] if script else []), *([region.upper()] if region else [])])


def disagrees(declared: str | None, text: str) -> bool:
    """Whether *text* is surely not in the *declared* language (BCP 47).

    Its script decides first: no English is written in Cyrillic; a language of several scripts never disagrees. Where
    py3langid is installed (the extra ``language``) it is asked about the words, and believed only when it is sure.
    """
    primary = (declared or "").split("-")[0].lower()
    letters = _NO_LETTERS.sub("", text[:CHARACTERS])
    if not primary or len(letters) < FEWEST_LETTERS:
        return False
    expected = _LETTERS.get(primary)
    if expected and len(expected.sub("", letters)) >= MAJORITY * len(letters):
        return True
    return _other_words(primary, text[:CHARACTERS])


def _other_words(declared: str, text: str) -> bool:
    classify = _classifier()
    if classify is None or len(text) < CHARACTERS:
        return False
    found, probability = classify(text)
    same = found == declared or any({found, declared} <= group for group in _CONFUSED)
    return not same and probability >= SURE


@lru_cache(maxsize=1)
def _classifier() -> Callable[[str], tuple[str, float]] | None:
    try:
        langid: Any = import_module("py3langid.langid")
    except ImportError:
        return None
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    return lambda text: (str((answer := identifier.classify(text))[0]), float(answer[1]))
