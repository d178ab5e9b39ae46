"""The gateway's own questions, asked in both eras."""

import asyncio
import json
from typing import Any

import pytest

from tests.mcp.asking import ACCEPTED, ALL, CAPABLE, FORM, Rounds, begin, responses
from tests.mcp.servers import ModernServer
from tests.mcp.stage import Gateway, answered, gateway
from tests.patience import PATIENCE
from trigate.mcp.question import Asker, form_question, url_question
from trigate.mcp.relay import Relay

CALL = {"name": "git__echo", "arguments": {"text": "x"}}
CONSENT = {"consent": url_question("https://gate.example/connect/x", "Connect your account")}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every call asks for consent, then for an approval, before it goes to its server; what came of it."""
    given: list[Any] = []
    run = Relay.run

    async def asking(self: Relay) -> Any:
        asker: Asker = self.asker
        given.append("begun")
        given.append(dict(await asker.ask(CONSENT)))
        given.append(dict(await asker.ask({"approval": form_question("Sure?")})))
        return await run(self)

    monkeypatch.setattr(Relay, "run", asking)
    return given


def decoded(found: Any) -> Any:
    return {key: json.loads(bytes(each)) for key, each in found.items()}


async def send_again(gate: Gateway, result: Any, given: Any, **more: Any) -> Any:
    params = {**CALL, "inputResponses": given, "requestState": result["requestState"]}
    return (await gate.modern("tools/call", params, meta=CAPABLE, **more)).json["result"]


async def test_a_modern_caller_is_asked_by_results_and_every_answer_counts(asked: list[Any]):
    played = Rounds({"k": FORM})
    async with gateway({"git": played}) as gate:
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]
        ((key, question),) = first["inputRequests"].items()
        assert question["params"] == {
            "mode": "url",
            "url": "https://gate.example/connect/x",
            "message": "Connect your account",
        }
        second = await send_again(gate, first, {key: {"action": "accept"}})
        ((approval, _),) = second["inputRequests"].items()
        third = await send_again(gate, second, {approval: ACCEPTED})
        assert third["inputRequests"] == {"k": FORM}
        assert (await send_again(gate, third, responses({"k": FORM})))["content"][0]["text"] == "x"
    assert asked.count("begun") == 4
    assert decoded(asked[-2]) == {"consent": {"action": "accept"}}
    assert decoded(asked[-1]) == {"approval": ACCEPTED}
    assert played.told == [None, {"k": ACCEPTED}]  # the server hears nothing of the gateway's questions


async def test_a_question_left_unanswered_is_asked_again(asked: list[Any]):
    async with gateway({"git": ModernServer()}) as gate:
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]
        second = await send_again(gate, first, {"other": ACCEPTED})
        assert second["inputRequests"] == first["inputRequests"]
        stolen = {"trigate:approval": ACCEPTED, "trigate:consent": {"action": "accept"}}
        third = await send_again(gate, first, stolen)  # an answer to what was not asked counts for nothing
        assert "trigate:approval" in third["inputRequests"]


async def test_answers_for_a_server_survive_a_question_of_the_gateway(monkeypatch: pytest.MonkeyPatch):
    played, connected = Rounds({"k": FORM}), [True]
    run = Relay.run

    async def asking(self: Relay) -> Any:
        if not connected[0]:
            await self.asker.ask(CONSENT)
        return await run(self)

    monkeypatch.setattr(Relay, "run", asking)
    async with gateway({"git": played}) as gate:
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]
        connected[0] = False
        second = await send_again(gate, first, responses({"k": FORM}))
        (key,) = second["inputRequests"]
        done = await send_again(gate, second, {key: {"action": "accept"}})
        assert done["content"][0]["text"] == "x"
    assert played.told == [None, {"k": ACCEPTED}]


async def test_a_legacy_caller_is_asked_within_its_call(asked: list[Any]):
    async with gateway({"git": ModernServer()}) as gate:
        played = gate.client.servers["http://git"]
        played.capabilities = ALL
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        for answer in ({"action": "accept"}, ACCEPTED):
            await talk.reply((await talk.next())["id"], answer)
        assert (await talk.end()).events[-1]["result"]["content"][0]["text"] == "x"
    assert asked.count("begun") == 1
    assert decoded(asked[1]) == {"consent": {"action": "accept"}}


@pytest.mark.usefixtures("asked")
async def test_a_caller_that_cannot_be_asked_is_told():
    async with gateway({"git": ModernServer()}) as gate:
        refused = await gate.modern("tools/call", CALL)
        assert refused.json["error"]["code"] == -32021
        assert refused.json["error"]["data"]["requiredCapabilities"] == {"elicitation": {"url": {}}}
        told = await gate.legacy(await gate.initialize(), "tools/call", CALL)
        assert told.json["result"]["isError"] is True


async def test_nobody_in_a_batch_can_be_asked():
    async with gateway({"git": Rounds({"a": {"method": "roots/list"}})}) as gate:
        gate.client.servers["http://git"].capabilities = {}
        session = await gate.initialize("2025-03-26", can=ALL)
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": CALL}
        fields = {"content-type": "application/json", "mcp-session-id": session}
        (told,) = (await gate.send("POST", "/mcp", fields, json.dumps([message]).encode())).json
        assert told["result"]["isError"] is True
        assert "roots" in told["result"]["content"][0]["text"]


async def test_a_stream_on_which_somebody_thinks_shows_that_it_is_alive(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("trigate.mcp.asker._BEAT", 0.01)
    async with gateway({"git": Rounds({"a": FORM})}) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        question = await talk.next()
        async with asyncio.timeout(PATIENCE):
            while not any(getattr(each, "payload", b"").startswith(b":") for each in talk.edge.parts):
                await asyncio.sleep(0.002)
        await talk.reply(question["id"], ACCEPTED)
        await talk.end()
        assert b": \n\n" in answered(talk.edge).body


async def test_a_cancelled_call_no_longer_waits_for_an_answer():
    async with gateway({"git": Rounds({"a": FORM})}) as gate:
        session = await gate.initialize(can=ALL)
        talk = begin(gate, session, "tools/call", CALL)
        question = await talk.next()
        await gate.legacy(session, "notifications/cancelled", {"requestId": 1}, id=None)
        assert (await talk.end()).events[-1]["error"]
        assert (await talk.reply(question["id"], ACCEPTED)).status == 202
