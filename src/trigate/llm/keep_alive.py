"""Comments for a streaming caller while the upstream thinks, so that nothing on the way takes the stream for dead."""

from collections.abc import Callable

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.parts import Data, Head, Headers, Part
from trigate.core.stream import Sink
from trigate.llm.operation import COMMENT, EVENTS


def stream_headers(content_type: bytes = EVENTS) -> Headers:
    """Header fields of a streamed answer; `x-accel-buffering` keeps an nginx in front from holding events back."""
    return [
        (b"content-type", content_type),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
    ]


class KeepAlive:
    """Watches one streamed answer for silence: a deadline in the common sweep, neither timer nor task."""

    __slots__ = ("_content_type", "_put", "_remark", "_sink", "deadline", "deadlines", "every", "opened")

    def __init__(
        self,
        sink: Sink,
        deadlines: Deadlines,
        every: float,
        first: float,
        remark: bytes = COMMENT,
        content_type: bytes = EVENTS,
    ) -> None:
        """`remark` is what is said; if it is empty, nothing ever is."""
        self._remark = Data(remark)
        self._content_type = content_type
        self._sink = sink
        self._put = _way(sink)
        self.deadlines = deadlines
        self.every = every
        """Seconds of silence before a comment."""
        self.deadline = first
        """Monotonic seconds of the next comment."""
        self.opened = False
        """Whether the answer's head has gone out."""
        deadlines.add(self)

    def postpone(self) -> None:
        """Something was sent: the silence starts anew."""
        self.deadline = clock.monotonic() + self.every

    def stop(self) -> None:
        """The answer is over."""
        self.deadlines.discard(self)

    def expire(self) -> None:
        """Send a comment, after the head if that has not gone out yet; a caller who does not read needs none."""
        self.postpone()
        sink, put = self._sink, self._put
        if put is None or sink.left or not sink.ready or not self._remark.payload:
            return
        if not self.opened:
            self.opened = True
            sink.begin(Head(200, stream_headers(self._content_type)))
        put(self._remark)
        sink.flush()


def _way(sink: Sink) -> Callable[[Part], None] | None:
    """How to hand a comment on without waiting; None if there is no way.

    Never `send`: it may wait, and the wait would take the place of that of the exchange's task, which is never woken
    then.
    """
    return getattr(sink, "put", None) or getattr(sink, "remark", None)
