"""A key that the gateway knows: to whom it belongs, from where it may be used, and for whom it may act."""

import ipaddress
from functools import lru_cache

from msgspec import structs

from trigate.core.errors import BadRequest, Forbidden
from trigate.core.principal import Principal, Standing
from trigate.policy.cache import Cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_USERS = 1024
"""End users of one key whose principals are kept."""
LONGEST_USER = 256
"""Bytes of the name of an end user."""
_FOREVER = float("inf")


@lru_cache(4096)
def read_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Networks in CIDR notation or single addresses; raises ValueError."""
    return tuple(ipaddress.ip_network(each) for each in texts)


def lies_in(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of them; what is no address lies in none."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped is not None:
        read = read.ipv4_mapped
    return any(read in each for each in networks)


class Credential(Standing):
    """What a key gives out: its principal, and one for each end user it acts for."""

    networks: tuple[Network, ...] = ()
    """From where it may be used; empty: from anywhere."""
    may_act_for_users: bool = False
    acting: Cache[str, Principal] | None = None

    def check_address(self, address: str) -> None:
        """Raises Forbidden for a caller from somewhere else."""
        if self.networks and not lies_in(address, self.networks):
            raise Forbidden("this key may not be used from your address")

    def on_behalf(self, principal: Principal, user: str) -> Principal:
        """`principal`, acting for `user`: always the same object; raises Forbidden if it may not."""
        if not self.may_act_for_users:
            raise Forbidden("this key may not act for other users: leave `x-trigate-user` out")
        if self.acting is None:
            self.acting = Cache(MOST_USERS)
        found = self.acting.get(user, 0)
        if found is None:
            found = structs.replace(principal, on_behalf_of=user, access=None, limits=None)
            self.acting.put(user, found, _FOREVER)
        return found

    def forget_users(self) -> None:
        """The principal itself is another one from now on."""
        self.acting = None


def read_user(value: bytes) -> str:
    """The name of an end user as a caller sent it; raises BadRequest."""
    try:
        user = value.decode("utf-8")
    except UnicodeDecodeError:
        user = ""
    if not user or len(value) > LONGEST_USER or not user.isprintable():
        raise BadRequest(f"`x-trigate-user` must be printable UTF-8 of at most {LONGEST_USER} bytes")
    return user
