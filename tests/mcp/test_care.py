"""Calls are made again where nobody has acted on them, never where somebody might have."""

import asyncio
from typing import Any

import pytest

from tests.mcp.servers import ERAS, FakeServer, ModernServer
from tests.mcp.stage import Gateway, Played, Sent, answered, gateway, modern_request
from tests.mcp.test_lane import until
from trigate.core.errors import UpstreamUnreachable
from trigate.core.settings import Duration
from trigate.mcp.care_settings import BreakerSettings, Concurrency
from trigate.mcp.settings import Server

CALL: dict[str, Any] = {"name": "git__echo", "arguments": {"text": "x"}}


def tool(**annotations: bool) -> dict[str, Any]:
    return {"name": "echo", "inputSchema": {"type": "object"}, "annotations": annotations}


def settings(**more: Any) -> Server:
    return Server(url="http://git/mcp", **more)


class Failing(ModernServer):
    """Fails so often, in some way, when one of its methods is used."""

    def __init__(self, how: Played | Exception, times: int = 1, method: str = "tools/call", **more: Any) -> None:
        super().__init__(**more)
        self.how, self.times, self.method = how, 0, method
        self.next_times = times

    def fail(self) -> None:
        """From now on."""
        self.times = self.next_times

    def answer(self, sent: Sent) -> Played:
        if sent.body["method"] == self.method and self.times:
            self.times -= 1
            if isinstance(self.how, Exception):
                raise type(self.how)(*self.how.args)
            return self.how
        return super().answer(sent)


async def call(gate: Gateway, method: str = "tools/call", params: dict[str, Any] | None = None) -> dict[str, Any]:
    return (await gate.modern(method, params or CALL)).json


@pytest.mark.parametrize("warm", [0, 3])
async def test_a_call_that_could_not_be_sent_is_sent_again(warm: int):
    server = Failing(UpstreamUnreachable("no connection"))
    async with gateway({"git": server}) as gate:
        for _ in range(warm):
            await call(gate)
        await gate.modern("tools/list")
        server.fail()
        assert "result" in await call(gate)
        record = gate.records[-1]
        assert (record["outcome"], record["attempts"]) == ("ok", 2)
        assert [each["fault"] for each in record["tries"]] == ["upstream.unreachable"]


@pytest.mark.parametrize("warm", [0, 3])
@pytest.mark.parametrize(
    ("annotations", "trusted", "again"),
    [
        ({"readOnlyHint": True}, True, True),
        ({"idempotentHint": True}, True, True),
        ({"readOnlyHint": True}, False, False),
        ({"destructiveHint": False}, True, False),
        ({}, True, False),
    ],
)
async def test_a_tool_that_may_have_acted_is_called_again_only_if_that_does_no_harm(
    annotations: dict[str, bool], trusted: bool, again: bool, warm: int
):
    given = settings(trust_annotations=trusted)
    server = Failing(Played(502, b""), tools=[tool(**annotations)], settings=given)
    async with gateway({"git": server}) as gate:
        for _ in range(warm):
            await call(gate)
        await gate.modern("tools/list")
        server.fail()
        assert ("result" in await call(gate)) is again
        assert len(server.calls("tools/call")) == warm + 1 + again


async def test_what_only_reads_is_asked_again():
    server = Failing(Played(502, b""), method="resources/read")
    async with gateway({"git": server}) as gate:
        await gate.modern("resources/list")
        server.fail()
        assert "result" in await call(gate, "resources/read", {"uri": "file:///a"})


@pytest.mark.parametrize("how", [Played(401, b""), Played(403, b"")])
async def test_a_refusal_is_not_asked_for_twice(how: Played):
    server = Failing(how, 5, method="resources/read")
    async with gateway({"git": server}) as gate:
        await gate.modern("resources/list")
        server.fail()
        assert "error" in await call(gate, "resources/read", {"uri": "file:///a"})
        assert len(server.calls("resources/read")) == 1


async def test_there_are_as_many_retries_as_configured():
    server = Failing(Played(502, b""), 9, method="resources/read", settings=settings(retries=2))
    async with gateway({"git": server}) as gate:
        await gate.modern("resources/list")
        server.fail()
        assert "error" in await call(gate, "resources/read", {"uri": "file:///a"})
        assert len(server.calls("resources/read")) == 3


async def test_a_server_that_is_not_there_is_left_alone_and_others_go_on():
    given = settings(retries=0, breaker=BreakerSettings(failures=3, rest=Duration(60)))
    server = Failing(UpstreamUnreachable("no connection"), 99, settings=given)
    async with gateway({"git": server, "web": ModernServer()}) as gate:
        for _ in range(3):
            await call(gate)
        server.fail()
        for _ in range(3):
            assert "no connection" in (await call(gate))["error"]["message"]
        calls = len(server.calls("tools/call"))
        assert "3 times in a row" in (await call(gate))["error"]["message"]
        assert gate.records[-1]["outcome"] == "mcp.server_resting"
        assert len(server.calls("tools/call")) == calls
        assert "result" in await call(gate, params=CALL | {"name": "web__echo"})
        listed = (await gate.modern("tools/list")).json["result"]["tools"]
        assert len(listed) == 2, "its tools are listed still"
        gate.lane._upstreams["git"].care.breaker.opens = 1.0
        server.times = 0
        for _ in range(4):
            assert "result" in await call(gate)


@pytest.mark.parametrize("era", ERAS)
async def test_no_more_calls_are_under_way_than_allowed(era: str):
    server: FakeServer = ERAS[era](settings=settings(concurrency=Concurrency(calls=1, waiting=1)))
    async with gateway({"git": server}) as gate:
        await gate.modern("tools/list")
        server.stall = True
        headers, body = modern_request("tools/call", CALL)
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        first, _ = gate.begin("POST", "/mcp", lines, body)
        await until(lambda: len(server.calls("tools/call")) == 1)
        server.stall = False
        second, edge = gate.begin("POST", "/mcp", lines, body)
        turnstile = gate.lane._upstreams["git"].care._turnstile
        assert turnstile is not None
        await until(lambda: bool(turnstile._queue))
        assert "too many" in (await call(gate))["error"]["message"]
        assert gate.records[-1]["outcome"] == "mcp.server_busy"
        assert len(server.calls("tools/call")) == 1
        first.cancel()
        await asyncio.wait([first, second])
        assert "result" in answered(edge).json
        assert turnstile.inside == 0
