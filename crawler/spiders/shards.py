"""Fixed shares of a crawl for machines that share nothing: -a shard=3/8 is the third of eight."""

from __future__ import annotations

import hashlib
import re

import attrs

from crawler.sources import SourcesError


@attrs.frozen(kw_only=True)
class Shard:
    """One of ``count`` shares; they are disjoint, together the whole, and the same on every machine."""

    number: int
    """From 1."""
    count: int

    def has(self, name: str) -> bool:
        """Whether what goes by that *name* (a registrable domain, a file) is in this share."""
        digest = hashlib.sha256(name.encode("utf-8", "replace")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1


def shard_of(text: str) -> Shard:
    """Return the share that an operator names as ``3/8``; raises SourcesError."""
    found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", text, re.ASCII)
    if not found or int(found[1]) > int(found[2]):
        raise SourcesError(f'-a shard=: expected a share such as 3/8, got "{text}"')
    return Shard(number=int(found[1]), count=int(found[2]))
