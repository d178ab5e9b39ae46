"""An answer that became a stream can be had again from where its connection was lost."""

import asyncio
import json
from typing import Any

import pytest

from tests.mcp.listening.servers import events, eventually, gateway
from tests.mcp.listening.test_front import get, raw
from tests.mcp.servers import LegacyServer
from tests.mcp.stage import Edge, Gateway, Played, Sent, session_fields
from trigate.core.clock import clock
from trigate.core.parts import Data
from trigate.core.settings import Duration


def ids(edge: Edge) -> list[str]:
    body = b"".join(part.payload for part in edge.parts if isinstance(part, Data)).decode()
    return [line[4:] for line in body.split("\n") if line.startswith("id: ")]


def call_body(**meta: Any) -> bytes:
    params = {"name": "git__echo", "arguments": {"text": "x"}, "_meta": meta}
    return json.dumps({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": params}).encode()


def begin(gate: Gateway, session: str) -> tuple[asyncio.Task[None], Edge]:
    return gate.begin("POST", "/mcp", raw(session_fields(session)), call_body(progressToken="t"))


def server(**more: Any) -> LegacyServer:
    played = LegacyServer()
    params = {"progressToken": "TOKEN", "progress": 1}
    played.notes = [{"jsonrpc": "2.0", "method": "notifications/progress", "params": params}] * 2
    played.stall = bool(more)
    return played


async def test_events_have_ids_and_the_rest_comes_again():
    async with gateway({"git": server()}) as gate:
        session = await gate.initialize()
        task, edge = begin(gate, session)
        await task
        first, *rest = ids(edge)
        assert len(rest) == 3
        for number, last in enumerate([first, *rest]):
            again = await get(gate, session, last=last)
            await again.task
            assert events(again.edge) == events(edge)[number:]


@pytest.mark.parametrize("version", ["2025-03-26", "2025-06-18"])
async def test_older_revisions_get_no_event_without_data(version: str):
    async with gateway({"git": server()}) as gate:
        task, edge = begin(gate, await gate.initialize(version))
        await task
        assert len(ids(edge)) == len(events(edge)) == 3


async def test_a_lost_connection_misses_nothing():
    async with gateway({"git": server(stall=True)}) as gate:
        session = await gate.initialize()
        task, edge = begin(gate, session)
        await eventually(lambda: len(ids(edge)) == 3)
        edge.left = True
        again = await get(gate, session, last=ids(edge)[1])
        await eventually(lambda: len(events(again.edge)) == 1)
        await gate.legacy(session, "notifications/cancelled", {"requestId": 5}, id=None)
        await asyncio.wait([task, again.task])
        assert events(again.edge)[-1]["error"]["message"] == "cancelled by its caller"


async def test_who_came_back_for_the_rest_is_not_gone():
    async with gateway({"git": server(stall=True)}, orphan=Duration(0.05)) as gate:
        session = await gate.initialize()
        task, edge = begin(gate, session)
        await eventually(lambda: len(ids(edge)) == 3)
        again = await get(gate, session, last=ids(edge)[2])
        edge.left = True
        swept = gate.surroundings.deadlines
        for _ in range(5):
            swept.sweep(clock.monotonic() + 1)
            await asyncio.sleep(0)
        assert not task.done()
        again.task.cancel()
        await asyncio.wait([again.task])
        await asyncio.wait([task])
        assert gate.records[-1]["outcome"] != "ok"


async def test_a_silent_call_becomes_a_stream_and_its_answer_can_be_had(monkeypatch: pytest.MonkeyPatch):
    played = server(stall=True)
    played.notes = []
    async with gateway({"git": played}) as gate:
        session = await gate.initialize()
        task, edge = begin(gate, session)
        await eventually(lambda: played.calls("tools/call"))
        now = clock.monotonic
        monkeypatch.setattr(clock, "monotonic", lambda: now() + 16)
        await eventually(lambda: ids(edge))
        task.cancel()
        await asyncio.wait([task])


class Slow(LegacyServer):
    """Answers calls when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Queue[bytes]()

    def send(self, sent: Sent, result: dict[str, Any]) -> Played:
        if sent.body["method"] != "tools/call":
            return super().send(sent, result)
        message = {"jsonrpc": "2.0", "id": sent.body["id"], "result": result}
        note = {"jsonrpc": "2.0", "method": "notifications/progress"}
        note["params"] = {"progressToken": sent.body["params"]["_meta"]["progressToken"], "progress": 1}  # type: ignore[assignment]
        self.said = [b"data: " + json.dumps(each).encode() + b"\n\n" for each in (note, message)]
        return Played(200, live=self.answers)


async def test_a_call_that_was_silent_for_long_is_answered_on_its_stream(monkeypatch: pytest.MonkeyPatch):
    played = Slow()
    async with gateway({"git": played}) as gate:
        session = await gate.initialize()
        task, edge = begin(gate, session)
        await eventually(lambda: played.calls("tools/call"))
        now = clock.monotonic
        monkeypatch.setattr(clock, "monotonic", lambda: now() + 16)
        await eventually(lambda: ids(edge))
        for each in (*played.said, b""):
            played.answers.put_nowait(each)
        await task
        note, answer = events(edge)
        assert (note["params"]["progress"], answer["result"]["content"][0]["text"]) == (1, "x")


async def test_what_is_nowhere_any_more_is_a_clear_error():
    async with gateway({"git": server()}) as gate:
        session, other = await gate.initialize(), await gate.initialize()
        task, edge = begin(gate, session)
        await task
        foreign = await get(gate, other, last=ids(edge)[0])
        await foreign.task
        (told,) = events(foreign.edge)
        assert (told["id"], told["error"]["code"]) == (5, -32603)
        assert "lost" in told["error"]["message"]
