"""A gateway before a server that wants to know each caller, all in this process."""

from typing import Any

import msgspec

from tests.mcp.stage import Gateway, LocalBus, Spool, surround
from tests.outbound.oauth.authority import PUBLIC, Asked, Authority, Rows
from trigate.core.principal import Principal
from trigate.core.shared import derive_alone
from trigate.mcp.settings import Endpoint, McpSettings, Server
from trigate.outbound import user_key
from trigate.outbound.client import Client
from trigate.outbound.credentials.oauth import Oauth
from trigate.outbound.oauth.agreement import Return, Setting
from trigate.outbound.oauth.connector import Connector
from trigate.outbound.oauth.order import SERVICE
from trigate.outbound.personal import Personal
from trigate.outbound.settings import OutboundSettings
from trigate.outbound.user_key import KeyHost
from trigate.policy.access import Access

BROWSER = "b" * 43


def principal(user: str, team: str = "") -> Principal:
    return Principal(f"key-{user}", frozenset({"mcp"}), user=user, team=team)


class Scene:
    """The gateway, its connector, and callers by name."""

    def __init__(self, authority: Authority, kind: Personal | None = None, **settings: Any) -> None:
        self.authority = authority
        self.tool = "whoami"
        self.bus, spool = LocalBus(), Spool()
        around = surround(spool, self.bus)
        authority.documents["/mcp"] = [(200, self.play)]
        kind = kind or Oauth(**settings)
        server = Server(url=authority.server_url, credential=kind, era="modern")
        both = McpSettings(servers={"it": server}, endpoints={"own": Endpoint(servers=("it",), prefix=False)})
        client = Client(OutboundSettings(), around)
        self.safe = Rows()
        plan = kind.plan("it", authority.server_url, PUBLIC)
        plans = {"it": plan} if plan is not None else {}
        self.keys = KeyHost(self.safe, frozenset({"it"}), PUBLIC, self.bus.tell)
        self.bus.offer(user_key.SERVICE, self.keys.serve)
        self.connector = Connector(self.safe, derive_alone, Setting(plans, client, self.bus.tell))
        self.bus.offer(SERVICE, self.connector.serve)
        self.gateway = Gateway(both, client, around, spool, Access())

    def play(self, asked: Asked) -> tuple[int, str, Any]:
        """The server: every token is a user of its own."""
        bearer = asked.fields.get("authorization", "").removeprefix("Bearer ")
        if not bearer:
            return 401, 'www-authenticate: Bearer scope="tools"\r\n', {}
        message = msgspec.json.decode(asked.body)
        result: dict[str, Any] = {"resultType": "complete", "ttlMs": 60_000, "cacheScope": "private"}
        if message["method"] == "server/discover":
            result |= {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
        elif message["method"] == "tools/list":
            result["tools"] = [{"name": f"{self.tool}-{bearer}", "inputSchema": {"type": "object"}}]
        else:
            result = {"resultType": "complete", "content": [{"type": "text", "text": f"you are {bearer}"}]}
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        return 200, "content-type: application/json\r\n", answer

    async def list(self, user: str, team: str = "") -> list[str]:
        """The names of the tools that a user is shown."""
        self.gateway.principal = principal(user, team)
        answer = await self.gateway.modern("tools/list", path="/mcp/own")
        return [each["name"] for each in answer.message["result"]["tools"]]

    async def call(self, user: str, name: str, team: str = "") -> dict[str, Any]:
        """The result of a call."""
        self.gateway.principal = principal(user, team)
        answer = await self.gateway.modern("tools/call", {"name": name, "arguments": {}}, path="/mcp/own")
        return answer.message.get("result") or answer.message["error"]

    async def agree(self, link: str) -> None:
        """Follow a link to its end."""
        agreement = self.connector.agreement
        location = await agreement.start(link.rpartition("/")[2], BROWSER)
        state = location.partition("state=")[2].partition("&")[0]
        await agreement.finish(Return(state, BROWSER, "code", self.authority.url))


def text_of(result: dict[str, Any]) -> str:
    """What a tool said."""
    return result["content"][0]["text"]
