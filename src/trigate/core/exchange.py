"""One message of a caller and its answer as they travel."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from trigate.core.errors import GatewayError
from trigate.core.principal import Principal
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.strand import Run

if TYPE_CHECKING:
    from trigate.core.stream import Edge, Incoming


class Exchange(Struct, eq=False):
    """Everything known about one exchange; written by the spine only, read by lanes and records."""

    id: str
    request: Request
    peer: Peer
    signal: Signal
    received: float
    """Monotonic seconds at which the head was complete."""
    task: Run | None = None
    request_id: str = ""
    """The caller's own `x-request-id` if it sent a usable one, else `id`; goes upstream and back to the caller."""
    id_line: bytes = b""
    """The header field line that carries the request id, in both directions."""
    lane: str = ""
    route: str = ""
    principal: Principal | None = None
    credentials: frozenset[bytes] = frozenset()
    """Names of the header fields that hold the accepted credential: it is the gateway's, and never goes upstream."""
    body_check: "Callable[[Incoming], Awaitable[Incoming]] | None" = None
    """Set by an authenticator whose proof covers the body: reads it, raises Unauthenticated if it is not the one meant,
    and gives it back unread.
    """
    described: str = ""
    """What every record of the exchange says alike, written once."""
    unrecorded: bool = False
    """A call of it that ends well, and that no budget is charged for, leaves no record."""
    calls: int = 0
    """How many calls it has become so far."""
    ask: Any = None
    """What the lane understood: set by a `decode` whose `encode_error` must answer in terms of the ask."""
    edge: "Edge | None" = None
    """The way to the caller; `extra` of it may be added to until the answer's head goes out."""
    stopped_by: GatewayError | None = None
    """Why the gateway itself ended it, if it did."""

    def stop(self, error: GatewayError) -> None:
        """End the exchange from outside its task; the caller is told `error` in its own protocol."""
        if self.stopped_by is None and self.task is not None:
            self.stopped_by = error
            self.task.cancel()
