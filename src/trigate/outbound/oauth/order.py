"""What workers and the control process say to each other about connections, over the bus."""

from typing import TypeVar

import msgspec
from msgspec import Struct

from trigate.core.bus import Bus, consult
from trigate.core.connection import Subject
from trigate.core.errors import UpstreamFailed
from trigate.outbound.oauth.challenge import Challenge

SERVICE = "outbound.connection"
"""Its name on the bus."""
CHANGED = "outbound.connection.changed"
"""Run in every worker when a connection was made, has ended or is another one: see `changed`."""


class Wanted(Struct, frozen=True, tag=True):
    """A worker needs what proves a subject to a server."""

    server: str
    subject: Subject
    rejected: str = ""
    """The token that the server has just turned away: any other one will do."""
    challenge: Challenge | None = None
    """What the server said then."""


class Revoke(Struct, frozen=True, tag=True):
    """A connection is to end, here and at the server that gave its tokens."""

    id: str
    actor: str


class Lead(Struct, frozen=True, tag=True):
    """An operator wants the link under which the gateway's own connection to a server is made."""

    server: str


Order = Wanted | Revoke | Lead


class Given(Struct, frozen=True):
    """A token, or a link under which somebody can agree, or neither: there is no connection yet."""

    access_token: str = ""
    seconds: float = 0.0
    """How long it lives."""
    link: str = ""
    problem: str = ""
    refused: bool = False
    """Waiting will not help."""

    def __repr__(self) -> str:
        return "Given()"


class Ended(Struct, frozen=True):
    """What came of a revocation."""

    server: str = ""
    problem: str = ""
    """Why it did not end, or may live on at the server that gave the tokens."""
    found: bool = True
    """Whether there was such a connection."""


T = TypeVar("T", Given, Ended)

encode = msgspec.msgpack.encode
_read_order = msgspec.msgpack.Decoder(Order).decode


def changed(server: str, subject: str) -> bytes:
    """The opening of CHANGED: the configured name of the server, and whose connection it is (`Subject.name`)."""
    return f"{server}\0{subject}".encode()


def read_order(message: bytes) -> Order:
    """Raises msgspec.DecodeError."""
    return _read_order(message)


async def ask(bus: Bus, order: Order, form: type[T]) -> T:
    """What the control process answers; raises UpstreamFailed if nobody does."""
    message = await consult(bus, SERVICE, encode(order))
    if message is None:
        raise UpstreamFailed("connections cannot be looked up at the moment; try again")
    return msgspec.msgpack.decode(message, type=form)
