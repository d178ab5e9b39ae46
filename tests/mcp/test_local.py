"""What needs no server."""

from tests.mcp.stage import gateway


async def test_ping_and_log_level_are_answered_here():
    async with gateway() as gate:
        session = await gate.initialize()
        assert (await gate.legacy(session, "ping")).json["result"] == {}
        assert (await gate.legacy(session, "logging/setLevel", {"level": "emergency"})).json["result"] == {}
        assert gate.lane._front.sessions._known[session].level == 7


async def test_initialize_needs_a_version():
    async with gateway() as gate:
        body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}'
        answer = await gate.send("POST", "/mcp", {"content-type": "application/json"}, body)
        assert answer.json["error"]["code"] == -32602
        assert len(gate.lane._front.sessions) == 0
