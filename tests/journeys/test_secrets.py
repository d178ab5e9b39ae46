"""Planted secrets come out nowhere, and whatever is refused is on record, on every lane and in every phase."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.journeys.caller import Caller, Got, head
from tests.journeys.conftest import KEY, Gateway
from tests.journeys.stage import Upstream, chat, eventually, listeners
from tests.outbound.chaos import answer, close, expect, reset, send

SECRETS = {
    "key": KEY,
    "narrow": "canary-narrow-0001",
    "wrong": "canary-wrong-0002-0123456789",
    "provider": "canary-provider-0003",
    "header": "canary-header-0004",
    "server": "canary-server-0005",
    "environment": "canary-environment-0006",
    "query": "canary-query-0007",
    "body": "canary-body-0008",
    "basic": "canary-basic-0009",
    "cookie": "canary-cookie-0010",
    "answer": "canary-answer-0011",
    "rotated": "canary-rotated-0012",
}
TEXT = """
policy:
  keys:
    test: {{ secret: '${{TRIGATE_KEY}}' }}
    narrow: {{ secret: canary-narrow-0001, lanes: [] }}
api:
  routes:
    s: {{ match: {{ path: /s }}, targets: ['http://127.0.0.1:{api}'] }}
    small: {{ match: {{ path: /small }}, targets: ['http://127.0.0.1:{api}'], max_body: 10 }}
    get: {{ match: {{ path: /get, methods: [GET] }}, targets: ['http://127.0.0.1:{api}'] }}
llm:
  providers:
    p:
      kind: openai
      base_url: http://127.0.0.1:{llm}/v1
      api_key: canary-provider-0003
      headers: {{ x-more: canary-header-0004 }}
mcp:
  servers:
    web: {{ url: 'http://127.0.0.1:{mcp}/mcp', headers: {{ authorization: Bearer canary-server-0005 }} }}
    child: {{ command: [sh, -c, exit 3], env: {{ TOKEN: canary-environment-0006 }} }}
"""


class Scene:
    """A gateway with three lanes, and everything its callers heard."""

    def __init__(self, running: Gateway) -> None:
        self.running = running
        self.heard = list[bytes]()

    async def ask(self, request: bytes, method: str = "POST") -> Got:
        """Send a request on a connection of its own; whatever comes back is kept."""
        async with await Caller.connect(self.running.port) as caller:
            caller.send(request)
            got = await caller.answer(method)
            self.heard.append(got.raw)
            return got

    async def post(self, path: str, body: bytes, *fields: str, key: str = KEY) -> Got:
        """Post JSON."""
        more = (f"Content-Length: {len(body)}", "Content-Type: application/json", *fields)
        return await self.ask(head("POST", path, *more, key=key) + body)

    async def rpc(self, method: str, name: str = "", **params: Any) -> Got:
        """One message to the merged tool server, in the protocol that needs no greeting."""
        version = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}
        params["_meta"] = version | {"io.modelcontextprotocol/clientCapabilities": {}}
        fields = ["Accept: application/json, text/event-stream", "MCP-Protocol-Version: 2026-07-28"]
        fields += [f"Mcp-Method: {method}", *([f"Mcp-Name: {name}"] if name else [])]
        more = {"name": name} if name else {}
        body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": params | more})
        return await self.post("/mcp", body, *fields)

    def found(self) -> dict[str, list[str]]:
        """Where each secret came out: files beside the configuration, and what callers heard."""
        places = {str(path): path.read_bytes() for path in _files(self.running.folder)}
        places["answers"] = b"\n".join(self.heard)
        return {
            name: [place for place, content in places.items() if value.encode() in content]
            for name, value in SECRETS.items()
            if any(value.encode() in content for content in places.values())
        }


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".yaml", ".new")]


def _start(gateway: Callable[[str], Gateway]) -> tuple[Scene, list[Any], str]:
    sockets = listeners(3)
    ports = dict(zip(("api", "llm", "mcp"), (each.getsockname()[1] for each in sockets), strict=True))
    text = TEXT.format(**ports)
    return Scene(gateway(text)), sockets, text


async def test_no_secret_comes_out_anywhere(gateway: Callable[[str], Gateway]) -> None:
    scene, sockets, text = _start(gateway)
    ok = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n"
    private = ("Cookie: a=canary-cookie-0010", "Proxy-Authorization: Basic canary-basic-0009")
    said = b'{"error":{"message":"bad key canary-provider-0003 and canary-header-0004","type":"x","code":"x"}}'
    services = [
        [expect(), send(ok + b"{}"), expect(), reset()],
        [expect(), send(ok[:40]), close()],
        [expect(), send(ok + b"canary-answer-0011"), reset()],
        [expect(), send(b"nonsense canary-answer-0011\r\n\r\n")],
    ]
    providers = [
        [answer(said, b"%d No" % status, b"connection: close"), close()] for status in (400, 401, 403, 429, 500)
    ]
    providers += [[expect(), reset()], [expect(), send(b"HTTP/1.1 200 OK\r\n\0canary-provider-0003\r\n\r\n")]]
    servers = [[answer(b"Bearer canary-server-0005 is no good", b"401 Unauthorized", b"connection: close"), close()]]
    async with (
        Upstream(sockets[0], *services, repeat=True) as service,
        Upstream(sockets[1], *providers, repeat=True) as provider,
        Upstream(sockets[2], *servers, repeat=True) as server,
    ):
        for _ in range(5):
            await scene.ask(head("GET", "/s?token=canary-query-0007", *private), "GET")
        for _ in range(8):
            await scene.post("/v1/chat/completions", chat("p/m", user="canary-body-0008"))
        await scene.post("/v1/chat/completions", b'{"model": "p/m", "canary-body-0008"')
        await scene.post("/v1/chat/completions", b'{"model": ["canary-body-0008"]}')
        for _ in range(2):
            await scene.rpc("tools/list")
            await scene.rpc("tools/call", name="web__t", arguments={"a": "canary-body-0008"})
            await scene.rpc("tools/call", name="child__t", arguments={})
        for key in ("", "canary-wrong-0002-0123456789", "canary-narrow-0001"):
            for path in ("/s", "/v1/chat/completions", "/mcp", "/nowhere"):
                await scene.post(path, b"{}", key=key)
        await scene.ask(b"GET /s HTTP/1.1\r\nHost: h\r\nAuthorization : Bearer canary-wrong-0002-0123456789\r\n\r\n")
        await scene.ask(b"GET /s?canary-query-0007 HTTP/1.1\r\nHost: h\r\nCookie: canary-cookie-0010\nX: y\r\n\r\n")
        assert b"authorization: bearer canary-provider-0003" in provider.received.lower()
        assert b"canary-server-0005" in server.received
        assert KEY.encode() not in service.received + provider.received + server.received
        # A file with a fault beside a secret is told without the secret.
        scene.running.write(text + "llm2: { api_key: canary-rotated-0012 }\n")
        await eventually(lambda: "llm2" in scene.running.log)
        scene.running.write(text)
        scene.running.process.send_signal(signal.SIGHUP)
    assert scene.running.stop() == 0
    assert len(scene.heard) > 30
    found = scene.found()
    # What a service itself answers is its caller's; of it nothing may be kept.
    assert {name: places for name, places in found.items() if name != "answer" or places != ["answers"]} == {}


async def test_whatever_is_refused_is_on_record_and_reaches_nobody(gateway: Callable[[str], Gateway]) -> None:
    scene, sockets, _ = _start(gateway)
    wrong = "canary-wrong-0002-0123456789"
    greeting = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
    tools = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": greeting})
    talk = chat("p/m")
    refusals = [
        *[("/s", b"", key, code) for key, code in (("", "auth.invalid"), (wrong, "auth.invalid"))],
        *[("/v1/chat/completions", talk, key, "auth.invalid") for key in ("", wrong)],
        *[("/mcp", tools, key, "auth.invalid") for key in ("", wrong)],
        *[(path, talk, SECRETS["narrow"], "access.denied") for path in ("/s", "/v1/chat/completions")],
        ("/v1/embeddings", b'{"model": "p/m", "input": "a"}', SECRETS["narrow"], "access.denied"),
        ("/mcp", tools, SECRETS["narrow"], "access.denied"),
        ("/nowhere", b"", KEY, "route.not_found"),
        ("/get", b"", KEY, "route.method_not_allowed"),
        ("/small", b"01234567890", KEY, "request.too_large"),
        ("/v1/models", b"", KEY, "route.method_not_allowed"),
        ("/v1/chat/completions", b"{", KEY, "request.invalid"),
        ("/v1/chat/completions", chat("nobody"), KEY, "model.not_found"),
        ("/v1/chat/completions", chat("q/m"), KEY, "model.not_found"),
        ("/s/../s", b"", KEY, "request.invalid"),
    ]
    async with Upstream(sockets[0]) as api, Upstream(sockets[1]) as llm, Upstream(sockets[2]) as mcp:
        for number, (path, body, key, _) in enumerate(refusals):
            fields = (f"x-request-id: refused-{number}", "Accept: application/json, text/event-stream")
            assert (await scene.post(path, body, *fields, key=key)).status in range(400, 500)
        assert [*api.talks, *llm.talks, *mcp.talks] == []
    await eventually(lambda: len(scene.running.records()) >= len(refusals))
    outcomes = [each["outcome"] for each in scene.running.records()]
    assert outcomes == [code for *_, code in refusals]
