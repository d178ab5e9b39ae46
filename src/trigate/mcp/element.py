"""One element of a batch: where its answer goes, and what ends it without ending the batch."""

from trigate.core.errors import UpstreamTimeout
from trigate.core.exchange import Exchange
from trigate.core.parts import Head, Part
from trigate.core.stream import Sink
from trigate.mcp.fault import Cancelled


class ElementSink:
    """Drops all but the last part, which never comes here; the caller is the one who waits for the whole batch."""

    __slots__ = ("_whole", "committed", "detached", "signal", "size")
    ready = True

    def __init__(self, whole: Sink) -> None:
        self._whole = whole
        self.signal = whole.signal
        self.size = 0
        self.committed = False
        self.detached = True

    @property
    def left(self) -> bool:
        """Whether the caller of the batch is gone."""
        return self._whole.left

    def begin(self, head: Head) -> None:
        """An element has no head of its own."""
        self.committed = True

    async def send(self, part: Part) -> None:
        """Nor has it a stream."""
        self.committed = True

    def flush(self) -> None:
        """Nothing is held back."""


def take_stop(exchange: Exchange) -> UpstreamTimeout | Cancelled | None:
    """Why the element under way was stopped, if it was alone; the exchange goes on then."""
    error, task = exchange.stopped_by, exchange.task
    if not isinstance(error, UpstreamTimeout | Cancelled) or task is None or task.cancelling() > 1:
        return None
    exchange.stopped_by = None
    task.uncancel()
    return error
