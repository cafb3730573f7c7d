"""Adds an operator's login to the requests it is for, at the last moment, and takes it off again at the first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.sources.logins import Login

#: Request meta: the id of the source that the request is made for.
SOURCE = "source"
#: Request meta: whether the login has been sent on the way to this response. No secret.
LOGGED_IN = "logged_in"
#: Characters of the longest secret; more is some other file.
LONGEST = 4_096


class LoginMissing(IgnoreRequest):
    """A source needs a login whose secret is not to be had; nothing was asked."""


class Logins:
    """Last of the downloader middlewares: no other sees a request with a secret in it.

    What redirects, retries or stores a request gets it without the secret, and the next pass adds it anew only if the
    address is still on the server that the login is for.
    """

    def __init__(self, logins: Mapping[str, Login]) -> None:
        self._logins = logins

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        plan = getattr(crawler.spider, "plan", None)  # a spider of one's own has none
        return cls({source.id: source.login for source in plan.sources if source.login} if plan else {})

    def process_request(self, request: Request) -> None:
        """Add the login if the request is for its server; raises LoginMissing where it cannot be had."""
        login = self._logins.get(str(request.meta.get(SOURCE)))
        if login is None or not login.is_for(request.url):
            return
        try:
            secret = secret_of(login)  # each time anew: keys of an hour are renewed while a crawl runs
        except LoginMissing:
            if login.optional:
                return
            raise
        request.headers[login.header] = f"{login.prefix}{secret}"
        request.meta[LOGGED_IN] = True

    def process_response(self, request: Request, response: Response) -> Response:
        """Take the login off."""
        self._forget(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002  # Scrapy's signature
        """Take the login off."""
        self._forget(request)

    def _forget(self, request: Request) -> None:
        login = self._logins.get(str(request.meta.get(SOURCE)))
        if login and request.meta.get(LOGGED_IN):
            request.headers.pop(login.header, None)


def is_available(login: Login | None) -> bool:
    """Return whether the login's secret can be had."""
    try:
        return login is not None and bool(secret_of(login))
    except LoginMissing:
        return False


def secret_of(login: Login) -> str:
    """Return the secret from its variable or file; raises LoginMissing, which never shows what it found."""
    secret = (os.environ.get(login.env, "") if login.env else _of_file(login)).strip()
    if not secret:
        raise LoginMissing(f"expected a login in {login.place}, found none")
    if len(secret) > LONGEST or not (secret.isascii() and secret.isprintable()):
        raise LoginMissing(f"expected one line of ASCII in {login.place}, found something else")
    return secret


def _of_file(login: Login) -> str:
    try:
        with Path(login.file or "").expanduser().open(encoding="ascii", errors="replace") as file:
            return file.read(LONGEST + 2)
    except (OSError, RuntimeError) as error:  # RuntimeError: a home directory that cannot be told
        raise LoginMissing(f"expected a login in {login.place}: {getattr(error, 'strerror', error)}") from error
