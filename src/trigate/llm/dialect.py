"""What callers speak: how an ask is read, what of it policy needs, and how it is written for a target."""

from typing import Protocol

import msgspec
from msgspec import Raw

from trigate.llm.error import InvalidParameter
from trigate.llm.member import Members, write_members

LONGEST_MODEL = 256
"""Characters of a model's name; longer ones are refused before they reach a record."""

_text = msgspec.json.Decoder(str).decode


class Ask:
    """An ask for a model: its members as sent, and what was understood of them."""

    __slots__ = ("carried", "hides_usage", "members", "model", "operation", "size", "stream_options", "streamed")

    def __init__(self, operation: str, members: Members, size: int) -> None:
        self.operation = operation
        """Path of the provider's API that serves it, such as `chat/completions`."""
        self.members = members
        self.size = size
        """Bytes of the body."""
        self.model = read_model(members)
        """The name the caller asked for."""
        self.carried = b""
        """Header field lines of the caller that go upstream."""
        self.streamed = False
        self.hides_usage = False
        """The caller did not ask for the chunk that tells the usage of a stream."""
        self.stream_options: Raw | None = None
        """What asks the upstream for that chunk; None unless streamed."""

    def body(self, model: Raw, *, counts_streams: bool) -> bytes:
        """The body for a target that knows the model as `model` (a JSON string)."""
        members = self.members.copy()
        members["model"] = model
        if self.stream_options is not None and counts_streams:
            members["stream_options"] = self.stream_options
        return write_members(members)


class Dialect(Protocol):
    """One kind of ask in one provider's language."""

    action: str
    """What it is for policy, such as `llm.chat`."""
    path: bytes
    """Where callers send it."""

    def decode(self, body: bytes) -> Ask:
        """Understand a body; raises BadRequest."""
        ...


def read_model(members: Members) -> str:
    """The `model` member; raises InvalidParameter unless it is a usable name."""
    raw = members.get("model")
    if raw is None:
        raise InvalidParameter("name a model in the member `model`", "model")
    try:
        model = _text(raw)
    except msgspec.DecodeError:
        raise InvalidParameter("`model` must be a text", "model") from None
    if not 0 < len(model) <= LONGEST_MODEL or not model.isprintable():
        raise InvalidParameter("`model` is not the name of a model", "model")
    return model
