"""What a dialect for chats must know, as the callers' language and as the providers'."""

from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct

from trigate.core.errors import GatewayError
from trigate.core.parts import Headers
from trigate.llm.conversation import Conversation
from trigate.llm.loss import Losses
from trigate.llm.reply import Event, Reply, Tally

UNTOLD_OUTPUT = 4096
"""Tokens of output that models can give of which nothing is known."""


class Manners(Struct, frozen=True):
    """What is particular to one target, whatever dialect it is spoken to in."""

    model: str
    """The name by which the provider knows the model."""
    most_output: int = UNTOLD_OUTPUT
    """Tokens of output where the dialect demands a bound and the caller sets none."""
    max_tokens_field: str = "max_completion_tokens"
    """The member by which OpenAI's chat completions bound the output there."""
    counts_streams: bool = True
    """Whether a stream may be asked to end with its usage."""
    quirks: frozenset[str] = frozenset()
    """What else the provider's catalogue entry says, such as `no_developer_role`."""


class Refused(Struct, frozen=True):
    """A provider's answer that is no success, understood."""

    message: str
    code: str = ""
    """As the provider calls it, such as `rate_limit_error` or `context_length_exceeded`."""


class StreamReader(Protocol):
    """Understands a provider's stream, in whatever pieces its bytes come."""

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete now; raises UpstreamProtocolError."""
        ...

    def finish(self) -> list[Event]:
        """The bytes have ended cleanly: what is still to be said, with `End` if the answer is complete."""
        ...


class StreamWriter(Protocol):
    """Tells events in the caller's dialect."""

    def write(self, events: Sequence[Event]) -> bytes:
        """The bytes for some events; empty if they say nothing in this dialect yet. `End` gives the last bytes."""
        ...


class Passing(Protocol):
    """A stream whose two sides speak the same dialect: bytes go through, what they use up is read in passing."""

    last: bytes
    """The bytes that complete the stream, once they came; they are not among those that `feed` and `finish` give."""

    @property
    def tally(self) -> Tally | None:
        """What the provider counted, once it said so."""
        ...

    @property
    def failed(self) -> bool:
        """Whether the provider's latest words were an error of its own."""
        ...

    def feed(self, data: bytes) -> bytes:
        """What may be passed on now, in whole events; raises UpstreamProtocolError if one is too large."""
        ...

    def finish(self) -> bytes:
        """The bytes have ended cleanly: what is still to be passed on before `last`."""
        ...

    def spoken(self) -> int:
        """Output tokens so far, estimated from the texts of what came; at least one if anything did."""
        ...


class ChatDialect(Protocol):
    """One language for chats. All methods but those of streams are pure."""

    name: str
    """Such as `anthropic_messages`: that of its folder."""

    def read_ask(self, body: dict[str, Any], model: str, *, streamed: bool) -> Conversation:
        """Understand a caller's body; raises InvalidParameter, with the path of what is wrong.

        `model` and `streamed` are told by the address in some dialects, by the body in others.
        """
        ...

    def write_ask(self, conversation: Conversation, manners: Manners, losses: Losses) -> dict[str, Any]:
        """The body for a provider; what it cannot say goes into `losses`."""
        ...

    def read_reply(self, body: bytes) -> Reply:
        """Understand a provider's whole answer; raises UpstreamProtocolError."""
        ...

    def write_reply(self, reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
        """The whole answer for the caller who asked `conversation`."""
        ...

    def stream_reader(self, limit: int) -> StreamReader:
        """For one stream whose events have at most `limit` bytes."""
        ...

    def stream_writer(self, conversation: Conversation) -> StreamWriter:
        """For one stream."""
        ...

    def passing(self, limit: int, *, hides_usage: bool) -> Passing:
        """For one stream that goes through as it is; `hides_usage` is for OpenAI's chat completions alone."""
        ...

    def read_tally(self, body: bytes) -> Tally | None:
        """The usage that a whole answer tells; None if it does not, or that cannot be true."""
        ...

    def read_refused(self, status: int, body: bytes) -> Refused:
        """Understand a provider's answer that is no success; raises nothing."""
        ...

    def write_error(self, error: GatewayError) -> bytes:
        """The body that tells a caller of an error."""
        ...

    def error_fields(self, status: int) -> Headers:
        """Header fields that tell of an error beside the body."""
        ...

    def write_failure(self, error: GatewayError) -> bytes:
        """The same inside a stream already begun: its last bytes."""
        ...
