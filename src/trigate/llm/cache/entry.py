"""An answer as it is kept: a head, and the bytes in the pieces in which they went out."""

import msgspec
from msgspec import Struct

from trigate.core.parts import Headers

FORM = 1
_OF_ONE_TIME = (
    b"x-ratelimit-", b"anthropic-ratelimit-", b"retry-after", b"x-upstream-request-id", b"openai-processing-ms",
)  # fmt: skip
"""Beginnings of fields that tell of one request, and of nobody's but the first."""


class Entry(Struct, frozen=True, array_like=True):
    """What is put on a shelf."""

    form: int
    made: float
    """Seconds since the epoch."""
    target: str
    headers: Headers
    blocks: list[bytes]
    """Of a stream as it went out; of a plain answer one."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def write_entry(entry: Entry) -> bytes:
    """As it is put on a shelf."""
    return _encode(entry)


def read_entry(raw: bytes) -> Entry | None:
    """None for what is no entry of this program."""
    try:
        entry = _decode(raw)
    except msgspec.DecodeError:
        return None
    return entry if entry.form == FORM and entry.blocks else None


def lasting(headers: Headers) -> Headers:
    """The fields of an answer that are still true when it is given again."""
    return [each for each in headers if not each[0].startswith(_OF_ONE_TIME)]


def is_whole(body: bytes) -> bool:
    """Whether a plain answer is one: a JSON object that is not an error which some providers send with status 200."""
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return False
    return bytes(members.get("error", b"null")) == b"null"
