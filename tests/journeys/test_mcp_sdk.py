"""The MCP project's own SDK against a real gateway, in front of real servers: both eras on both sides."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from tests.journeys.conftest import KEY, START_SECONDS, Gateway
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import refused, until

DEMO = [sys.executable, "-m", "trigate.cli.demo.tools"]
HTTP_SERVER = """
import sys
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("inner")

@server.tool()
def echo(text: str) -> str:
    return text

@server.tool()
def fail(text: str) -> str:
    raise ValueError(text)

@server.tool()
async def steps(count: int, ctx: Context) -> str:
    for step in range(count):
        await ctx.report_progress(step + 1, count)
    return "done"

@server.resource("note://a")
def note() -> str:
    return "a note"

@server.prompt()
def greet(name: str) -> str:
    return f"Hello {name}"

server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def http_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the SDK, of both eras, at its URL."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", HTTP_SERVER, str(port)], stdout=output, stderr=output)
    try:
        until(lambda: process.poll() is not None or not refused(port))
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait(PATIENCE)


def settings(**servers: dict[str, Any]) -> str:
    """Of servers that a busy machine may take its time to start."""
    patient = {name: {"timeouts": {"list": "60s", "greet": "60s"}} | each for name, each in servers.items()}
    return json.dumps({"mcp": {"servers": patient}})[1:-1]


@asynccontextmanager
async def connected(gateway: Gateway, mode: Any, path: str = "/mcp") -> AsyncIterator[Client]:
    async with (
        asyncio.timeout(3 * PATIENCE),
        httpx2.AsyncClient(headers={"authorization": f"Bearer {KEY}"}, timeout=3 * PATIENCE) as http,
        Client(streamable_http_client(gateway.url + path, http_client=http), mode=mode) as client,
    ):
        yield client


MODES = ["legacy", "auto", "2026-07-28"]


@pytest.mark.parametrize("workers", [1, pytest.param(4, marks=pytest.mark.proof)])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_a_server_over_http_is_used_in_every_cell(
    gateway: Callable[[str], Gateway], http_server: str, mode: str, era: str, workers: int
):
    inbound = f"inbound: {{ listen: '127.0.0.1:<port>', workers: {workers} }}\n"
    running = gateway(inbound + settings(inner={"url": http_server, "era": era}))
    async with connected(running, mode) as client:
        tools = (await client.list_tools()).tools
        assert [each.name for each in tools] == ["inner__echo", "inner__fail", "inner__steps"]
        result = await client.call_tool("inner__echo", {"text": "hé"})
        assert result.content[0].text == "hé"  # type: ignore[union-attr]
        assert result.structured_content == {"result": "hé"}
        assert (await client.call_tool("inner__fail", {"text": "no"})).is_error
        seen: list[float] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            seen.append(progress)

        await client.call_tool("inner__steps", {"count": 3}, progress_callback=note)
        assert seen == [1, 2, 3]
        assert (await client.read_resource("note://a")).contents[0].text == "a note"  # type: ignore[union-attr]
        prompt = await client.get_prompt("inner__greet", {"name": "Ada"})
        assert prompt.messages[0].content.text == "Hello Ada"  # type: ignore[union-attr]
        with pytest.raises(MCPError):
            await client.read_resource("note://nowhere")
        with pytest.raises(MCPError):
            await client.call_tool("nobody__x", {})
    assert running.record(action="mcp.tools.call", resource="server/inner/tool/echo")["target"] == "inner"


@pytest.mark.parametrize("mode", MODES)
async def test_commands_and_servers_are_one_catalogue_and_a_broken_one_costs_only_itself(
    gateway: Callable[[str], Gateway], http_server: str, server_time: list[str], mode: str
):
    running = gateway(
        settings(
            demo={"command": DEMO},
            time={"command": server_time},
            broken={"command": ["/nonexistent/program"]},
            inner={"url": http_server},
            gone={"url": f"http://127.0.0.1:{free_port()}/mcp"},
        )
    )
    async with connected(running, mode) as client:
        names = [each.name for each in (await client.list_tools()).tools]
        owners = list(dict.fromkeys(name.partition("__")[0] for name in names))
        assert owners == ["demo", "time", "inner"]
        now = await client.call_tool("time__get_current_time", {"timezone": "UTC"})
        assert "UTC" in now.content[0].text  # type: ignore[union-attr]
        assert (await client.call_tool("demo__add", {"a": 1, "b": 2})).structured_content == {"sum": 3}
        for name in ("broken__x", "gone__x"):
            with pytest.raises(MCPError, match=f"server '{name[:-3]}'"):
                await client.call_tool(name, {})


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_projects_test_server_is_used(
    gateway: Callable[[str], Gateway], server_everything: list[str], mode: str
):
    running = gateway(settings(every={"command": [*server_everything, "stdio"]}))
    async with connected(running, mode) as client:
        names = {each.name for each in (await client.list_tools()).tools}
        assert "every__echo" in names
        result = await client.call_tool("every__echo", {"message": "hi"})
        assert "hi" in result.content[0].text  # type: ignore[union-attr]
        assert (await client.list_resources()).resources
        assert (await client.list_prompts()).prompts


async def test_fifty_calls_side_by_side_are_answered_each_with_its_own(
    gateway: Callable[[str], Gateway], http_server: str
):
    running = gateway(settings(demo={"command": DEMO}, inner={"url": http_server}))
    async with connected(running, "2026-07-28") as client:

        async def add(number: int) -> None:
            assert (await client.call_tool("demo__add", {"a": number, "b": 1})).structured_content == {
                "sum": number + 1
            }

        async def echo(number: int) -> None:
            assert (await client.call_tool("inner__echo", {"text": str(number)})).content[0].text == str(number)  # type: ignore[union-attr]

        async with asyncio.TaskGroup() as group:
            for number in range(25):
                group.create_task(add(number))
                group.create_task(echo(number))


def children(gateway: Gateway) -> list[int]:
    """The commands that the gateway runs."""
    found = [line for line in gateway.log.splitlines() if "says=started" in line]
    return [int(line.rsplit(" ", 1)[1]) for line in found]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_reload_keeps_the_commands_it_does_not_change(gateway: Callable[[str], Gateway]):
    running = gateway(settings(demo={"command": DEMO}, other={"command": DEMO}))
    async with connected(running, "legacy") as client:
        for name in ("demo__add", "other__add"):
            await client.call_tool(name, {"a": 1, "b": 2})
        first = children(running)
        running.write(settings(demo={"command": DEMO}))
        running.process.send_signal(signal.SIGHUP)
        running.until(lambda: not alive(first[1]))
        assert (await client.call_tool("demo__add", {"a": 1, "b": 2})).structured_content == {"sum": 3}
        assert children(running) == first
        assert alive(first[0])


async def test_no_command_outlives_the_gateway_however_it_ends(gateway: Callable[[str], Gateway]):
    running = gateway(settings(demo={"command": DEMO}))
    async with connected(running, "2026-07-28") as client:
        await client.call_tool("demo__add", {"a": 1, "b": 2})
    (child,) = children(running)
    assert alive(child)
    assert running.stop() == 0
    running.until(lambda: not alive(child))


async def test_a_control_process_that_is_killed_takes_its_commands_along_and_comes_back(
    gateway: Callable[[str], Gateway],
):
    running = gateway(settings(demo={"command": DEMO}))
    async with connected(running, "2026-07-28") as client:
        await client.call_tool("demo__add", {"a": 1, "b": 2})
        (child,) = children(running)
        parent = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
        assert parent != os.getpid()
        os.kill(parent, signal.SIGKILL)
        running.until(lambda: not alive(child))
        running.until(running.ready, START_SECONDS)

        async def again() -> bool:
            try:
                return (await client.call_tool("demo__add", {"a": 1, "b": 2})).structured_content == {"sum": 3}
            except MCPError:
                return False

        async with asyncio.timeout(PATIENCE):
            while not await again():
                await asyncio.sleep(0.2)
