"""Servers ask callers, in every cell, with the MCP project's own SDK at both ends and whichever worker serves."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult

from tests.journeys.conftest import KEY, Gateway
from tests.journeys.test_mcp_sdk import settings
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import refused, until

SERVER = """
import sys
from typing import Annotated
from pydantic import BaseModel
from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Elicit, Resolve

class Name(BaseModel):
    name: str

server = MCPServer("inner")

def who() -> Elicit[Name]:
    return Elicit("Who are you?", Name)

@server.tool()
async def greet(answer: Annotated[Name, Resolve(who)]) -> str:
    return f"Hello {answer.name}"

@server.tool()
async def greet_twice(ctx: Context) -> str:
    first = await ctx.elicit("Who are you?", Name)
    second = await ctx.elicit("And who else?", Name)
    return f"Hello {first.data.name} and {second.data.name}"

if sys.argv[1] == "stdio":
    server.run("stdio")
else:
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
"""
WORKERS = "inbound: { listen: 127.0.0.1:<port>, workers: 2 }\n"
numbered = pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.proof)])


@pytest.fixture(scope="module")
def http_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, at its URL."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stdout=output, stderr=output)
    try:
        until(lambda: process.poll() is not None or not refused(port))
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait(PATIENCE)


@asynccontextmanager
async def connected(gateway: Gateway, mode: Any) -> AsyncIterator[tuple[Client, list[str]]]:
    """A client whose user is Ada, and what she was asked; every request of it may reach another worker."""
    asked: list[str] = []

    async def answer(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"name": f"Ada {len(asked)}"})

    limits = httpx2.Limits(max_keepalive_connections=0)
    headers = {"authorization": f"Bearer {KEY}"}
    async with (
        asyncio.timeout(3 * PATIENCE),
        httpx2.AsyncClient(headers=headers, timeout=3 * PATIENCE, limits=limits) as http,
        Client(
            streamable_http_client(gateway.url + "/mcp", http_client=http), mode=mode, elicitation_callback=answer
        ) as client,
    ):
        yield client, asked


@numbered
@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
@pytest.mark.parametrize("kind", ["legacy", "modern", "stdio"])
async def test_a_tool_asks_its_caller(
    gateway: Callable[[str], Gateway], http_server: str, mode: str, kind: str, workers: int
):
    inner: dict[str, Any] = {"url": http_server, "era": kind}
    if kind == "stdio":
        inner = {"command": [sys.executable, "-c", SERVER, "stdio"], "era": "legacy"}
    running = gateway(WORKERS.replace("workers: 2", f"workers: {workers}") + settings(inner=inner))
    async with connected(running, mode) as (client, asked):
        for _ in range(4):
            asked.clear()
            result = await client.call_tool("inner__greet", {})
            assert result.content[0].text == "Hello Ada 1"  # type: ignore[union-attr]
            assert asked == ["Who are you?"]
        if kind == "modern":
            return  # in the newer era only what was declared beforehand can be asked
        asked.clear()
        result = await client.call_tool("inner__greet_twice", {})
        assert result.content[0].text == "Hello Ada 1 and Ada 2"  # type: ignore[union-attr]
    assert running.record(action="mcp.elicitation.create", resource="server/inner/tool/greet")["parent"]
