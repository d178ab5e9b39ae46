"""Callers of either era hear what servers of either era say unasked."""

import asyncio
from typing import Any

import pytest

from tests.mcp.listening.servers import SUBSCRIPTION, TALKING, events, eventually, gateway
from tests.mcp.stage import Edge, Gateway, modern_request, session_fields
from trigate.policy.access import Access
from trigate.policy.rule import Rule

CELLS = [(caller, server) for caller in ("modern", "legacy") for server in ("modern", "legacy")]
ALL = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}
NEW = {"name": "new", "inputSchema": {"type": "object"}}


class Ear:
    """A caller's stream."""

    def __init__(self, gate: Gateway, task: asyncio.Task[None], edge: Edge, session: str = "") -> None:
        self.gate, self.task, self.edge, self.session = gate, task, edge, session

    @property
    def heard(self) -> list[Any]:
        """What was said but for the acknowledgement."""
        return [each for each in events(self.edge) if not each.get("method", "").endswith("acknowledged")]

    @property
    def methods(self) -> list[str]:
        return [each.get("method", "result").removeprefix("notifications/") for each in self.heard]

    async def leave(self) -> None:
        """The connection is lost."""
        self.edge.left = True
        self.task.cancel()
        await asyncio.wait([self.task])


def raw(fields: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in fields.items()]


async def listen(gate: Gateway, era: str, uris: list[str] | None = None, path: str = "/mcp", **more: Any) -> Ear:
    """A stream of everything a caller of this era can hear."""
    if era == "modern":
        wanted = more.get("wanted", ALL) | ({"resourceSubscriptions": uris} if uris else {})
        fields, body = modern_request("subscriptions/listen", {"notifications": wanted}, id=more.get("id", "l-1"))
        task, edge = gate.begin("POST", path, raw(fields), body)
        ear = Ear(gate, task, edge)
        await eventually(lambda: events(edge))
        return ear
    session = more.get("session") or await gate.initialize(path=path)
    for uri in uris or []:
        assert (await gate.legacy(session, "resources/subscribe", {"uri": uri}, path=path)).json["result"] == {}
    return await get(gate, session, path)


async def get(gate: Gateway, session: str, path: str = "/mcp", last: str = "") -> Ear:
    fields = session_fields(session) | ({"last-event-id": last} if last else {})
    del fields["content-type"]
    task, edge = gate.begin("GET", path, raw(fields), b"")
    await eventually(lambda: edge.committed or edge.last)
    return Ear(gate, task, edge, session)


async def tools(gate: Gateway, ear: Ear) -> list[str]:
    answer = await (gate.legacy(ear.session, "tools/list") if ear.session else gate.modern("tools/list"))
    return [each["name"] for each in answer.json["result"]["tools"]]


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_a_change_of_a_list_is_told_and_the_list_is_another_one_then(caller: str, server: str):
    played = TALKING[server]()
    async with gateway({"git": played}) as gate:
        ear = await listen(gate, caller)
        assert await tools(gate, ear) == ["git__echo"]
        await eventually(lambda: played.streams)
        played.tools = [*played.tools, NEW]
        played.say("tools/list_changed")
        await eventually(lambda: ear.heard)
        assert await tools(gate, ear) == ["git__echo", "git__new"]
        assert ear.methods == ["tools/list_changed"]
        await ear.leave()


@pytest.mark.parametrize(("caller", "server"), CELLS)
async def test_an_updated_resource_is_told_to_those_who_subscribed_alone(caller: str, server: str):
    played = TALKING[server]()
    async with gateway({"git": played}) as gate:
        subscribed, other = await listen(gate, caller, ["file:///a"]), await listen(gate, caller)
        await eventually(lambda: played.streams and played.wanted == ["file:///a"])
        played.say("resources/updated", uri="file:///b")
        played.say("resources/updated", uri="file:///a")
        await eventually(lambda: subscribed.heard)
        assert [each["params"]["uri"] for each in subscribed.heard] == ["file:///a"]
        assert other.heard == []
        for each in (subscribed, other):
            await each.leave()


async def test_everything_on_a_listen_carries_its_id_and_the_acknowledgement_comes_first():
    secret = Rule(deny=("mcp.resources.read server/git/resource/file:///secret",))
    played, access = TALKING["modern"](), Access([Rule(allow=("mcp.*",)), secret])
    async with gateway({"git": played}, access=access) as gate:
        one = await listen(gate, "modern", ["file:///a", "file:///secret"], id=7)
        two = await listen(gate, "modern", wanted={}, id="seven")
        played.say("resources/updated", uri="file:///a")
        played.prompts = []
        played.say("prompts/list_changed")
        await eventually(lambda: len(one.heard) == 2)
        acknowledged = events(one.edge)[0]
        assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
        assert acknowledged["params"]["notifications"] == ALL | {"resourceSubscriptions": ["file:///a"]}
        assert {each["params"]["_meta"][SUBSCRIPTION] for each in events(one.edge)} == {7}
        assert [each["params"]["notifications"] for each in events(two.edge)] == [{}]
        assert events(two.edge)[0]["params"]["_meta"][SUBSCRIPTION] == "seven"
        for each in (one, two):
            await each.leave()


@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_of_what_a_caller_may_not_use_it_hears_nothing(caller: str):
    played, access = (
        TALKING["modern"](),
        Access([Rule(allow=("mcp.*",)), Rule(deny=("mcp.tools.call server/git/tool/new",))]),
    )
    async with gateway({"git": played}, access=access) as gate:
        ear = await listen(gate, caller)
        assert await tools(gate, ear) == ["git__echo"]
        played.tools = [*played.tools, NEW]
        played.say("tools/list_changed")
        played.prompts = []
        played.say("prompts/list_changed")
        await eventually(lambda: ear.heard)
        assert ear.methods == ["prompts/list_changed"]
        await ear.leave()


async def test_a_second_stream_of_a_session_takes_the_place_of_the_first():
    played = TALKING["legacy"]()
    async with gateway({"git": played}) as gate:
        first = await listen(gate, "legacy")
        second = await get(gate, first.session)
        await eventually(lambda: first.edge.last)
        played.tools = []
        await eventually(lambda: played.streams)
        played.say("tools/list_changed")
        await eventually(lambda: second.heard)
        assert first.heard == []
        await second.leave()


async def test_what_was_said_while_nobody_listened_is_told_to_who_comes_back():
    played = TALKING["legacy"]()
    async with gateway({"git": played}) as gate:
        first = await listen(gate, "legacy", ["file:///a"])
        await eventually(lambda: played.wanted)
        played.say("resources/updated", uri="file:///a")
        await eventually(lambda: first.heard)
        await first.leave()
        for _ in range(3):
            played.say("resources/updated", uri="file:///a")
        await eventually(played.streams[-1].empty)
        second = await get(gate, first.session)
        await eventually(lambda: second.heard)
        assert second.methods == ["resources/updated"]  # once: it says all that there is to say
        await second.leave()
