"""A client of 2024-11-05: the SDK's, whose every message may reach another worker than the one with its stream."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from mcp import ClientSession
from mcp.client.sse import sse_client
from mcp.types import ElicitResult

from tests.journeys.conftest import KEY, Gateway
from tests.journeys.test_asking import SERVER, WORKERS, numbered
from tests.patience import PATIENCE


def fresh(
    headers: dict[str, str] | None = None, timeout: httpx2.Timeout | None = None, auth: httpx2.Auth | None = None
) -> httpx2.AsyncClient:
    """A client that takes a connection of its own for each request."""
    limits = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.AsyncClient(headers=headers, timeout=timeout, auth=auth, limits=limits)


@numbered
@pytest.mark.parametrize("path", ["/mcp/sse", "/mcp/mine/sse"])
async def test_the_sdk_calls_and_is_asked_over_one_stream(gateway: Callable[[str], Gateway], path: str, workers: int):
    inner: dict[str, Any] = {"command": [sys.executable, "-c", SERVER, "stdio"], "era": "legacy"}
    inner |= {"timeouts": {"list": "60s", "greet": "60s"}}
    lane = {"servers": {"inner": inner}, "endpoints": {"mine": {"servers": ["inner"]}}}
    running = gateway(WORKERS.replace("workers: 2", f"workers: {workers}") + f"mcp: {json.dumps(lane)}\n")
    asked: list[str] = []

    async def answer(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"name": f"Ada {len(asked)}"})

    async with (
        asyncio.timeout(3 * PATIENCE),
        sse_client(
            running.url + path, {"authorization": f"Bearer {KEY}"}, timeout=PATIENCE, httpx_client_factory=fresh
        ) as (read, write),
        ClientSession(read, write, elicitation_callback=answer) as client,
    ):
        await client.initialize()
        names = [each.name for each in (await client.list_tools()).tools]
        assert "inner__greet" in names
        for size in (0, 10, 100_000, 1_000_000):  # a message is as long as it likes, whichever worker it reaches
            asked.clear()
            result = await client.call_tool("inner__greet", {}, meta={"example.com/filling": "x" * size})
            assert result.content[0].text == "Hello Ada 1"  # type: ignore[union-attr]
            assert asked == ["Who are you?"]
    assert running.record(action="mcp.elicitation.create", resource="server/inner/tool/greet")["parent"]
