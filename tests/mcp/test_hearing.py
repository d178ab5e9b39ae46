"""Servers of the older protocol ask callers of either era."""

import asyncio
import json
from typing import Any

import pytest
from msgspec import convert

from tests.mcp.asking import ACCEPTED, ALL, ANSWERS, CAPABLE, FORM, PAGE, ROOTS, SAMPLE, Asks, begin, responses
from tests.mcp.servers import LegacyServer, ModernServer
from tests.mcp.stage import Answered, Gateway, Played, Sent, gateway, modern_request
from tests.patience import PATIENCE
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.mcp.settings import QuestionSettings, Server
from trigate.mcp.version import MODERN
from trigate.policy.access import Access
from trigate.policy.rule import Rule

CALL = {"name": "git__echo", "arguments": {"text": "x"}}
KINDS = pytest.mark.parametrize("question", [FORM, PAGE, SAMPLE, ROOTS], ids=["form", "url", "sampling", "roots"])


def told(answer: Answered) -> Any:
    return json.loads(answer.message["result"]["content"][0]["text"])


async def again(gate: Gateway, asked: Answered, given: Any = None, **more: Any) -> Answered:
    """The call sent again with answers."""
    result = asked.message["result"]
    answers = responses(result["inputRequests"]) if given is None else given
    params = {**CALL, "inputResponses": answers, "requestState": result["requestState"]}
    return await gate.modern("tools/call", params, **{"meta": CAPABLE, "id": "again"} | more)


@KINDS
async def test_a_legacy_caller_is_asked_what_its_server_asks(question: dict[str, Any]):
    played = Asks({"a": question})
    async with gateway({"git": played}) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        asked = await talk.next()
        assert {key: asked[key] for key in question} == question
        assert asked["id"] != "1/0/a"
        await talk.reply(asked["id"], ANSWERS[question["method"]])
        assert told(await talk.end()) == [{"a": ANSWERS[question["method"]]}]
        assert [each["action"] for each in gate.records[-2:]] != []


@KINDS
async def test_a_modern_caller_answers_a_call_that_waits_for_it(question: dict[str, Any]):
    played = Asks({"a": question})
    async with gateway({"git": played}) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        ((_, request),) = asked.json["result"]["inputRequests"].items()
        assert request == question
        done = await again(gate, asked)
        assert (done.json["id"], told(done)) == ("again", [{"a": ANSWERS[question["method"]]}])
        assert done.json["result"]["resultType"] == "complete"
        assert len(played.calls("tools/call")) == 1
        assert played.cancelled == []


async def test_questions_that_come_together_are_asked_together_and_further_ones_later():
    played = Asks({"a": FORM, "b": SAMPLE}, {"c": ROOTS})
    async with gateway({"git": played}) as gate:
        first = await gate.modern("tools/call", CALL, meta=CAPABLE)
        assert [each["method"] for each in first.json["result"]["inputRequests"].values()] == [
            FORM["method"],
            SAMPLE["method"],
        ]
        second = await again(gate, first)
        assert [each["method"] for each in second.json["result"]["inputRequests"].values()] == [ROOTS["method"]]
        assert len(told(await again(gate, second))) == 3


async def test_nothing_is_told_the_server_before_all_is_answered():
    played = Asks({"a": FORM, "b": SAMPLE})
    async with gateway({"git": played}) as gate:
        first = await gate.modern("tools/call", CALL, meta=CAPABLE)
        form, sample = first.json["result"]["inputRequests"]
        second = await again(gate, first, {form: ACCEPTED, "unknown": 5})
        assert list(second.json["result"]["inputRequests"]) == [sample]
        assert played.told == []
        assert len(told(await again(gate, second))) == 2


async def test_the_same_answers_sent_again_get_the_same_outcome():
    played = Asks({"a": FORM}, {"b": FORM})
    async with gateway({"git": played}) as gate:
        first = await gate.modern("tools/call", CALL, meta=CAPABLE)
        second = await again(gate, first)
        repeated = await again(gate, first)
        assert repeated.json["result"]["inputRequests"] == second.json["result"]["inputRequests"]
        done, same = await again(gate, second), await again(gate, second)
        assert told(done) == told(same) == [{"a": ACCEPTED}, {"b": ACCEPTED}]
        lost = await again(gate, first, {"0-1": {"action": "decline"}})
        assert told(lost) == told(done)


async def test_only_who_was_asked_can_answer():
    async with gateway({"git": Asks({"a": FORM})}) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        gate.principal = Principal("eve", frozenset({"mcp"}))
        assert (await again(gate, asked)).json["error"]["code"] == -32602


async def test_a_call_nobody_answers_is_cancelled_at_its_server_and_not_made_anew():
    played = Asks({"a": FORM})
    async with gateway({"git": played}, questions=QuestionSettings(answer=Duration(1))) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        gate.parks.drain()
        late = await again(gate, asked)
        assert late.json["result"]["isError"] is True
        assert gate.records[-1]["outcome"] == "mcp.interaction_lost"
        assert len(played.calls("tools/call")) == 1
        await until(lambda: len(played.cancelled) == 1)
        assert played.told == [{"a": {"action": "cancel"}}]


@pytest.mark.parametrize("bound", ["max", "per_principal", "per_server"])
async def test_there_is_room_for_so_many_calls_that_wait(bound: str):
    async with gateway({"git": Asks({"a": FORM})}, questions=convert({bound: 1}, QuestionSettings)) as gate:
        first = await gate.modern("tools/call", CALL, meta=CAPABLE)
        refused = await gate.modern("tools/call", CALL, meta=CAPABLE)
        assert "too many calls wait" in refused.json["error"]["message"]
        assert told(await again(gate, first))
        assert "inputRequests" in (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]


@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_progress_passes_before_and_after_a_question(caller: str):
    played = Asks({"a": FORM})

    def note(step: int) -> dict[str, Any]:
        params = {"progressToken": played.token, "progress": step}
        return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}

    go_on = played.go_on

    def say(call: str, place: int) -> None:
        played.say(call, note(2))
        go_on(call, place)

    played.go_on = say
    async with gateway({"git": played}) as gate:
        if caller == "modern":
            asked = await gate.modern("tools/call", CALL, meta={**CAPABLE, "progressToken": "one"})
            done = await again(gate, asked, meta={**CAPABLE, "progressToken": "two"})
            assert done.events[0]["params"] == {"progressToken": "two", "progress": 2}
        else:
            params = {**CALL, "_meta": {"progressToken": "one"}}
            talk = begin(gate, await gate.initialize(can=ALL), "tools/call", params)
            await talk.reply((await talk.next())["id"], ACCEPTED)
            assert (await talk.end()).events[1]["params"] == {"progressToken": "one", "progress": 2}


@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_a_server_that_asks_what_was_not_declared_is_told_so(caller: str):
    played = Asks({"a": SAMPLE})
    can = {"elicitation": {}}
    async with gateway({"git": played}) as gate:
        if caller == "modern":
            done = await gate.modern("tools/call", CALL, meta={next(iter(CAPABLE)): can})
        else:
            done = await gate.legacy(await gate.initialize(can=can), "tools/call", CALL)
        assert told(done)[0]["a"]["code"] == -32601


@pytest.mark.parametrize("caller", ["modern", "legacy"])
async def test_rules_can_deny_a_server_to_ask_and_the_call_goes_on(caller: str):
    rules = [Rule(deny=("mcp.sampling.createMessage server/git/*",)), Rule(allow=("mcp.*",))]
    async with gateway({"git": Asks({"a": SAMPLE})}, access=Access(rules)) as gate:
        if caller == "modern":
            done = await gate.modern("tools/call", CALL, meta=CAPABLE)
        else:
            done = await gate.legacy(await gate.initialize(can=ALL), "tools/call", CALL)
        assert "mcp.sampling.createMessage" in told(done)[0]["a"]["message"]


async def test_an_error_of_a_legacy_caller_reaches_the_server_as_it_is():
    async with gateway({"git": Asks({"a": SAMPLE})}) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        refusal = {"code": -1, "message": "User rejected", "data": [1]}
        await talk.reply((await talk.next())["id"], error=refusal)
        assert told(await talk.end()) == [{"a": refusal}]


async def test_a_server_that_ends_a_call_that_waits_is_told_at_the_next_request():
    played = Asks({"a": FORM})
    async with gateway({"git": played}) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        for stream in played.streams.values():
            stream.put_nowait(b"")
        failed = await again(gate, asked)
        assert "server 'git'" in failed.json["error"]["message"]
        assert len(played.calls("tools/call")) == 1


async def test_a_caller_that_leaves_before_a_question_cancels_its_call():
    played = Asks({})
    played.go_on = lambda call, place: None
    played.ask = lambda call, place: None
    async with gateway({"git": played}) as gate:
        headers, body = modern_request("tools/call", CALL, meta=CAPABLE)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        task, _ = gate.begin("POST", "/mcp", raw, body)
        await until(lambda: played.streams)
        task.cancel()
        await until(lambda: played.cancelled)


# --- sessions --------------------------------------------------------------------------------------------------------


async def test_a_session_is_told_what_can_be_asked_in_it_and_is_used_again():
    played = Asks({"a": FORM}, settings=Server(url="http://git/mcp"))
    async with gateway({"git": played}) as gate:
        for _ in range(2):
            await again(gate, await gate.modern("tools/call", CALL, meta=CAPABLE))
        await gate.modern("tools/list")
        forms = {"elicitation": {"form": {}}}
        await gate.modern("tools/call", CALL, meta={next(iter(CAPABLE)): forms})
        assert sorted(map(len, played.declared.values())) == [0, 1, 3]
        assert forms in played.declared.values()


@pytest.mark.parametrize(("sessions", "count"), [("shared", 1), ("principal", 2), ("caller", 3)])
async def test_what_a_server_keeps_for_a_session_is_shared_by_whom_the_file_says(sessions: Any, count: int):
    played = LegacyServer(settings=Server(url="http://git/mcp", sessions=sessions))
    async with gateway({"git": played}) as gate:
        first, second = await gate.initialize(), await gate.initialize()
        for session in (first, second, first):
            await gate.legacy(session, "tools/call", CALL)
        gate.principal = Principal("eve", frozenset({"mcp"}))
        await gate.modern("tools/call", CALL)
        used = {each.fields["mcp-session-id"] for each in played.calls("tools/call")}
        assert len(used) == {"shared": 1, "principal": 2, "caller": 3}[sessions]
        assert count == len(used)


async def test_a_session_that_was_forgotten_is_begun_again_once():
    played = LegacyServer(settings=Server(url="http://git/mcp"))
    async with gateway({"git": played}) as gate:
        assert (await gate.modern("tools/call", CALL)).json["result"]["content"]
        played.sessions.clear()
        assert (await gate.modern("tools/call", CALL)).json["result"]["content"]
        assert (await gate.modern("tools/call", CALL)).json["result"]["content"]
        assert played.begun == 4


class Both(Asks):
    """Speaks both eras, and asks in the older one alone."""

    def __init__(self, *rounds: dict[str, Any]) -> None:
        super().__init__(*rounds, settings=Server(url="http://git/mcp"))
        self.modern = ModernServer()

    def answer(self, sent: Sent) -> Played:
        if sent.fields.get("mcp-protocol-version") == MODERN:
            return self.modern.answer(sent)
        return super().answer(sent)


async def test_a_server_of_both_eras_is_spoken_to_in_that_of_callers_who_can_be_asked():
    played = Both({"a": FORM})
    async with gateway({"git": played}) as gate:
        assert "result" in (await gate.modern("tools/call", CALL)).json
        assert "result" in (await gate.legacy(await gate.initialize(), "tools/call", CALL)).json
        assert played.begun == 0
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        await talk.reply((await talk.next())["id"], ACCEPTED)
        assert told(await talk.end()) == [{"a": ACCEPTED}]
        assert played.begun == 1


async def test_a_server_of_the_newer_era_is_tried_in_the_older_one_but_once():
    played = ModernServer(settings=Server(url="http://git/mcp"))
    played.capabilities = ALL
    async with gateway({"git": played}) as gate:
        for _ in range(3):
            done = await gate.legacy(await gate.initialize(can=ALL), "tools/call", CALL)
            assert done.json["result"]["content"]
        assert len(played.calls("initialize")) == 1


class Forgetful(Both):
    """Speaks both eras, and keeps nothing from one request of the older one to the next."""

    def answer(self, sent: Sent) -> Played:
        played = super().answer(sent)
        played.headers = {}
        return played


async def test_a_server_that_gives_no_session_in_the_older_era_is_spoken_to_in_the_newer_one():
    played = Forgetful({"a": FORM})
    played.modern.capabilities = ALL
    async with gateway({"git": played}) as gate:
        for _ in range(3):
            done = await gate.legacy(await gate.initialize(can=ALL), "tools/call", CALL)
            assert done.json["result"]["content"]
        spoken = [each.fields["mcp-protocol-version"] for each in played.calls("tools/call")]
        assert (played.begun, spoken) == (1, [MODERN] * 3)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)
