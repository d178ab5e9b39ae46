"""One visit to a demo server, without a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tests.llm.scene import Caller, WholeBody
from tests.policy.toys import FakeSpool, Stage
from trigate.core.parts import Data, Head, Headers
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.stream import Edge, Incoming


class Visit:
    """What came back."""

    def __init__(self, edge: Caller) -> None:
        assert edge.finished == 1
        (head,) = [part for part in edge.parts if isinstance(part, Head)]
        self.status = head.status
        self.headers = dict(head.headers)
        self.body = b"".join(part.payload for part in edge.parts if isinstance(part, Data))

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def events(self) -> list[Any]:
        """The events of a stream, `[DONE]` as it is."""
        assert self.headers[b"content-type"] == b"text/event-stream"
        datas = [each.removeprefix(b"data: ") for each in self.body.split(b"\n\n")[:-1]]
        return [each if each == b"[DONE]" else msgspec.json.decode(each) for each in datas]


async def visit(
    server: Callable[[Request, Peer, Incoming, Edge], Awaitable[None]],
    method: bytes,
    target: bytes,
    body: Any = b"",
    headers: Headers | None = None,
) -> Visit:
    """Send one request."""
    signal = Signal(asyncio.get_running_loop())
    edge = Caller(signal, Stage(), FakeSpool())
    path, _, query = target.partition(b"?")
    fields = headers or []
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    request = Request(method, target, path, query, b"demo", fields, dict(fields))
    await server(request, Peer("127.0.0.1"), WholeBody(signal, raw), edge)
    return Visit(edge)
