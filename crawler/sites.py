"""Sites that need code: one small function each, in an explicit dict. Most need none: most trouble is general."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.extraction import Override

#: Registrable domain to the function that knows its pages better; workers import it by its name.
OVERRIDES: dict[str, Override] = {}
