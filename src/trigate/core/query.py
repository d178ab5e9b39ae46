"""The query of a request target, read without changing a byte of what stays."""

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

MARK = b"?"
"""Put before the name of a query parameter where names of header fields stand too; no field has it."""


def parameters(query: bytes, name: bytes) -> list[bytes]:
    """The decoded values of every parameter of this name (WHATWG URL, application/x-www-form-urlencoded)."""
    pairs = (each.partition(b"=") for each in query.split(b"&"))
    return [_decoded(value) for key, _, value in pairs if _decoded(key) == name]


def without(query: bytes, names: Collection[bytes]) -> bytes:
    """`query` without the parameters whose names are in `names` with MARK before them."""
    if not query or not any(each.startswith(MARK) for each in names):
        return query
    return b"&".join(each for each in query.split(b"&") if MARK + _decoded(each.partition(b"=")[0]) not in names)


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
