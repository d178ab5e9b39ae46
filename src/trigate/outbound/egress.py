"""Where the gateway may connect to: the check is on the address that is then connected to."""

import ipaddress
import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from trigate.core.errors import EgressDenied
from trigate.outbound.settings import EgressSettings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_INWARD = re.compile(r"(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa)$")
"""Names that mean the inside of somebody's network (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`)."""
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
"""A last label that makes a host an IPv4 address in some notation (WHATWG URL, "ends in a number")."""

_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
"""The IPv4 special-purpose registry of IANA, multicast, and the cloud's own address that lies outside of it."""
_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_6: tuple[IPv6Network, ...] = tuple(
    IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48", "5f00::/16")
)
"""Special purposes inside global unicast, Teredo and 6to4 among them; everything outside 2000::/3 is refused anyway."""
_NAT64 = IPv6Network("64:ff9b::/96")


class Egress:
    """The rule of one configuration."""

    __slots__ = ("_allow", "_deny", "_names")

    def __init__(self, settings: EgressSettings) -> None:
        self._allow = tuple(ipaddress.ip_network(text) for text in settings.allow)
        self._deny = tuple(ipaddress.ip_network(text) for text in settings.deny)
        self._names = tuple(each.lower() for each in settings.names)

    def check_host(self, host: str, outside: bool) -> None:
        """Refuse hosts that no address is needed for to see that they lead inside; raises EgressDenied."""
        literal = address_of(host)
        if literal is not None:
            self.check_address(literal, outside)
        elif outside and self._names and self._is_named(host):
            return
        elif outside and (_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) or "." not in host.strip(".")):
            raise EgressDenied(f"{host!r} is not a public host name")
        elif outside and _INWARD.search(host.rstrip(".")):
            raise EgressDenied(f"{host!r} is a name of an internal network")

    def _is_named(self, host: str) -> bool:
        host = host.rstrip(".").lower()
        return any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in self._names)

    def check_address(self, address: Address, outside: bool) -> None:
        """Refuse an address about to be connected to; `outside`: its URL is not the operator's. Raises EgressDenied."""
        met = (address, *embedded(address))
        if any(_within(each, self._deny) for each in met):
            raise EgressDenied("the configuration forbids connections to this address")
        if outside and not _within(address, self._allow) and not all(is_public(each) for each in met):
            raise EgressDenied("the address is not a public one")


def address_of(host: str) -> Address | None:
    """The address a host is, in the one notation that everybody reads alike, or None."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def embedded(address: Address) -> tuple[IPv4Address, ...]:
    """IPv4 addresses that an IPv6 address leads to: mapped, compatible, NAT64, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return ()
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    if address in _NAT64 or int(address) >> 32 == 0:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


def is_public(address: Address) -> bool:
    """Whether an address belongs to the internet at large."""
    if isinstance(address, IPv4Address):
        return not _within(address, _NOT_PUBLIC)
    if address in _NAT64:
        return True  # as public as the IPv4 address inside
    return address in _UNICAST and not _within(address, _NOT_PUBLIC_6)


def _within(address: Address, networks: tuple[Network, ...] | tuple[IPv6Network, ...]) -> bool:
    return any(address in network for network in networks)
