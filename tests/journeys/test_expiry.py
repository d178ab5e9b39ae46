"""Nothing that goes on outlives the credential it was begun with: streams, tunnels, model answers, tool calls."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tests.journeys.caller import Caller, head
from tests.journeys.conftest import Gateway
from tests.journeys.stage import chat
from tests.journeys.test_tool_faults import tool_server
from tests.mcp.stage import modern_request
from tests.outbound.chaos import Chaos, expect, hang, send, tell
from tests.patience import PATIENCE
from tests.policy.issuer import AUDIENCE, Issuer, Service, SigningKey
from trigate.core.clock import clock

LIFE = 4
"""Seconds that a credential lives; one that is over before its request has begun is exchanged for another."""
BEGUN = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nbegun"
CHUNK = b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"begun"}}]}\n\n'  # fmt: skip # noqa: E501
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n"


class Introspector(Service):
    """Every token is active, for a little while from the moment that somebody asks."""

    def answer(self, line: str, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        described = {"active": True, "sub": parse_qs(body.decode())["token"][0], "exp": _soon()}
        return 200, {"content-type": "application/json"}, json.dumps(described).encode()


def _soon() -> float:
    return clock.wall_ns() / 1e9 + LIFE


def _mcp() -> tuple[str, str, list[str], bytes]:
    fields, body = modern_request("tools/call", {"name": "s__push", "arguments": {}})
    return "POST", "/mcp", [f"{name}: {value}" for name, value in fields.items()], body


ASKS: dict[str, tuple[str, str, list[str], bytes]] = {
    "stream": ("GET", "/stream", [], b""),
    "tunnel": ("GET", "/tunnel", ["connection: upgrade", "upgrade: websocket"], b""),
    "model": ("POST", "/v1/chat/completions", ["content-type: application/json"], chat("s/m", stream=True)),
    "tool": _mcp(),
}


@asynccontextmanager
async def upstreams(called: asyncio.Event) -> AsyncIterator[str]:
    """Services of each lane that begin and never end, as the gateway's configuration; `called`: a tool has begun."""
    model = send(EVENTS % (len(CHUNK), CHUNK))
    async with (
        Chaos([expect(), send(BEGUN), hang()], repeat=True) as stream,
        Chaos([expect(), send(SWITCHED), hang()], repeat=True) as tunnel,
        Chaos([expect(), model, hang()], repeat=True) as provider,
        Chaos(tool_server("modern", [tell(called), hang()]), repeat=True) as server,
    ):
        routes = {
            "stream": {"match": {"path": "/stream"}, "targets": [stream.url]},
            "tunnel": {"match": {"path": "/tunnel"}, "targets": [tunnel.url], "upgrade": ["websocket"]},
        }
        sections: dict[str, Any] = {
            "api": {"routes": routes},
            "llm": {"providers": {"s": {"kind": "openai", "base_url": f"{provider.url}/v1", "api_key": "x" * 20}}},
            "mcp": {"servers": {"s": {"url": f"{server.url}/mcp", "era": "modern"}}},
        }
        yield "\n".join(f"{name}: {json.dumps(section)}" for name, section in sections.items()) + "\n"


async def begin(running: Gateway, ask: str, credential: Callable[[], str], called: asyncio.Event) -> Caller:
    """A caller for whom something has begun."""
    method, path, fields, body = ASKS[ask]
    patience = clock.monotonic() + PATIENCE
    while clock.monotonic() < patience:
        caller = await Caller.connect(running.port)
        length = [f"content-length: {len(body)}"] if body else []
        caller.send(head(method, path, *fields, *length, key=credential()) + body)
        if ask == "tool":  # its answer begins when it ends
            with suppress(TimeoutError):
                await asyncio.wait_for(called.wait(), LIFE / 2)
                return caller
        elif b" 401 " not in await caller.until(b"\r\n\r\n"):
            await caller.until(b"begun")
            return caller
        caller.writer.transport.abort()
    raise AssertionError(f"no {ask} ever began; the gateway said:\n{running.log}")


async def end(caller: Caller) -> bytes:
    """What still comes until the connection ends, or until the answer does."""
    received = caller.rest
    try:
        async with asyncio.timeout(LIFE + PATIENCE):
            while not _is_whole(received) and (piece := await caller.reader.read(65536)):
                received += piece
    except ConnectionResetError:
        pass
    return received


def _is_whole(received: bytes) -> bool:
    length = re.search(rb"(?i)content-length: *(\d+)", received)
    body = received.partition(b"\r\n\r\n")[2]
    return received.endswith(b"0\r\n\r\n") or (length is not None and len(body) == int(length[1]))


async def check(running: Gateway, credential: Callable[[], str], called: asyncio.Event) -> None:
    """Begin one of each, and see each end by itself, in its own protocol."""
    begun = await asyncio.gather(*(begin(running, each, credential, called) for each in ASKS))
    callers = dict(zip(ASKS, begun, strict=True))
    rest = dict(zip(ASKS, await asyncio.gather(*map(end, callers.values())), strict=True))
    assert rest["stream"] == b""  # cut, so that nobody takes it for whole
    assert rest["tunnel"] == b""
    told = msgspec.json.decode(rest["model"].partition(b"data: ")[2].partition(b"\n")[0])
    assert "expired" in told["error"]["message"]
    assert b" 401 " in rest["tool"].partition(b"\r\n")[0]
    refused = msgspec.json.decode(rest["tool"].partition(b"\r\n\r\n")[2])
    assert (refused["id"], refused["error"]["data"]["code"]) == (1, "auth.invalid")
    for lane in ("api", "llm", "mcp"):
        await asyncio.to_thread(running.record, lane=lane, outcome="auth.invalid")
    for caller in callers.values():
        caller.writer.transport.abort()


async def test_a_token_of_an_issuer_ends_all_that_it_began(gateway: Callable[[str], Gateway]) -> None:
    async with Issuer(SigningKey("first")) as issuer, upstreams(called := asyncio.Event()) as lanes:
        jwt = {"kind": "jwt", "issuer": issuer.url, "audience": [AUDIENCE], "leeway": "0s"}
        running = gateway(f"policy: {json.dumps({'authenticators': [jwt]})}\n{lanes}")
        await check(running, lambda: issuer.token(exp=_soon()), called)


async def test_an_introspected_token_ends_all_that_it_began(gateway: Callable[[str], Gateway]) -> None:
    async with Introspector() as service, upstreams(called := asyncio.Event()) as lanes:
        asked = {"kind": "introspection", "url": service.url, "client_id": "gateway", "client_secret": "s" * 20}
        numbers = itertools.count()
        running = gateway(f"policy: {json.dumps({'authenticators': [asked]})}\n{lanes}")
        await check(running, lambda: f"token-{next(numbers)}", called)


async def test_a_key_of_the_file_ends_all_that_it_began(gateway: Callable[[str], Gateway]) -> None:
    now = int(clock.wall_ns() / 1e9)
    moments = {f"key-number-{number:012d}": now + LIFE * number for number in range(2, 60)}
    keys = {
        f"k{moment}": {"secret": secret, "expires": datetime.fromtimestamp(moment, UTC).isoformat()}
        for secret, moment in moments.items()
    }

    def credential() -> str:
        soon = clock.wall_ns() / 1e9 + LIFE / 2
        return next(secret for secret, moment in moments.items() if moment > soon)

    async with upstreams(called := asyncio.Event()) as lanes:
        running = gateway(f"policy: {json.dumps({'keys': keys})}\n{lanes}")
        await check(running, credential, called)
