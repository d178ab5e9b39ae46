"""Changes are looked at once, however often they are told, and callers of an old configuration begin again."""

from typing import Any

from tests.mcp.listening.servers import TALKING, eventually, gateway
from tests.mcp.listening.test_front import NEW, listen, tools
from tests.mcp.stage import Spool, surround
from trigate.mcp.listening.listener import Listener
from trigate.mcp.listening.scene import Scene
from trigate.mcp.listening.tape import Tape
from trigate.mcp.view import View


async def test_a_flood_of_changes_costs_few_lists():
    played = TALKING["modern"]()
    async with gateway({"git": played}) as gate:
        ear = await listen(gate, "modern")
        await tools(gate, ear)
        before = len(played.calls("tools/list"))
        played.tools = [*played.tools, NEW]
        for _ in range(200):
            played.say("tools/list_changed")
        await eventually(lambda: ear.heard and played.streams[-1].empty())
        assert len(played.calls("tools/list")) - before <= 4
        assert ear.methods == ["tools/list_changed"]
        await ear.leave()


async def test_a_list_that_is_what_it_was_is_not_told():
    played = TALKING["legacy"]()
    async with gateway({"git": played}) as gate:
        ear = await listen(gate, "legacy")
        await tools(gate, ear)
        await eventually(lambda: played.streams)
        before = len(played.calls("tools/list"))
        played.say("tools/list_changed")
        await eventually(lambda: len(played.calls("tools/list")) > before)
        played.say("resources/list_changed")
        await eventually(lambda: ear.heard)
        assert ear.methods == ["resources/list_changed"]
        await ear.leave()


async def test_callers_of_an_old_configuration_are_asked_to_begin_again():
    played = TALKING["modern"]()
    async with gateway({"git": played}) as gate:
        modern, legacy = await listen(gate, "modern", id=5), await listen(gate, "legacy")
        scene = gate.surroundings.keep.things["mcp.scene"]  # type: ignore[attr-defined]
        scene.drain()
        await eventually(lambda: modern.edge.last and legacy.edge.last)
        end = modern.heard[-1]
        assert (end["id"], end["result"]["resultType"]) == (5, "complete")
        assert legacy.heard == []


async def test_servers_that_each_caller_reaches_by_itself_are_left_out():
    nobody: Any = None
    around = surround(Spool())

    def may(*_: object) -> bool:
        return True

    async def tell(server: str, plural: str) -> None:
        raise AssertionError("nothing is listened to")

    scene, tape = Scene({}, may, around, tell), Tape()
    listener = Listener(View("", ["own"]), nobody, ["tools"], tape, tape.end)
    listener.uris["own", "a:b"] = "a:b"
    scene.add(listener)
    scene.subscribe(listener, "own", "a:c", "a:c")
    await scene.settle(listener, 1)
    scene.unsubscribe(listener, "own", "a:b")
    scene.discard(listener)
    scene.drain()
    assert tape.last == 0
