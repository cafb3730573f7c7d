"""The Associated Press (https://apnews.com): the line of underscores before its closing notes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.extraction import Document

RULE = re.compile(r"_{2,}")


def without_rules(document: Document, fields: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001  # an Override
    """Return the text without the rules that AP writes as lines of underscores."""
    lines = str(fields.get("articleBody") or "").split("\n")
    kept = [line for line in lines if not RULE.fullmatch(line.strip())]
    return {"articleBody": "\n".join(kept)} if len(kept) < len(lines) else {}
