"""Which addresses may be called: the public network, and what an operator allows for services of their own."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from parvis.settings import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's special-purpose registries, whether or not they call a block "global": none of them is where a web server
# stands for the public. The last one is public, and the inside of one cloud.
_BARRED_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; many systems take 0.0.0.0 for loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a carrier's translation
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: the metadata of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "168.63.129.16/32",  # Azure's own services
    )
)
# Only 2000::/3 is given out. So everything that wraps an IPv4 address in another way (mapped, compatible, NAT64) is
# outside, as are loopback, link-local, site-local, unique-local, multicast and segment routing.
_GIVEN_OUT_6 = IPv6Network("2000::/3")
_BARRED_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_LAST_SYSTEM_PORT = 1023
_WEB_PORTS = (80, 443)
_NUMERIC = re.compile(r"(?:\d+|0[xX][0-9a-fA-F]*)\Z")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\Z")


def is_public(address: Address) -> bool:
    """Whether anybody on the public network can stand there."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _BARRED_4)
    if address.scope_id is not None or address not in _GIVEN_OUT_6:
        return False
    return not any(address in network for network in _BARRED_6)


def literal(host: str) -> Address | None:
    """The address that a host is, or None for a name. ValueError for numbers that some systems take for an address
    (decimal, octal, hexadecimal, too few parts) and others don't."""
    if ":" in host:
        return ip_address(host)
    if _NUMERIC.match(host.rstrip(".").rpartition(".")[2]):
        return IPv4Address(host)
    return None


class Rule(NamedTuple):
    """One entry of `[outbound] allowed`."""

    place: Network | str  # a name stands for whatever addresses it has
    port: int | None  # None: any


class Policy:
    """What may be called through one door."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """`allowed` are entries as in `[outbound] allowed`; SettingsError names one that is none."""
        self._rules = tuple(_rule(entry) for entry in allowed)

    def admits(self, address: Address, port: int) -> bool:
        """Whether this address may be connected to."""
        if self._names(address, port):
            return True
        return is_public(address) and (port > _LAST_SYSTEM_PORT or port in _WEB_PORTS)

    def admits_name(self, host: str, port: int) -> bool:
        """Whether this name may have any address."""
        return any(rule.place == host.rstrip(".") for rule in self._on(port))

    def names(self, host: str, port: int) -> bool:
        """Whether a rule is of this host: of its name or, where it is an address, of that."""
        try:
            address = literal(host)
        except ValueError:
            return False
        return self.admits_name(host, port) if address is None else self._names(address, port)

    def _names(self, address: Address, port: int) -> bool:
        return any(not isinstance(rule.place, str) and address in rule.place for rule in self._on(port))

    def _on(self, port: int) -> Iterable[Rule]:
        return (rule for rule in self._rules if rule.port is None or rule.port == port)


def _rule(entry: str) -> Rule:
    place, port = _split(entry)
    try:
        number = None if port is None else int(port)
        if number is not None and not 1 <= number <= 65535:
            raise ValueError
        if "/" in place:
            return Rule(ip_network(place), number)
        found = literal(place)
        if found is not None:
            return Rule(ip_network(found), number)
        if not _HOST.match(place):
            raise ValueError
    except ValueError as error:
        raise SettingsError(
            f"Setting outbound.allowed (PARVIS_OUTBOUND_ALLOWED): {entry!r} is not a host, an address or a network"
            " (as 127.0.0.1:9000, models.internal:8080, 10.0.0.0/8 or [fd00::1]:443)."
        ) from error
    return Rule(place, number)


def _split(entry: str) -> tuple[str, str | None]:
    entry = entry.strip().lower()
    bracketed = re.fullmatch(r"\[([0-9a-f:.]+)\](?::(\d+))?", entry)
    if bracketed:
        return bracketed[1], bracketed[2]
    if entry.count(":") == 1:
        place, _, port = entry.partition(":")
        return place, port
    return entry, None
