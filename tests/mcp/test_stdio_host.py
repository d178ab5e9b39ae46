"""Commands behind the bus: started, shared, restarted, and ended for certain."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.mcp.stage import FakeClient, Gateway, LocalBus, Spool, surround, sweeping
from trigate.core.surroundings import Surroundings
from trigate.mcp.child import Child
from trigate.mcp.settings import McpSettings, Server
from trigate.mcp.stdio_host import services

DEMO = (sys.executable, "-m", "trigate.cli.demo.tools")


class Stage:
    def __init__(self, gate: Gateway, around: Surroundings, notes: list[tuple[str, str]]) -> None:
        self.gate, self.around, self.notes = gate, around, notes

    def child(self, name: str) -> Child:
        return self.around.keep.things[f"mcp.child.{name}"]  # type: ignore[attr-defined]

    def pid(self, name: str) -> int:
        process = self.child(name)._process
        assert process is not None
        return process.pid


@asynccontextmanager
async def commands(**servers: Server) -> AsyncIterator[Stage]:
    bus, spool, notes = LocalBus(), Spool(), []
    around = surround(spool, bus)
    settings = McpSettings(servers=servers)
    bus.services = dict(services(settings, around, lambda name, line: notes.append((name, line))))
    async with sweeping(around.deadlines):
        stage = Stage(Gateway(settings, FakeClient(), around, spool), around, notes)
        try:
            yield stage
        finally:
            for name in servers:
                stage.child(name).drain()
            await until(lambda: all(stage.child(name)._process is None for name in servers))


async def until(condition: Any) -> None:
    async with asyncio.timeout(8):
        while not condition():
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def command(source: str, **more: Any) -> Server:
    return Server(command=(sys.executable, "-c", source), **more)


@pytest.mark.parametrize("era", ["auto", "legacy", "modern"])
@pytest.mark.parametrize("caller", ["legacy", "modern"])
async def test_a_tool_of_a_command_is_called(caller: str, era: Any):
    async with commands(demo=Server(command=DEMO, era=era)) as stage:
        params = {"name": "demo__add", "arguments": {"a": 2, "b": 3}}
        if caller == "modern":
            answer = await stage.gate.modern("tools/call", params)
        else:
            answer = await stage.gate.legacy(await stage.gate.initialize(), "tools/call", params)
        assert answer.json["result"]["structuredContent"] == {"sum": 5}


async def test_a_command_that_dies_is_started_again_after_a_pause():
    async with commands(demo=Server(command=DEMO)) as stage:
        params = {"name": "demo__add", "arguments": {"a": 2, "b": 3}}
        assert "result" in (await stage.gate.modern("tools/call", params)).json
        first = stage.pid("demo")
        os.kill(first, signal.SIGKILL)
        await until(lambda: stage.child("demo")._process is None)
        refused = (await stage.gate.modern("tools/call", params)).json["error"]
        assert "server 'demo': it ended with status -9" in refused["message"]
        stage.child("demo")._start.failed = None
        assert "result" in (await stage.gate.modern("tools/call", params)).json
        assert stage.pid("demo") != first
