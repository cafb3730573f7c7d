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
    """The request left the web or its source; ``reason`` is ``off_site`` or ``bad_address``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Scope:
    """Refuses what Scrapy's own off-site filter lets through once a request has been retried or redirected."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:  # noqa: ARG003
        return cls()

    def process_request(self, request: Request) -> None:
        """Raise OutOfScope unless the request may be made."""
        if urls.fetch_form(request.url) is None:
            raise OutOfScope("bad_address", f"expected a web address, got {request.url[:200]}")
        domains = request.meta.get(SCOPE)
        if domains is not None and not urls.in_scope(request.url, domains):
            raise OutOfScope("off_site", f"{urls.host(request.url)} is not on {', '.join(domains)}")
