"""A gateway in this process: the real spine and lane, servers played by Python, callers that speak bytes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.patience import PATIENCE
from trigate.core.bus import BusClosed, Service
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import InternalError, PayloadTooLarge
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head, Headers, Part
from trigate.core.principal import Principal
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.mcp.lane import McpLane
from trigate.mcp.parks import Parks
from trigate.mcp.settings import McpSettings, Server
from trigate.mcp.version import MODERN
from trigate.outbound.request import Block
from trigate.policy.access import Access
from trigate.policy.approval import ApprovalSettings
from trigate.policy.call import Calls
from trigate.policy.consent.gate import Gate
from trigate.policy.directory import Directory
from trigate.policy.guardrail import Guardrail
from trigate.policy.limit import Limits
from trigate.policy.record import Recorder
from trigate.policy.serve import Serve

JSON = "application/json"
BOTH = "application/json, text/event-stream"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "caller", "version": "1"},
}


@dataclass
class Keep:
    things: dict[str, Any] = field(default_factory=dict)

    def adopt(self, name: str, settings: object, make: Callable[[], Any]) -> Any:
        if name not in self.things:
            self.things[name] = make()
        return self.things[name]


@dataclass
class Spool:
    records: list[dict[str, Any]] = field(default_factory=list)

    def append(self, record: bytes) -> None:
        self.records.append(json.loads(record))


class LocalStream:
    """One end of a stream between two tasks of this process."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.other: LocalStream | None = None
        self.closed = False

    async def send(self, message: bytes) -> None:
        if self.closed or self.other is None or self.other.closed:
            raise BusClosed("closed")
        self.other.inbox.put_nowait(message)

    async def receive(self) -> bytes | None:
        return await self.inbox.get()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            if self.other is not None:
                self.other.inbox.put_nowait(None)


class LocalBus:
    """Joins callers of services to the services, in one process."""

    own = "worker-0"

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}
        self.told: list[tuple[str, bytes]] = []

    def offer(self, name: str, service: Service) -> None:
        self.services[name] = service

    async def tell(self, service: str, opening: bytes) -> None:
        self.told.append((service, opening))

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> LocalStream:
        if service not in self.services:
            raise BusClosed("nobody offers this")
        near, far = LocalStream(), LocalStream()
        near.other, far.other = far, near
        spawn(self._serve(self.services[service], far, opening), service)
        return near

    async def _serve(self, service: Service, stream: LocalStream, opening: bytes) -> None:
        try:
            await service(stream, opening)
        finally:
            stream.close()


@dataclass
class Sent:
    """A request as a server gets it."""

    method: str
    target: str
    fields: dict[str, str]
    body: Any


@dataclass
class Played:
    """A server's answer: JSON, events, or bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    events: list[Any] | None = None
    hang: bool = False
    """Never send more than the head and the events."""
    live: "asyncio.Queue[bytes] | None" = None
    """More of the body, as it comes; an empty piece ends it."""


class FakeAnswer:
    def __init__(self, played: Played, signal: Signal, client: "FakeClient") -> None:
        self.client, self.signal, self.hang, self.live = client, signal, played.hang, played.live
        fields = {name.lower(): value for name, value in played.headers.items()}
        pieces: list[bytes] = []
        if played.events is not None or played.live is not None:
            fields.setdefault("content-type", "text/event-stream")
            pieces = [b"data: " + json.dumps(each).encode() + b"\n\n" for each in played.events or ()]
        elif isinstance(played.body, bytes):
            pieces = [played.body]
        elif played.body is not None:
            fields.setdefault("content-type", JSON)
            pieces = [json.dumps(played.body).encode()]
        self.head = Head(played.status, [(name.encode(), value.encode()) for name, value in fields.items()])
        self.pieces = pieces
        self.closed = False

    @property
    def complete(self) -> bool:
        return not self.hang and self.live is None

    def take(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)

    async def more(self, sink: Any = None) -> bytes:
        if not self.pieces and self.hang:
            await asyncio.get_running_loop().create_future()
        if not self.pieces and self.live is not None:
            return await self.live.get()
        return self.pieces.pop(0) if self.pieces else b""

    async def read(self, limit: int) -> bytes:
        if self.hang:
            await asyncio.get_running_loop().create_future()
        whole = self.take()
        if len(whole) > limit:
            raise PayloadTooLarge("too large")
        return whole

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.client.closed += 1


@dataclass
class FakeEndpoint:
    url: str


def read_lines(block: Block, extra: bytes) -> list[bytes]:
    """The field lines of a request."""
    assert (block.lines + extra).endswith(b"\r\n")
    return (block.lines + extra).split(b"\r\n")[:-1]


class FakeClient:
    """The outbound client's API over servers that are Python functions, by origin."""

    def __init__(self) -> None:
        self.servers: dict[str, Callable[[Sent], Played]] = {}
        self.sent: list[Sent] = []
        self.opened = self.closed = 0

    def endpoint(self, url: str, **_: object) -> FakeEndpoint:
        return FakeEndpoint(url)

    async def send(
        self,
        endpoint: FakeEndpoint,
        method: bytes,
        target: bytes,
        headers: Headers | Block,
        body: bytes,
        signal: Signal,
        extra: bytes = b"",
        **_: object,
    ) -> FakeAnswer:
        block = headers if isinstance(headers, Block) else Block(headers)
        headers = [(name, value) for name, _, value in (line.partition(b": ") for line in read_lines(block, extra))]
        names = [name for name, _ in headers]
        assert len(set(names)) == len(names), f"a field came twice: {names}"
        assert b"\n" not in b"".join(value for _, value in headers)
        fields = {name.decode(): value.decode("latin-1") for name, value in headers}
        sent = Sent(method.decode(), target.decode(), fields, json.loads(body) if body else None)
        self.sent.append(sent)
        await asyncio.sleep(0)
        played = self.servers[endpoint.url](sent)
        self.opened += 1
        return FakeAnswer(played, signal, self)


class Edge:
    """The caller's end of a connection."""

    ready = True
    extra = b""
    task: asyncio.Task[None] | None = None

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.parts: list[Part] = []
        self.last: Part | None = None
        self.aborted = self.left = self.detached = self.committed = False
        self.size = 0
        self.seen = asyncio.Event()

    def begin(self, head: Head) -> None:
        if self.committed and not self.left:
            raise InternalError("an answer has one head only")
        self.put(head)

    async def send(self, part: Part) -> None:
        self.put(part)

    def put(self, part: Part) -> None:
        self.parts.append(part)
        if isinstance(part, Data):
            self.size += len(part.payload)
            self.committed = True
            self.seen.set()

    def flush(self) -> None:
        self.committed = self.committed or bool(self.parts)

    def finish(self, part: Part) -> None:
        self.put(part)
        self.last = part

    def abort(self) -> None:
        self.aborted = self.last is None


class Body:
    """A caller's body, all here."""

    ended = False
    taken = False
    ready = True

    def __init__(self, signal: Signal, body: bytes) -> None:
        self.signal, self.body, self.size = signal, body, len(body)

    async def next(self) -> Part | None:
        return None

    async def read(self, limit: int) -> bytes:
        if len(self.body) > limit:
            raise PayloadTooLarge("the body is too large")
        return self.body


@dataclass
class Answered:
    status: int
    fields: dict[str, str]
    body: bytes
    edge: Edge

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        assert self.fields["content-type"] == "text/event-stream"
        found = [each for each in self.body.decode().split("\n\n") if each]
        data = [each.partition("data: ")[2].strip() for each in found]
        return [json.loads(each) for each in data if each]

    @property
    def message(self) -> Any:
        """The response, however it came."""
        return self.events[-1] if self.fields.get("content-type") == "text/event-stream" else self.json


class Gateway:
    """Serves requests as `inbound` would hand them on."""

    def __init__(
        self,
        settings: McpSettings,
        client: Any,
        surroundings: Surroundings,
        spool: Spool,
        access: Access | None = None,
        gate: Gate | None = None,
        guards: tuple[Guardrail, ...] = (),
    ) -> None:
        self.client, self.surroundings, self.spool = client, surroundings, spool
        self.records = spool.records
        recorder = Recorder(spool)
        calls = Calls(access or Access(), Limits(), guards, recorder, surroundings.ids, gate)
        self.lane = McpLane(settings, client, surroundings, calls)
        self.principal = Principal("dev", frozenset({"mcp"}))
        self.serve = Serve([self.lane], [self._identify], Directory({}), calls, recorder, surroundings.ids)
        self.edges: list[Edge] = []
        questions = settings.questions
        make = lambda: Parks(surroundings.bus, surroundings.deadlines, questions)  # noqa: E731 - as the lane makes it
        self.parks = surroundings.keep.adopt("mcp.parks", None, make)

    def _identify(self, exchange: Exchange) -> Principal | None:
        return self.principal

    def begin(self, method: str, path: str, headers: Headers, body: bytes) -> tuple[asyncio.Task[None], Edge]:
        signal = Signal(asyncio.get_running_loop())
        request = Request(method.encode(), path.encode(), path.encode(), b"", b"localhost", headers, dict(headers))
        edge = Edge(signal)
        task = edge.task = spawn(self.serve(request, Peer("127.0.0.1"), Body(signal, body), edge), "exchange")
        return task, edge

    async def send(self, method: str, path: str, fields: dict[str, str], body: bytes = b"") -> Answered:
        headers = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
        return await self.send_raw(method, path, headers, body)

    async def send_raw(self, method: str, path: str, headers: Headers, body: bytes = b"") -> Answered:
        task, edge = self.begin(method, path, headers, body)
        async with asyncio.timeout(PATIENCE):
            await task
        return answered(edge)

    async def modern(self, method: str, params: dict[str, Any] | None = None, **more: Any) -> Answered:
        """A request of 2026-07-28; keywords: path, id, meta, headers."""
        headers, body = modern_request(method, params, **more)
        return await self.send("POST", more.get("path", "/mcp"), headers, body)

    async def legacy(self, session: str, method: str, params: Any = None, id: Any = 1, path: str = "/mcp") -> Answered:
        """A request or (with id None) notification within a session."""
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        if id is not None:
            message["id"] = id
        if params is not None:
            message["params"] = params
        return await self.send("POST", path, session_fields(session), json.dumps(message).encode())

    async def initialize(self, version: str = "2025-11-25", path: str = "/mcp", can: Any = None) -> str:
        """Begin a session of a caller who can be asked for what `can` declares; its id."""
        params = {"protocolVersion": version, "capabilities": can or {}, "clientInfo": {"name": "c", "version": "1"}}
        message = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
        fields = {"content-type": JSON, "accept": BOTH}
        answer = await self.send("POST", path, fields, json.dumps(message).encode())
        assert answer.status == 200, answer.body
        assert answer.json["result"]["protocolVersion"] == version
        session = answer.fields["mcp-session-id"]
        note = await self.legacy(session, "notifications/initialized", id=None, path=path)
        assert (note.status, note.body) == (202, b"")
        return session


def modern_request(
    method: str,
    params: dict[str, Any] | None = None,
    *,
    id: Any = 1,
    meta: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    path: str = "/mcp",
) -> tuple[dict[str, str], bytes]:
    """Header fields and body of a request of 2026-07-28."""
    fields = {"content-type": JSON, "accept": BOTH, "mcp-protocol-version": MODERN, "mcp-method": method}
    params = {**(params or {}), "_meta": {**META, **(meta or {})}}
    name = params.get("uri") if method == "resources/read" else params.get("name")
    if name is not None and method in {"tools/call", "prompts/get", "resources/read"}:
        fields["mcp-name"] = name
    message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
    return {**fields, **(headers or {})}, json.dumps(message).encode()


def session_fields(session: str) -> dict[str, str]:
    return {"content-type": JSON, "accept": BOTH, "mcp-session-id": session}


def answered(edge: Edge) -> Answered:
    assert not edge.aborted, "the answer was broken off"
    assert edge.last is not None, "the answer was not ended"
    heads = [each for each in edge.parts if isinstance(each, Head)]
    assert len(heads) == 1
    body = b"".join(each.payload for each in edge.parts if isinstance(each, Data))
    fields = {name.decode(): value.decode() for name, value in heads[0].headers}
    return Answered(heads[0].status, fields, body, edge)


@asynccontextmanager
async def sweeping(deadlines: Deadlines) -> AsyncIterator[None]:
    """Sweep as a process does, faster."""

    async def sweep() -> None:
        while True:
            deadlines.sweep(clock.monotonic())
            await asyncio.sleep(0.01)

    task = asyncio.get_running_loop().create_task(sweep())
    try:
        yield
    finally:
        task.cancel()


def surround(spool: Spool, bus: LocalBus | None = None) -> Surroundings:
    return Surroundings(asyncio.get_running_loop(), Deadlines(), Keep(), spool, bus or LocalBus(), Ids())


@asynccontextmanager
async def gateway(
    servers: dict[str, Any] | None = None,
    client: FakeClient | None = None,
    access: Access | None = None,
    approvals: ApprovalSettings | None = None,
    guards: tuple[Guardrail, ...] = (),
    **settings: Any,
) -> AsyncIterator[Gateway]:
    """A gateway in front of servers played by functions; each is reached at http://NAME."""
    client = client or FakeClient()
    configured: dict[str, Server] = {}
    for name, server in (servers or {}).items():
        configured[name] = getattr(server, "settings", None) or Server(url=f"http://{name}/mcp", sessions="shared")
        client.servers[f"http://{name}"] = server
    spool = Spool()
    around = surround(spool)
    async with sweeping(around.deadlines):
        gate = Gate(approvals, around.bus) if approvals is not None else None
        built = Gateway(McpSettings(servers=configured, **settings), client, around, spool, access, gate, guards)
        yield built
        parks = built.parks
        parks.drain()
        async with asyncio.timeout(PATIENCE):
            while client.opened != client.closed and len(parks):
                await asyncio.sleep(0)
            for _ in range(10):  # what is said on leaving, without waiting
                await asyncio.sleep(0)
        assert client.opened == client.closed, "an answer was not closed"
        await asyncio.sleep(0)
