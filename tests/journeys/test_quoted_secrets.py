"""Upstreams that quote in their errors what proved the gateway to them: on no lane does a caller or a log see it."""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import msgspec

from tests.journeys.caller import Caller, Got, head
from tests.journeys.conftest import Gateway
from tests.journeys.stage import chat
from tests.journeys.test_tool_faults import EVENTS, JSON, tool_server
from tests.mcp.stage import modern_request
from tests.outbound.chaos import Chaos, Step, Talk, expect

API, LLM, WEB, CHILD = (f"canary/{name}/0123456789" for name in ("api", "llm", "web", "child"))
STDIO = """
import json, os, sys
token = os.environ["API_TOKEN"]
print("cannot log in with", token, file=sys.stderr, flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] == "initialize":
        about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}}
        said = {"result": {"protocolVersion": message["params"]["protocolVersion"], **about}}
    elif message["method"] == "tools/list":
        said = {"result": {"tools": [{"name": "push", "inputSchema": {"type": "object"}}]}}
    else:
        said = {"error": {"code": -32000, "message": "not let in with " + token, "data": [token]}}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **said}), flush=True)
"""


def quote(*pieces: bytes) -> Step:
    """An answer of these pieces, with the credential that came in the place of `%s`."""

    async def step(talk: Talk) -> None:
        shown = re.findall(rb"(?i)\r\n(?:authorization|x-api-key): ([^\r]*)", talk.received)[-1]
        number = re.findall(rb'"id":(\d+)', talk.received)
        body = pieces[-1].replace(b"%s", shown).replace(b"%d", number[-1] if number else b"0")
        lines = b"content-length: %d\r\n\r\n" % len(body)
        if b"chunked" in pieces[0]:
            lines, body = b"", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        talk.writer.write(pieces[0].replace(b"%s", shown) + lines + body)

    return step


ROUTE = quote(b"HTTP/1.1 403 No\r\nx-shown: %s\r\n", b"you showed %s, which is no good")
RPC_ERROR = quote(JSON, b'{"jsonrpc":"2.0","id":%d,"error":{"code":-32000,"message":"not %s","data":{"shown":"%s"}}}')
RPC_RESULT = quote(
    JSON,
    b'{"jsonrpc":"2.0","id":%d,"result":{"resultType":"complete","isError":true,"content":[{"type":"text","text":"%s"}]}}',
)
RPC_EVENT = quote(EVENTS, b'data: {"jsonrpc":"2.0","id":%d,"error":{"code":-32000,"message":"no %s"}}\n\n')
ERROR = b'{"error":{"message":"bad key: %s","type":"invalid_request_error","code":"bad"}}'
REFUSAL = quote(b"HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\nconnection: close\r\n", ERROR)
FAILED_STREAM = quote(EVENTS, b"data: " + ERROR + b"\n\n")


async def ask(running: Gateway, method: str, path: str, body: bytes = b"", *fields: str) -> Got:
    async with await Caller.connect(running.port) as caller:
        caller.send(head(method, path, *fields, f"content-length: {len(body)}") + body)
        return await caller.answer(method)


async def call(running: Gateway, name: str) -> Got:
    fields, body = modern_request("tools/call", {"name": name, "arguments": {}})
    return await ask(running, "POST", "/mcp", body, *(f"{key}: {value}" for key, value in fields.items()))


def lanes(api: str, llm: str, servers: dict[str, str]) -> str:
    web = {"headers": {"authorization": f"Bearer {WEB}"}, "era": "modern"}
    credential = {"kind": "header", "name": "x-api-key", "value": API}
    sections: dict[str, Any] = {
        "api": {"routes": {"all": {"targets": [api], "credential": credential}}},
        "llm": {"providers": {"p": {"kind": "openai", "base_url": f"{llm}/v1", "api_key": LLM}}},
        "mcp": {
            "servers": {
                "child": {"command": [sys.executable, "-c", STDIO], "env": {"API_TOKEN": CHILD}, "era": "legacy"},
                **{name: {"url": f"{url}/mcp", **web} for name, url in servers.items()},
            }
        },
    }
    return "".join(f"{name}: {json.dumps(section)}\n" for name, section in sections.items())


async def test_an_upstream_that_quotes_the_gateways_proof_is_not_quoted(gateway: Callable[[str], Gateway]) -> None:
    said = list[bytes]()
    async with (
        Chaos([expect(), ROUTE], repeat=True) as api,
        Chaos([expect(b"}"), REFUSAL], [expect(b"}"), FAILED_STREAM]) as llm,
        Chaos(tool_server("modern", [RPC_ERROR]), repeat=True) as error,
        Chaos(tool_server("modern", [RPC_RESULT]), repeat=True) as result,
        Chaos(tool_server("modern", [RPC_EVENT]), repeat=True) as event,
    ):
        running = gateway(lanes(api.url, llm.url, {"error": error.url, "result": result.url, "event": event.url}))
        refused = await ask(running, "GET", "/a")
        assert refused.body == b"you showed %b, which is no good" % (b"*" * len(API))
        said += [refused.raw]
        for stream in (False, True):
            got = await ask(running, "POST", "/v1/chat/completions", chat("p/m", stream=stream))
            assert "bad key: •••" in got.body.decode() or "bad key: Bearer •••" in got.body.decode()
            said.append(got.raw)
        for name in ("error", "result", "event", "child"):
            got = await call(running, f"{name}__push")
            assert "•••" in got.body.decode(), name
            said.append(got.raw)
        for upstream, secret in ((api, API), (llm, LLM), (error, WEB)):
            assert any(secret.encode() in talk.received for talk in upstream.talks)
        await asyncio.to_thread(running.until, lambda: "cannot log in with" in running.log)
        await asyncio.to_thread(running.record, lane="mcp", action="mcp.tools.call")
    written = running.log.encode() + msgspec.json.encode(running.records())
    for secret in (API, LLM, WEB, CHILD):
        assert secret.encode() not in b"".join(said) + written
