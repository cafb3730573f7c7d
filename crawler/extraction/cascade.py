"""Runs trafilatura's steps in its order, each only where its outcome can count; knows nothing of articles.

``trafilatura.extract`` copies a page five times and asks for every second opinion before it looks whether it can use
it. Here a page is copied when a step needs it, and an opinion is asked where the length of the page's text does not
rule it out. The texts are the same.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import attrs
from lxml import etree
from lxml.html import document_fromstring

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

#: Versions of trafilatura whose steps these are.
KNOWN = ("2.3.1",)
#: What parsing libraries raise on pages their authors did not think of; each was seen or can be reached by input.
LIBRARY_ERRORS = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, etree.LxmlError)
#: Readability's text is preferred when it is more than this many times as long.
_PREFERRED = 2
#: What the data of a page says that is a thread of a forum.
_FORUM = "DiscussionForumPosting"
#: Characters of a text with single spaces. Those it does not take for spaces, as the no-break space, only add to it.
_MOST: Callable[..., Any] = etree.XPath("string-length(normalize-space())")
_ELEMENTS: Callable[..., Any] = etree.XPath("count(.//*)")
_REGULAR: Callable[..., Any] = etree.XPath("boolean(.//p//text()) and count(.//table) <= count(.//p)")
_NO_PAGE = document_fromstring("<html><body></body></html>")


@attrs.frozen
class Cascade:
    """The steps of ``trafilatura.core.trafilatura_sequence`` for text without comments and in no hurry."""

    core: Any
    """The module ``trafilatura.core``."""
    options: Any
    """An ``Extractor`` for text without comments, links, images and formatting; balanced, not fast."""
    unclean: Callable[[Any], Any]
    """Finds in a body what only a page that nests its elements oddly brings there; justext is asked then."""

    def text(self, page: HtmlElement, without: tuple[str, ...]) -> str:
        """Return the text of *page*, its elements of the names *without* left out; empty where there is none.

        Raises one of ``LIBRARY_ERRORS`` on pages trafilatura cannot read.
        """
        core = self.core
        # Its pattern is only tried where it can fit.
        is_forum = any(_FORUM in (s.text or "") for s in page.iter("script")) and core._forum_thread_page(page)
        # Nothing after this but the baseline reads scripts.
        tree = self._pruned(page, (*without, "script"), is_forum)
        most = int(_MOST(tree))
        body, found = self._compared(tree, most)
        if len(found) < self.options.min_extracted_size:
            rescued, its_text, length = core.baseline(self._pruned(page, without, is_forum))
            if length > len(found):
                body, found = rescued, its_text
        if 0 < len(found) < core.ESCALATION_MAX_LENGTH and self._covers_little(tree, most, len(found)):
            body, found = self._escalated(tree, body, found)
        if len(found) < self.options.min_output_size:
            return ""
        return str(core.normalize_unicode(core.xmltotxt(body, self.options.formatting)))

    def _pruned(self, page: HtmlElement, without: tuple[str, ...], is_forum: bool) -> HtmlElement:
        tree = copy(page)
        etree.strip_elements(tree, *without, with_tail=False)
        tree = self.core.prune_unwanted_nodes(tree, self.core.RAW_TREE_PRUNE_XPATH)
        return tree if is_forum else self.core.prune_unwanted_nodes(tree, self.core.REMOVE_COMMENTS_AND_LISTS_XPATH)

    def _compared(self, tree: HtmlElement, most: int) -> tuple[Any, str]:
        """Return the main extractor's body and text, or those of readability or justext where they are better.

        Readability's is preferred where it is more than twice as long, or where the text has no paragraphs or more
        tables than these; justext's where the others found hardly anything or readability took what it should not.
        """
        core, options = self.core, self.options
        found: str
        cleaned = core.tree_cleaning(copy(tree), options)
        body, found = core.extract_content(core.convert_tags(cleaned, options), options)
        short = options.min_extracted_size
        if _REGULAR(body) and not _readability_can_win(tree, most, len(found), short):
            if len(found) >= short and not self.unclean(body):
                return body, found
            raw = _NO_PAGE
        else:
            raw = copy(tree)
        # The first is converted by now; few pages come here.
        cleaned = core.tree_cleaning(copy(tree), options)
        body, found = core.compare_extraction(cleaned, raw, body, found, options)
        return body, found

    def _covers_little(self, tree: HtmlElement, most: int, length: int) -> bool:
        """Whether a text of *length* is so little of the page that others should try."""
        # The page is measured with spaces around its blocks, at most two for each.
        share: float = self.core.ESCALATION_PAGE_SHARE
        return length < share * (most + 2 * _ELEMENTS(tree)) and length < share * len(self.core.html2txt(tree))

    def _escalated(self, tree: HtmlElement, body: Any, found: str) -> tuple[Any, str]:
        """Return the text of justext or of a second, more generous attempt where it is much longer."""
        core, generous = self.core, copy(self.options)
        generous.focus = "recall"
        try:
            second, second_text = core._recall_retry(tree, generous, None)
        except LIBRARY_ERRORS:
            second, second_text = body, ""
        try:
            third, third_text = core.justext_rescue(copy(tree), self.options)
        except LIBRARY_ERRORS:
            third, third_text = body, ""
        length, second_length, third_length = len(found), len(second_text), len(third_text)
        if third_length > second_length and third_length > core.ESCALATION_JUSTEXT_RATIO * length:
            return third, third_text
        if second_length >= self.options.min_extracted_size and second_length > core.ESCALATION_ACCEPT_RATIO * length:
            return second, second_text
        return body, found


def _readability_can_win(page: HtmlElement, most: int, length: int, short: int) -> bool:
    """Whether readability can find more in *page* than twice a text of *length*.

    It leaves out what is mostly links; but where there is hardly a text, links may be all it finds.
    """
    if length < short or most <= _PREFERRED * length:
        return most > _PREFERRED * length
    linked = sum(len(" ".join(link.text_content().split())) for link in page.iter("a"))
    return most - linked > _PREFERRED * length
