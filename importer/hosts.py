"""Hosts by name or address: which of them are this computer, and one way of writing each."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether `host`, without brackets, is this machine: nobody is on the way who could read a key, nor is a proxy.

    No name but `localhost` is: what another resolves to, a server of names decides.
    """
    try:
        return plain(ipaddress.ip_address(host)).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address; one of IPv4 in the clothes of IPv6 (`::ffff:127.0.0.1`) is that of IPv4."""
    return getattr(address, "ipv4_mapped", None) or address
