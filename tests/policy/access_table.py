"""Every real route by every kind of caller: `python -m tests.policy.access_table` writes the table anew.

The rows are made from the routing tables of the lanes themselves, so that a route which is added adds rows; what each
caller gets is what the whole spine records, with upstreams of which none can be reached: what is let through ends
there.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

from tests.mcp.stage import BOTH, Body, Edge, Spool, modern_request, session_fields, surround, sweeping
from tests.patience import PATIENCE
from trigate.api.lane import ApiLane
from trigate.config.config import Config
from trigate.config.load import load_text
from trigate.core.errors import UpstreamUnreachable
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane
from trigate.core.parts import Head
from trigate.core.principal import Principal, Restriction
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.llm.address import DROP_INS, OPERATIONS
from trigate.llm.form import Field, write_form
from trigate.llm.lane import LlmLane
from trigate.llm.resource.conversation_desk import ADDRESSES as CONVERSATIONS
from trigate.llm.resource.desk import ADDRESSES
from trigate.llm.resource.handle import Handles, Origin
from trigate.llm.resource.owner import owner_of
from trigate.llm.resource.turn import SERVICE as TURN
from trigate.llm.resource.turn import TurnHost
from trigate.mcp.lane import McpLane
from trigate.mcp.method import METHODS, Method
from trigate.policy.access import Access
from trigate.policy.call import Calls
from trigate.policy.directory import Directory
from trigate.policy.limit import Limits
from trigate.policy.record import Recorder
from trigate.policy.serve import Serve
from trigate.store.depot import Shelves
from trigate.store.settings import StoreSettings

CONFIG = """
policy:
  access:
    - { role: admin, allow: ["*"] }
    - { role: writer, allow: ["llm.* model/shared", "mcp.* server/acme-*", "api.request route/acme-*"] }
    - { role: reader, allow: ["llm.chat model/shared", "mcp.*.get", "mcp.resources.read", "api.request"],
        when: 'action.lane != "api" || request.method == "GET"' }
    - { organisation: acme, deny: ["* model/globex-*", "* server/globex-*", "* route/globex-*"] }
    - { organisation: globex, deny: ["* model/acme-*", "* server/acme-*", "* route/acme-*"] }
  access_default: deny
api:
  routes:
    acme-orders: { match: { path: /acme/orders/* }, targets: ["http://upstream.test"] }
    globex-orders: { match: { path: /globex/orders/* }, targets: ["http://upstream.test"] }
    open: { match: { path: /open, methods: [GET, POST] }, targets: ["http://upstream.test"] }
llm:
  providers:
    p: { kind: openai, base_url: "http://upstream.test/v1", api_key: provider-key, passthrough: ["/files*"] }
  models:
    shared: { targets: [p/shared] }
    acme-own: { targets: [p/acme] }
    globex-own: { targets: [p/globex] }
  state: { conversations: memory }
mcp:
  servers:
    acme-crm: { url: "http://upstream.test/mcp", breaker: { failures: 0 } }
    globex-crm: { url: "http://upstream.test/mcp", breaker: { failures: 0 } }
  endpoints:
    acme: { servers: [acme-crm] }
"""
ALL = frozenset(("api", "llm", "mcp"))
CALLERS: dict[str, Principal | None] = {
    "nobody": None,
    **{
        f"{tenant}-{role}": Principal(f"{tenant}-{role}", ALL, organisation=tenant, roles=frozenset((role,)))
        for tenant in ("acme", "globex")
        for role in ("admin", "writer", "reader", "none")
    },
    "stranger": Principal("stranger", ALL),
    "limited": Principal(
        "limited",
        frozenset(("llm", "api")),
        roles=frozenset(("admin",)),
        restriction=Restriction(("acme-*",), (), ("open",)),
    ),
}
PATTERNS = {
    "gemini_content": ["/v1beta/models/MODEL:generateContent", "/v1beta/models/MODEL:streamGenerateContent"],
    "bedrock_converse": ["/model/MODEL/converse", "/model/MODEL/converse-stream"],
    "gemini_count": ["/v1beta/models/MODEL:countTokens"],
    "gemini_embed": ["/v1beta/models/MODEL:embedContent"],
    "gemini_batch_embed": ["/v1beta/models/MODEL:batchEmbedContents"],
    "bedrock_count": ["/model/MODEL/count-tokens"],
    "bedrock_invoke": ["/model/MODEL/invoke", "/model/MODEL/invoke-with-response-stream"],
}
"""Paths that are not fixed, by the operation they are for."""
FORMS = ("/v1/audio/transcriptions", "/v1/audio/translations")
"""Paths to which a form is sent."""
FORM = {"content-type": "multipart/form-data; boundary=b"}
JSON = {"content-type": "application/json"}
MODELS = ("shared", "acme-own", "globex-own", "p/any", "nope")
SERVERS = ("acme-crm", "globex-crm", "nope")


class Row(NamedTuple):
    """One request, as every caller sends it."""

    title: str
    method: str
    path: str
    fields: dict[str, str]
    body: bytes = b""


class Unreachable:
    """The outbound client when no upstream can be reached."""

    prefix, name, url, authority = b"", "upstream", "http://upstream.test", b"upstream.test"
    names = frozenset[bytes]()

    def endpoint(self, url: str, **_: object) -> Any:
        return self

    def dispatch(self, *_: object) -> None:
        return None

    async def send(self, *_: object, **__: object) -> Any:
        raise UpstreamUnreachable("nobody is there")


class Table:
    """The lanes of CONFIG behind the spine."""

    def __init__(self) -> None:
        self.config: Config = load_text(CONFIG, "table.yaml", {})
        self.spool, client = Spool(), Unreachable()
        self.around = surround(self.spool)
        self.around.bus.offer(TURN, TurnHost().serve)
        recorder, ids = Recorder(self.spool), self.around.ids
        policy = self.config.policy
        calls = Calls(Access(policy.access, policy.access_default), Limits(), (), recorder, ids)
        nothing: Any = client
        assert self.config.mcp is not None
        assert self.config.llm is not None
        assert self.config.api is not None
        self.mcp = McpLane(self.config.mcp, nothing, self.around, calls)
        self.llm = LlmLane(self.config.llm, nothing, self.around, calls, Shelves(StoreSettings(), self.around))
        self.api = ApiLane(self.config.api, nothing, "table")
        lanes: list[Lane] = [self.mcp, self.llm, self.api]
        self.caller: Principal | None = None
        self.serve = Serve(lanes, [self._identify], Directory({}), calls, recorder, ids)

    def _identify(self, exchange: Exchange) -> Principal | None:
        return self.caller

    async def send(self, row: Row, caller: Principal | None) -> tuple[str, Edge]:
        """The outcome of the call that a caller's request becomes, the innermost if it becomes several."""
        self.caller = caller
        headers = [(name.encode(), value.encode()) for name, value in row.fields.items()]
        path = row.path.encode()
        request = Request(row.method.encode(), path, path, b"", b"localhost", headers, dict(headers))
        edge = Edge(Signal(asyncio.get_running_loop()))
        self.spool.records.clear()
        task = edge.task = spawn(self.serve(request, Peer("127.0.0.1"), Body(edge.signal, row.body), edge), "exchange")
        async with asyncio.timeout(PATIENCE):
            if row.method == "GET" and row.path.endswith("/sse"):
                while not task.done() and not edge.seen.is_set():
                    await asyncio.sleep(0)
                task.cancel()  # nothing happens if it has ended
                await asyncio.wait([task])
            else:
                await task
        return self.spool.records[0]["outcome"], edge

    async def session(self, caller: Principal | None, version: str = "2025-03-26") -> str:
        """A session of the older protocol; `none` for whoever gets none."""
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
        body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}).encode()
        row = Row("", "POST", "/mcp", {"content-type": "application/json", "accept": BOTH}, body)
        _, edge = await self.send(row, caller)
        head = next(each for each in edge.parts if isinstance(each, Head))
        return dict(head.headers).get(b"mcp-session-id", b"none").decode()

    # --- rows ---

    def rows(self, session: str) -> Iterator[Row]:
        """Every route there is, and every way to miss one."""
        yield from self._api_rows()
        yield from self._llm_rows()
        yield from self._mcp_rows(session)

    def _api_rows(self) -> Iterator[Row]:
        assert self.config.api is not None
        for route in self.config.api.routes.values():
            path = route.match.path.replace("*", "1")
            for method in ("GET", "POST", "DELETE"):
                yield Row(f"{method} {path}", method, path, {})
        yield Row("GET /nowhere", "GET", "/nowhere", {})

    def _llm_rows(self) -> Iterator[Row]:
        for dialect, path in asked_at():
            fields = FORM if path in FORMS else JSON
            for prefix in ("", "/" + {meant: each.decode() for each, meant in DROP_INS.items()}.get(dialect, "openai")):
                for model in MODELS:
                    place = prefix + path.replace("MODEL", model)
                    yield Row(f"POST {place} {model}", "POST", place, fields, ask(dialect, path, model))
            yield Row(f"POST {path} (no JSON)", "POST", path.replace("MODEL", "shared"), fields, b"{")
            yield Row(f"GET {path}", "GET", path.replace("MODEL", "shared"), {})
        for place in ("p/files", "p/models", "nope/files"):
            for method in ("GET", "POST"):
                yield Row(f"{method} /passthrough/{place}", method, f"/passthrough/{place}", {})
        for name in ("", *(f"/{model}" for model in MODELS)):
            yield Row(f"GET /v1/models{name}", "GET", f"/v1/models{name}", {})
        yield from self._kept_rows()
        yield Row("GET /v1/realtime", "GET", "/v1/realtime", {})

    def _kept_rows(self) -> Iterator[Row]:
        """Files and batches; what is there belongs to one caller."""
        derive = self.around.derive("llm resources")
        owner = owner_of(CALLERS["acme-admin"] or Principal("", ALL), "team")
        for method, pattern, act in ADDRESSES:
            kind = {"files": "file", "batches": "batch", "responses": "response"}[act.split(".")[1]]
            id = Handles(derive).wrap(kind, owner, Origin("p", f"{kind}-1"))
            path = pattern.decode().replace("{id}", id)
            fields = FORM if act == "llm.files.create" else JSON
            file = Handles(derive).wrap("file", owner, Origin("p", "file-1"))
            yield Row(f"{method.decode()} {pattern.decode()}", method.decode(), path, fields, kept_body(act, file))
        for method, pattern, _ in CONVERSATIONS:
            id = Handles(derive).wrap("conversation", owner, Origin("", "conv_1"))
            path = pattern.decode().replace("{id}", id).replace("{item}", "msg_1")
            yield Row(f"{method.decode()} {pattern.decode()}", method.decode(), path, JSON, b"{}")

    def _mcp_rows(self, session: str) -> Iterator[Row]:
        for path in self.mcp._places:
            for method in METHODS["modern"].values():
                for title, params in _asks(method):
                    named = {"mcp-name": params[method.member]} if method.kind == "task" else {}
                    fields, body = modern_request(method.name, params, headers=named)
                    yield Row(f"POST {path.decode()} {title}", "POST", path.decode(), fields, body)
            yield Row(f"GET {path.decode()}", "GET", path.decode(), {"accept": "text/event-stream"})
        yield from self._older_rows()
        for method in METHODS["legacy"].values():
            for title, params in _asks(method):
                yield _legacy(f"POST /mcp {title} (session)", session, _message(method.name, params))
        call = _message("tools/call", {"name": "acme-crm__t", "arguments": {}})
        yield _legacy("POST /mcp tools/call acme-crm__t (batch)", session, [call])
        yield _legacy(
            "POST /mcp notifications/initialized", session, {"jsonrpc": "2.0", "method": "notifications/initialized"}
        )
        yield _legacy("POST /mcp no/method", session, _message("no/method", {}))
        yield _legacy("POST /mcp tools/list (unknown session)", "unknown", _message("tools/list", {}))
        yield Row("POST /mcp/nowhere", "POST", "/mcp/nowhere", {})
        yield Row("DELETE /mcp", "DELETE", "/mcp", {"mcp-session-id": session})

    def _older_rows(self) -> Iterator[Row]:
        """Streams of 2024-11-05, left as soon as they are there, and a message for one that is nobody's."""
        for path in self.mcp._older._places:
            place, body = path.decode(), json.dumps(_message("ping", {})).encode()
            yield Row(f"GET {place}", "GET", place, {"accept": "text/event-stream"})
            yield Row(f"POST {place} ping (unknown stream)", "POST", place, JSON, body)


def _asks(method: Method) -> Iterator[tuple[str, dict[str, Any]]]:
    """A method with what it may be about."""
    if method.way == "complete":
        for server in SERVERS:
            ref = {"type": "ref/prompt", "name": f"{server}__p"}
            yield f"{method.name} {server}__p", {"ref": ref, "argument": {"name": "a", "value": "b"}}
    elif method.kind == "task":
        yield f"{method.name} of somebody", {method.member: "x" * 80}
    elif method.kind == "resource":
        yield f"{method.name} file:///x", {"uri": "file:///x"}
    elif method.kind:
        for server in SERVERS:
            yield f"{method.name} {server}__x", {method.member: f"{server}__x"}
    elif method.name == "logging/setLevel":
        yield method.name, {"level": "info"}
    elif method.name == "initialize":
        yield (
            method.name,
            {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}},
        )
    else:
        yield method.name, {}


def _message(method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def _legacy(title: str, session: str, message: Any) -> Row:
    return Row(title, "POST", "/mcp", session_fields(session), json.dumps(message).encode())


def kept_body(act: str, file: str) -> bytes:
    """What is sent with it."""
    if act == "llm.batches.create":
        return json.dumps({"input_file_id": file, "endpoint": "/v1/chat/completions"}).encode()
    head = b'--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n'
    return head + b"x\r\n--b--\r\n" if act == "llm.files.create" else b""


async def outcomes() -> AsyncIterator[tuple[str, str, str]]:
    """Row, caller and outcome, one by one."""
    table = Table()
    async with sweeping(table.around.deadlines):
        for name, caller in CALLERS.items():
            for row in table.rows(await table.session(caller)):
                outcome, _ = await table.send(row, caller)
                yield row.title, name, outcome


async def write() -> str:
    """The table: per row the outcomes, each with the callers who have it."""
    found: dict[str, dict[str, list[str]]] = {}
    async for row, caller, outcome in outcomes():
        found.setdefault(row, {}).setdefault(outcome, []).append(caller)
    lines: list[str] = []
    for row, cells in found.items():
        lines += [row, *(f"    {outcome}: {', '.join(callers)}" for outcome, callers in sorted(cells.items()))]
    return "\n".join([*lines, ""])


def asked_at() -> Iterator[tuple[str, str]]:
    """Where callers ask for models: the dialect, and the path, with `MODEL` where that names it."""
    for operation in OPERATIONS:
        for path in [operation.path.decode()] if operation.path else PATTERNS[operation.name]:
            yield operation.dialect, path


def ask(dialect: str, path: str, model: str) -> bytes:
    """A small ask of any kind."""
    if path in FORMS:
        return write_form([Field("model", model.encode()), Field("file", b"x", "a.wav")], b"b")
    said: dict[str, Any] = {
        "gemini_content": {"contents": [{"role": "user", "parts": [{"text": "x"}]}]},
        "bedrock_converse": {"messages": [{"role": "user", "content": [{"text": "x"}]}]},
        "anthropic_messages": {"max_tokens": 5},
    }.get(dialect, {"input": "x"})
    named = {} if "MODEL" in path else {"model": model, "messages": [{"role": "user", "content": "x"}]}
    return json.dumps(named | said).encode()


if __name__ == "__main__":
    print(asyncio.run(write()), end="")
