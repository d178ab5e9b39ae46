"""Servers of both eras that say things unasked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.mcp.servers import LegacyServer, ModernServer, error
from tests.mcp.stage import Edge, Gateway, Played, Sent
from tests.mcp.stage import gateway as staged
from tests.patience import PATIENCE

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


def note(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": f"notifications/{method}", "params": params}


def frame(message: dict[str, Any]) -> bytes:
    return b"event: message\ndata: " + json.dumps(message).encode() + b"\n\n"


class Talkative(LegacyServer):
    """Of 2025-11-25: a GET stream per session, and subscriptions."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.streams: list[asyncio.Queue[bytes]] = []
        self.subscribed: list[str] = []

    def stream(self, sent: Sent, session: str | None) -> Played:
        assert sent.fields["accept"].count("text/event-stream") == 1
        if session not in self.sessions:
            return error(None, -32600, "Session not found", status=404)
        stream: asyncio.Queue[bytes] = asyncio.Queue()
        self.streams.append(stream)
        return Played(200, None, {"content-type": "text/event-stream"}, live=stream)

    def answer(self, sent: Sent) -> Played:
        played = super().answer(sent)
        if sent.body and sent.body.get("method") == "initialize":
            played.body["result"]["capabilities"]["resources"] = {"subscribe": True, "listChanged": True}
        return played

    def list_or_call(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        if method in {"resources/subscribe", "resources/unsubscribe"}:
            (self.subscribed.append if method.endswith("/subscribe") else self.subscribed.remove)(params["uri"])
            return {}
        return {} if method == "ping" else super().list_or_call(method, params)

    @property
    def wanted(self) -> list[str]:
        """Resources it was asked to tell of."""
        return sorted(self.subscribed)

    def say(self, method: str, **params: Any) -> None:
        """Say something on the newest stream."""
        self.streams[-1].put_nowait(frame(note(method, **params)))


class Listened(ModernServer):
    """Of 2026-07-28: answers `subscriptions/listen`."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.streams: list[asyncio.Queue[bytes]] = []
        self.filters: list[dict[str, Any]] = []
        self.ids: list[Any] = []

    def answer(self, sent: Sent) -> Played:
        if sent.body["method"] == "server/discover":
            played = super().answer(sent)
            played.body["result"]["capabilities"]["resources"] = {"subscribe": True, "listChanged": True}
            return played
        if sent.body["method"] != "subscriptions/listen":
            return super().answer(sent)
        stream: asyncio.Queue[bytes] = asyncio.Queue()
        self.streams.append(stream)
        self.filters.append(sent.body["params"]["notifications"])
        self.ids.append(sent.body["id"])
        self.say("subscriptions/acknowledged", notifications=self.filters[-1])
        return Played(200, None, {"content-type": "text/event-stream"}, live=stream)

    @property
    def wanted(self) -> list[str]:
        """Resources it was asked to tell of by the newest listen."""
        return sorted(self.filters[-1].get("resourceSubscriptions", []))

    def say(self, method: str, **params: Any) -> None:
        """Say something on the newest stream."""
        params["_meta"] = {SUBSCRIPTION: self.ids[-1]}
        self.streams[-1].put_nowait(frame(note(method, **params)))


TALKING: dict[str, Any] = {"modern": Listened, "legacy": Talkative}


def events(edge: Edge) -> list[Any]:
    """The messages on a stream so far."""
    from trigate.core.parts import Data

    body = b"".join(part.payload for part in edge.parts if isinstance(part, Data))
    found: list[Any] = []
    for text in body.decode().split("\n\n"):
        data = [line[6:] for line in text.split("\n") if line.startswith("data: ")]
        if data and data[0]:
            found.append(json.loads(data[0]))
    return found


@asynccontextmanager
async def gateway(servers: dict[str, Any], **more: Any) -> AsyncIterator[Gateway]:
    """A gateway that stops listening at the end."""
    async with staged(servers, **more) as gate:
        yield gate
        things: dict[str, Any] = gate.surroundings.keep.things  # pyright: ignore[reportAttributeAccessIssue]
        things["mcp.scene"].drain()
        await eventually(lambda: gate.client.opened == gate.client.closed)


async def eventually(condition: Any) -> Any:
    """The first true value, waited for a bounded time."""
    async with asyncio.timeout(PATIENCE):
        while not (found := condition()):
            await asyncio.sleep(0.005)
        return found
