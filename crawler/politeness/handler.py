"""The download handler: Scrapy's own, with an end to response headers and certificates that are checked by host.

Stands on private classes of Scrapy's, as there is no public place between the socket and the parsed headers; tests
with endless headers and wrong certificates fail when they move.
"""

from __future__ import annotations

import copy
import resource
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from OpenSSL import SSL
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError
from service_identity import VerificationError
from twisted.internet.defer import fail
from twisted.web.client import HTTPConnectionPool, ResponseFailed
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]  # zope ships no types

from crawler import urls
from crawler.endings import Stopped
from crawler.politeness.leases import require_lease

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response


#: Connections that are kept open for the next request, over all hosts, and at most this share of the files that the
#: process may have open: of thousands of hosts each would otherwise keep one for minutes.
IDLE = 500
IDLE_SHARE = 0.5


class HeadersTooLarge(Exception):
    """A response had more bytes of headers than HEADERS_MAXSIZE."""


class CertificateRefused(Exception):
    """The server showed no certificate that proves its name."""


class BoundedHandler(HTTP11DownloadHandler):
    """HTTP/1.1 with at most HEADERS_MAXSIZE bytes of headers, interim responses (RFC 9110 §15.2) included."""

    #: Made with the first request: most visits of a cron job are over before.
    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._limit = crawler.settings.getint("HEADERS_MAXSIZE")
        self._pool = _BoundedPool(self._pool)
        values = {"limit": self._limit, "require": partial(require_lease, crawler)}
        self._pool._factory = cast("Any", type("_Factory", (_BoundedFactory,), values))
        self._contextFactory: Any = _Certificates(self._contextFactory, crawler.settings.getlist("TLS_UNVERIFIED"))

    async def download_request(self, request: Request) -> Response:
        """Return the response; raises DownloadCancelledError where its headers do not end, CertificateRefused.

        Raises Stopped where another worker may be at work on the site.
        """
        require_lease(self._crawler, request.url)
        try:
            return await super().download_request(request)
        except DownloadFailedError as error:
            if _is_among(error, HeadersTooLarge):
                raise DownloadCancelledError(f"more than {self._limit} bytes of headers") from error
            if _is_among(error, VerificationError) or (_is_among(error, SSL.Error) and "certificate" in str(error)):
                host = urls.host(request.url)
                raise CertificateRefused(f"the certificate of {host} does not prove its name") from error
            raise


class _BoundedPool(HTTPConnectionPool):
    """Closes the connection that has been idle for longest when too many are."""

    def __init__(self, like: HTTPConnectionPool) -> None:
        super().__init__(like._reactor)  # type: ignore[no-untyped-call]  # Twisted's
        self.maxPersistentPerHost = like.maxPersistentPerHost
        self._most = min(IDLE, int(IDLE_SHARE * resource.getrlimit(resource.RLIMIT_NOFILE)[0]))

    def _putConnection(self, key: Any, connection: Any) -> None:  # noqa: N802  # Twisted's name
        super()._putConnection(key, connection)  # type: ignore[no-untyped-call]
        if len(self._timeouts) > self._most:
            timeout = next(iter(self._timeouts.values()))  # in the order in which they became idle
            place = timeout.args
            timeout.cancel()
            self._removeConnection(*place)  # type: ignore[no-untyped-call]


@implementer(IPolicyForHTTPS)
class _Certificates:
    """Checks the certificates of all hosts but those on *unverified* domains."""

    def __init__(self, checked: Any, unverified: Collection[str]) -> None:
        self._checked = checked
        self._unchecked = copy.copy(checked)
        self._unchecked._verify_certificates = False
        self._unverified = unverified

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802  # Twisted's name
        url = f"https://{hostname.decode('ascii', 'replace')}:{port}/"
        policy = self._unchecked if urls.in_scope(url, self._unverified) else self._checked
        return policy.creatorForNetloc(hostname, port)


class _BoundedFactory(_LenientHTTP11ClientFactory):
    limit: int
    require: Callable[[str], None]

    def buildProtocol(self, addr: Any) -> _BoundedProtocol:  # noqa: ARG002, N802  # Twisted's
        protocol = _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # Twisted's
        protocol.limit, protocol.require = self.limit, self.require
        return protocol


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    limit: int
    require: Callable[[str], None]

    def request(self, request: Any) -> Any:
        try:
            self.require(request.absoluteURI.decode("ascii"))
        except Stopped:  # connecting took longer than the lease, or we were frozen meanwhile
            assert self.transport
            self.transport.abortConnection()
            return fail()
        answer = super().request(request)
        # Scrapy puts its own parser into place in this way too: Twisted names the class in the middle of a method.
        parser: Any = self._parser
        parser.__class__ = _BoundedParser
        parser.room = self.limit
        return answer


class _BoundedParser(_LenientHTTPClientParser):
    room: int

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self.room -= len(line) + 1
        if self.room < 0:
            raise HeadersTooLarge
        super().lineReceived(line)


def _is_among(error: DownloadFailedError, *kinds: type[BaseException]) -> bool:
    cause = error.__cause__
    return isinstance(cause, ResponseFailed) and any(reason.check(*kinds) for reason in cause.reasons)
