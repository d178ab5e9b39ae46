"""Ids of events: which stream they belong to, so that any worker finds it again, and their place in it."""

import base64
from binascii import Error

import msgspec
from msgspec import Struct

_LONGEST = 512
_LONGEST_CARRIED = 128


class StreamName(Struct, array_like=True, frozen=True, omit_defaults=True):
    """A stream that can be resumed. It comes back from callers, so nothing may rest on what it says."""

    nonce: str
    owner: str = ""
    """Where the call it belongs to runs (`Bus.own`); empty for what a session hears unasked."""
    id: str = ""
    """The JSON-RPC id of that call as JSON text, empty if it is long."""
    subscribed: bool = False
    """Whether the session had subscriptions to resources."""


def write_name(name: StreamName) -> bytes:
    """The name as event ids begin with it."""
    if len(name.id) > _LONGEST_CARRIED:
        name = StreamName(name.nonce, name.owner, "", name.subscribed)
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(name)).rstrip(b"=")


def read_id(id: bytes) -> tuple[StreamName, int] | None:
    """The stream and the place that an id means; None for one that was not given out."""
    name, dot, number = id.partition(b".")
    if not dot or len(id) > _LONGEST or not number.isdigit() or len(number) > _LONGEST_NUMBER:
        return None
    try:
        raw = base64.urlsafe_b64decode(name + b"=" * (-len(name) % 4))
        return msgspec.msgpack.decode(raw, type=StreamName), int(number)
    except (Error, ValueError, msgspec.DecodeError):
        return None


_LONGEST_NUMBER = 15
