"""Text that pages supply, made safe to print: no page may forge a line, move a cursor or turn the reading direction."""

from __future__ import annotations

import re

#: C0 and C1 controls, line and paragraph separators, bidi controls.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

#: Characters of one printed text.
LONGEST = 200


def printable(text: str, longest: int = LONGEST) -> str:
    """Return *text* on one line without control characters, cut to *longest* characters."""
    clean = _UNPRINTABLE.sub("\ufffd", text)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
