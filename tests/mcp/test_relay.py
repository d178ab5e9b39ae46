"""What a server may answer instead of a response."""

import json
from collections.abc import Callable

import pytest

from tests.mcp.servers import ModernServer, error
from tests.mcp.stage import Played, Sent, gateway


class Answering(ModernServer):
    """Answers calls as told."""

    def __init__(self, played: Played | Callable[[Sent], Played]) -> None:
        super().__init__()
        self.played = played

    def answer(self, sent: Sent) -> Played:
        if sent.body["method"] != "tools/call":
            return super().answer(sent)
        return self.played if isinstance(self.played, Played) else self.played(sent)


@pytest.mark.parametrize(
    "played",
    [
        Played(200, b"", {"content-type": "application/json"}),
        Played(200, b"{", {"content-type": "application/json"}),
        Played(200, b"[]", {"content-type": "application/json"}),
        Played(200, b"x", {"content-type": "text/html"}),
        Played(200, events=[]),
        Played(200, events=[{"jsonrpc": "2.0", "method": "notifications/progress"}]),
        Played(200, b"data: {\n\n", {"content-type": "text/event-stream"}),
        Played(202, b""),
        Played(302, b"", {"location": "http://elsewhere"}),
        Played(400, b"nope", {"content-type": "text/plain"}),
        Played(401, b"", {"www-authenticate": "Bearer canary"}),
        Played(404, b""),
        Played(429, b""),
        Played(500, b"stack trace canary"),
        Played(200, {"jsonrpc": "2.0", "id": 1}),
        Played(200, {"jsonrpc": "2.0", "id": 1, "result": 5}),
        Played(200, {"jsonrpc": "2.0", "id": 1, "error": 5}),
        Played(200, {"jsonrpc": "2.0", "id": 1, "result": {"resultType": "task"}}),
        Played(200, {"jsonrpc": "2.0", "id": 1, "result": {"resultType": 5}}),
    ],
    ids=str,
)
@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_anything_but_a_response_is_a_clear_error_that_names_the_server(caller: str, played: Played):
    async with gateway({"git": Answering(played)}) as gate:
        params = {"name": "git__echo"}
        if caller == "modern":
            answer = await gate.modern("tools/call", params)
        else:
            answer = await gate.legacy(await gate.initialize(), "tools/call", params)
        assert answer.status == 200
        assert answer.json["error"]["code"] == -32603
        assert "server 'git'" in answer.json["error"]["message"]
        assert "canary" not in json.dumps([answer.json, answer.fields])


@pytest.mark.parametrize("status", [200, 400, 404])
async def test_a_servers_own_error_is_passed_on_with_all_its_members(status: int):
    def played(sent: Sent) -> Played:
        answer = error(sent.body["id"], 4711, "mine", {"deep": [1.50]}, status)
        answer.body["error"]["future"] = 1
        return answer

    async with gateway({"git": Answering(played)}) as gate:
        found = (await gate.modern("tools/call", {"name": "git__echo"})).json["error"]
        assert found == {"code": 4711, "message": "mine", "data": {"deep": [1.5]}, "future": 1}


async def test_a_response_in_a_stream_is_a_response():
    def played(sent: Sent) -> Played:
        return Played(200, events=[{"jsonrpc": "2.0", "id": sent.body["id"], "result": {"content": []}}])

    async with gateway({"git": Answering(played)}) as gate:
        assert (await gate.modern("tools/call", {"name": "git__echo"})).json["result"]["content"] == []


@pytest.mark.parametrize("status", [200, 302, 401, 500])
async def test_the_record_tells_the_servers_http_status(status: int):
    async with gateway({"git": Answering(Played(status, b""))}) as gate:
        await gate.modern("tools/call", {"name": "git__echo"})
        assert gate.records[-1]["status"] == status
        assert gate.records[-1]["usage"]["tool_calls"] == 1
