"""What flows through a lane: heads, data, trailers and messages, never serialised HTTP."""

from typing import Any, Literal

from msgspec import Struct

Headers = list[tuple[bytes, bytes]]
"""Field lines in order, names in lower case, values without surrounding white space."""

Side = Literal["ask", "answer"]
"""Who said it: the calling side asks, the serving side answers, wherever the part stands in a two-way exchange."""


class Head(Struct):
    """Status and header fields of an answer; a status below 200 is informational and others follow (RFC 9110 §15.2)."""

    status: int
    headers: Headers
    reason: bytes = b""
    encoded: Any = None
    """What the caller's edge made of it, kept for when the very same head is sent again; so a head is never changed."""
    passed: "Head | None" = None
    """What a lane makes of it for its callers, kept for when the upstream sends the very same head again."""
    told: Any = None
    """The same for callers who get the answer in other words."""


class Data(Struct):
    """Bytes of a body."""

    payload: bytes


class Trailers(Struct):
    """Fields after the body, kept apart from the head: nothing in them is ever a credential (RFC 9110 §6.5)."""

    headers: Headers


class Message(Struct):
    """One framed message of a two-way exchange."""

    side: Side
    payload: bytes

    def texts(self) -> list[str]:
        """The payload as text, undecodable bytes shown as U+FFFD."""
        return [self.payload.decode("utf-8", "replace")]

    def replace_texts(self, texts: list[str]) -> None:
        """Take the one text given as the new payload."""
        self.payload = texts[0].encode()


class End(Struct):
    """The end of an answer that has no last bytes of its own."""


Part = Head | Data | Trailers | Message | End
END = End()


def field(headers: Headers, name: bytes) -> bytes | None:
    """The value of the first field called `name` (lower case), or None."""
    for key, value in headers:
        if key == name:
            return value
    return None
