"""Several callers of one gateway that keeps answers, each on a connection of its own."""

import asyncio
from typing import Any

import msgspec

from tests.llm.scene import CHAT, JSON, Caller, Reply, Scene, WholeBody, settings
from tests.patience import PATIENCE
from tests.policy.toys import Stage
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head
from trigate.core.principal import Principal
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.llm.cache_settings import CacheSettings
from trigate.llm.settings import LlmSettings
from trigate.policy.access import Access
from trigate.policy.call import Calls
from trigate.policy.directory import Directory
from trigate.policy.limit import Limits
from trigate.policy.record import Recorder
from trigate.policy.serve import Serve

LANES = frozenset({"llm"})
DEV = Principal("dev", LANES, team="red", organisation="acme")


def keeping(llm: LlmSettings | None = None, **cache: Any) -> LlmSettings:
    """Settings of two providers, whose answers are kept."""
    return settings(cache=CacheSettings(**cache)) if llm is None else llm


class Guest:
    """One caller and what it got."""

    def __init__(self, room: "Room") -> None:
        self.signal = Signal(asyncio.get_running_loop())
        self.edge = Caller(self.signal, Stage(), room.spool)
        self._before = len(room.spool.records)
        self._room = room

    @property
    def head(self) -> Head:
        (head,) = [part for part in self.edge.parts if isinstance(part, Head)]
        return head

    @property
    def headers(self) -> dict[bytes, bytes]:
        own = [line.split(b": ", 1) for line in self.edge.extra.split(b"\r\n")[:-1]]
        found = {name: value for name, value in [*self.head.headers, *own]}
        assert len(found) == len(self.head.headers) + len(own)
        return found

    @property
    def said(self) -> bytes:
        """What the gateway says of the cache."""
        return self.headers.get(b"x-trigate-cache", b"")

    @property
    def body(self) -> bytes:
        return b"".join(part.payload for part in self.edge.parts if isinstance(part, Data))

    @property
    def record(self) -> dict[str, Any]:
        request_id = self.headers[b"x-request-id"].decode()
        (found,) = [each for each in self._room.spool.records if each["exchange"] == request_id]
        return found


class Room(Scene):
    """A gateway whose answers are kept."""

    def __init__(self, *replies: Reply, llm: LlmSettings | None = None, limits: Any = None) -> None:
        super().__init__(*replies, llm=llm or keeping(), limits=limits)
        self._principal = DEV
        recorder = Recorder(self.spool)

        def identify(exchange: Exchange) -> Principal:
            return self._principal

        calls = Calls(Access(), limits or Limits(), (), recorder, Ids())
        self.serve = Serve([self.lane], [identify], Directory({}), calls, recorder, Ids())

    @property
    def asked(self) -> int:
        """How often a provider was asked."""
        return len(self.client.sent)

    async def visit(
        self, body: Any, path: bytes = CHAT, who: Principal = DEV, guest: Guest | None = None, **fields: str
    ) -> Guest:
        """One caller asks; `cache` and `require` are what its `x-trigate-cache` and `x-trigate-require` say."""
        guest = guest or Guest(self)
        self._principal = who
        wishes = {name.encode(): fields.pop(name).encode() for name in ("cache", "require") if name in fields}
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers = [*JSON, *((name.replace("_", "-").encode(), value.encode()) for name, value in fields.items())]
        bare, _, query = path.partition(b"?")
        request = Request(b"POST", path, bare, query, b"gateway", headers, dict(headers), wishes=wishes)
        guest.edge.task = asyncio.current_task()
        await self.serve(request, Peer("127.0.0.1"), WholeBody(guest.signal, raw), guest.edge)
        await self.settle()
        return guest

    async def settle(self) -> None:
        """Until what is being put on the shelf is there."""
        async with asyncio.timeout(PATIENCE):
            while self.lane._cache is not None and self.lane._cache._putting:  # pyright: ignore[reportPrivateUsage]
                await asyncio.sleep(0)
