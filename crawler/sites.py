"""Sites that need code: one small function each, in an explicit dict. Most need none: most trouble is general.

A function gets the parsed page and the fields found so far, and returns those it knows better; None takes a field out.
The crawl and ``scrapy extract`` use it alike, and fieldSources says "override". Each has a page of its own and the
record expected of it among the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.extraction import Override

#: Registrable domain to the function that knows its pages better; workers import it by its name.
OVERRIDES: dict[str, Override] = {}
