"""A tool that needs approval: held, approved on the command line, made once; with real processes and two workers."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import MCPError

from tests.journeys.conftest import KEY, Gateway
from tests.journeys.test_mcp_sdk import DEMO, connected, settings
from tests.patience import PATIENCE


def approvals(running: Gateway, *words: str) -> str:
    """What `trigate approvals` says."""
    command = [str(Path(sys.executable).parent / "trigate"), "approvals", *words, "-c", str(running.file)]
    done = subprocess.run(
        command,
        cwd=running.folder,
        env={**os.environ, "TRIGATE_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def configured(wait: str) -> str:
    rule = "{ name: sums, on: ['mcp.tools.call server/demo/*'], by: operator }"
    return f"""
inbound: {{ listen: "127.0.0.1:<port>", workers: 2 }}
policy:
  keys: {{ dev: {{ secret: "${{TRIGATE_KEY}}" }} }}
  approvals: {{ wait: {wait}, rules: [{rule}] }}
{settings(demo={"command": DEMO})}
"""


async def refused(client: Any, arguments: dict[str, int]) -> dict[str, Any]:
    with pytest.raises(MCPError) as error:
        await client.call_tool("demo__add", arguments)
    return error.value.error.data


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_a_call_is_made_once_after_it_was_approved(gateway: Callable[[str], Gateway], mode: str) -> None:
    running = gateway(configured("0s"))
    async with connected(running, mode) as client:
        data = await refused(client, {"a": 1, "b": 2})
        assert data["code"] == "approval.pending"
        assert data["approval"] in await asyncio.to_thread(approvals, running, "list")
        assert '"a": 1' in await asyncio.to_thread(approvals, running, "show", data["approval"])
        await asyncio.to_thread(approvals, running, "approve", data["approval"])
        assert (await refused(client, {"a": 1, "b": 3}))["code"] == "approval.pending"
        assert (await client.call_tool("demo__add", {"a": 1, "b": 2})).structured_content == {"sum": 3}
        again = await refused(client, {"a": 1, "b": 2})
        assert (again["code"], again["approval"] != data["approval"]) == ("approval.pending", True)
        await asyncio.to_thread(approvals, running, "deny", again["approval"])
        assert (await refused(client, {"a": 1, "b": 2}))["code"] == "approval.denied"
    assert running.record(action="mcp.tools.call", outcome="ok")["flags"] == [f"approved.{data['approval']}"]


async def test_a_call_that_is_held_goes_on_when_it_is_approved(gateway: Callable[[str], Gateway]) -> None:
    running = gateway(configured("5m"))
    async with connected(running, "2026-07-28") as client:
        held = asyncio.ensure_future(client.call_tool("demo__add", {"a": 1, "b": 2}))
        async with asyncio.timeout(PATIENCE):
            while not (lines := (await asyncio.to_thread(approvals, running, "list")).splitlines()[1:]):
                assert not held.done()
        await asyncio.to_thread(approvals, running, "approve", lines[0].split()[0])
        assert (await held).structured_content == {"sum": 3}
