"""Many servers' lists as one."""

import asyncio
from typing import Any

import pytest

from tests.mcp.servers import LegacyServer, ModernServer
from tests.mcp.stage import Played, Sent, gateway
from tests.mcp.test_lane import until
from trigate.core.principal import Principal, Restriction
from trigate.core.settings import Duration
from trigate.mcp.settings import Endpoint, Server, ServerTimeouts
from trigate.mcp.view import View
from trigate.policy.access import Access
from trigate.policy.rule import Rule
from trigate.store.directory import Document


def tool(name: str) -> dict[str, Any]:
    return {"name": name, "inputSchema": {"type": "object"}}


async def test_the_order_is_the_configurations_and_then_each_servers_own():
    servers = {"z": ModernServer(tools=[tool("b"), tool("a")]), "a": LegacyServer(tools=[tool("c")])}
    async with gateway(servers) as gate:
        for _ in range(2):
            tools = (await gate.modern("tools/list")).json["result"]["tools"]
            assert [each["name"] for each in tools] == ["z__b", "z__a", "a__c"]


async def test_a_list_is_fetched_once_for_everybody_and_again_when_it_is_old():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(gate.modern("tools/list"))
        assert len(played.calls("tools/list")) == 1
        gate.lane._upstreams["git"].memory.listings["tools"].fresh_until = 0.0
        played.tools = [tool("new")]
        tools = (await gate.modern("tools/list")).json["result"]["tools"]
        assert [each["name"] for each in tools] == ["git__new"]


async def test_a_list_that_cannot_be_renewed_is_shown_as_it_was_for_a_while():
    played = ModernServer()
    async with gateway({"git": played}) as gate:
        await gate.modern("tools/list")
        listing = gate.lane._upstreams["git"].memory.listings["tools"]
        played.down = True
        listing.fresh_until -= 120
        for _ in range(2):
            assert len((await gate.modern("tools/list")).json["result"]["tools"]) == 1
        listing.fresh_until -= 3600
        assert (await gate.modern("tools/list")).json["result"]["tools"] == []


async def test_a_server_that_hangs_holds_nobody_up_for_long():
    class Hanging(ModernServer):
        def answer(self, sent: Sent) -> Played:
            return Played(200, events=[], hang=True)

    times = ServerTimeouts(list=Duration(0.2), greet=Duration(3))
    hanging = Hanging(settings=Server(url="http://hanging/mcp", timeouts=times))
    async with gateway({"hanging": hanging, "git": ModernServer()}) as gate:
        result = (await gate.modern("tools/list")).json["result"]
        assert [each["name"] for each in result["tools"]] == ["git__echo"]
        assert result["_meta"]["io.trigate/unavailable"] == ["hanging"]
        gate.lane._upstreams["hanging"]._greet.expire()
        await until(lambda: gate.client.opened == gate.client.closed)


async def test_a_resource_of_two_servers_is_shown_twice_and_never_guessed_at():
    first, second = ModernServer(), ModernServer()
    second.resources = [{"uri": "file:///a", "name": "other"}, {"uri": "file:///b", "name": "b"}]
    async with gateway({"b": first, "a": second}) as gate:
        result = (await gate.modern("resources/list")).json["result"]
        shown = [each["uri"] for each in result["resources"]]
        assert shown == ["trigate://b/file:///a", "trigate://a/file:///a", "file:///b"]
        assert result["resources"][1]["name"] == "other"
        assert result["_meta"]["io.trigate/clashes"] == {"file:///a": ["b", "a"]}
        error = (await gate.modern("resources/read", {"uri": "file:///a"})).json["error"]
        assert error["message"].startswith("servers b and a both have resource file:///a")
        assert error["data"]["uris"] == ["trigate://b/file:///a", "trigate://a/file:///a"]
        assert not first.calls("resources/read") + second.calls("resources/read")
        for uri, server in zip(shown, (first, second, second), strict=True):
            answer = (await gate.modern("resources/read", {"uri": uri})).json["result"]
            assert answer["contents"][0]["uri"] == uri
            assert server.calls("resources/read")[-1].body["params"]["uri"].startswith("file:///")
            assert gate.records[-1]["resource"].startswith("server/" + ("b" if server is first else "a"))


async def test_an_address_that_names_its_server_obeys_the_same_rules():
    rules = [Rule(allow=("mcp.*",)), Rule(deny=("mcp.resources.read server/b/*",))]
    endpoints = {"one": Endpoint(servers=("a",))}
    hidden = ModernServer()
    async with gateway({"b": hidden, "a": ModernServer()}, access=Access(rules), endpoints=endpoints) as gate:
        result = (await gate.modern("resources/list")).json["result"]
        assert [each["uri"] for each in result["resources"]] == ["file:///a"]
        for uri in ("trigate://b/file:///a", "trigate://nope/file:///a", "trigate://a/", "trigate://"):
            answer = await gate.modern("resources/read", {"uri": uri})
            assert answer.json["error"]["code"] == -32602, uri
        assert "result" in (await gate.modern("resources/read", {"uri": "trigate://a/file:///a"})).json
        await gate.modern("resources/read", {"uri": "trigate://b/file:///a"}, path="/mcp/one")
        assert gate.records[-1]["resource"] == "server/a/resource/trigate://b/file:///a"
        assert not hidden.calls("resources/read")


async def test_a_server_cannot_pass_its_resource_off_as_anothers():
    honest, liar = ModernServer(), ModernServer()
    liar.resources = [{"uri": "trigate://honest/file:///a", "name": "lie"}]
    async with gateway({"liar": liar, "honest": honest}) as gate:
        resources = (await gate.modern("resources/list")).json["result"]["resources"]
        assert [each["uri"] for each in resources] == ["trigate://liar/trigate://honest/file:///a", "file:///a"]
        await gate.modern("resources/read", {"uri": "trigate://honest/file:///a"})
        assert (len(liar.calls("resources/read")), len(honest.calls("resources/read"))) == (0, 1)


async def test_templates_that_both_fit_are_not_guessed_at():
    first, second = ModernServer(), ModernServer()
    first.resources = second.resources = []
    first.templates = [{"uriTemplate": "db://{table}/{id}", "name": "row"}]
    second.templates = [{"uriTemplate": "db://users/{id}", "name": "user"}]
    async with gateway({"a": first, "b": second}) as gate:
        error = (await gate.modern("resources/read", {"uri": "db://users/1"})).json["error"]
        assert error["data"]["uris"] == ["trigate://a/db://users/1", "trigate://b/db://users/1"]
        ref = {"type": "ref/resource", "uri": "trigate://b/db://users/{id}"}
        params = {"ref": ref, "argument": {"name": "id", "value": ""}}
        answer = await gate.modern("completion/complete", params)
        assert "db://users/{id}" in answer.json["result"]["completion"]["values"][0]
        assert second.calls("completion/complete")[0].body["params"]["ref"]["uri"] == "db://users/{id}"


@pytest.mark.parametrize("times", [1, 4])
async def test_a_link_in_a_result_can_be_followed(times: int):
    first, second = ModernServer(), ModernServer()
    second.resources = [{"uri": "file:///known", "name": "b"}]
    link = {"type": "resource_link", "uri": "made://up/1", "name": "x"}
    inner = {"type": "resource", "resource": {"uri": "made://up/2", "text": "t"}}
    known = {"type": "resource_link", "uri": "file:///known", "name": "k"}
    second.result = {"content": [link, inner, known, {"type": "text", "text": '"resource'}, "odd"]}
    async with gateway({"a": first, "b": second}, endpoints={"alone": Endpoint(servers=("b",))}) as gate:
        await gate.modern("resources/list")
        for _ in range(times - 1):
            await gate.modern("tools/call", {"name": "b__echo", "arguments": {}})
        answer = await gate.modern("tools/call", {"name": "b__echo", "arguments": {}})
        content = answer.json["result"]["content"]
        assert content[0] == link | {"uri": "trigate://b/made://up/1"}
        assert content[1]["resource"] == {"uri": "trigate://b/made://up/2", "text": "t"}
        assert content[2:] == second.result["content"][2:]
        assert "result" in (await gate.modern("resources/read", {"uri": content[0]["uri"]})).json
        assert second.calls("resources/read")[-1].body["params"]["uri"] == "made://up/1"
        alone = await gate.modern("tools/call", {"name": "b__echo", "arguments": {}}, path="/mcp/alone")
        assert alone.json["result"]["content"] == second.result["content"]


async def test_a_template_leads_to_its_server():
    first, second = ModernServer(), ModernServer()
    first.resources = second.resources = []
    second.templates = [{"uriTemplate": "db://{table}/{id}", "name": "row"}]
    async with gateway({"a": first, "b": second}) as gate:
        templates = (await gate.modern("resources/templates/list")).json["result"]["resourceTemplates"]
        assert templates == second.templates
        assert "result" in (await gate.modern("resources/read", {"uri": "db://users/1"})).json
        assert (await gate.modern("resources/read", {"uri": "db:users"})).json["error"]["code"] == -32602
        assert second.calls("resources/read")
        assert not first.calls("resources/read")


async def test_a_broken_tool_costs_only_itself():
    tools: list[Any] = [tool("a"), {"description": "no name"}, 5, {"name": 7}, None, tool("a"), tool("b")]
    async with gateway({"git": ModernServer(tools=tools)}) as gate:
        listed = (await gate.modern("tools/list")).json["result"]["tools"]
        assert [each["name"] for each in listed] == ["git__a", "git__b"]


async def test_pages_are_fetched_whole_and_endless_ones_end():
    class Paged(ModernServer):
        def list_or_call(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
            if method != "tools/list":
                return super().list_or_call(method, params)
            page = int(params.get("cursor", "0"))
            return {"tools": [tool(f"t{page}")], "nextCursor": str(page + 1)}

    played = Paged()
    async with gateway({"git": played}) as gate:
        assert len((await gate.modern("tools/list")).json["result"]["tools"]) == 100
        assert len(played.calls("tools/list")) == 100


async def test_a_list_that_is_none_is_a_failure_of_its_server_alone():
    class Odd(ModernServer):
        def list_or_call(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
            return {"tools": "x"} if method == "tools/list" else super().list_or_call(method, params)

    async with gateway({"odd": Odd(), "git": ModernServer()}) as gate:
        result = (await gate.modern("tools/list")).json["result"]
        assert [each["name"] for each in result["tools"]] == ["git__echo"]
        assert result["_meta"]["io.trigate/unavailable"] == ["odd"]


async def test_a_server_without_a_kind_is_not_asked_for_it():
    class Toolless(LegacyServer):
        def answer(self, sent: Sent) -> Played:
            played = super().answer(sent)
            if sent.body and sent.body.get("method") == "initialize":
                played.body["result"]["capabilities"] = {"tools": {}}
            return played

    played = Toolless()
    async with gateway({"old": played}) as gate:
        result = (await gate.modern("prompts/list")).json["result"]
        assert result["prompts"] == []
        assert "io.trigate/unavailable" not in result["_meta"]
        assert not played.calls("prompts/list")


async def test_an_older_caller_gets_tools_it_can_read():
    shown = {**tool("a"), "outputSchema": {"type": "array"}, "icons": []}
    async with gateway({"git": ModernServer(tools=[shown])}) as gate:
        newer = (await gate.modern("tools/list")).json["result"]["tools"][0]
        assert newer == {**shown, "name": "git__a"}
        older = (await gate.legacy(await gate.initialize("2025-06-18"), "tools/list")).json["result"]["tools"][0]
        assert older == {**tool("a"), "name": "git__a"}


# --- names ------------------------------------------------------------------------------------------------------------

LONG, ODD = "l" * 100, "read/file.now"


def coded() -> ModernServer:
    played = ModernServer(tools=[tool(LONG), tool(ODD), tool("plain")])
    played.prompts = [{"name": LONG}]
    return played


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("own", [LONG, ODD])
async def test_a_name_that_not_every_client_takes_is_shown_shortened_and_leads_back(known: bool, own: str):
    played = coded()
    async with gateway({"git": played}, access=Access([Rule(allow=("mcp.tools.call server/git/tool/*",))])) as gate:
        shown = View("", ("git",)).expose("git", own)
        assert len(shown) <= 64
        if known:
            assert shown in names((await gate.modern("tools/list")).json["result"])
        answer = await gate.modern("tools/call", {"name": shown, "arguments": {"text": "x"}})
        assert answer.json["result"]["structuredContent"] == {"text": "x"}
        sent = played.calls("tools/call")[0]
        assert sent.body["params"]["name"] == own
        assert f"server/git/tool/{own}" in [each["resource"] for each in gate.records]


async def test_a_prompt_of_a_long_name_is_found_too():
    played = coded()
    async with gateway({"git": played}) as gate:
        shown = View("", ("git",)).expose("git", LONG, "prompt")
        params = {"ref": {"type": "ref/prompt", "name": shown}, "argument": {"name": "id", "value": ""}}
        answer = await gate.modern("completion/complete", params)
        assert LONG in answer.json["result"]["completion"]["values"][0]
        assert "result" in (await gate.modern("prompts/get", {"name": shown})).json
        assert names((await gate.modern("prompts/list")).json["result"]) == [shown]


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("down", [False, True])
async def test_a_shortened_name_that_stands_for_nothing_tells_no_more_than_any_other(allowed: bool, down: bool):
    played = coded()
    played.down = down
    rules = [Rule(allow=("mcp.*",))] if allowed else []
    async with gateway({"git": played}, access=Access(rules, "deny")) as gate:
        answer = await gate.modern("tools/call", {"name": "git__x_0123456789", "arguments": {}})
        if not allowed:
            assert answer.json["error"]["data"] == {"code": "access.denied"}
        elif down:
            assert "server 'git'" in answer.json["error"]["message"]
        else:
            assert answer.json["error"]["message"] == "unknown tool: git__x_0123456789"


async def test_what_an_endpoint_hides_is_not_found_by_its_shortened_name():
    endpoints = {"e": Endpoint(servers=("git",), deny=(f"git/{LONG}",))}
    async with gateway({"git": coded()}, endpoints=endpoints) as gate:
        shown = View("", ("git",)).expose("git", LONG)
        for _ in range(2):
            answer = await gate.modern("tools/call", {"name": shown}, path="/mcp/e")
            assert answer.json["error"]["message"].startswith("unknown tool")


async def test_the_whole_name_of_a_shortened_one_is_not_another_name_for_it():
    async with gateway({"git": coded()}) as gate:
        answer = await gate.modern("tools/call", {"name": f"git__{LONG}"})
        assert answer.json["error"]["code"] == -32602


# --- who sees what ----------------------------------------------------------------------------------------------------

MCP = frozenset({"mcp"})
RED, BLUE, NOBODY = (Principal(name, MCP, team=name) for name in ("red", "blue", "nobody"))
RULES = (
    Rule(team="red", allow=("mcp.tools.call server/git/tool/read*", "mcp.resources.read server/git/*")),
    Rule(team="blue", allow=("mcp.*",), deny=("mcp.* server/git/*/read*", "mcp.resources.read *secret*")),
)
LISTS = ("tools/list", "resources/list", "resources/templates/list", "prompts/list")


def stocked() -> ModernServer:
    played = ModernServer(tools=[tool("read"), tool("read_all"), tool("write")])
    played.resources = [{"uri": "file:///open", "name": "o"}, {"uri": "file:///secret", "name": "s"}]
    played.templates = [{"uriTemplate": "db://{table}", "name": "row"}]
    return played


def names(result: dict[str, Any]) -> list[str]:
    (plural,) = result.keys() & {"tools", "resources", "resourceTemplates", "prompts"}
    key = {"resources": "uri", "resourceTemplates": "uriTemplate"}.get(plural, "name")
    return [each[key] for each in result[plural]]


SEEN = {
    "red": (["git__read", "git__read_all"], ["file:///open", "file:///secret"], ["db://{table}"], []),
    "blue": (
        ["git__write", "web__read", "web__read_all", "web__write"],
        ["trigate://git/file:///open", "trigate://web/file:///open"],
        ["trigate://git/db://{table}", "trigate://web/db://{table}"],
        ["git__hi", "web__hi"],
    ),
    "nobody": ([], [], [], []),
}  # fmt: skip


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_everybody_sees_what_they_may_use_and_nothing_of_others(era: str):
    async with gateway({"git": stocked(), "web": stocked()}, access=Access(RULES)) as gate:
        for principal in (RED, BLUE, NOBODY, BLUE, RED):
            gate.principal = principal
            session = await gate.initialize() if era == "legacy" else ""
            for method, seen in zip(LISTS, SEEN[principal.key], strict=True):
                answer = await (gate.legacy(session, method) if session else gate.modern(method))
                assert names(answer.json["result"]) == seen
                assert not any("clashes" in each for each in answer.json["result"].get("_meta", {})) or seen


async def test_a_key_sees_the_servers_it_is_limited_to():
    async with gateway({"git": stocked(), "web": stocked()}) as gate:
        gate.principal = Principal("k", MCP, restriction=Restriction(servers=("web",)))
        assert {each.partition("__")[0] for each in names((await gate.modern("tools/list")).json["result"])} == {"web"}


async def test_a_server_that_is_down_is_named_to_those_who_may_use_it():
    played = ModernServer()
    played.down = True
    async with gateway({"git": played}, access=Access([Rule(team="blue", allow=("mcp.*",))])) as gate:
        gate.principal = RED
        assert "io.trigate/unavailable" not in (await gate.modern("tools/list")).json["result"]["_meta"]
        gate.principal = BLUE
        assert (await gate.modern("tools/list")).json["result"]["_meta"]["io.trigate/unavailable"] == ["git"]


async def test_new_rules_show_other_things_at_once():
    access = Access(RULES)
    async with gateway({"git": stocked()}, access=access) as gate:
        gate.principal = NOBODY
        assert names((await gate.modern("tools/list")).json["result"]) == []
        access.use_documents([Document(kind="access", name="open", body=b'{"allow":["*"]}')])
        assert len(names((await gate.modern("tools/list")).json["result"])) == 3


@pytest.mark.parametrize("name", ["git__write", "git__nope", "nope__write", "nope", "__", "git__"])
async def test_names_cannot_be_tried_out(name: str):
    """What is forbidden is refused alike, whether or not there is such a thing, or such a server."""
    async with gateway({"git": stocked()}, access=Access(RULES)) as gate:
        gate.principal = RED
        answer = await gate.modern("tools/call", {"name": name, "arguments": {}})
        assert (answer.status, answer.json["error"]["code"]) == (403, 403)
        assert answer.json["error"]["data"] == {"code": "access.denied"}
        assert gate.records[-1]["outcome"] == "access.denied"


async def test_whoever_may_learns_that_there_is_no_such_tool():
    async with gateway({"git": stocked()}) as gate:
        answer = await gate.modern("tools/call", {"name": "nope__write", "arguments": {}})
        assert (answer.json["error"]["code"], answer.json["error"]["message"]) == (-32602, "unknown tool: nope__write")
        assert (gate.records[-1]["outcome"], gate.records[-1]["resource"]) == ("mcp.invalid", "server/nope/tool/write")


async def test_a_rule_looks_at_the_arguments_of_each_call():
    rules = [Rule(allow=("mcp.*",)), Rule(deny=("mcp.tools.call",), when='!arguments.path.startsWith("/tmp/")')]
    async with gateway({"git": stocked()}, access=Access(rules)) as gate:
        for _ in range(4):  # more often than it takes to learn a short way
            for path, status in (("/tmp/x", 200), ("/etc", 403)):
                arguments = {"path": path}
                answer = await gate.modern("tools/call", {"name": "git__read", "arguments": arguments})
                assert answer.status == status
        assert (await gate.modern("tools/call", {"name": "git__read"})).status == 403
        assert "git__read" in names((await gate.modern("tools/list")).json["result"])


async def test_an_argument_that_came_twice_is_not_allowed_through():
    rules = [Rule(allow=("mcp.tools.call",), when='arguments.path == "/tmp/x"')]
    async with gateway({"git": stocked()}, access=Access(rules)) as gate:
        session = await gate.initialize()
        for arguments in ('{"path":"/etc","path":"/tmp/x"}', '{"path":"/tmp/x","Path":"/etc"}'):
            params = f'{{"name":"git__read","arguments":{arguments}}}'
            call = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}'
            fields = {"content-type": "application/json", "accept": "*/*", "mcp-session-id": session}
            assert (await gate.send("POST", "/mcp", fields, call.encode())).status == 403


async def test_an_element_of_a_batch_is_refused_alone():
    async with gateway({"git": stocked()}, access=Access(RULES)) as gate:
        gate.principal = RED
        session = await gate.initialize("2025-03-26")
        call = '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"git__%s","arguments":{}}}'
        body = f"[{call % (1, 'read')},{call % (2, 'write')}]"
        fields = {"content-type": "application/json", "accept": "*/*", "mcp-session-id": session}
        first, second = (await gate.send("POST", "/mcp", fields, body.encode())).json
        assert "result" in first
        assert second["error"]["data"]["code"] == "access.denied"


async def test_a_resource_whose_server_is_found_first_is_authorised_by_its_server():
    async with gateway({"web": ModernServer(), "git": stocked()}, access=Access(RULES)) as gate:
        gate.principal = RED
        assert "result" in (await gate.modern("resources/read", {"uri": "file:///open"})).json
        assert gate.records[0]["resource"] == "server/git/resource/file:///open"


@pytest.mark.parametrize("known", [False, True])
async def test_a_resource_that_may_not_be_used_is_not_there(known: bool):
    async with gateway({"git": stocked()}, access=Access(RULES)) as gate:
        gate.principal = RED
        if known:
            await gate.modern("resources/list")
        assert "result" in (await gate.modern("resources/read", {"uri": "file:///secret"})).json
        gate.principal = BLUE
        answers = [
            await gate.modern("resources/read", {"uri": f"file:///{name}"}) for name in ("secret", "nope-secret")
        ]
        errors = [each.json["error"] for each in answers]
        assert [each["code"] for each in errors] == [-32602, -32602]
        assert errors[0]["message"] == "no server lists resource file:///secret"
        assert errors[1]["message"] == "no server lists resource file:///nope-secret"


async def test_of_two_servers_with_one_resource_the_one_that_may_be_used_gives_it():
    first, second = stocked(), stocked()
    rule = Rule(allow=("mcp.resources.read server/second/*",))
    async with gateway({"first": first, "second": second}, access=Access([rule])) as gate:
        result = (await gate.modern("resources/list")).json["result"]
        assert names(result) == ["file:///open", "file:///secret"]
        assert "io.trigate/clashes" not in result["_meta"]
        assert "result" in (await gate.modern("resources/read", {"uri": "file:///open"})).json
        assert (len(first.calls("resources/read")), len(second.calls("resources/read"))) == (0, 1)


async def test_a_scoped_endpoint_shows_less_than_the_rules_allow_never_more():
    endpoints = {"dev": Endpoint(servers=("git",), allow=("git/write", "git/read"))}
    async with gateway({"git": stocked()}, access=Access(RULES), endpoints=endpoints) as gate:
        gate.principal = RED
        result = (await gate.modern("tools/list", path="/mcp/dev")).json["result"]
        assert names(result) == ["git__read"]
