"""How workers have a refresh token spent: the control process does it for all of them, once (RFC 6749 §6)."""

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, consult
from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.outbound.access_token import Token

SERVICE = "outbound.renewal"
"""Its name on the bus."""


class Order(Struct, frozen=True):
    """An access token is wanted."""

    name: str
    """What messages call the credential."""
    token_url: str
    form: dict[str, str]
    """What the endpoint is told beside the refresh token."""
    refresh_token: str
    """The one of the configuration, with which it begins."""
    rejected: str = ""
    """The access token that an upstream has just rejected: any other one will do."""

    def __repr__(self) -> str:
        return f"Order({self.name!r})"


class Renewed(Struct, frozen=True):
    """A token, or why there is none."""

    access_token: str = ""
    seconds: float = 0.0
    """How long it lives."""
    problem: str = ""
    refused: bool = False
    """The endpoint does not accept the gateway; it is not just out of reach."""


encode = msgspec.msgpack.encode
_read_order = msgspec.msgpack.Decoder(Order).decode
_read_renewed = msgspec.msgpack.Decoder(Renewed).decode


def read_order(message: bytes) -> Order:
    """Raises msgspec.DecodeError."""
    return _read_order(message)


async def renew(bus: Bus, order: Order) -> Token:
    """An access token that works for a while; raises UpstreamFailed, or CredentialFailed if the endpoint refuses."""
    message = await consult(bus, SERVICE, encode(order))
    if message is None:
        raise UpstreamFailed(f"{order.name} cannot be used at the moment: nobody is there to spend it")
    renewed = _read_renewed(message)
    if renewed.problem:
        raise (CredentialFailed if renewed.refused else UpstreamFailed)(renewed.problem)
    return Token(renewed.access_token, renewed.seconds)
