"""What the gateway remembers of a file or a batch: what its owner is shown, and what is to be paid for."""

import msgspec
from msgspec import Raw, Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.resource.bearer import Bearer


class Share(Struct, frozen=True):
    """The asks of a batch for one model."""

    asked: str
    """The model, by the name the caller used."""
    operation: str
    """The kind of ask, such as `openai_chat`."""
    model: str
    """As the provider calls it."""
    asks: int
    cost: int
    """The most nano-dollars that all of them will probably cost; -1 if the price is not known."""


class Kept(Struct, frozen=True):
    """One file or batch."""

    object: Raw
    """As its owner was shown it last."""
    shares: tuple[Share, ...] = ()
    """Of a file with the asks of a batch, and of the batch itself."""
    url: str = ""
    """Where its asks would go if they were sent one by one."""
    bearer: Bearer = Bearer()
    """Who has begun it, and is charged for it."""


Object = dict[str, Raw]
_object = msgspec.json.Decoder(Object).decode
_kept = msgspec.json.Decoder(Kept).decode
_text = msgspec.json.Decoder(str).decode
write = msgspec.json.encode


def read_object(body: bytes) -> Object:
    """The members of a provider's answer; raises UpstreamProtocolError."""
    try:
        return _object(body)
    except (msgspec.DecodeError, RecursionError):
        raise UpstreamProtocolError("the provider's answer is not the object it should be") from None


def read_kept(body: bytes) -> Kept:
    """What was remembered."""
    return _kept(body)


def text(object: Object, name: str) -> str:
    """A member that is a text; empty if it is none."""
    raw = object.get(name)
    return _text(raw) if raw is not None and bytes(raw)[:1] == b'"' else ""
