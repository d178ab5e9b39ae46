"""Comments for a streaming caller while the upstream thinks, so that nothing on the way takes the stream for dead."""

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.parts import Data, Head, Headers, Part
from trigate.core.stream import Sink

COMMENT = Data(b": keep-alive\n\n")
"""A comment event, which every reader of server-sent events skips (HTML §9.2.5)."""


def stream_headers() -> Headers:
    """Header fields of a streamed answer; `x-accel-buffering` keeps an nginx in front from holding events back."""
    return [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
    ]


class KeepAlive:
    """Watches one streamed answer for silence: a deadline in the common sweep, neither timer nor task."""

    __slots__ = ("_every", "_sink", "deadline", "deadlines", "opened")

    def __init__(self, sink: Sink, deadlines: Deadlines, every: float, first: float) -> None:
        self._sink = sink
        self.deadlines = deadlines
        self._every = every
        self.deadline = first
        """Monotonic seconds of the next comment."""
        self.opened = False
        """Whether the answer's head has gone out."""
        deadlines.add(self)

    def postpone(self) -> None:
        """Something was sent: the silence starts anew."""
        self.deadline = clock.monotonic() + self._every

    def stop(self) -> None:
        """The answer is over."""
        self.deadlines.discard(self)

    def expire(self) -> None:
        """Send a comment, after the head if that has not gone out yet; a caller who does not read needs none."""
        self.postpone()
        sink = self._sink
        if sink.left or not sink.ready:
            return
        if not self.opened:
            self.opened = True
            sink.begin(Head(200, stream_headers()))
        send_now(sink, COMMENT)
        sink.flush()


def send_now(sink: Sink, part: Part) -> None:
    """Send to a sink that is ready, from outside the exchange's task: by the sink's contract that does not wait."""
    sending = sink.send(part)
    try:
        sending.send(None)
    except StopIteration:
        return
    finally:
        sending.close()
