"""What workers and the control process say to each other of shelves in the store."""

from typing import Literal

import msgspec
from msgspec import Struct

SERVICE = "store.shelf"
"""Its name on the bus."""
Act = Literal["get", "put", "drop", "clear"]


class Order(Struct, frozen=True, array_like=True):
    """One thing to do on a shelf; the value of a `put` follows as a message of its own."""

    act: Act
    shelf: str
    key: str
    """Of `clear`, what the keys begin with."""
    seconds: float = 0.0
    """How long a value is kept."""
    room: int = 0
    """Bytes that the whole shelf may hold."""


class Done(Struct, frozen=True, array_like=True):
    """What came of it."""

    value: bytes | None = None
    count: int = 0
    """How many were forgotten."""
    problem: str = ""
    """Why the store cannot be had, empty if it can."""


encode = msgspec.msgpack.encode
_read_order = msgspec.msgpack.Decoder(Order).decode
_read_done = msgspec.msgpack.Decoder(Done).decode


def read_order(message: bytes) -> Order:
    """Raises msgspec.DecodeError."""
    return _read_order(message)


def read_done(message: bytes) -> Done:
    """Raises msgspec.DecodeError."""
    return _read_done(message)
