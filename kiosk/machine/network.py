"""The network: by which addresses others reach this machine."""

from __future__ import annotations

from ipaddress import IPv4Interface

import ifaddr


def own_places() -> tuple[IPv4Interface, ...]:
    """The addresses of this machine with their networks, but its own to itself; no route is asked for. Raises OSError.

    A LAN of two kiosks on a switch has no gateway, and no route for multicast.
    """
    found = [
        IPv4Interface(f"{one.ip}/{one.network_prefix}")
        for adapter in ifaddr.get_adapters()
        for one in adapter.ips
        if isinstance(one.ip, str)
    ]
    return tuple(sorted(place for place in found if not place.ip.is_loopback))
