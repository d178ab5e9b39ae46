"""Five toy lanes, a caller and an upstream, all steered step by step."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tests.patience import PATIENCE
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.lane import BodyMode, Match
from trigate.core.parts import END, Data, Head, Message, Part, Side
from trigate.core.principal import Principal
from trigate.core.problem import problem
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.stream import Collector, Incoming, NoIncoming, Sink
from trigate.core.verdict import PASS, Block, Content, Verdict
from trigate.policy.access import Access
from trigate.policy.call import Calls
from trigate.policy.directory import Directory
from trigate.policy.guardrail import Guardrail
from trigate.policy.limit import Limits
from trigate.policy.record import Recorder
from trigate.policy.serve import Serve


class Stage:
    """Where a fault may strike: every step of lane, caller and guard passes here once, in order."""

    def __init__(self) -> None:
        self.passed = 0
        self.strike_at = -1
        self.strike: Callable[[], None] = lambda: None

    def step(self) -> None:
        now, self.passed = self.passed, self.passed + 1
        if now == self.strike_at:
            self.strike()


class FakeSpool:
    """Keeps records, and the task each was written in."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.records: list[dict[str, Any]] = []
        self.tasks: list[asyncio.Task[Any] | None] = []

    def append(self, record: bytes) -> None:
        self.raw.append(record)
        self.records.append(msgspec.json.decode(record))
        self.tasks.append(asyncio.current_task())


class FakeIncoming:
    """A caller's body or messages, all sent in advance."""

    def __init__(self, signal: Signal, stage: Stage, parts: Sequence[Part]) -> None:
        self.signal = signal
        self.stage = stage
        self.parts = list(parts)
        self.size = sum(len(part.payload) for part in parts if isinstance(part, Data | Message))
        self.taken = False
        self._stalled = False
        self._reached = asyncio.Event()

    def stall(self) -> None:
        """Give nothing for as long as this scene lasts."""
        self._stalled = True

    async def reached(self) -> None:
        """Until somebody waits for a part."""
        async with asyncio.timeout(PATIENCE):
            await self._reached.wait()

    @property
    def ready(self) -> bool:
        return bool(self.parts)

    @property
    def ended(self) -> bool:
        return not self.parts

    async def next(self) -> Part | None:
        self.stage.step()
        await asyncio.sleep(0)
        self._reached.set()
        while self._stalled:
            await self.signal.wait()
        self.taken = True
        return self.parts.pop(0) if self.parts else None

    async def read(self, limit: int) -> bytes:
        body = b""
        while (part := await self.next()) is not None:
            assert isinstance(part, Data)
            body += part.payload
        return body


class FakeEdge:
    """A caller's connection that remembers what it was given, and how much of it was on the record by then."""

    def __init__(self, signal: Signal, stage: Stage, spool: FakeSpool) -> None:
        self.signal = signal
        self.stage = stage
        self.spool = spool
        self.parts: list[Part] = []
        self.chunks = 0
        """Pieces that went on framed as they came."""
        self.size = 0
        self.committed = False
        self.left = False
        self.detached = False
        self.finished = 0
        self.aborted = 0
        self.recorded_at_end = -1
        self.extra = b""
        self.task: asyncio.Task[None] | None = None
        self.ready = True

    def begin(self, head: Head) -> None:
        self.put(head)

    async def send(self, part: Part) -> None:
        self.put(part)
        self.stage.step()
        while not self.ready:
            await self.signal.wait()

    def put(self, part: Part) -> None:
        assert not self.finished
        self.parts.append(part)
        if isinstance(part, Head) and (part.status >= 200 or part.status == 101):
            self.committed = True
        if isinstance(part, Data | Message):
            self.size += len(part.payload)

    def put_chunk(self, payload: bytes, chunk: bytes) -> None:
        assert chunk == b"%x\r\n%b\r\n" % (len(payload), payload)
        self.chunks += 1
        self.put(Data(payload))

    def flush(self) -> None:
        pass

    def finish(self, part: Part) -> None:
        self.put(part)
        self.finished += 1
        self.recorded_at_end = len(self.spool.records)

    def abort(self) -> None:
        if not self.finished and not self.aborted:
            self.aborted = 1
            self.recorded_at_end = len(self.spool.records)

    def leave(self, task: asyncio.Task[Any]) -> None:
        """What `inbound` does when the caller goes away."""
        self.left = True
        self.signal.notify()
        if not self.detached:
            task.cancel()


class ToyGuard(Guardrail):
    """Blocks whatever holds the word `forbidden`, on the side it is told to."""

    side: Side = "ask"
    stage: Any = None

    async def check(self, content: Content, side: Side, call: Call) -> Verdict:
        if self.stage is not None:
            self.stage.step()
        await asyncio.sleep(0)
        if side == self.side and any("forbidden" in text for text in content.texts()):
            return Block("forbidden words")
        return PASS


class ToyAsk(msgspec.Struct):
    text: str

    def texts(self) -> list[str]:
        return [self.text]

    def replace_texts(self, texts: list[str]) -> None:
        (self.text,) = texts


class ToyLane:
    """What the five have in common."""

    name = "api"
    body: BodyMode = "none"

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.calls: Calls | None = None
        self.seen: list[str] = []

    def match(self, request: Request) -> Match | None:
        return Match(self, "toy", self.body, 1000)

    def decode(self, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Any]:
        self.stage.step()
        return Action("api.request", "route/toy"), ToyAsk(body.decode())

    def targets(self, call: Call, ask: Any) -> Sequence[Any]:
        return ("first",)

    def demand(self, call: Call, ask: Any, target: Any) -> Demand:
        """Nothing that is counted in tokens or money."""
        return NO_DEMAND

    def arguments(self, ask: Any) -> Any:
        """Nothing."""
        return None

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        raise NotImplementedError

    def encode(self, exchange: Exchange, part: Part) -> Part:
        """The toys' callers read what their upstreams write."""
        return part

    def encode_error(self, exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part] | None:
        return None if committed else problem(error, exchange.id)

    async def breathe(self) -> None:
        """A step of the upstream."""
        self.stage.step()
        await asyncio.sleep(0)


class BufferedRequest(ToyLane):
    """A whole body in, a whole answer out."""

    body: BodyMode = "buffer"

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        await self.breathe()
        await sink.send(Head(200, []))
        return Data(ask.text.upper().encode())


class StreamingUpload(ToyLane):
    """A body passed on as it comes, answered at its end."""

    body: BodyMode = "stream"

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        total = 0
        while (part := await incoming.next()) is not None:
            assert isinstance(part, Data)
            total += len(part.payload)
            await self.breathe()
        await sink.send(Head(200, []))
        return Data(b"%d" % total)


class ServerPush(ToyLane):
    """An answer of many parts, ended by the upstream after a while."""

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        await sink.send(Head(200, []))
        for number in range(4):
            await self.breathe()
            await sink.send(Data(b"event %d" % number))
        return END


class TwoWay(ToyLane):
    """Messages both ways: each of the caller's is answered, and some of those are answers themselves."""

    body: BodyMode = "duplex"

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        await sink.send(Head(101, []))
        while (part := await incoming.next()) is not None:
            assert isinstance(part, Message)
            self.seen.append(part.payload.decode())
            await self.breathe()
            await sink.send(Message("answer", b"re: " + part.payload))
        return END


class CallOfCalls(ToyLane):
    """One call that makes three further ones before it answers."""

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        if call.parent is not None:
            await self.breathe()
            await sink.send(Head(200, []))
            return Data(b"child")
        assert self.calls is not None
        answers: list[bytes] = []
        for _ in range(3):
            collector = Collector(call.exchange.signal)
            last = await self.calls.run(
                call.exchange,
                self,
                Action("api.request", "route/child"),
                ToyAsk("child"),
                NoIncoming(call.exchange.signal),
                collector,
                parent=call,
            )
            assert isinstance(last, Data)
            answers.append(last.payload)
        await sink.send(Head(200, []))
        return Data(b",".join(answers))


LANES: dict[str, type[ToyLane]] = {
    "buffered request": BufferedRequest,
    "streaming upload": StreamingUpload,
    "endless server push": ServerPush,
    "two-way": TwoWay,
    "call of calls": CallOfCalls,
}

_BODIES: dict[str, list[Part]] = {
    "buffered request": [Data(b"hello "), Data(b"world")],
    "streaming upload": [Data(b"a" * 10), Data(b"b" * 20)],
    "endless server push": [],
    "two-way": [Message("ask", b"one"), Message("answer", b"two"), Message("ask", b"three")],
    "call of calls": [],
}


class Scene:
    """One exchange with one toy lane, ready to be played."""

    def __init__(self, kind: str, guards: tuple[Guardrail, ...] = (), parts: list[Part] | None = None) -> None:
        self.stage = Stage()
        self.spool = FakeSpool()
        self.lane = LANES[kind](self.stage)
        self.signal = Signal(asyncio.get_running_loop())
        self.edge = FakeEdge(self.signal, self.stage, self.spool)
        self.incoming = FakeIncoming(self.signal, self.stage, _BODIES[kind] if parts is None else parts)
        recorder, ids = Recorder(self.spool), Ids()
        self.calls = self.lane.calls = Calls(Access(), Limits(), guards, recorder, ids)
        principal = Principal("toy", frozenset({"api"}))
        self.exchange: Exchange | None = None
        self.serve = Serve([self.lane], [self._identify(principal)], Directory({}), self.calls, recorder, ids)
        self.task: asyncio.Task[None] | None = None

    def _identify(self, principal: Principal) -> Callable[[Exchange], Principal | None]:
        def identify(exchange: Exchange) -> Principal | None:
            self.exchange = exchange
            self.stage.step()
            return principal

        return identify

    async def play(self) -> None:
        """Run the exchange to its end, however it ends."""
        request = Request(b"POST", b"/toy", b"/toy", b"", b"localhost", [], {})
        serving = self.serve(request, Peer("127.0.0.1"), self.incoming, self.edge)
        self.task = self.edge.task = asyncio.get_running_loop().create_task(serving)
        await asyncio.wait([self.task], timeout=PATIENCE)
        assert self.task.done()
