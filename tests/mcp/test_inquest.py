"""Servers of 2026-07-28 ask callers of either era."""

from typing import Any

import pytest

from tests.mcp.asking import ACCEPTED, ALL, ANSWERS, CAPABLE, FORM, PAGE, ROOTS, SAMPLE, Rounds, begin, responses
from tests.mcp.servers import ModernServer, error
from tests.mcp.stage import Answered, Gateway, Played, Sent, gateway
from trigate.core.clock import clock
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.mcp.settings import Endpoint, QuestionSettings
from trigate.policy.access import Access
from trigate.policy.rule import Rule

CALL = {"name": "git__echo", "arguments": {"text": "x"}}
KINDS = pytest.mark.parametrize("question", [FORM, PAGE, SAMPLE, ROOTS], ids=["form", "url", "sampling", "roots"])


async def again(gate: Gateway, asked: Answered, given: Any = None, **more: Any) -> Answered:
    """The call sent again with answers."""
    result = asked.json["result"]
    answers = responses(result.get("inputRequests", {})) if given is None else given
    more = {"params": CALL, "meta": CAPABLE} | more
    params = {**more.pop("params"), "inputResponses": answers, "requestState": result["requestState"]}
    return await gate.modern(more.pop("method", "tools/call"), params, id="again", **more)


@KINDS
async def test_a_modern_caller_is_asked_by_the_end_of_its_call(question: dict[str, Any]):
    played = Rounds({"a": question})
    async with gateway({"git": played}) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        result = asked.json["result"]
        assert asked.status == 200
        assert result["resultType"] == "input_required"
        assert result["inputRequests"] == {"a": question}
        assert "state" not in result["requestState"]
        assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "trigate"
        assert not {"ttlMs", "cacheScope"} & result.keys()
        done = await again(gate, asked)
        assert done.json["id"] == "again"
        assert done.json["result"]["content"][0]["text"] == "x"
        assert played.told == [None, responses({"a": question})]


@KINDS
async def test_a_legacy_caller_is_asked_within_its_call(question: dict[str, Any]):
    played = Rounds({"a": question})
    async with gateway({"git": played}) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        asked = await talk.next()
        assert asked["method"] == question["method"]
        params = asked.get("params", {})
        assert bool(params.pop("elicitationId", None)) is (question is PAGE)
        assert params == question.get("params", {})
        replied = await talk.reply(asked["id"], ANSWERS[question["method"]])
        assert (replied.status, replied.body) == (202, b"")
        done = (await talk.end()).events
        assert done[-1]["id"] == 1
        assert done[-1]["result"]["content"][0]["text"] == "x"
        if question is PAGE:
            assert done[-2]["method"] == "notifications/elicitation/complete"
        assert played.told == [None, responses({"a": question})]


@pytest.mark.parametrize("state", [True, False])
async def test_rounds_follow_each_other_and_questions_may_come_together(state: bool):
    rounds = ({"a": FORM, "b": SAMPLE}, {"c": ROOTS})
    modern, legacy = Rounds(*rounds, state=state), Rounds(*rounds, state=state)
    async with gateway({"git": modern, "old": legacy}) as gate:
        first = await gate.modern("tools/call", CALL, meta=CAPABLE)
        second = await again(gate, first)
        assert second.json["result"]["inputRequests"] == {"c": ROOTS}
        assert (await again(gate, second)).json["result"]["content"]
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", {**CALL, "name": "old__echo"})
        for _ in range(3):
            asked = await talk.next()
            await talk.reply(asked["id"], ANSWERS[asked["method"]])
        assert (await talk.end()).events[-1]["result"]["content"]
    assert modern.told == legacy.told == [None, responses(rounds[0]), responses(rounds[1])]


@pytest.mark.parametrize(
    ("method", "params"), [("prompts/get", {"name": "git__hi"}), ("resources/read", {"uri": "file:///a"})]
)
async def test_prompts_and_resources_may_ask_too(method: str, params: dict[str, Any]):
    async with gateway({"git": Rounds({"a": FORM})}) as gate:
        asked = await gate.modern(method, params, meta=CAPABLE)
        assert asked.json["result"]["inputRequests"] == {"a": FORM}
        done = await again(gate, asked, method=method, params=params)
        assert done.json["result"]["resultType"] == "complete"


async def test_a_server_may_only_want_to_be_asked_again():
    modern, legacy = Rounds({}), Rounds({})
    async with gateway({"git": modern, "old": legacy}) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        assert "inputRequests" not in asked.json["result"]
        params = {**CALL, "requestState": asked.json["result"]["requestState"]}
        assert (await gate.modern("tools/call", params, meta=CAPABLE)).json["result"]["content"]
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", {**CALL, "name": "old__echo"})
        assert (await talk.end()).json["result"]["content"]
    assert modern.told == legacy.told == [None, None]


async def test_nobody_is_asked_twice_to_open_a_page():
    played = Rounds({"p": PAGE}, {"p": PAGE}, {"p": PAGE})
    async with gateway({"git": played}) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        asked = await talk.next()
        await talk.reply(asked["id"], {"action": "accept"})
        done = (await talk.end()).events
        assert [each.get("method") for each in done] == [
            "elicitation/create",
            "notifications/elicitation/complete",
            None,
        ]
        assert done[1]["params"] == {"elicitationId": asked["params"]["elicitationId"]}
    assert played.told[1:] == [{"p": {"action": "accept"}}] * 3


async def test_a_server_that_asks_without_end_is_stopped():
    played = Rounds(*[{"a": FORM}] * 5)
    async with gateway({"git": played}, questions=QuestionSettings(rounds=2)) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        for _ in range(2):
            await talk.reply((await talk.next())["id"], ACCEPTED)
        assert "more than 2 times" in (await talk.end()).events[-1]["error"]["message"]


@pytest.mark.parametrize(
    ("action", "given"),
    [({"action": "decline"}, {"action": "decline"}), (None, {"action": "cancel"})],
    ids=["declines", "fails"],
)
async def test_a_caller_that_will_not_say_is_the_servers_to_deal_with(action: Any, given: Any):
    played = Rounds({"a": FORM})
    async with gateway({"git": played}) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        refusal = None if action else {"code": -1, "message": "no"}
        await talk.reply((await talk.next())["id"], action, refusal)
        assert (await talk.end()).events[-1]["result"]["content"]
    assert played.told == [None, {"a": given}]


async def test_a_caller_that_refuses_to_sample_is_told_that_its_call_cannot_go_on():
    async with gateway({"git": Rounds({"a": SAMPLE})}) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        await talk.reply((await talk.next())["id"], error={"code": -1, "message": "User rejected"})
        result = (await talk.end()).events[-1]["result"]
        assert result["isError"] is True
        assert "User rejected" in result["content"][0]["text"]
        assert gate.records[-1]["outcome"] == "mcp.question_failed"


async def test_a_caller_that_never_answers_is_told_so_and_the_call_ends():
    async with gateway({"git": Rounds({"a": FORM})}, questions=QuestionSettings(answer=Duration(0.05))) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        asked, cancelled, done = (await talk.end()).events
        assert cancelled["method"] == "notifications/cancelled"
        assert cancelled["params"]["requestId"] == asked["id"]
        assert done["result"]["isError"] is True
        late = await talk.reply(asked["id"], ACCEPTED)
        assert late.status == 202


# --- what was not declared -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        (FORM, {"elicitation": {"form": {}}}),
        (PAGE, {"elicitation": {"url": {}}}),
        (SAMPLE, {"sampling": {}}),
        (ROOTS, {"roots": {}}),
    ],
)
async def test_nobody_is_asked_what_it_has_not_declared(question: dict[str, Any], missing: dict[str, Any]):
    played = Rounds({"a": question})
    played.capabilities = {}
    async with gateway({"git": played}) as gate:
        refused = await gate.modern("tools/call", CALL)
        assert (refused.status, refused.json["error"]["code"]) == (400, -32021)
        assert refused.json["error"]["data"] == {"requiredCapabilities": missing}
        played.told.clear()
        told = await gate.legacy(await gate.initialize(), "tools/call", CALL)
        assert told.json["result"]["isError"] is True
        assert next(iter(missing)) in told.json["result"]["content"][0]["text"]
        assert gate.records[-1]["outcome"] == "mcp.missing_capability"


class Refusing(ModernServer):
    """Answers calls with an error."""

    def __init__(self, number: int, data: Any) -> None:
        super().__init__()
        self.number, self.data = number, data

    def answer(self, sent: Sent) -> Played:
        if sent.body["method"] != "tools/call":
            return super().answer(sent)
        return error(sent.body["id"], self.number, "I need to sample", self.data, 400)


async def test_a_server_that_misses_a_capability_is_a_tools_failure_for_legacy_callers():
    data = {"requiredCapabilities": {"sampling": {}}}
    async with gateway({"git": Refusing(-32021, data)}) as gate:
        told = await gate.legacy(await gate.initialize(), "tools/call", CALL)
        assert told.json["result"]["isError"] is True
        assert "I need to sample" in told.json["result"]["content"][0]["text"]
        refused = await gate.modern("tools/call", CALL)
        assert (refused.json["error"]["code"], refused.json["error"]["data"]) == (-32021, data)


async def test_what_is_declared_to_a_server_is_what_its_caller_declared():
    declared = {"elicitation": {"form": {}}, "extensions": {"example/unknown": {}}}
    played = ModernServer()
    played.capabilities = {"elicitation": {"form": {}}}
    async with gateway({"git": played}) as gate:
        for _ in range(6):  # also on the short way
            answer = await gate.modern("tools/call", CALL, meta={next(iter(CAPABLE)): declared})
            assert answer.json["result"]["content"]
        session = await gate.initialize(can={"elicitation": {}})
        assert (await gate.legacy(session, "tools/call", CALL)).json["result"]["content"]


async def test_a_server_may_ask_on_the_short_way():
    played = ModernServer()
    played.capabilities = ALL
    async with gateway({"git": played}) as gate:
        for _ in range(6):
            await gate.modern("tools/call", CALL, meta=CAPABLE)
        played.result = {"resultType": "input_required", "inputRequests": {"a": FORM}, "requestState": "s"}
        for _ in range(6):  # what is sent again is never taken for what comes anew
            asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
            assert asked.json["result"]["inputRequests"] == {"a": FORM}
            asked = await again(gate, asked)
            assert played.calls("tools/call")[-1].body["params"]["requestState"] == "s"
            assert "inputResponses" in played.calls("tools/call")[-1].body["params"]


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"inputRequests": {}},
        {"inputRequests": []},
        {"inputRequests": {"a": {}}},
        {"inputRequests": {"a": {"method": "tools/call"}}},
        {"inputRequests": {str(number): FORM for number in range(33)}},
        {"requestState": 5},
    ],
    ids=str,
)
async def test_questions_that_are_none_are_a_clear_error(found: dict[str, Any]):
    played = ModernServer()
    played.capabilities = ALL
    played.result = {"resultType": "input_required", **found}
    async with gateway({"git": played}) as gate:
        told = (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["error"]
        assert told["code"] == -32603
        assert "server 'git'" in told["message"]


# --- rules and records -----------------------------------------------------------------------------------------------


async def test_a_question_is_an_act_of_its_own_below_its_call():
    async with gateway({"git": Rounds({"a": SAMPLE})}) as gate:
        await gate.modern("tools/call", CALL, meta=CAPABLE)
        inner, outer = gate.records[-2:]
        assert (inner["action"], inner["resource"]) == ("mcp.sampling.createMessage", "server/git/tool/echo")
        assert (inner["parent"], inner["outcome"]) == (outer["id"], "ok")
        assert outer["outcome"] == "mcp.input_required"


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_rules_can_deny_a_server_to_ask(era: str):
    rules = [Rule(deny=("mcp.sampling.createMessage server/git/*",)), Rule(allow=("mcp.*",))]
    async with gateway({"git": Rounds({"a": SAMPLE})}, access=Access(rules)) as gate:
        if era == "modern":
            refused = await gate.modern("tools/call", CALL, meta=CAPABLE)
        else:
            refused = await gate.legacy(await gate.initialize(can=ALL), "tools/call", CALL)
        assert refused.json["error"]["code"] == 403
        assert "mcp.sampling.createMessage" in refused.json["error"]["message"]


# --- what callers send back ------------------------------------------------------------------------------------------


async def test_a_state_is_good_for_its_call_alone():
    played = Rounds({"a": FORM}, {"a": FORM})
    async with gateway({"git": played}, endpoints={"e": Endpoint(servers=("git",))}) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        state = asked.json["result"]["requestState"]
        other = {**CALL, "arguments": {"text": "y"}}
        for params, path in (
            (other, "/mcp"),
            ({"name": "git__other", "arguments": {"text": "x"}}, "/mcp"),
            (CALL, "/mcp/e"),
        ):
            refused = await again(gate, asked, params=params, path=path)
            assert (refused.status, refused.json["error"]["code"]) == (400, -32602)
        for wrong in (state[:-4] + "AAA=", state[1:], "", "state", state + "\n", 5, None, ["a"], "é"):
            params = {**CALL, "inputResponses": {"a": ACCEPTED}, "requestState": wrong}
            refused = await gate.modern("tools/call", params, meta=CAPABLE)
            assert (refused.status, refused.json["error"]["code"]) == (400, -32602), wrong
        gate.principal = Principal("eve", frozenset({"mcp"}))
        assert (await again(gate, asked)).json["error"]["code"] == -32602
        assert len(played.told) == 1


async def test_a_state_is_good_for_a_while_and_however_its_call_is_written(monkeypatch: pytest.MonkeyPatch):
    played = Rounds({"a": FORM})
    async with gateway({"git": played}) as gate:
        asked = await gate.modern("tools/call", CALL, meta=CAPABLE)
        now = clock.wall_ns()
        with monkeypatch.context() as patch:
            patch.setattr(clock, "wall_ns", lambda: now + 601 * 10**9)
            assert (await again(gate, asked)).json["error"]["code"] == -32602
        swapped = {"arguments": {"text": "x"}, "name": "git__echo"}
        assert (await again(gate, asked, params=swapped)).json["result"]["content"]


async def test_answers_without_a_state_go_to_the_server_as_they_are():
    played = ModernServer()
    played.capabilities = ALL
    async with gateway({"git": played}) as gate:
        params = {**CALL, "inputResponses": {"a": ACCEPTED}}
        await gate.modern("tools/call", params, meta=CAPABLE)
        sent = played.calls("tools/call")[0].body["params"]
        assert sent["inputResponses"] == {"a": ACCEPTED}
        assert "requestState" not in sent
        refused = await gate.modern("tools/call", {**CALL, "inputResponses": []}, meta=CAPABLE)
        assert refused.json["error"]["code"] == -32602
