"""Normalises language tags to BCP 47; detects nothing and knows no page."""

from __future__ import annotations

import re

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
_NOT_A_LANGUAGE = frozenset({"und", "mul", "zxx", "mis", "xx"})


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
