"""How often one address may visit: a bucket each, of which the oldest are forgotten first."""

import ipaddress

from trigate.core.errors import RateReached

MOST_ADDRESSES = 10_000
"""Addresses that are told apart; whoever has more of them than that is not stopped by counting."""


class Frequency:
    """Buckets that refill evenly, `visits` a minute."""

    __slots__ = ("_buckets", "_most", "_pace")

    def __init__(self, visits: int) -> None:
        self._most = float(visits)
        self._pace = visits / 60.0
        self._buckets: dict[str, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def count(self, address: str, now: float) -> None:
        """One more visit at `now` (monotonic seconds); raises RateReached."""
        network = neighbourhood(address)
        left, since = self._buckets.pop(network, (self._most, now))
        left = min(self._most, left + (now - since) * self._pace)
        if left < 1.0:
            self._buckets[network] = (left, now)
            raise RateReached("too many requests from your address; try again later", retry_after=1.0 / self._pace)
        while len(self._buckets) >= MOST_ADDRESSES:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[network] = (left - 1.0, now)


def neighbourhood(address: str) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 network that one IPv6 customer has at least."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if read.version == 6:
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(ipaddress.ip_network((read, 64), strict=False))
    return str(read)
