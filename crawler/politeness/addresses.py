"""Which network addresses are public. Pure: knows no resolver and makes no connection."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

#: Networks that Python calls global but that lead to no public server: 6to4 relays (RFC 7526), protocol assignments
#: (RFC 6890), the metadata address of a large cloud, Teredo (RFC 4380), local NAT64 (RFC 8215), IPv4-compatible,
#: the site-local addresses of old (RFC 3879), documentation (RFC 9637).
REFUSED = tuple(
    ip_network(network)
    for network in (
        "192.88.99.0/24",
        "192.0.0.0/24",
        "168.63.129.16/32",
        "2001::/32",
        "64:ff9b:1::/48",
        "::/96",
        "fec0::/10",
        "3fff::/20",
    )
)
NAT64 = ip_network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Return whether the IP address *text* is one that a server on the internet may have."""
    try:
        address = _unwrapped(ip_address(text.split("%", 1)[0]))
    except ValueError:
        return False
    if any(address in network for network in REFUSED if network.version == address.version):
        return False
    special = (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_private
    )
    return address.is_global and not special


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address inside a mapped, 6to4 or NAT64 address: that is where the packets end."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in NAT64:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address
