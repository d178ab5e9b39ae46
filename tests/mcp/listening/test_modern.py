"""Towards servers of 2026-07-28 a listen is replaced by a larger one before it is let go."""

import json

from tests.mcp.listening.servers import TALKING, eventually, gateway
from tests.mcp.listening.test_front import listen
from trigate.mcp.listening.modern import listen_for


def test_a_listen_asks_for_every_list_and_these_resources():
    outgoing = listen_for(["a:b"])
    body = json.loads(outgoing.text(b"1"))
    assert body["params"]["notifications"]["resourceSubscriptions"] == ["a:b"]
    assert body["params"]["notifications"]["toolsListChanged"] is True
    assert (b"mcp-method", b"subscriptions/listen") in outgoing.fields


async def test_the_larger_listen_stands_before_the_smaller_is_let_go():
    played = TALKING["modern"]()
    async with gateway({"git": played}) as gate:
        first = await listen(gate, "modern")
        closed = gate.client.closed
        second = await listen(gate, "modern", ["file:///a"])
        assert played.wanted == ["file:///a"]
        await eventually(lambda: gate.client.closed > closed)
        assert len(played.streams) == 2
        await second.leave()
        await eventually(lambda: played.wanted == [])
        assert len(played.streams) == 3
        await first.leave()


async def test_many_callers_are_one_listen():
    played = TALKING["modern"]()
    async with gateway({"git": played}) as gate:
        callers = [await listen(gate, "modern", ["file:///a"], id=number) for number in range(5)]
        assert len(played.streams) == 1 + (played.filters[0] != played.filters[-1])
        played.say("resources/updated", uri="file:///a")
        await eventually(lambda: all(each.heard for each in callers))
        for each in callers:
            await each.leave()
