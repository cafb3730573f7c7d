"""Sets trafilatura up for this process, so that it is cheaper and finds the same."""

from __future__ import annotations

import logging
from copy import copy
from functools import cached_property, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lxml import etree

from crawler.extraction.cascade import KNOWN, Cascade
from crawler.extraction.rules import EXSLT, understood

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement


@lru_cache(maxsize=1)
def extractor() -> Callable[[HtmlElement, tuple[str, ...]], str]:
    """Return a function for the text of a page without its elements of some names; see ``Cascade.text``."""
    from trafilatura import __version__, xpaths

    # Only elements are asked for: without this every attribute that a pattern is tried on becomes an object of its own.
    for rules in vars(xpaths).values():
        if isinstance(rules, list):
            rules[:] = [_answered(rule) for rule in rules]
    baseline: Any = import_module("trafilatura.baseline")
    baseline.BASIC_CLEAN_XPATH = _answered(baseline.BASIC_CLEAN_XPATH)
    # A page without text is an outcome here, not a line in the operator's mail.
    for name in ("trafilatura", "htmldate", "justext", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if __version__ not in KNOWN:
        return _extracted
    core: Any = import_module("trafilatura.core")
    external: Any = import_module("trafilatura.external")
    _quicken_justext(external)
    options = core.Extractor(output_format="txt", comments=False, tables=True, dedup=False, with_metadata=False)
    return Cascade(core, options, unclean=etree.XPath(external.SANITIZED_XPATH)).text


def _extracted(page: HtmlElement, without: tuple[str, ...]) -> str:
    """Return what ``trafilatura.extract`` finds, with the options of the cascade."""
    from trafilatura import extract

    tree = copy(page)
    etree.strip_elements(tree, *without, with_tail=False)
    found = extract(
        tree,
        output_format="txt",
        include_comments=False,
        include_tables=True,
        # Its cache is the process's: a page that was seen before would come out empty.
        deduplicate=False,
        with_metadata=False,
    )
    return found or ""


def _quicken_justext(external: Any) -> None:
    """Let justext put a paragraph's text together once instead of eight times, and hash its 150,000 words once."""
    collect = external.jt_stoplist_init

    def stop_words() -> frozenset[str]:
        # A set remembers its hash, by which justext finds what it made of it; a tuple does not.
        words = external.JT_STOPLIST = frozenset(collect())
        return words

    external.jt_stoplist_init = stop_words
    paragraph: Any = import_module("justext.paragraph").Paragraph
    if isinstance(vars(paragraph).get("text"), property):
        # It is asked for once all of the paragraph is read.
        paragraph.text = cached_property(paragraph.text.fget)
        paragraph.text.__set_name__(paragraph, "text")
    # The path to each paragraph, which nobody asks for.
    import_module("justext.core").PathInfo.xpath = None


def load_stop_words() -> None:
    """Load the 150,000 words that justext looks for: .2 s for a process, which those that are forked from it share."""
    external: Any = import_module("trafilatura.external")
    import_module("justext.core").define_stoplist(external.JT_STOPLIST or external.jt_stoplist_init())


def _answered(rule: Any) -> Any:
    if not isinstance(rule, etree.XPath):
        return rule
    return understood(rule) or etree.XPath(rule.path, namespaces={"re": EXSLT}, smart_strings=False)
