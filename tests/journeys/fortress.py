"""An upstream of all three lanes that keeps what it is asked and lets in whom it wants to."""

import asyncio
import re
import ssl
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from tests.journeys.caller import Caller, Got, head
from tests.journeys.conftest import Gateway
from tests.journeys.stage import chat
from tests.mcp.stage import modern_request
from tests.outbound.chaos import Chaos, Talk

TOOL = {"name": "push", "inputSchema": {"type": "object"}}
COMPLETE = {"resultType": "complete"}
RESULTS: dict[str, dict[str, Any]] = {
    "server/discover": {**COMPLETE, "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}},
    "tools/list": {**COMPLETE, "ttlMs": 3_600_000, "cacheScope": "public", "tools": [TOOL]},
    "tools/call": {**COMPLETE, "content": []},
}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
LANES = ("api", "llm", "mcp")
CONFIG = """
api: {{ routes: {{ s: {{ match: {{ path: /s/* }}, targets: ['{url}'], credential: {credential} }} }} }}
llm: {{ providers: {{ p: {{ kind: openai, base_url: '{url}/v1', credential: {credential} }} }} }}
mcp: {{ servers: {{ m: {{ url: '{url}/mcp', era: modern, credential: {credential} }} }} }}
"""
"""All three lanes lead to one upstream with one credential."""


class Asked(Struct):
    """One request that came."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for each, value in self.fields if each == name]

    @property
    def authorization(self) -> str:
        """The one value of `authorization`, empty if there is none."""
        (found,) = self.values("authorization") or [""]
        return found


class Fortress(Chaos):
    """`judge` gives the status of each answer."""

    def __init__(self, judge: Callable[[Asked], int] = lambda _: 200, tls: ssl.SSLContext | None = None) -> None:
        super().__init__([self._talk], repeat=True, tls=tls)
        self.asked: list[Asked] = []
        self.judge = judge
        self.elsewhere = ""
        """Where a redirect leads."""

    async def _talk(self, talk: Talk) -> None:
        while True:
            asked = await _read(talk)
            self.asked.append(asked)
            status = self.judge(asked)
            body = _said(asked) if status == 200 else _echoed(asked)
            lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", "content-type: application/json"]
            lines += [f"location: {self.elsewhere}"] if self.elsewhere else []
            talk.writer.write("\r\n".join([*lines, "", ""]).encode() + body)


async def _read(talk: Talk) -> Asked:
    begun = talk.read_upto
    await talk.until(b"\r\n\r\n")
    lines = talk.received[begun : talk.read_upto - 4].decode().split("\r\n")
    method, target, _ = lines[0].split(" ")
    pairs = [line.split(": ", 1) for line in lines[1:]]
    asked = Asked(method, target, [(name.lower(), value) for name, value in pairs])
    length = int((asked.values("content-length") or ["0"])[0])
    end = talk.read_upto + length
    while len(talk.received) < end:
        piece = await talk.reader.read(65536)
        if not piece:
            raise EOFError("the gateway hung up within a request")
        talk.received += piece
    asked.body, talk.read_upto = talk.received[talk.read_upto : end], end
    return asked


def _said(asked: Asked) -> bytes:
    if asked.target.startswith("/v1/"):
        return msgspec.json.encode(COMPLETION)
    if asked.target == "/mcp":
        message = msgspec.json.decode(asked.body)
        return msgspec.json.encode({"jsonrpc": "2.0", "id": message["id"], "result": RESULTS[message["method"]]})
    return b"{}"


def _echoed(asked: Asked) -> bytes:
    """A refusal that quotes what it was shown, as some servers do."""
    return msgspec.json.encode({"error": {"message": f"not by {asked.fields}", "type": "x", "code": "x"}})


class Scene:
    """A gateway's callers, and all they heard."""

    def __init__(self, running: Gateway) -> None:
        self.running = running
        self.heard = b""

    async def ask(self, lane: str, *fields: str, path: str = "/s/x", body: bytes = b"") -> Got:
        """One call through a lane."""
        if lane == "llm":
            path, body = "/v1/chat/completions", chat("p/m")
        elif lane == "mcp":
            path = "/mcp"
            more, body = modern_request("tools/call", {"name": "m__push", "arguments": {}})
            fields = (*fields, *(f"{name}: {value}" for name, value in more.items()))
        async with await Caller.connect(self.running.port) as caller:
            caller.send(head("POST", path, *fields, f"content-length: {len(body)}") + body)
            got = await caller.answer("POST")
            assert got.whole
            self.heard += got.raw
            return got

    async def crowd(self, lane: str, size: int) -> list[Got]:
        """So many calls at once."""
        return await asyncio.gather(*(self.ask(lane) for _ in range(size)))

    def end(self, *canaries: str) -> None:
        """Stop; no file of the gateway but its configuration, and nothing that a caller heard, has a canary in it."""
        assert self.running.stop() == 0
        places = {"answers": self.heard}
        for path in self.running.folder.rglob("*"):
            if path.is_file() and path.suffix not in (".yaml", ".new", ".pem"):
                places[str(path)] = path.read_bytes()
        found = [(name, place) for name in canaries for place, text in places.items() if name.encode() in text]
        assert found == []


def code_of(lane: str, got: Got) -> str:
    """The code of an error in the protocol of the lane."""
    answer = msgspec.json.decode(re.split(rb"(?m)^data: ", got.body)[-1])
    if lane == "api":
        assert got.fields["content-type"] == "application/problem+json"
        return answer["code"]
    return answer["error"]["code"] if lane == "llm" else answer["error"]["data"]["code"]
