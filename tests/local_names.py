"""Names of a site that exists nowhere, leading to loopback: the address guard decides on them as on any other."""

from crawler.politeness.resolver import GuardedResolver

#: Seconds that the first look-up of a name takes.
SLOW = 0.5


class LocalNames(GuardedResolver):
    """Answers for courier.com and all its hosts with 127.0.0.1, the first time slowly, as resolvers do."""

    seen = frozenset()

    def resolveHostName(self, resolutionReceiver, hostName, *more, **named):  # noqa: N802, N803
        """Resolve as Twisted asks."""
        from twisted.internet import reactor

        is_ours = hostName == "courier.com" or hostName.endswith(".courier.com")
        wait = SLOW if is_ours and hostName not in self.seen else 0
        self.seen |= {hostName}
        # The guard's own classes take it from here; only the name is exchanged.
        target = "127.0.0.1" if is_ours else hostName
        reactor.callLater(wait, super().resolveHostName, resolutionReceiver, target, *more, **named)
