"""What a protocol must answer to travel the spine."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import Demand
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.parts import Part
from trigate.core.request import Request
from trigate.core.stream import Incoming, Sink

BodyMode = Literal["none", "buffer", "stream", "duplex"]
"""How the caller's body is read: not at all, whole before `decode`, part by part while forwarding, or both ways."""

Encode = Callable[[Exchange, Part], Part]


class Match(Struct, frozen=True):
    """What the head alone decides: lane, route, and how the body is read."""

    lane: "Lane"
    route: str
    """The route's configured or built-in name, for records and metrics."""
    body: BodyMode
    limit: int = 0
    """Most bytes buffered in mode `buffer`; larger bodies are refused."""
    detail: Any = None
    """The lane's own compiled route."""
    unrecorded: bool = False
    """A call that ends well need not leave a record."""


class Lane(Protocol):
    """A protocol. `ask` and `target` are the lane's own types: made by it, carried by the spine, given back to it."""

    name: str

    def match(self, request: Request) -> Match | None:
        """Decide on the head alone, without side effects; None if the address is not this lane's."""
        ...

    def decode(self, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Any]:
        """Understand the ask (`body` is empty unless the mode is `buffer`); raises BadRequest."""
        ...

    def targets(self, call: Call, ask: Any) -> Iterable[Any]:
        """Where the call may go, best first; the next is tried after a retryable error if nothing is committed.

        An iterator may decide by `call.failed` what comes next, or that nothing does.
        """
        ...

    def demand(self, call: Call, ask: Any, target: Any) -> Demand:
        """The most one attempt at `target` can use up; asked for only where a limit needs it, once per attempt."""
        ...

    def arguments(self, ask: Any) -> Any:
        """What rules may look at in the ask beside the action, such as a tool's arguments; None if there is nothing."""
        ...

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        """Send the ask to `target` and every part of the answer but the last into `sink`; return the last part.

        The last part completes the answer for the caller: it goes out after the call has been settled and recorded.
        Sets `call.target`, `call.status` and `call.first_byte`, and adds to `call.usage`.
        """
        ...

    @property
    def encode(self) -> Encode | None:
        """Turns each part into bytes of the caller's protocol; None where `forward` gives such bytes already."""
        ...

    def encode_error(self, exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part] | None:
        """An error in the caller's own protocol. None, possible only once `committed`: break the answer off."""
        ...
