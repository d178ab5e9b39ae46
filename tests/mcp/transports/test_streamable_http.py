"""Requests to servers at a URL: target, fields, and what is never sent."""

from tests.mcp.servers import LegacyServer, ModernServer
from tests.mcp.stage import FakeClient, gateway
from trigate.core.settings import Secret
from trigate.mcp.settings import Server


async def test_path_query_and_configured_fields_are_sent():
    server = Server(
        url="http://git:8000/a/mcp?x=1", headers={"Authorization": Secret("Bearer own"), "X-Team": Secret("t")}
    )
    played, client = ModernServer(settings=server), FakeClient()
    client.servers["http://git:8000"] = played
    async with gateway({"git": played}, client) as gate:
        await gate.modern("tools/call", {"name": "git__echo"}, headers={"authorization": "Bearer caller"})
        for sent in played.seen:
            assert (sent.method, sent.target) == ("POST", "/a/mcp?x=1")
            assert (sent.fields["authorization"], sent.fields["x-team"]) == ("Bearer own", "t")
            assert sent.fields["user-agent"].startswith("trigate/")
            assert sent.fields["content-type"] == "application/json"


async def test_an_operators_user_agent_replaces_the_gateways():
    played = ModernServer(settings=Server(url="http://git/", headers={"User-Agent": Secret("mine")}))
    async with gateway({"git": played}) as gate:
        await gate.modern("tools/list")
        assert {each.fields["user-agent"] for each in played.seen} == {"mine"}


async def test_the_oldest_revisions_get_no_version_field():
    class Old(LegacyServer):
        version = "2025-03-26"

        def answer(self, sent):  # type: ignore[no-untyped-def]
            if "mcp-session-id" in sent.fields:
                assert "mcp-protocol-version" not in sent.fields
                sent.fields["mcp-protocol-version"] = self.version
            return super().answer(sent)

    async with gateway({"old": Old()}) as gate:
        assert "result" in (await gate.modern("tools/call", {"name": "old__echo"})).json


async def test_ids_are_the_gateways_own():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        for _ in range(2):
            await gate.modern("tools/call", {"name": "git__echo"}, id="callers")
        ids = [each.body["id"] for each in played.seen]
        assert len(set(ids)) == len(ids)
        assert "callers" not in ids
