"""Network addresses of callers: who is really calling behind a proxy, and whether a list of networks allows it."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def address_of(peer: str, forwarded_for: str = "", *, behind_proxy: bool = False) -> str:
    """The caller's address in its one spelling, "" when there is none.

    ``peer`` is who opened the connection. Only behind our own proxy is the header believed, and of it only the last
    entry, which that proxy wrote; what stands before it anybody may have made up.
    """
    written = forwarded_for.rsplit(",", 1)[-1].strip() if behind_proxy and forwarded_for else peer.strip()
    address = _parsed(written)
    return str(address) if address else ""


def allows(networks: Iterable[str], address: str) -> bool:
    """Whether ``address`` lies in one of ``networks`` (addresses or CIDR ranges). No networks allow everybody."""
    networks = list(networks)
    if not networks:
        return True
    caller = _parsed(address)
    return caller is not None and any(caller in ip_network(network, strict=False) for network in networks)


def is_network(text: str) -> bool:
    """Whether ``text`` is an address or a CIDR range."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 one that came over IPv6 as plain IPv4; None when it is none."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
