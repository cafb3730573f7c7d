"""Checks every request, redirects and retries included: web addresses only, and articles only within their source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from crawler import urls

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

#: Request meta: the domains that a request, and whatever it redirects to, must lie on.
SCOPE = "scope"


class OutOfScope(IgnoreRequest):
    """The request left the web or its source, or goes round in circles.

    ``state`` and ``reason`` are those of the address asked for first: rejected as ``off_site`` or ``bad_address``,
    failed as ``too_long`` or ``redirect_loop``.
    """

    def __init__(self, state: str, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.state = state
        self.reason = reason


class Scope:
    """Refuses what Scrapy's own filters let through once a request has been redirected, or drop without a word."""

    def __init__(self, longest: int) -> None:
        self._longest = longest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.getint("URLLENGTH_LIMIT"))

    def process_request(self, request: Request) -> None:
        """Raise OutOfScope unless the request may be made."""
        if len(request.url) > self._longest:
            raise OutOfScope("failed", "too_long", f"{len(request.url)} characters, expected {self._longest} at most")
        if urls.fetch_form(request.url) is None:
            raise OutOfScope("rejected", "bad_address", f"expected a web address, got {request.url[:200]}")
        if request.url in request.meta.get("redirect_urls", ()):  # without cookies the answer would be the same
            raise OutOfScope("failed", "redirect_loop", f"it redirects back to {request.url[:200]}")
        domains = request.meta.get(SCOPE)
        if domains is not None and not urls.in_scope(request.url, domains):
            raise OutOfScope("rejected", "off_site", f"{urls.host(request.url)} is not on {', '.join(domains)}")
