"""Callers that speak HTTP+SSE of 2024-11-05, as bytes."""

import asyncio
import json
from typing import Any

from tests.mcp.listening.servers import eventually
from tests.mcp.stage import Answered, Body, Edge, Gateway, answered
from tests.patience import PATIENCE
from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.tasks import spawn

ABOUT = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}


def begin(gate: Gateway, method: str, target: str, fields: dict[str, str], body: bytes = b"") -> Edge:
    """Send a request."""
    path, _, query = target.encode().partition(b"?")
    signal = Signal(asyncio.get_running_loop())
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    request = Request(method.encode(), target.encode(), path, query, b"localhost", headers, dict(headers))
    edge = Edge(signal)
    edge.task = spawn(gate.serve(request, Peer("127.0.0.1"), Body(signal, body), edge), "exchange")
    return edge


async def ask(gate: Gateway, method: str, target: str, fields: dict[str, str], body: bytes = b"") -> Answered:
    """Send a request, and wait for its answer."""
    edge = begin(gate, method, target, fields, body)
    assert edge.task is not None
    async with asyncio.timeout(PATIENCE):
        await edge.task
    return answered(edge)


class Old:
    """A caller with a stream."""

    def __init__(self, gate: Gateway, edge: Edge) -> None:
        self.gate, self.edge = gate, edge

    @property
    def text(self) -> str:
        return b"".join(each.payload for each in self.edge.parts if isinstance(each, Data)).decode()

    @property
    def address(self) -> str:
        """Where messages are posted to."""
        kind, _, rest = self.text.partition("\n")
        assert kind == "event: endpoint"
        return rest.partition("data: ")[2].partition("\n")[0]

    @property
    def messages(self) -> list[Any]:
        found = [each for each in self.text.split("\n\n")[1:] if each and not each.startswith(":")]
        for each in found:
            assert each.startswith("event: message\ndata: {")
        return [json.loads(each.partition("data: ")[2]) for each in found]

    async def post(self, message: Any, gate: Gateway | None = None) -> None:
        """Send a message, by way of another worker if one is named."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        answer = await ask(gate or self.gate, "POST", self.address, {"content-type": "application/json"}, body)
        assert (answer.status, answer.body) == (202, b""), answer.body

    async def call(self, method: str, params: Any = None, id: Any = 1, gate: Gateway | None = None) -> Any:
        """The response to a request."""
        await self.post(request(method, params, id), gate)
        return await self.response(id)

    async def response(self, id: Any) -> Any:
        found: list[Any] = await eventually(
            lambda: [each for each in self.messages if each.get("id") == id and "method" not in each]
        )
        assert len(found) == 1
        return found[0]

    async def greet(self, can: Any = None, gate: Gateway | None = None, version: str = "2024-11-05") -> None:
        about = ABOUT | {"capabilities": can or {}, "protocolVersion": version}
        found = await self.call("initialize", about, 0, gate)
        assert found["result"]["protocolVersion"] == version
        await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, gate)

    async def leave(self) -> None:
        """The connection is lost."""
        task: Any = self.edge.task
        self.edge.left = True
        task.cancel()
        await asyncio.wait([task])


def request(method: str, params: Any = None, id: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": method} | ({} if params is None else {"params": params})


async def connect(gate: Gateway, path: str = "/mcp/sse") -> Old:
    """Open a stream."""
    edge = begin(gate, "GET", path, {"accept": "text/event-stream"})
    await eventually(edge.seen.is_set)
    head = edge.parts[0]
    assert isinstance(head, Head)
    assert head.status == 200
    assert dict(head.headers)[b"content-type"] == b"text/event-stream"
    return Old(gate, edge)
