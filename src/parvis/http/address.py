"""Whose request it is: the peer's address, or what a trusted proxy says of it."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any


class Addresses:
    """Reads addresses. Only proxies in the configured networks are believed, and only the last hop they saw."""

    def __init__(self, trusted: tuple[str, ...]) -> None:
        """`trusted` are networks in CIDR form; ValueError where one is none."""
        self._trusted: list[IPv4Network | IPv6Network] = [ip_network(net, strict=False) for net in trusted]

    def of(self, scope: Any, headers: dict[bytes, bytes]) -> str:
        """The caller's address as text; '' where there is none (a unix socket)."""
        client = scope.get("client")
        address = client[0] if client else ""
        if self._trusted and self._is_trusted(address):
            # From the right: the first hop that is none of our proxies.
            for hop in reversed(headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
                hop = hop.strip()
                if not hop or _parse(hop) is None:
                    break
                address = hop
                if not self._is_trusted(hop):
                    break
        return address

    def _is_trusted(self, text: str) -> bool:
        address = _parse(text)
        return address is not None and any(address in network for network in self._trusted)


def bucket(text: str) -> str:
    """What counts as one caller: an IPv4 address, or an IPv6 /64 (one customer has many addresses)."""
    address = _parse(text)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False).network_address)
    return text


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
