"""One exchange through the spine and the llm lane, with providers that answer from a script."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tests.policy.toys import FakeEdge, FakeSpool, Stage
from trigate.core.deadlines import Deadlines
from trigate.core.errors import UpstreamUnreachable
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head, Headers, Part
from trigate.core.principal import Principal, Standing
from trigate.core.request import Peer, Request
from trigate.core.settings import Secret
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.core.usage import Usage
from trigate.llm.lane import LlmLane
from trigate.llm.operations.openai_chat import OPERATION
from trigate.llm.providers.openai import OpenAI
from trigate.llm.settings import LlmSettings, Model
from trigate.outbound.client import UNREAD, Receipt
from trigate.outbound.request import Block
from trigate.policy.access import Access
from trigate.policy.call import Calls
from trigate.policy.directory import Directory
from trigate.policy.guardrail import Guardrail
from trigate.policy.limit import Limits
from trigate.policy.record import Recorder
from trigate.policy.serve import Serve
from trigate.process.keep import LivingThings

KEY = "sk-provider-canary-0123456789"
JSON: Headers = [(b"content-type", b"application/json")]
SSE: Headers = [(b"content-type", b"text/event-stream")]
CHAT = b"/v1/chat/completions"
LANES = frozenset({"llm"})
USAGE = b'{"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}'
WORD = b'{"id":"c","choices":[{"index":0,"delta":{"content":"hi"}}],"usage":null}'
STOP = b'{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'
DONE = b"data: [DONE]\n\n"

Step = bytes | Exception | asyncio.Event
"""Bytes that arrive, an error that happens, or a pause until the event is set."""


def event(data: bytes, end: bytes = b"\n") -> bytes:
    """An event of a stream."""
    return b"data: " + data + end + end


class Reply:
    """What a provider does when it is asked: fail, or answer with a head and steps."""

    def __init__(self, status: int = 200, headers: Headers = JSON, *steps: Step, whole: bool = False) -> None:
        self.head = Head(status, headers)
        self.steps = steps
        self.whole = whole
        self.error: Exception | None = None
        self.thinks: asyncio.Event | None = None


def fails(error: Exception) -> Reply:
    """A provider that cannot be reached."""
    reply = Reply()
    reply.error = error
    return reply


def answers(body: Any, status: int = 200, headers: Headers = JSON) -> Reply:
    """A provider that answers with a whole body, all at hand at once."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Reply(status, headers, raw, whole=True)


def streams(*steps: Step) -> Reply:
    """A provider that streams."""
    return Reply(200, SSE, *steps)


class FakeEndpoint:
    def __init__(self, url: str, **options: Any) -> None:
        self.url = self.name = url
        self.options = options
        self.authority = b"provider"
        self.prefix = b"/v1"
        self.names = frozenset[bytes]()
        self.secrets = tuple


class FakeAnswer:
    """An answer whose bytes come step by step."""

    def __init__(self, reply: Reply) -> None:
        self.head = reply.head
        self.steps: list[Step] = list(reply.steps)
        self.complete = self.done = reply.whole
        self.at_hand = b""
        if reply.whole:
            self.at_hand = b"".join(step for step in reply.steps if isinstance(step, bytes))
            self.steps.clear()
        self.closed = 0
        self.recalled = False

    @property
    def ended(self) -> bool:
        return not self.steps and not self.at_hand

    def take(self) -> bytes:
        taken, self.at_hand = self.at_hand, b""
        return taken

    async def more(self, sink: Any = None) -> bytes:
        if sink is not None:
            sink.flush()
        await asyncio.sleep(0)
        if self.at_hand:
            return self.take()
        while self.steps:
            step = self.steps.pop(0)
            if isinstance(step, bytes):
                return step
            if isinstance(step, Exception):
                raise step
            await step.wait()
        return b""

    async def hand_over(self, taker: Callable[[bytes, bytes], bool], sink: Any) -> None:
        """As the real one: what comes is offered to `taker`, until it declines; not what comes with the end."""
        self.recalled = False
        sink.flush()
        while self.steps and not isinstance(self.steps[0], Exception):
            await asyncio.sleep(0)
            step = self.steps.pop(0)
            if isinstance(step, asyncio.Event):
                await step.wait()
                continue
            assert isinstance(step, bytes)
            if not self.steps or not taker(step, b"%x\r\n%b\r\n" % (len(step), step)):
                self.at_hand += step
                return
            if self.recalled:
                return

    def recall(self) -> None:
        self.recalled = True

    async def read(self, limit: int) -> bytes:
        taken = b""
        while data := await self.more():
            taken += data
        return taken

    def close(self) -> None:
        self.closed += 1


class Caller(FakeEdge):
    """A caller's connection."""

    extra: bytes = b""
    task: "asyncio.Task[None] | None" = None

    def begin(self, head: Head) -> None:
        self.put(head)


class FakeClient:
    """Answers with one reply after the other, and remembers what it was sent."""

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.replies = list(replies)
        self.sent: list[tuple[str, bytes, dict[bytes, bytes], bytes]] = []
        self.answers: list[FakeAnswer] = []
        self.methods: list[bytes] = []

    def endpoint(self, url: str, **options: Any) -> FakeEndpoint:
        return FakeEndpoint(url, **options)

    async def send(
        self,
        endpoint: FakeEndpoint,
        method: bytes,
        target: bytes,
        fields: Block,
        body: bytes,
        signal: Signal,
        *,
        extra: bytes,
        receipt: Receipt = UNREAD,
        timeouts: Any = None,
        length: int | None = None,
    ) -> FakeAnswer:
        self.methods.append(method)
        lines = [tuple(line.split(b": ", 1)) for line in (fields.lines + extra).split(b"\r\n")[:-1]]
        headers: dict[bytes, bytes] = dict(lines)  # type: ignore[arg-type]
        assert len(headers) == len(lines)
        self.sent.append((endpoint.url, target, headers, body))
        receipt.sent = not isinstance(self.replies[0].error, UpstreamUnreachable)
        await asyncio.sleep(0)
        reply = self.replies.pop(0)
        if reply.thinks is not None:
            await reply.thinks.wait()
        if reply.error is not None:
            raise reply.error
        self.answers.append(FakeAnswer(reply))
        return self.answers[-1]


class WholeBody:
    """A caller's body that has arrived."""

    def __init__(self, signal: Signal, body: bytes) -> None:
        self.signal = signal
        self.body = body
        self.size = len(body)
        self.taken = False
        self.ready = False
        self.ended = True

    async def next(self) -> Part | None:
        return None

    async def read(self, limit: int) -> bytes:
        assert self.size <= limit
        return self.body


def settings(**changes: Any) -> LlmSettings:
    """Two providers; `smart` tries both."""
    providers = {
        "openai": OpenAI(api_key=Secret(KEY), organization="org-canary"),
        "other": OpenAI(base_url="http://127.0.0.1:9/v1", stream_usage=False),
    }
    models = {"smart": Model(targets=["openai/gpt-5.2", "other/llama"]), "fast": Model(targets="openai/gpt-mini")}
    return LlmSettings(**{"providers": providers, "models": models, **changes})


class Scene:
    """A gateway with an llm lane and nothing else, and one caller."""

    def __init__(
        self,
        *replies: Reply,
        llm: LlmSettings | None = None,
        lanes: frozenset[str] = frozenset({"llm"}),
        guards: tuple[Guardrail, ...] = (),
        access: Access | None = None,
        limits: Limits | None = None,
    ):
        self.client = FakeClient(replies)
        self.deadlines = Deadlines()
        self.spool = FakeSpool()
        loop = asyncio.get_running_loop()
        self.signal = Signal(loop)
        nothing: Any = None
        self.keep = LivingThings().begin()
        surroundings = Surroundings(loop, self.deadlines, self.keep, self.spool, nothing, Ids())
        client: Any = self.client
        recorder = Recorder(self.spool)
        calls = Calls(access or Access(), limits or Limits(), guards, recorder, Ids())
        self.lane = LlmLane(llm or settings(), client, surroundings, calls)
        self.standing = Standing()
        principal = Principal("dev", lanes, standing=self.standing)

        def identify(exchange: Exchange) -> Principal:
            return principal

        self.serve = Serve([self.lane], [identify], Directory({}), calls, recorder, Ids())
        self.edge = Caller(self.signal, Stage(), self.spool)

    async def ask(
        self,
        body: Any = b"",
        path: bytes = CHAT,
        method: bytes = b"POST",
        headers: Headers | None = None,
        wishes: dict[bytes, bytes] | None = None,
    ) -> "Scene":
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        fields = headers if headers is not None else JSON
        bare, _, query = path.partition(b"?")
        request = Request(method, path, bare, query, b"gateway", fields, dict(fields), wishes=wishes or {})
        self.edge.task = asyncio.current_task()
        await self.serve(request, Peer("127.0.0.1"), WholeBody(self.signal, raw), self.edge)
        return self

    def goals(self, model: str) -> list[Any]:
        """The targets that an ask for this model would try."""
        nothing: Any = None
        return list(self.lane.targets(nothing, OPERATION.decode(msgspec.json.encode({"model": model, "messages": []}))))

    @property
    def heads(self) -> list[Head]:
        return [part for part in self.edge.parts if isinstance(part, Head)]

    @property
    def status(self) -> int:
        (head,) = self.heads
        return head.status

    @property
    def headers(self) -> dict[bytes, bytes]:
        (head,) = self.heads
        assert len(dict(head.headers)) == len(head.headers)
        return dict(head.headers)

    @property
    def body(self) -> bytes:
        return b"".join(part.payload for part in self.edge.parts if isinstance(part, Data))

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def upstream(self) -> Any:
        """The last body a provider was sent."""
        return msgspec.json.decode(self.client.sent[-1][3])

    @property
    def record(self) -> dict[str, Any]:
        """The one record; the answer's last piece came after it."""
        (record,) = self.spool.records
        assert self.edge.recorded_at_end == 1
        return record

    @property
    def usage(self) -> Usage:
        """What the record says was used up."""
        return msgspec.convert(self.record["usage"], Usage)
