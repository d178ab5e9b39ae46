"""What a worker tells the control process of a visit, and what it hears in return."""

import msgspec
from msgspec import Struct

from trigate.core.parts import Headers

SERVICE = "portal"
"""Its name on the bus."""
FIELDS = (
    b"accept", b"authorization", b"content-type", b"cookie", b"origin", b"sec-fetch-site", b"user-agent",
)  # fmt: skip
"""The header fields that pages look at; no other leaves the worker."""


class Visit(Struct, frozen=True, kw_only=True):
    """One request to a public page."""

    page: str
    method: str
    path: str
    query: str = ""
    fields: dict[str, str] = {}
    address: str = ""
    """Where the visitor connects from."""
    body: bytes = b""


class Answer(Struct, frozen=True):
    """What the visitor gets."""

    status: int
    headers: Headers
    body: bytes = b""


encode = msgspec.msgpack.Encoder().encode
read_visit = msgspec.msgpack.Decoder(Visit).decode
read_answer = msgspec.msgpack.Decoder(Answer).decode
