"""One ask and its answer as they were, on their way from the worker that saw them to where they are kept."""

import msgspec
from msgspec import Struct

SERVICE = "llm.log"


class Transcript(Struct, frozen=True, kw_only=True, array_like=True):
    """Bodies are cut off at the size that is kept; `…_size` is how long they were."""

    id: str
    request: str
    """As the caller knows it."""
    time: int
    """Nanoseconds since the epoch."""
    key: str
    user: str
    team: str
    organisation: str
    model: str
    target: str
    dialect: str
    """In which both are; empty for what is no chat."""
    streamed: bool
    status: int
    """What the caller was told, 0 if nothing."""
    outcome: str
    """`ok`, or the code of the error that ended the attempt."""
    ask: bytes
    ask_size: int
    answer: bytes
    answer_size: int


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Transcript).decode
