"""The Moscow Times (https://www.themoscowtimes.com): its appeal, which stands under every article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.extraction import Document

#: The line with which the appeal begins, and the next one: an extractor may lose the heading.
HEADING = re.compile(r"\W*a message from the moscow times\b", re.IGNORECASE)
ADDRESS = re.compile(r"\W*dear readers?,?\s*$", re.IGNORECASE)
#: The line with which it ends.
END = re.compile(r"\W*remind me (?:later|next month)\b", re.IGNORECASE)


def without_appeal(document: Document, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001  # an Override
    """Return the text without the appeal, and the appeal as site text; nothing where there is none.

    The general step needs several articles to see what recurs; a crawl may bring a single one of this paper.
    """
    lines = str(fields.get("articleBody") or "").split("\n")
    start = next((at for at, line in enumerate(lines) if HEADING.match(line) or ADDRESS.match(line)), 0)
    if not start:  # none, or nothing but the appeal: then there is no article to save from it
        return {}
    end = next((at for at in range(start, len(lines)) if END.match(lines[at])), None)
    if end is None:
        if not HEADING.match(lines[start]):  # an editor may write to the readers too
            return {}
        end = len(lines) - 1
    return {"articleBody": "\n".join(lines[:start] + lines[end + 1 :]), "boilerplate": lines[start : end + 1]}
