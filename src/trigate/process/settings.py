"""How the gateway's own processes are looked after."""

import re

from trigate.core.settings import Duration, Settings
from trigate.inbound.address import parse_address

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


class ClusterSettings(Settings):
    """Other machines whose gateways work with this one; each knows the others by their certificates."""

    name: str
    """Of this machine: a DNS name in its certificate, by which its peers call it."""
    listen: str
    """Where peers connect, such as `10.0.0.1:8082`; never an address that callers can reach."""
    peers: dict[str, str]
    """Addresses of the other machines by their names."""
    certificate_file: str
    """PEM file with the certificate of this machine and its chain."""
    key_file: str
    """PEM file with the private key."""
    ca_file: str
    """PEM file of the authority that signs the certificates of all machines, and nobody else's."""

    def __post_init__(self) -> None:
        for name in (self.name, *self.peers):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not a name in lower case such as gateway-1")
        if self.name in self.peers:
            raise ValueError("peers are the other machines: leave this one out")
        for address in (self.listen, *self.peers.values()):
            if parse_address(address).path:
                raise ValueError("machines reach each other by HOST:PORT")


class ProcessSettings(Settings):
    """The gateway's own processes."""

    unresponsive: Duration = Duration(10)
    """A worker or control process that gives no sign of life for so long is ended and replaced; at least 3s."""

    cluster: ClusterSettings | None = None
    """The other machines this gateway works with, none if there is only this one."""

    def __post_init__(self) -> None:
        if self.unresponsive < 3:
            raise ValueError("unresponsive must be at least 3s: signs of life come every second")
