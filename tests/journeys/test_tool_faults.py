"""What a caller of a tool sees, and what is recorded, when the server fails in any phase or the caller leaves."""

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psutil
import pytest

from tests.journeys.caller import Got, head
from tests.journeys.conftest import Gateway
from tests.journeys.stage import Place, Stage, descriptors, eventually, listeners, worker
from tests.journeys.test_leaving import LEAVES
from tests.journeys.test_upstream_faults import MALFORMED, SPARE_DESCRIPTORS
from tests.mcp.stage import modern_request
from tests.outbound.chaos import Step, Talk, close, hang, reset, send
from tests.patience import PATIENCE

ERAS = ("legacy", "modern")
TOOLS = {"tools": [{"name": "push", "inputSchema": {"type": "object"}}]}
LEGACY = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "s", "version": "1"},
    },
    "tools/list": TOOLS,
}
MODERN = {
    "server/discover": {"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}},
    "tools/list": {"resultType": "complete", "ttlMs": 3_600_000, "cacheScope": "public", **TOOLS},
}
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
PROGRESS = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "half"}}

FAULTS: dict[str, list[Step]] = {
    "resets after the request": [reset()],
    "closes after the request": [close()],
    "hangs after the request": [hang()],
    "resets inside the head": [send(b"HTTP/1.1 200 OK\r\n"), reset()],
    "resets within the length": [send(JSON + b"content-length: 100\r\n\r\n{"), reset()],
    "closes within the length": [send(JSON + b"content-length: 100\r\n\r\n{"), close()],
    "hangs within the length": [send(JSON + b"content-length: 100\r\n\r\n{"), hang()],
    "says nothing": [send(JSON + b"content-length: 0\r\n\r\n")],
    "says no JSON": [send(JSON + b"content-length: 5\r\n\r\nhello")],
    "says JSON of another kind": [send(JSON + b"content-length: 2\r\n\r\n[]")],
    "fails": [send(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n")],
    "resets within its events": [send(EVENTS + b'8\r\ndata: {"\r\n'), reset()],
    "ends within its events": [send(EVENTS + b'8\r\ndata: {"\r\n0\r\n\r\n')],
    "hangs within its events": [send(EVENTS + b'8\r\ndata: {"\r\n'), hang()],
    "ends its events without a result": [send(EVENTS + b"0\r\n\r\n")],
    **{f"malformed: {name}": [send(data)] for name, data in MALFORMED.items() if "1 MiB" not in name},
}


def tool_server(era: str, calls: list[Step]) -> list[Step]:
    """A script that is a good server of `era` until a tool is called, and then goes on with `calls`."""
    results = LEGACY if era == "legacy" else MODERN

    async def serve(talk: Talk) -> None:
        while True:
            message = await _message(talk)
            if message.get("method") == "tools/call":
                break
            talk.writer.write(_answer(message, results))
        for step in calls:
            await step(talk)

    return [serve]


async def _message(talk: Talk) -> dict[str, Any]:
    begun = talk.read_upto
    await talk.until(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", talk.received[begun : talk.read_upto])
    end = talk.read_upto + (int(length[1]) if length else 0)
    while len(talk.received) < end:
        piece = await talk.reader.read(65536)
        if not piece:
            raise EOFError("the gateway hung up within a request")
        talk.received += piece
    body, talk.read_upto = talk.received[talk.read_upto : end], end
    return msgspec.json.decode(body) if body else {}


def _answer(message: dict[str, Any], results: dict[str, Any]) -> bytes:
    if "id" not in message:
        return (
            b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
            if message
            else b"HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n"
        )
    found = results.get(message["method"])
    said = {"result": found} if found else {"error": {"code": -32601, "message": "method not found"}}
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": message["id"], **said})
    return (JSON if found else JSON.replace(b"200 OK", b"404 Not Found")) + b"content-length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


@pytest.fixture(scope="module")
def stage(lasting_gateway: Callable[[str], Gateway]) -> Iterator[Stage]:
    """A gateway in which each place has a server of each era; only those of faults that hang are ever given up."""
    sockets = listeners(2 * len(FAULTS) + 16)
    servers = list[str]()
    for number, each in enumerate(sockets):
        url = f"url: 'http://127.0.0.1:{each.getsockname()[1]}/mcp'"
        servers += [f"    {era}{number}: {{ {url}, era: {era} }}" for era in ERAS]
        servers += [f"    hasty-{era}{number}: {{ {url}, era: {era}, timeouts: {{ call: 700ms }} }}" for era in ERAS]
    names = [f"{kind}{era}{number}" for number in range(len(sockets)) for era in ERAS for kind in ("", "hasty-")]
    endpoints = [f"    {name}: {{ servers: [{name}] }}" for name in names]
    yield Stage(lasting_gateway("\n".join(["mcp:", "  servers:", *servers, "  endpoints:", *endpoints])), sockets)
    for each in sockets:
        each.close()


@pytest.fixture
async def process(stage: Stage) -> Any:
    """The worker; after the test it is the same one, and has no more open than before."""
    found = worker(stage.running)
    before = descriptors(found)
    yield found
    await eventually(lambda: descriptors(found) <= before + SPARE_DESCRIPTORS)
    assert worker(stage.running).pid == found.pid


def _ask(place: Place, era: str, kind: str = "") -> bytes:
    name = f"{kind}{era}{place.number}"
    fields, body = modern_request("tools/call", {"name": f"{name}__push", "arguments": {}})
    lines = [f"{field}: {value}" for field, value in fields.items()]
    return (
        head("POST", f"/mcp/{name}", *lines, f"content-length: {len(body)}", f"x-request-id: {place.request_id}") + body
    )


async def _call(place: Place, era: str, kind: str = "") -> Got:
    async with await place.caller() as caller:
        caller.send(_ask(place, era, kind))
        return await caller.answer("POST")


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_server_that_fails_a_call_is_told_as_such(
    place: Place, process: psutil.Process, fault: str, era: str
) -> None:
    async with place.upstream(tool_server(era, FAULTS[fault]), repeat=True):
        got = await _call(place, era, "hasty-" if "hangs" in fault else "")
        assert got.whole
        answer = msgspec.json.decode(got.body.split(b"data: ")[-1])
        assert answer["id"] == 1
        code = answer["error"]["data"]["code"]
        assert code in ("mcp.server_failed", "mcp.not_spoken") or code.startswith("upstream.")
        await place.record(action="mcp.tools.call", outcome=code)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("leave", LEAVES)
@pytest.mark.parametrize("events", [False, True], ids=["before an answer", "within events"])
async def test_a_caller_that_leaves_ends_its_call(
    place: Place, process: psutil.Process, era: str, leave: str, events: bool
) -> None:
    came = asyncio.Event()
    data = b"data: " + msgspec.json.encode(PROGRESS) + b"\n\n"

    async def reached(talk: Talk) -> None:
        came.set()

    begun: list[Step] = [send(EVENTS + b"%x\r\n%b\r\n" % (len(data), data))] if events else []
    script = tool_server(era, [*begun, reached, hang()])
    async with place.upstream(script, repeat=True) as upstream, await place.caller() as caller:
        caller.send(_ask(place, era))
        await asyncio.wait_for(came.wait(), PATIENCE)
        called = next(talk for talk in upstream.talks if b"tools/call" in talk.received)
        LEAVES[leave](caller)
        await eventually(called.ended.is_set)
        await place.record(action="mcp.tools.call", outcome="caller.left")


@pytest.mark.parametrize("era", ERAS)
async def test_a_good_server_answers(place: Place, process: psutil.Process, era: str) -> None:
    async def answer(talk: Talk) -> None:
        number = re.findall(rb'"id":(\d+|"[^"]*")', talk.received)[-1]
        body = b'{"jsonrpc":"2.0","id":%b,"result":{"resultType":"complete","content":[]}}' % number
        talk.writer.write(JSON + b"content-length: %d\r\n\r\n%b" % (len(body), body))

    async with place.upstream(tool_server(era, [answer]), repeat=True):
        assert msgspec.json.decode((await _call(place, era)).body)["result"]["content"] == []
        await place.record(action="mcp.tools.call", outcome="ok")
