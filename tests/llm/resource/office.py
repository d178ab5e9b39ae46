"""One exchange about kept things: providers answer from a script, the register is a table in memory."""

from typing import Any

import msgspec
from msgspec import structs

from tests.llm.scene import JSON, FakeAnswer, FakeClient, FakeEndpoint, Reply, Scene
from tests.mcp.stage import LocalBus
from trigate.core.errors import StoreUnavailable
from trigate.core.parts import Data, Headers
from trigate.core.request import Peer, Request
from trigate.core.settings import Secret
from trigate.core.shared import derive_alone
from trigate.core.stream import WholeIncoming
from trigate.llm.providers.anthropic import Anthropic
from trigate.llm.providers.openai import OpenAI
from trigate.llm.resource.chronicle import Chronicle
from trigate.llm.resource.conversation_desk import ConversationDesk
from trigate.llm.resource.desk import ResourceDesk
from trigate.llm.resource.dialogue import Dialogues
from trigate.llm.resource.handle import Origin
from trigate.llm.resource.kept import Kept, Share, write
from trigate.llm.resource.premises import Premises
from trigate.llm.resource.register import Page
from trigate.llm.resource.turn import SERVICE, TurnHost
from trigate.llm.settings import LlmSettings, Model
from trigate.policy.limit import Limits
from trigate.store.holding import Holding
from trigate.store.memory_shelf import MemoryShelf

OWNER = "3:key/0:/3:dev/0:"
"""The one caller."""
CLAUDE: Headers = [*JSON, (b"anthropic-version", b"2023-06-01"), (b"anthropic-beta", b"files-api-2025-04-14")]
SHARE = Share("smart", "openai_chat", "gpt-large", 2, 1000)


class MemoryRegister:
    """A register of one process; `down` says that it cannot be asked."""

    def __init__(self) -> None:
        self.rows: dict[str, Holding] = {}
        self.down = False

    def _row(self, id: str, owner: str) -> Holding | None:
        if self.down:
            raise StoreUnavailable("not now")
        row = self.rows.get(id)
        return row if row is not None and row.owner == owner else None

    async def put(self, holding: Holding) -> None:
        self._row("", "")
        self.rows[holding.id] = holding

    async def find(self, id: str, owner: str) -> Holding | None:
        return self._row(id, owner)

    async def list(self, kind: str, owner: str, page: Page) -> tuple[Holding, ...]:
        found = [each for each in self.rows.values() if (each.kind, each.owner) == (kind, owner)]
        found = found if page.ascending else found[::-1]
        if page.cursor:
            places = [place for place, each in enumerate(found, 1) if each.id == page.cursor]
            found = found[places[0] :] if places else []
        return tuple(found[: page.limit])

    async def note(self, id: str, owner: str, body: bytes) -> bool:
        row = self._row(id, owner)
        if row is not None:
            self.rows[id] = structs.replace(row, body=body)
        return row is not None

    async def settle(self, id: str, owner: str) -> bool:
        row = self._row(id, owner)
        if row is None or row.settled:
            return False
        self.rows[id] = structs.replace(row, settled=1)
        return True

    async def drop(self, id: str, owner: str) -> bool:
        return self.rows.pop(id, None) is not None


def turns() -> LocalBus:
    """A bus to who knows whose turn it is."""
    bus = LocalBus()
    bus.offer(SERVICE, TurnHost().serve)
    return bus


class AnyClient(FakeClient):
    """Takes any method, and bodies that come in pieces."""

    async def send(  # type: ignore[override]
        self, endpoint: FakeEndpoint, method: bytes, target: bytes, fields: Any, body: Any, signal: Any, **more: Any
    ) -> FakeAnswer:
        if not isinstance(body, bytes):
            pieces = b""
            while (part := await body.next()) is not None:
                assert isinstance(part, Data)
                pieces += part.payload
            assert len(pieces) == more["length"]
            body = pieces
        lines = [tuple(line.split(b": ", 1)) for line in (fields.lines + more["extra"]).split(b"\r\n")[:-1]]
        self.sent.append((endpoint.url, method + b" " + target, dict(lines), body))  # type: ignore[arg-type]
        reply = self.replies.pop(0)
        if reply.error is not None:
            raise reply.error
        self.answers.append(FakeAnswer(reply))
        return self.answers[-1]


def settings(**changes: Any) -> LlmSettings:
    """OpenAI and Anthropic; each has a model of its own, and `smart` is served by both."""
    price = {"input": 10, "output": 100}
    providers = {
        "openai": OpenAI(
            api_key=Secret("sk-canary-0123456789"),
            base_url="http://openai/v1",
            speaks=["openai_chat", "openai_responses"],
            keeps=True,
        ),
        "plain": OpenAI(base_url="http://plain/v1"),
        "claude": Anthropic(api_key=Secret("sk-canary-0123456789"), base_url="http://claude"),
    }
    models = msgspec.convert(
        {
            "smart": {"targets": ["openai/gpt-large", "claude/claude-large"], "price": price},
            "wise": {"targets": "claude/claude-large", "price": price},
            "simple": {"targets": "plain/llama", "price": price},
            "unpriced": {"targets": "openai/gpt-unheard-of"},
        },
        dict[str, Model],
        strict=False,
    )
    return LlmSettings(**{"providers": providers, "models": models, **changes})


class Office(Scene):
    """A gateway and one caller, whose key is `dev`."""

    def __init__(self, *replies: Reply, llm: LlmSettings | None = None, limits: Limits | None = None) -> None:
        super().__init__(llm=llm or settings(), limits=limits)
        self.client = AnyClient(replies)
        for site in self.lane._sites.values():
            site.client = self.client  # type: ignore[assignment]
        self.register = MemoryRegister()
        self.desk: Any = next(each for each in self.lane._desks if isinstance(each, ResourceDesk))
        self.desk._premises = structs.replace(self.desk._premises, register=self.register)
        self.shelf = MemoryShelf(100, 2**20, 2**16)
        self.desk._chronicle = Chronicle(self.shelf, 60, derive_alone)
        self.desk._dialogues = Dialogues(self.shelf, 60, derive_alone, turns())
        self.open()

    def open(self) -> None:
        """Have the lane work with the desk as it is now."""
        self.lane._memory = self.desk.memory
        desks = [each for each in self.lane._desks if not isinstance(each, ConversationDesk)]
        self.lane._desks = (*desks, self.desk.conversations)

    @property
    def premises(self) -> Premises:
        """What errands work with."""
        return self.desk._premises

    def handle(self, kind: str, id: str, provider: str = "openai", owner: str = OWNER) -> str:
        """An identifier as the gateway gives it out."""
        return self.premises.handles.wrap(kind, owner, Origin(provider, id))

    def hold(self, kind: str, id: str, object: dict[str, Any], *shares: Share, provider: str = "openai") -> str:
        """Have something in the register; its identifier."""
        family = "openai" if provider == "openai" else "anthropic"
        operation = f"{family}_{'batches' if kind == 'batch' else 'files'}"
        handle = self.handle(kind, id, provider)
        kept = Kept(msgspec.Raw(write({**object, "id": handle})), shares, "/v1/chat/completions")
        self.register.rows[handle] = Holding(id=handle, kind=operation, owner=OWNER, time=1, body=write(kept))
        return handle

    async def ask(
        self,
        body: Any = b"",
        path: bytes = b"/v1/files",
        method: bytes = b"GET",
        headers: Headers | None = None,
        wishes: dict[bytes, bytes] | None = None,
    ) -> "Office":
        """Ask; the body is all there."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        fields = headers if headers is not None else JSON
        bare, _, query = path.partition(b"?")
        request = Request(method, path, bare, query, b"gateway.test", fields, dict(fields), scheme=b"https")
        await self.serve(request, Peer("127.0.0.1"), WholeIncoming(self.signal, raw), self.edge)
        return self

    @property
    def last(self) -> dict[str, Any]:
        """The record of the exchange's own call, which is the last."""
        return self.spool.records[-1]

    @property
    def asked(self) -> list[bytes]:
        """Methods and paths at providers."""
        return [each[1] for each in self.client.sent]
