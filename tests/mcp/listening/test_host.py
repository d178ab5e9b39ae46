"""What a command says unasked reaches callers of either era, in whichever worker, and starts no command."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.mcp.listening.servers import eventually
from tests.mcp.listening.test_front import Ear, listen, tools
from tests.mcp.test_stdio_host import Stage, commands
from trigate.mcp.settings import Server

TALKER = """
import json, sys
era, tools, wanted, listen = sys.argv[1], ["act"], [], None

def say(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

def note(method, **params):
    if era == "modern":
        params["_meta"] = {"io.modelcontextprotocol/subscriptionId": listen}
    if era == "legacy" or listen is not None:
        say(method="notifications/" + method, params=params)

def act(what):
    if what == "add":
        tools.append("new")
        note("tools/list_changed")
    for uri in wanted if what == "touch" else []:
        note("resources/updated", uri=uri)

offers = {"tools": {"listChanged": True}, "resources": {"subscribe": True}}
for line in sys.stdin:
    message = json.loads(line)
    id, method, params = message.get("id"), message.get("method"), message.get("params", {})
    if method == "server/discover" and era == "modern":
        say(id=id, result={"supportedVersions": ["2026-07-28"], "capabilities": offers})
    elif method == "initialize" and era == "legacy":
        about = {"protocolVersion": "2025-11-25", "capabilities": offers, "serverInfo": {"name": "t", "version": "1"}}
        say(id=id, result=about)
    elif method == "tools/list":
        say(id=id, result={"tools": [{"name": each, "inputSchema": {"type": "object"}} for each in tools]})
    elif method == "tools/call":
        say(id=id, result={"content": [{"type": "text", "text": json.dumps(wanted)}]})
        act(params["arguments"]["what"])
    elif method == "resources/list":
        say(id=id, result={"resources": [{"uri": "a:b", "name": "b"}]})
    elif method == "resources/subscribe":
        wanted.append(params["uri"])
        say(id=id, result={})
    elif method == "resources/unsubscribe":
        wanted.remove(params["uri"])
        say(id=id, result={})
    elif method == "subscriptions/listen":
        listen, wanted = id, params["notifications"].get("resourceSubscriptions", [])
        note("subscriptions/acknowledged", notifications=params["notifications"])
    elif id is not None:
        say(id=id, error={"code": -32601, "message": "no"})
"""


@asynccontextmanager
async def talking(era: Any) -> AsyncIterator[Stage]:
    async with commands(talker=Server(command=(sys.executable, "-c", TALKER, era), era=era)) as stage:
        yield stage
        stage.around.keep.things["mcp.scene"].drain()  # type: ignore[attr-defined]


async def act(stage: Stage, what: str) -> list[str]:
    """Have it do something; the resources it was asked to tell of."""
    answer = await stage.gate.modern("tools/call", {"name": "talker__act", "arguments": {"what": what}})
    return json.loads(answer.json["result"]["content"][0]["text"])


@pytest.mark.parametrize("server", ["modern", "legacy"])
@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_changes_and_updates_of_a_command_are_heard(caller: str, server: str):
    async with talking(server) as stage:
        ears = [await listen(stage.gate, caller, ["a:b"], id=number) for number in (1, 2)]
        await eventually(lambda: all(each.edge.committed for each in ears))
        assert await tools(stage.gate, ears[0]) == ["talker__act"]
        assert await act(stage, "touch") == ["a:b"]
        await eventually(lambda: all("resources/updated" in each.methods for each in ears))
        await act(stage, "add")
        await eventually(lambda: all("tools/list_changed" in each.methods for each in ears))
        assert await tools(stage.gate, ears[0]) == ["talker__act", "talker__new"]
        for each in ears:
            await each.leave()


async def test_listening_starts_no_command():
    async with talking("legacy") as stage:
        ear = await listen(stage.gate, "modern")
        assert stage.child("talker")._process is None
        await ear.leave()


async def test_after_the_last_caller_a_command_is_asked_for_nothing(monkeypatch: pytest.MonkeyPatch):
    async with talking("legacy") as stage:
        ears: list[Ear] = [await listen(stage.gate, "modern", ["a:b"], id=number) for number in (1, 2)]
        assert await act(stage, "none") == ["a:b"]
        for each in ears:
            assert await act(stage, "none") == ["a:b"]
            await each.leave()
        for _ in range(1000):
            if await act(stage, "none") == []:
                break
        else:
            raise AssertionError("it is still subscribed")
