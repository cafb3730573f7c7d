"""A resolver under which every name is this machine, so that shipped sources can be crawled under their own names."""

from scrapy.resolver import CachingHostnameResolver, HostResolution
from twisted.internet.address import IPv4Address


class Loopback(CachingHostnameResolver):
    """Answers every name with 127.0.0.1 and the port of LOOPBACK_PORT; asks nobody and lets nothing out."""

    @classmethod
    def from_crawler(cls, crawler, reactor):
        resolver = super().from_crawler(crawler, reactor)
        resolver.port = crawler.settings.getint("LOOPBACK_PORT")
        return resolver

    def resolveHostName(  # noqa: N802  # Twisted's name
        self,
        resolutionReceiver,  # noqa: N803
        hostName,  # noqa: N803
        portNumber=0,  # noqa: ARG002, N803
        addressTypes=None,  # noqa: ARG002, N803
        transportSemantics="TCP",  # noqa: ARG002, N803
    ):
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        resolutionReceiver.addressResolved(IPv4Address("TCP", "127.0.0.1", self.port))
        resolutionReceiver.resolutionComplete()
        return resolution
