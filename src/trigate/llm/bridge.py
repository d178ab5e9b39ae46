"""How an ask that is no chat is told in another dialect than it came in."""

from typing import Protocol

from trigate.llm.chat_dialect import Manners
from trigate.llm.extent import MediaBounds
from trigate.llm.loss import Losses
from trigate.llm.operation import Ask
from trigate.llm.reply import Tally


class Bridge(Protocol):
    """Leads from one operation to another of the same action; without a state of its own."""

    def write(self, ask: Ask, manners: Manners, losses: Losses) -> bytes:
        """The body for the provider; what it does not say goes into `losses`. Raises InvalidParameter."""
        ...

    def reply(self, ask: Ask, body: bytes, losses: Losses) -> tuple[bytes, Tally | None]:
        """The provider's whole answer as the caller knows it, and its usage; raises UpstreamProtocolError."""
        ...

    def estimate(self, ask: Ask, media: MediaBounds) -> bytes:
        """The gateway's own answer, asked for where no path leads to the provider."""
        ...


class Crossing(Protocol):
    """What a provider has to offer for an operation that it does not know in the caller's own dialect."""

    @property
    def name(self) -> str:
        """By which the provider is asked for its path; empty if the gateway answers by itself."""
        ...

    @property
    def dialect(self) -> str:
        """The language for chats in which errors come from there."""
        ...

    @property
    def bridge(self) -> Bridge: ...
