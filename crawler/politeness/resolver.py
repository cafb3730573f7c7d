"""The address guard: no connection to an address that is not public, checked where names become addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]  # zope ships no types

from crawler.politeness.addresses import is_public

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from scrapy.crawler import Crawler, CrawlerProcessBase
    from twisted.internet.base import ReactorBase
    from twisted.internet.interfaces import IAddress

#: Stat that counts refused lookups of a host; ``guard/blocked/HOST``.
BLOCKED = "guard/blocked/"


class GuardedResolver(CachingHostnameResolver):
    """Passes on public addresses only, and those of the exact ``host:port`` pairs of ALLOW_PRIVATE.

    Literal addresses come through here too, in any spelling, and what is passed on is what is connected to, so a
    name that answers differently the second time gains nothing.
    """

    process: CrawlerProcessBase
    allowed: frozenset[str]

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        # Scrapy builds one resolver for the whole process and passes that here, whatever the parameter is called.
        resolver = super().from_crawler(crawler, reactor)
        resolver.process = cast("CrawlerProcessBase", crawler)
        resolver.allowed = frozenset(crawler.settings.getlist("ALLOW_PRIVATE"))
        return resolver

    def resolveHostName(  # noqa: N802  # Twisted's name
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolve as Twisted asks (IHostnameResolver), with the answer filtered on its way out."""
        name = f"[{hostName}]" if ":" in hostName else hostName
        is_allowed = f"{name}:{portNumber}" in self.allowed
        receiver = _Filter(resolutionReceiver, is_allowed=is_allowed, blocked=lambda: self._count(hostName))
        return super().resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)  # type: ignore[arg-type]

    def _count(self, host: str) -> None:
        for crawler in self.process.crawlers:
            crawler.stats.inc_value(BLOCKED + host)


@implementer(IResolutionReceiver)
class _Filter:
    def __init__(self, receiver: Any, *, is_allowed: bool, blocked: Callable[[], None]) -> None:
        self._receiver = receiver
        self._is_allowed = is_allowed
        self._blocked = blocked

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if self._is_allowed or is_public(address.host):
            self._receiver.addressResolved(address)
        else:
            self._blocked()

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()
