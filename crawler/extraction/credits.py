"""Recognises lines that say who else worked on an article; knows nothing of where they stand."""

from __future__ import annotations

import re

#: A credit names people and agencies; a longer line tells something.
_MOST_CHARACTERS = 400
_WORK = (
    "(?:reporting|writing|editing|translation|translated|edited|produced|fact[- ]check(?:ing|ed)|research|graphics?|"
    "compiled)"
)
#: A sentence about people or an agency, whose initials and titles may end in a full stop.
_CONTRIBUTED = re.compile(
    r"(?:[^.!?]|\b[A-Z]\.|\b\w{2,3}\. )*\bcontributed\b[^.!?]{0,20}\b(?:to|reporting|writing|research)\b[^.!?]*[.)]?$",
    re.IGNORECASE,
)
_PATTERNS = (
    rf"\(?(?:additional |further |with )?{_WORK}(?: (?:and|&) {_WORK})?(?: for [\w .]{{2,40}})? by\s*:?\s.+",
    r"(?:with )?(?:files|reports?|inputs?|additional reporting) from .{2,150}$",
    r"(?:mit material (?:von|der)|unter mitarbeit von|mitarbeit:|redaktion:|übersetz\w+ von)\s.{2,200}$",
    r"\(?avec (?:l['’])?(?:afp|reuters|ap|agences?)\b.{0,60}$",
    r"(?:con informaci[oó]n de|traducci[oó]n de|edici[oó]n de|reporte de)\s.{2,200}$",
    r"(?:com informa[cç][oõ]es d\w{1,2}|reportagem (?:de|adicional))\s.{2,200}$",
)
_CREDIT = re.compile("|".join(_PATTERNS), re.IGNORECASE)


def is_credit(block: str) -> bool:
    """Return whether *block* only says who contributed to, edited or translated the article, or which agency did."""
    if len(block) > _MOST_CHARACTERS:
        return False
    # Every line looks like the sentence until the word is missed at its end.
    return bool(_CREDIT.match(block) or ("contributed" in block.casefold() and _CONTRIBUTED.match(block)))
