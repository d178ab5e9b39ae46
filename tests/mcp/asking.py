"""Servers that ask their callers something, and callers that answer."""

import asyncio
import json
from typing import Any

from tests.mcp.servers import LegacyServer, ModernServer
from tests.mcp.stage import Answered, Edge, Gateway, Played, Sent, answered, session_fields
from tests.patience import PATIENCE
from trigate.core.parts import Data
from trigate.mcp.settings import Server

ALL = {"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {}}
"""What a caller declares who can be asked anything."""
CAPABLE = {"io.modelcontextprotocol/clientCapabilities": ALL}
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
FORM = {"method": "elicitation/create", "params": {"mode": "form", "message": "Who?", "requestedSchema": SCHEMA}}
PAGE = {"method": "elicitation/create", "params": {"mode": "url", "message": "Log in", "url": "https://x.example/"}}
SAMPLE = {
    "method": "sampling/createMessage",
    "params": {"messages": [{"role": "user", "content": {"type": "text", "text": "hi"}}], "maxTokens": 5},
}
ROOTS = {"method": "roots/list"}
ACCEPTED = {"action": "accept", "content": {"name": "Ada"}}
ANSWERS: dict[str, dict[str, Any]] = {
    "elicitation/create": ACCEPTED,
    "sampling/createMessage": {"role": "assistant", "content": {"type": "text", "text": "lo"}, "model": "m"},
    "roots/list": {"roots": [{"uri": "file:///r"}]},
}


class Rounds(ModernServer):
    """Ends calls with questions, round by round, and says in the end what it was told."""

    capabilities = ALL

    def __init__(self, *rounds: dict[str, Any], state: bool = True) -> None:
        super().__init__()
        self.rounds = rounds
        self.state = state
        self.told: list[Any] = []

    def answer(self, sent: Sent) -> Played:
        params = (sent.body or {}).get("params", {})
        if sent.body["method"] not in {"tools/call", "prompts/get", "resources/read"}:
            return super().answer(sent)
        assert "_meta" in params
        place = len(self.told)
        if place:
            assert set(params.get("inputResponses", {})) == set(self.rounds[place - 1])
            assert (params.get("requestState") == f'state "{place}"') is self.state
        else:
            assert not {"inputResponses", "requestState"} & params.keys()
        self.told.append(params.get("inputResponses"))
        if place == len(self.rounds):
            return super().answer(sent)
        self.result = {"resultType": "input_required", "inputRequests": self.rounds[place]}
        if self.state:
            self.result["requestState"] = f'state "{place + 1}"'
        try:
            return self.send(sent, self.result)
        finally:
            self.result = None


class Talk:
    """A call of the older protocol under way, with what its caller has been sent so far."""

    def __init__(self, gate: Gateway, session: str, task: asyncio.Task[None], edge: Edge) -> None:
        self.gate, self.session, self.task, self.edge = gate, session, task, edge
        self.read = 0

    async def next(self) -> Any:
        """The next message on the stream."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = self.messages()
                if len(found) > self.read:
                    self.read += 1
                    return found[self.read - 1]
                await asyncio.sleep(0.002)

    def messages(self) -> list[Any]:
        """Every message so far."""
        text = b"".join(each.payload for each in self.edge.parts if isinstance(each, Data)).decode()
        events = [each for each in text.split("\n\n") if "data: {" in each]
        return [json.loads(each.partition("data: ")[2]) for each in events]

    async def reply(self, id: Any, result: Any = None, error: Any = None) -> Answered:
        """Answer a question, by a request of its own."""
        message = {"jsonrpc": "2.0", "id": id} | ({"result": result} if error is None else {"error": error})
        return await self.gate.send("POST", "/mcp", session_fields(self.session), json.dumps(message).encode())

    async def end(self) -> Answered:
        """The answer, once it is all there."""
        async with asyncio.timeout(PATIENCE):
            await self.task
        return answered(self.edge)


def begin(gate: Gateway, session: str, method: str, params: Any, id: Any = 1) -> Talk:
    """Make a call of the older protocol that may be asked something."""
    body = json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).encode()
    headers = [(name.encode(), value.encode()) for name, value in session_fields(session).items()]
    return Talk(gate, session, *gate.begin("POST", "/mcp", headers, body))


def responses(requests: dict[str, Any]) -> dict[str, Any]:
    """An answer to each."""
    return {key: ANSWERS[each["method"]] for key, each in requests.items()}


class Asks(LegacyServer):
    """Asks while a call is open, question by question or several at once, and says in the end what it was told."""

    def __init__(self, *rounds: dict[str, Any], settings: Server | None = None) -> None:
        super().__init__(settings=settings)
        self.rounds = rounds
        self.declared: dict[str, Any] = {}
        """What was declared at the beginning of each session."""
        self.streams: dict[str, asyncio.Queue[bytes]] = {}
        self.told: list[Any] = []
        self.cancelled: list[Any] = []

    def answer(self, sent: Sent) -> Played:
        body, session = sent.body or {}, sent.fields.get("mcp-session-id", "")
        if body.get("method") == "initialize":
            played = super().answer(sent)
            self.declared[played.headers["Mcp-Session-Id"]] = body["params"]["capabilities"]
            return played
        if body.get("method") == "notifications/cancelled":
            self.cancelled.append(body["params"])
        if "method" not in body and "id" in body and session in self.sessions:
            call, place, key = body["id"].split("/")
            self.told.append({key: body.get("result", body.get("error"))})
            self.go_on(call, int(place))
            return Played(202, b"")
        if body.get("method") not in {"tools/call", "prompts/get"}:
            return super().answer(sent)
        assert session in self.sessions
        assert not {"inputResponses", "requestState"} & body["params"].keys()
        self.streams[str(body["id"])] = stream = asyncio.Queue[bytes]()
        self.ask(str(body["id"]), 0)
        self.token = body["params"].get("_meta", {}).get("progressToken")
        return Played(200, live=stream)

    def ask(self, call: str, place: int) -> None:
        stream = self.streams[call]
        if place == len(self.rounds):
            result = {"content": [{"type": "text", "text": json.dumps(self.told)}]}
            self.say(call, {"jsonrpc": "2.0", "id": int(call), "result": result})
            stream.put_nowait(b"")
            return
        for key, question in self.rounds[place].items():
            self.say(call, {"jsonrpc": "2.0", "id": f"{call}/{place}/{key}", **question})
        self.waiting = len(self.rounds[place])

    def say(self, call: str, message: Any) -> None:
        self.streams[call].put_nowait(b"data: " + json.dumps(message).encode() + b"\n\n")

    def go_on(self, call: str, place: int) -> None:
        self.waiting -= 1
        if not self.waiting:
            self.ask(call, place + 1)
