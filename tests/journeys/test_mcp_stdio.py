"""Clients that know only commands use a gateway through `trigate mcp stdio`, in either era of the protocol."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.journeys.conftest import KEY, Gateway
from tests.journeys.test_listening import configured
from tests.mcp.stage import modern_request
from tests.patience import PATIENCE

TRIGATE = str(Path(sys.executable).parent / "trigate")


def command(running: Gateway) -> list[str]:
    return [TRIGATE, "mcp", "stdio", "--gateway", running.url]


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_an_sdk_uses_the_gateway_as_a_command(gateway: Callable[[str], Gateway], mode: Any):
    running = gateway(configured("legacy"))
    program, *arguments = command(running)
    parameters = StdioServerParameters(command=program, args=arguments, env={"TRIGATE_KEY": KEY})
    async with asyncio.timeout(2 * PATIENCE), Client(stdio_client(parameters), mode=mode) as client:
        assert [each.name for each in (await client.list_tools()).tools] == ["talker__act"]
        results = [client.call_tool("talker__act", {"what": "none"}) for _ in range(8)]
        assert not any(each.is_error for each in await asyncio.gather(*results))
    running.record(action="mcp.tools.call", key="test")


async def test_news_arrive_over_the_pipe_and_the_end_of_the_client_is_the_end(gateway: Callable[[str], Gateway]):
    running = gateway(configured("modern"))
    pipe = await asyncio.create_subprocess_exec(
        *command(running), stdin=-1, stdout=-1, env={"TRIGATE_KEY": KEY, "PATH": "/usr/bin:/bin"}
    )
    assert pipe.stdin is not None
    assert pipe.stdout is not None
    async with asyncio.timeout(2 * PATIENCE):
        for id, method, params in (
            ("l", "subscriptions/listen", {"notifications": {"toolsListChanged": True}}),
            ("t", "tools/list", {}),
        ):
            pipe.stdin.write(modern_request(method, params, id=id)[1] + b"\n")
            said = json.loads(await pipe.stdout.readline())
            assert said.get("id") == "t" or said["method"].endswith("acknowledged")
        pipe.stdin.write(modern_request("tools/call", {"name": "talker__act", "arguments": {"what": "add"}})[1] + b"\n")
        told = [json.loads(await pipe.stdout.readline()) for _ in range(2)]
        assert {each.get("method", "result") for each in told} == {"result", "notifications/tools/list_changed"}
        pipe.stdin.close()
        assert await pipe.wait() == 0
    assert await pipe.stdout.read() == b""
