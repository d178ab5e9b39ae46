"""Towards servers of the older protocol there is one stream per session, and one subscription per resource."""

import json
from typing import Any

import pytest

from tests.mcp.listening.servers import TALKING, eventually, gateway
from tests.mcp.listening.test_front import listen
from trigate.core.errors import UpstreamUnreachable
from trigate.mcp.greeting import Greeting
from trigate.mcp.listening import legacy
from trigate.mcp.listening.legacy import ping, subscribe


def test_a_subscription_names_the_resource():
    assert json.loads(subscribe("resources/subscribe", "a:b").text(b"1"))["params"] == {"uri": "a:b"}


async def test_a_ping_that_fails_is_no_failure():
    async def ask(greeting: Greeting, outgoing: Any) -> None:
        raise UpstreamUnreachable("gone")

    await ping(Greeting("legacy", "2025-11-25"), ask)


async def test_a_server_that_hears_nothing_for_long_is_pinged(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(legacy, "IDLE", 0.01)
    played = TALKING["legacy"]()
    async with gateway({"git": played}) as gate:
        ear = await listen(gate, "modern")
        await eventually(lambda: played.calls("ping"))
        await ear.leave()


async def test_a_resource_is_subscribed_to_once_and_until_the_last_caller_has_gone():
    played = TALKING["legacy"]()
    async with gateway({"git": played}) as gate:
        one, two = [await listen(gate, "modern", ["file:///a"], id=number) for number in (1, 2)]
        assert played.subscribed == ["file:///a"]
        await one.leave()
        assert played.subscribed == ["file:///a"]
        await two.leave()
        await eventually(lambda: played.subscribed == [])


async def test_an_unsubscribed_resource_is_not_told_any_more():
    played = TALKING["legacy"]()
    async with gateway({"git": played}) as gate:
        ear = await listen(gate, "legacy", ["file:///a", "file:///b"])
        await eventually(lambda: played.wanted == ["file:///a", "file:///b"])
        assert (await gate.legacy(ear.session, "resources/unsubscribe", {"uri": "file:///a"})).json["result"] == {}
        await eventually(lambda: played.wanted == ["file:///b"])
        played.say("resources/updated", uri="file:///a")
        played.say("resources/updated", uri="file:///b")
        await eventually(lambda: ear.heard)
        assert [each["params"]["uri"] for each in ear.heard] == ["file:///b"]
        await ear.leave()
