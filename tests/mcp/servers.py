"""Servers of both eras, played in Python, as strict as the protocol lets them be."""

from collections.abc import Mapping
from typing import Any

from tests.mcp.stage import Played, Sent
from trigate.mcp.mirror import decode_value
from trigate.mcp.settings import Server
from trigate.mcp.version import MODERN

PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion"
ECHO = {
    "name": "echo",
    "description": "says it again",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
    "x-unknown": {"kept": [1, 2.50]},
}


def error(id: Any, code: int, message: str = "no", data: Any = None, status: int = 200) -> Played:
    body = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return Played(status, {"jsonrpc": "2.0", "id": id, "error": body})


class FakeServer:
    """What both eras have in common: lists, a tool that echoes, a resource, a prompt."""

    era = ""

    def __init__(self, tools: list[dict[str, Any]] | None = None, settings: Server | None = None) -> None:
        self.tools = tools if tools is not None else [ECHO]
        self.resources: list[dict[str, Any]] = [{"uri": "file:///a", "name": "a"}]
        self.templates: list[dict[str, Any]] = []
        self.prompts: list[dict[str, Any]] = [{"name": "hi", "description": "greets"}]
        self.seen: list[Sent] = []
        self.down = False
        self.stall = False
        self.result: dict[str, Any] | None = None
        self.notes: list[dict[str, Any]] = []
        """Notifications sent ahead of each call's response; `TOKEN` in them is the call's progress token."""
        if settings is not None:
            self.settings = settings

    def calls(self, method: str) -> list[Sent]:
        return [each for each in self.seen if each.body and each.body.get("method") == method]

    def __call__(self, sent: Sent) -> Played:
        self.seen.append(sent)
        if self.down:
            return Played(503, b"", {})
        return self.answer(sent)

    def answer(self, sent: Sent) -> Played:
        raise NotImplementedError

    def list_or_call(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        match method:
            case "tools/list":
                return {"tools": self.tools}
            case "resources/list":
                return {"resources": self.resources}
            case "resources/templates/list":
                return {"resourceTemplates": self.templates}
            case "prompts/list":
                return {"prompts": self.prompts}
            case "tools/call":
                text = str(params.get("arguments", {}).get("text"))
                return self.result or {"content": [{"type": "text", "text": text}], "structuredContent": {"text": text}}
            case "prompts/get":
                return {"messages": [{"role": "user", "content": {"type": "text", "text": params["name"]}}]}
            case "resources/read":
                return {"contents": [{"uri": params["uri"], "text": "content"}]}
            case "completion/complete":
                return {"completion": {"values": [str(params["ref"])]}}
            case _:
                return None

    def send(self, sent: Sent, result: dict[str, Any]) -> Played:
        message = {"jsonrpc": "2.0", "id": sent.body["id"], "result": result}
        if sent.body["method"] != "tools/call" or not (self.notes or self.stall):
            return Played(200, message)
        token = sent.body["params"].get("_meta", {}).get("progressToken")
        notes = [fill(note, token) for note in self.notes]
        return Played(200, events=notes if self.stall else [*notes, message], hang=self.stall)


def fill(value: Any, token: Any) -> Any:
    if isinstance(value, dict):
        return {key: fill(each, token) for key, each in value.items()}
    return token if value == "TOKEN" else value


class ModernServer(FakeServer):
    """Speaks 2026-07-28 alone, and refuses what that forbids."""

    era = "modern"
    capabilities: Mapping[str, Any] = {}
    """What callers must declare in their calls."""

    def answer(self, sent: Sent) -> Played:
        body = sent.body
        assert sent.method == "POST"
        id, method, params = body.get("id"), body["method"], body.get("params", {})
        assert "mcp-session-id" not in sent.fields
        assert isinstance(id, int | str), "no notifications on this transport"
        meta = params.get("_meta", {})
        if PROTOCOL_VERSION not in meta:
            return error(id, -32602, "no version", status=400)
        assert meta[PROTOCOL_VERSION] == sent.fields["mcp-protocol-version"] == MODERN
        declared = self.capabilities if method in {"tools/call", "prompts/get", "resources/read"} else {}
        assert meta["io.modelcontextprotocol/clientCapabilities"] == declared
        assert sent.fields["mcp-method"] == method
        assert {"application/json", "text/event-stream"} <= set(sent.fields["accept"].split(", "))
        name = params.get("uri") if method == "resources/read" else params.get("name")
        mirrored = sent.fields.get("mcp-name")
        assert (mirrored and decode_value(mirrored.encode())) == name
        if method == "server/discover":
            result: Any = {"supportedVersions": [MODERN], "capabilities": {"tools": {}, "prompts": {}, "resources": {}}}
            result |= {"ttlMs": 1000, "cacheScope": "public"}
        else:
            result = self.list_or_call(method, params)
        if result is None:
            return error(id, -32601, status=404)
        if method.endswith("list") or method == "resources/read":
            result = {"ttlMs": 60_000, "cacheScope": "public"} | result
        info = {"io.modelcontextprotocol/serverInfo": {"name": "secret-inner-name", "version": "0"}}
        return self.send(sent, {"resultType": "complete", "_meta": info} | result)


class LegacyServer(FakeServer):
    """Speaks 2025-11-25 alone, with sessions."""

    era = "legacy"
    version = "2025-11-25"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.sessions: set[str] = set()
        self.begun = 0
        self.ready: set[str] = set()

    def answer(self, sent: Sent) -> Played:
        session = sent.fields.get("mcp-session-id")
        if sent.method == "DELETE":
            self.sessions.discard(session or "")
            return Played(200, b"")
        if sent.method == "GET":
            return self.stream(sent, session)
        body = sent.body
        id, method = body.get("id"), body.get("method")
        if method == "initialize":
            self.begun += 1
            session = f"session-{self.begun}"
            self.sessions.add(session)
            result: Any = {"protocolVersion": self.version, "serverInfo": {"name": "old", "version": "0"}}
            result["capabilities"] = {"tools": {}, "prompts": {}, "resources": {}, "completions": {}}
            return Played(200, {"jsonrpc": "2.0", "id": id, "result": result}, {"Mcp-Session-Id": session})
        if session is None:
            return error(None, -32600, "Bad Request: Missing session ID", status=400)
        if session not in self.sessions:
            return error(id, -32600, "Session not found", status=404)
        assert sent.fields["mcp-protocol-version"] == self.version
        assert "mcp-method" not in sent.fields
        if id is None or method is None:
            if method == "notifications/initialized":
                self.ready.add(session)
            return Played(202, b"")
        assert session in self.ready, "a request before notifications/initialized"
        params = body.get("params", {})
        assert not any(key.startswith("io.modelcontextprotocol/") for key in params.get("_meta", {}))
        result = self.list_or_call(method, params)
        if result is None:
            return error(id, -32601)
        return self.send(sent, result)

    def stream(self, sent: Sent, session: str | None) -> Played:
        """The answer to a GET: this server says nothing unasked."""
        return Played(405, b"")


ERAS = {"modern": ModernServer, "legacy": LegacyServer}
