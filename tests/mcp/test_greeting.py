"""Which era a server speaks, by everything it may answer."""

import json
from typing import Any

import pytest

from tests.mcp.servers import LegacyServer, ModernServer, error
from tests.mcp.stage import Played, Sent, gateway
from trigate.mcp.settings import Server
from trigate.mcp.version import MODERN

DISCOVERED = {"supportedVersions": [MODERN], "capabilities": {}}


class Probed(LegacyServer):
    """Speaks the older protocol, and answers the probe as told."""

    probe = Played(404, b"not found", {"content-type": "text/plain"})

    def answer(self, sent: Sent) -> Played:
        if sent.body and sent.body.get("method") == "server/discover":
            return self.probe
        return super().answer(sent)


OLD = [
    error(1, -32601),
    error(1, -32602, status=400),
    error(1, -32600, status=400),
    error(1, -32000, status=404),
    error(1, -32022, data={"supported": ["2025-11-25"], "requested": MODERN}, status=400),
    error(1, -32022, data=5, status=400),
    error(1, -32022, status=400),
    Played(400, b""),
    Played(404, b"<html>", {"content-type": "text/html"}),
    Played(405, b""),
    Played(200, b"hello", {"content-type": "text/plain"}),
    Played(200, b"{", {"content-type": "application/json"}),
    Played(202, b""),
    Played(200, {"jsonrpc": "2.0", "id": 1, "result": {"supportedVersions": ["2099-01-01"]}}),
    Played(200, {"jsonrpc": "2.0", "id": 1, "result": {}}),
    Played(200, {"jsonrpc": "2.0", "id": 1, "result": []}),
]


@pytest.mark.parametrize("probe", OLD, ids=str)
async def test_anything_but_a_modern_answer_means_the_older_protocol(probe: Played):
    played = Probed()
    played.probe = probe
    async with gateway({"old": played}) as gate:
        assert "result" in (await gate.modern("tools/call", {"name": "old__echo"})).json
        assert played.begun == 1
        assert played.calls("notifications/initialized")


@pytest.mark.parametrize("code", [-32020, -32021])
async def test_a_code_only_modern_servers_have_means_the_newer_protocol(code: int):
    class Picky(ModernServer):
        def answer(self, sent: Sent) -> Played:
            if sent.body["method"] == "server/discover":
                return error(sent.body["id"], code, status=400)
            return super().answer(sent)

    async with gateway({"git": Picky()}) as gate:
        assert "result" in (await gate.modern("tools/call", {"name": "git__echo"})).json


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503, 301])
async def test_an_answer_that_says_nothing_about_the_era_is_not_remembered(status: int):
    played = Probed()
    played.probe = Played(status, b"", {})
    async with gateway({"old": played}) as gate:
        message = (await gate.modern("tools/call", {"name": "old__echo"})).json["error"]["message"]
        assert f"HTTP {status}" in message
        assert not played.begun
        played.probe = error(1, -32601)
        upstream = gate.lane._upstreams["old"]
        upstream._greet.failed = None
        assert "result" in (await gate.modern("tools/call", {"name": "old__echo"})).json


async def test_an_error_to_initialize_may_name_the_newer_protocol():
    class Late(ModernServer):
        probed = False

        def answer(self, sent: Sent) -> Played:
            if sent.body["method"] == "server/discover":
                return Played(404, b"")
            if sent.body["method"] == "initialize":
                return error(sent.body["id"], -32022, data={"supported": [MODERN]}, status=400)
            return super().answer(sent)

    async with gateway({"git": Late()}) as gate:
        assert "result" in (await gate.modern("tools/call", {"name": "git__echo"})).json


@pytest.mark.parametrize(
    "answer",
    [
        {"protocolVersion": "1999-01-01", "capabilities": {}},
        {"capabilities": {}},
        {"protocolVersion": 5},
        [],
    ],
)
async def test_an_answer_to_initialize_that_is_none_fails_clearly(answer: Any):
    def server(sent: Sent) -> Played:
        if sent.body["method"] == "initialize":
            return Played(200, {"jsonrpc": "2.0", "id": sent.body["id"], "result": answer})
        return Played(404, b"")

    async with gateway({"odd": server}) as gate:
        error_ = (await gate.modern("tools/call", {"name": "odd__x"})).json["error"]
        assert (error_["code"], error_["data"]["code"]) == (-32603, "mcp.server_failed")
        assert "server 'odd'" in error_["message"]


@pytest.mark.parametrize(("era", "played"), [("legacy", LegacyServer), ("modern", ModernServer)])
async def test_an_era_that_is_configured_is_not_probed(era: Any, played: Any):
    server = played(settings=Server(url="http://s/mcp", era=era))
    async with gateway({"s": server}) as gate:
        assert "result" in (await gate.modern("tools/call", {"name": "s__echo"})).json
        assert bool(server.calls("server/discover")) is (era == "modern")


async def test_a_modern_server_that_must_be_and_is_not_fails_clearly():
    server = LegacyServer(settings=Server(url="http://s/mcp", era="modern"))
    async with gateway({"s": server}) as gate:
        message = json.dumps((await gate.modern("tools/call", {"name": "s__echo"})).json["error"])
        assert MODERN in message
        assert not server.begun
