"""Four workers: whichever of them a request reaches, callers see one gateway."""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import psutil
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.journeys.conftest import KEY, Gateway
from tests.journeys.load import Site, under_load
from tests.journeys.stage import eventually
from tests.patience import PATIENCE
from tests.process.scene import kill

WORKERS = 4
SLOW = """
import json, sys, threading, time

TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("sleep", "echo")]

def say(id, result):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": id, "result": result}) + "\\n")
    sys.stdout.flush()

def call(id, arguments):
    print("called", file=sys.stderr, flush=True)
    time.sleep(arguments.get("seconds", 0))
    say(id, {"content": [{"type": "text", "text": arguments.get("text", "slept")}]})

for line in sys.stdin:
    message = json.loads(line)
    id, method, params = message.get("id"), message.get("method"), message.get("params", {})
    if method == "initialize":
        about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "slow", "version": "1"}}
        say(id, {"protocolVersion": params["protocolVersion"]} | about)
    elif method == "tools/list":
        say(id, {"tools": TOOLS})
    elif method == "tools/call":
        threading.Thread(target=call, args=(id, params["arguments"]), daemon=True).start()
    elif id is not None:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "no"}}) + "\\n")
        sys.stdout.flush()
"""
ACCEPT = "application/json, text/event-stream"


def several(**sections: Any) -> str:
    lines = [f"inbound: {{ listen: '127.0.0.1:<port>', workers: {WORKERS} }}"]
    return "\n".join([*lines, *(f"{name}: {json.dumps(section)}" for name, section in sections.items()), ""])


def workers(running: Gateway) -> list[psutil.Process]:
    """The children that listen where callers connect."""
    children = psutil.Process(running.process.pid).children()
    return [each for each in children if any(found.laddr.port == running.port for found in listening(each))]


def listening(child: psutil.Process) -> list[Any]:
    with suppress(psutil.NoSuchProcess, FileNotFoundError):  # it may be ending at this moment
        return [each for each in child.net_connections("tcp") if each.status == psutil.CONN_LISTEN and each.laddr]
    return []


class Answer(NamedTuple):
    """An answer of the gateway."""

    status: int
    fields: dict[str, str]
    body: bytes


async def post(running: Gateway, message: dict[str, Any], session: str = "", method: str = "POST") -> Answer:
    """One message on a connection of its own, and so to any of the workers."""
    fields = {"accept": ACCEPT, "content-type": "application/json"} | ({"mcp-session-id": session} if session else {})
    body = json.dumps({"jsonrpc": "2.0"} | message).encode() if message else None
    named = {name.replace("-", "_"): value for name, value in fields.items()}
    return Answer(*await asyncio.to_thread(running.ask, method, "/mcp", body, **named))


async def begin(running: Gateway) -> str:
    """A session of the older protocol."""
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    answer = await post(running, {"id": 0, "method": "initialize", "params": params})
    session = answer.fields["mcp-session-id"]
    assert (await post(running, {"method": "notifications/initialized"}, session)).status == 202
    return session


def tools(**more: Any) -> str:
    slow = {"command": [sys.executable, "-c", SLOW], "timeouts": {"list": "60s"}}
    return several(mcp={"servers": {"slow": slow}} | more)


async def test_a_session_is_the_same_in_every_worker(gateway: Callable[[str], Gateway]):
    running = gateway(tools())
    session = await begin(running)
    answers = await asyncio.gather(*(post(running, {"id": n, "method": "ping"}, session) for n in range(40)))
    assert {each.status for each in answers} == {200}
    assert (await post(running, {}, session, "DELETE")).status == 204
    answers = await asyncio.gather(*(post(running, {"id": n, "method": "ping"}, session) for n in range(40)))
    assert {each.status for each in answers} == {404}


async def test_a_cancellation_finds_its_request_in_whichever_worker(gateway: Callable[[str], Gateway]):
    running = gateway(tools())
    session = await begin(running)
    await post(running, {"id": 0, "method": "tools/list"}, session)
    for number in range(1, 6):
        params = {"name": "slow__sleep", "arguments": {"seconds": 300}}
        call = asyncio.create_task(post(running, {"id": number, "method": "tools/call", "params": params}, session))
        await eventually(lambda wanted=number: running.log.count("says=called") == wanted)
        note = {"method": "notifications/cancelled", "params": {"requestId": number}}
        assert (await post(running, note, session)).status == 202
        await asyncio.wait({call}, timeout=2 * PATIENCE)
        assert not isinstance(call.exception(), TimeoutError)


async def test_sessions_outlive_the_worker_that_began_them_and_an_upgrade(gateway: Callable[[str], Gateway]):
    running = gateway(tools())
    sessions = [await begin(running) for _ in range(8)]
    for each in workers(running):
        kill(each)
    running.until(lambda: running.ready() and len(workers(running)) == WORKERS)
    for session in sessions:
        assert (await post(running, {"id": 1, "method": "ping"}, session)).status == 200
    running.process.send_signal(signal.SIGUSR2)
    await asyncio.to_thread(running.until, lambda: "a new program serves" in running.log, 45)
    for session in sessions:
        assert (await post(running, {"id": 1, "method": "ping"}, session)).status == 200


async def test_the_sdk_works_in_both_eras(gateway: Callable[[str], Gateway]):
    running = gateway(tools())
    for mode in ("legacy", "2026-07-28"):
        async with (
            asyncio.timeout(2 * PATIENCE),
            httpx2.AsyncClient(headers={"authorization": f"Bearer {KEY}"}, timeout=PATIENCE) as http,
            Client(streamable_http_client(f"{running.url}/mcp", http_client=http), mode=mode) as client,
        ):
            assert {each.name for each in (await client.list_tools()).tools} == {"slow__sleep", "slow__echo"}
            results = await asyncio.gather(*(client.call_tool("slow__echo", {"text": str(n)}) for n in range(20)))
            assert [each.content[0].text for each in results] == [str(n) for n in range(20)]  # type: ignore[union-attr]


async def test_a_worker_that_is_killed_costs_its_own_connections_and_nothing_else(gateway: Callable[[str], Gateway]):
    site, tally = Site(), Counter[str]()
    server = await site.start()
    routes = {"all": {"match": {"path": "/*"}, "targets": [f"http://127.0.0.1:{site.port}"]}}
    running = gateway(
        several(api={"routes": routes}, policy={"authenticators": [{"kind": "anonymous", "lanes": ["api"]}]})
    )
    async with under_load(running.port, tally):
        await eventually(lambda: tally["answered"] > 50)
        victim, *others = workers(running)
        victim.suspend()  # so that it takes no connection that is not counted
        lost = len([each for each in victim.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED])
        kill(victim)
        await asyncio.to_thread(running.until, lambda: "a process was restarted" in running.log)
        before = tally["answered"]
        await eventually(lambda: tally["answered"] > before + 50)
    server.close()
    wrong = sum(count for kind, count in tally.items() if kind not in {"answered", "streamed"})
    assert wrong <= lost
    running.until(lambda: set(others) < set(workers(running)))


async def test_a_key_that_is_taken_away_is_refused_by_every_worker(gateway: Callable[[str], Gateway], tmp_path: Path):
    site = Site()
    server = await site.start()
    routes = {"all": {"match": {"path": "/*"}, "targets": [f"http://127.0.0.1:{site.port}"]}}

    def text(*keys: str) -> str:
        return several(
            api={"routes": routes}, policy={"keys": {key: {"secret": f"{key}-0123456789ab"} for key in keys}}
        )

    def statuses(key: str) -> set[int]:
        return {running.ask("GET", "/page", key=f"{key}-0123456789ab")[0] for _ in range(40)}

    def is_refused(key: str) -> bool:
        with suppress(OSError):  # a key that the file does not name may wait until the store's keys are known
            return statuses(key) == {401}
        return False

    running = gateway(text("ada", "bob"))
    assert await asyncio.to_thread(statuses, "ada") == {200}
    running.write(text("bob"))
    await asyncio.to_thread(running.until, lambda: "generation=2" in running.log, 20)
    await asyncio.to_thread(running.until, lambda: is_refused("ada"), 40)
    assert await asyncio.to_thread(statuses, "ada") == {401}
    assert await asyncio.to_thread(statuses, "bob") == {200}
    server.close()
