"""The address guard: every address that leads to no public server is refused, however it is written or wrapped."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.politeness.addresses import is_public

PRIVATE_4 = (
    "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1",
    "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.170",
    "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7",
    "203.0.113.9", "168.63.129.16", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
PRIVATE_6 = (
    "::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b:1::1", "100::1", "100:0:0:1::1",
    "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:db8::1", "3fff::1",
    "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1",
)  # fmt: skip
PUBLIC_4 = ("1.1.1.1", "8.8.8.8", "9.9.9.9", "93.184.216.34", "100.63.255.255", "100.128.0.1", "126.255.255.255",
            "128.0.0.1", "151.101.1.164", "172.15.255.255", "172.32.0.1", "191.255.255.255", "192.0.1.1", "192.167.1.1",
            "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.254")  # fmt: skip
PUBLIC_6 = ("2001:4860:4860::8888", "2606:4700:4700::1111", "2620:fe::fe", "2a00:1450:4001:80e::200e", "2400:cb00::1",
            "2803:f800::1", "2c0f:fb50::1")  # fmt: skip


def wrapped(inner):
    """An IPv4 address in every IPv6 form that a router or a kernel unwraps."""
    number = int(IPv4Address(inner))
    high, low = number >> 16, number & 0xFFFF
    return {
        "mapped": f"::ffff:{inner}",
        "mapped in hex": f"::ffff:{high:x}:{low:x}",
        "6to4": f"2002:{high:x}:{low:x}::1",
        "NAT64": f"64:ff9b::{inner}",
    }


@pytest.mark.parametrize("address", PUBLIC_4 + PUBLIC_6)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE_4 + PRIVATE_6)
def test_an_address_of_a_special_range_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("form", wrapped("127.0.0.1"))
@pytest.mark.parametrize("inner", PRIVATE_4)
def test_wrapping_makes_no_address_public(inner, form):
    assert not is_public(wrapped(inner)[form])


@pytest.mark.parametrize("form", wrapped("127.0.0.1"))
@pytest.mark.parametrize("inner", PUBLIC_4)
def test_a_wrapped_address_is_judged_by_what_is_inside(inner, form):
    assert is_public(wrapped(inner)[form])


@pytest.mark.parametrize("address", ["fe80::1%eth0", "127.0.0.1%lo", "::1%1", "fe80::8.8.8.8%8.8.8.8"])
def test_a_zone_makes_no_address_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "8.8.8", "8.8.8.8.8", "0x7f.1", "2130706433", "127.1", "017700000001", "[::1]", "８.8.8.8"],
)
def test_what_is_no_address_is_not_public(text):
    assert not is_public(text)


@settings(max_examples=60, deadline=None)
@given(st.ip_addresses(v=4))
def test_no_wrapping_changes_the_answer(address):
    assert {is_public(form) for form in wrapped(str(address)).values()} == {is_public(str(address))}


@settings(max_examples=60, deadline=None)
@given(st.ip_addresses())
def test_no_public_address_is_one_that_python_calls_special(address):
    if is_public(str(address)):
        plain = ip_address(str(address))
        assert not any((plain.is_loopback, plain.is_link_local, plain.is_multicast, plain.is_unspecified))
