"""The way back to a caller: one JSON message, or a stream of events once there is something to say before it."""

from trigate.core.parts import Data, Head, Headers, Part
from trigate.core.stream import Sink
from trigate.mcp.ask import Ask
from trigate.mcp.events import event

JSON: Headers = [(b"content-type", b"application/json")]
JSON_HEAD = Head(200, JSON)
"""The head of most answers: always the same one, so that it is written out once."""
EVENTS: Headers = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


def is_stream(head: Head) -> bool:
    """Whether a head is that of a stream of events."""
    return head.status == 200 and head.headers[:1] == EVENTS[:1]


class Reply:
    """The answer to one ask; a stream that somebody has begun goes on."""

    __slots__ = ("_sink", "_streaming")

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._streaming = False

    async def note(self, message: bytes) -> None:
        """Send a notification ahead of the answer."""
        await self._send(event(message))

    async def beat(self) -> None:
        """Show that the stream is alive."""
        await self._send(b": \n\n")

    async def _send(self, text: bytes) -> None:
        if not self._streams():
            self._streaming = True
            self._sink.begin(Head(200, EVENTS.copy()))
        await self._sink.send(Data(text))
        self._sink.flush()

    def _streams(self) -> bool:
        # After some silence the answer becomes a stream by itself (mcp/listening/recorded.py).
        return self._streaming or self._sink.committed

    def end(self, message: bytes, status: int = 200, headers: Headers | None = None) -> Part:
        """The last part, which is the answer."""
        if self._streams():
            return Data(event(message))
        plain = status == 200 and not headers
        self._sink.begin(JSON_HEAD if plain else Head(status, JSON + (headers or [])))
        return Data(message)


def error_status(ask: Ask, number: int) -> int:
    """The HTTP status of a server's error: the newer era has one per code, the older always 200."""
    return _STATUS.get(number, 200) if ask.era == "modern" else 200


_STATUS = {-32700: 400, -32600: 400, -32602: 400, -32020: 400, -32021: 400, -32022: 400, -32601: 404}
