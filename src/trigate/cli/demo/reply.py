"""Whole answers of the demo's own servers."""

from typing import Any

import msgspec

from trigate.core.parts import END, Data, Head, Headers
from trigate.core.stream import Edge

_encode = msgspec.json.Encoder().encode


def send_json(sink: Edge, body: Any, status: int = 200, headers: Headers | None = None) -> None:
    """A JSON answer, whole; `body` may be bytes that are JSON already."""
    raw: bytes = body if isinstance(body, bytes) else _encode(body)
    sink.begin(Head(status, [(b"content-type", b"application/json"), *(headers or [])]))
    sink.finish(Data(raw))


def open_stream(sink: Edge) -> None:
    """The head of a stream of server-sent events."""
    sink.begin(Head(200, [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]))
    sink.flush()


async def send_event(sink: Edge, body: Any) -> None:
    """One event, on the wire at once."""
    await sink.send(Data(b"data: %b\n\n" % _encode(body)))
    sink.flush()


def end_stream(sink: Edge, last: bytes = b"") -> None:
    """The end of a stream, after a last event if there is one."""
    sink.finish(Data(b"data: %b\n\n" % last) if last else END)
