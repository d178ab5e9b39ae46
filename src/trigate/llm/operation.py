"""What callers speak: how an ask is read, what of it policy needs, and how it is written for a target."""

from typing import Protocol

import msgspec
from msgspec import Raw

from trigate.llm.error import InvalidParameter
from trigate.llm.extent import Extent, MediaBounds
from trigate.llm.member import Members, write_members

LONGEST_MODEL = 256
"""Characters of a model's name; longer ones are refused before they reach a record."""

_text = msgspec.json.Decoder(str).decode


class Ask:
    """An ask for a model: its members as sent, and what was understood of them."""

    __slots__ = (
        "_extent", "added", "carried", "hides_usage", "members", "model", "operation", "stream_options", "streamed",
    )  # fmt: skip

    def __init__(self, operation: "Operation", members: Members) -> None:
        self.operation = operation
        self.members = members
        self.model = read_model(members)
        """The name the caller asked for."""
        self.carried = b""
        """Header field lines of the caller that go upstream."""
        self.streamed = False
        self.hides_usage = False
        """The caller did not ask for the chunk that tells the usage of a stream."""
        self.stream_options: Raw | None = None
        """What asks the upstream for that chunk; None unless streamed."""
        self.added: Members | None = None
        """What limits put into the body for one attempt."""
        self._extent: Extent | None = None

    def extent(self, media: MediaBounds) -> Extent:
        """How much input it is; worked out once."""
        if self._extent is None:
            self._extent = self.operation.extent(self.members, media)
        return self._extent

    def body(self, model: Raw, *, counts_streams: bool) -> bytes:
        """The body for a target that knows the model as `model` (a JSON string)."""
        members = self.members.copy()
        members["model"] = model
        if self.stream_options is not None and counts_streams:
            members["stream_options"] = self.stream_options
        if self.added is not None:
            members.update(self.added)
        return write_members(members)


class Operation(Protocol):
    """One kind of ask in one provider's language."""

    action: str
    """What it is for policy, such as `llm.chat`."""
    path: bytes
    """Where callers send it."""
    upstream: str
    """Path of the provider's API that serves it."""
    answers_at_length: bool
    """Whether answers are counted in output tokens."""

    def decode(self, body: bytes) -> Ask:
        """Understand a body; raises BadRequest."""
        ...

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """How much input an ask of these members is; raises nothing."""
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
