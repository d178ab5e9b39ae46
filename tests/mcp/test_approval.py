"""The person at the caller's end is asked whether a call may be made, in both eras."""

from typing import Any

import pytest

from tests.mcp.asking import ALL, CAPABLE, FORM, Asks, Rounds, begin, responses
from tests.mcp.servers import ModernServer
from tests.mcp.stage import Gateway, gateway
from trigate.core.bus import BusStream
from trigate.mcp.approval import LONGEST_SHOWN
from trigate.policy.access import Access
from trigate.policy.approval import ApprovalRule, ApprovalSettings
from trigate.policy.consent.petition import SERVICE, Told, encode, read_order
from trigate.policy.rule import Rule

CALL = {"name": "git__echo", "arguments": {"text": "x"}}
OPERATORS = ApprovalSettings(rules=(ApprovalRule(by="operator"),))
RULES = ApprovalSettings(rules=(ApprovalRule(),))
ANSWERS = [("accept", True), ("decline", False), ("cancel", False)]


class Clerk:
    """Keeps what operators approve and callers bring back, as the control process does; one call is approved."""

    def __init__(self, gate: Gateway, granted: bool = True) -> None:
        self.granted = granted
        self.used: set[str] = set()
        gate.surroundings.bus.offer(SERVICE, self.serve)

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        order = read_order(opening)
        state = Told("granted" if self.granted else "pending", "g1" if self.granted else "p1")
        if order.act == "once":
            state = Told("denied" if order.id in self.used else "granted")
            self.used.add(order.id)
        elif order.act == "use":
            self.granted = False
        await stream.send(encode(state))


class Capable(ModernServer):
    """Is told that its callers can be asked anything."""

    capabilities = ALL


def calls(server: ModernServer) -> int:
    return sum((each.body or {}).get("method") == "tools/call" for each in server.seen)


@pytest.mark.parametrize(("action", "made"), ANSWERS)
async def test_a_modern_caller_sends_the_call_again_with_the_answer(action: str, made: bool) -> None:
    server = Capable()
    async with gateway({"git": server}, approvals=RULES) as gate:
        Clerk(gate)
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]
        assert (first["resultType"], calls(server)) == ("input_required", 0)
        ((key, question),) = first["inputRequests"].items()
        assert question["params"]["message"] == 'Allow mcp.tools.call on server/git/tool/echo?\n{"text": "x"}'
        again = {**CALL, "requestState": first["requestState"], "inputResponses": {key: {"action": action}}}
        answer = await gate.modern("tools/call", again, meta=CAPABLE)
        assert calls(server) == int(made)
        if made:
            assert answer.json["result"]["content"][0]["text"] == "x"
            assert gate.records[-1]["flags"] == ["approved.caller"]
        else:
            assert (answer.status, answer.json["error"]["data"]["code"]) == (200, "approval.denied")
            assert gate.records[-1]["outcome"] == "approval.denied"


async def test_an_approval_is_for_the_call_that_was_shown() -> None:
    server = Capable()
    async with gateway({"git": server}, approvals=RULES) as gate:
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]
        (key,) = first["inputRequests"]
        given = {"requestState": first["requestState"], "inputResponses": {key: {"action": "accept"}}}
        for other in ({**CALL, "arguments": {"text": "y"}}, {**CALL, "arguments": {"text": "x", "z": 1}}):
            assert "error" in (await gate.modern("tools/call", {**other, **given}, meta=CAPABLE)).json
        unasked = (
            await gate.modern("tools/call", {**CALL, "inputResponses": given["inputResponses"]}, meta=CAPABLE)
        ).json
        assert unasked["result"]["resultType"] == "input_required"
        assert calls(server) == 0


@pytest.mark.parametrize(("action", "made"), ANSWERS)
async def test_a_legacy_caller_is_asked_within_its_call(action: str, made: bool) -> None:
    server = Capable()
    async with gateway({"git": server}, approvals=RULES) as gate:
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        question = await talk.next()
        assert question["method"] == "elicitation/create"
        await talk.reply(question["id"], {"action": action})
        last = (await talk.end()).events[-1]
        assert calls(server) == int(made)
        if made:
            assert last["result"]["content"][0]["text"] == "x"
        else:
            assert last["error"]["data"]["code"] == "approval.denied"


async def test_who_cannot_be_asked_or_not_about_so_much_waits_for_operators() -> None:
    nobody = Access((Rule(deny=("mcp.elicitation.create",)),))
    long = {**CALL, "arguments": {"text": "x" * LONGEST_SHOWN}}
    cases: list[tuple[Any, Any, Any]] = [({}, None, CALL), (CAPABLE, None, long), (CAPABLE, nobody, CALL)]
    for meta, access, call in cases:
        async with gateway({"git": ModernServer()}, approvals=RULES, access=access) as gate:
            answer = await gate.modern("tools/call", call, meta=meta)
            assert answer.json["error"]["data"]["code"] == "store.unavailable"  # where nobody offers a queue


async def test_an_approved_call_is_not_held_again_when_its_server_was_answered() -> None:
    async with gateway({"git": Asks({"q": FORM})}, approvals=OPERATORS) as gate:
        Clerk(gate)
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).message["result"]
        given = {"requestState": first["requestState"], "inputResponses": responses(first["inputRequests"])}
        answer = await gate.modern("tools/call", {**CALL, **given}, meta=CAPABLE)
        assert "accept" in answer.message["result"]["content"][0]["text"]
        another = await gate.modern("tools/call", CALL, meta=CAPABLE)
        assert another.message["error"]["data"]["approval"] == "p1"


async def answer(gate: Gateway, asked: Any, **more: Any) -> Any:
    """The call once more, with answers to what its caller was asked."""
    given = {"requestState": asked["requestState"], "inputResponses": responses(asked["inputRequests"])}
    return (await gate.modern("tools/call", {**CALL, **given}, meta=CAPABLE | more)).message


async def test_a_caller_approves_once_and_what_it_brings_back_is_of_no_more_use() -> None:
    server = Capable()
    async with gateway({"git": server}, approvals=RULES) as gate:
        Clerk(gate)
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]
        assert "result" in await answer(gate, first)
        assert (await answer(gate, first))["error"]["data"]["code"] == "approval.denied"
        assert calls(server) == 1


@pytest.mark.parametrize("settings", [OPERATORS, RULES])
async def test_one_approval_is_good_for_all_rounds_of_a_call_and_each_round_for_once(
    settings: ApprovalSettings,
) -> None:
    server = Rounds({"a": FORM}, {"b": FORM})
    async with gateway({"git": server}, approvals=settings) as gate:
        Clerk(gate)
        asked = (await gate.modern("tools/call", CALL, meta=CAPABLE)).message["result"]
        if settings is RULES:
            asked = (await answer(gate, asked))["result"]
        assert set(asked["inputRequests"]) == {"a"}
        second = (await answer(gate, asked))["result"]
        assert set(second["inputRequests"]) == {"b"}
        assert (await answer(gate, asked))["error"]["data"]["code"] == "approval.denied"
        assert (await answer(gate, second))["result"]["content"][0]["text"] == "x"
        assert (await answer(gate, second))["error"]["data"]["code"] == "approval.denied"
        assert len(server.told) == 3


async def test_a_round_with_something_else_beside_the_arguments_is_another_call() -> None:
    server = Rounds({"a": FORM})
    async with gateway({"git": server}, approvals=OPERATORS) as gate:
        Clerk(gate)
        asked = (await gate.modern("tools/call", CALL, meta=CAPABLE)).message["result"]
        assert "error" in await answer(gate, asked, **{"vendor/force": True})
        same = {"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01", "progressToken": 9, "claude/toolUseId": "z"}
        assert "result" in await answer(gate, asked, **same)
        assert len(server.told) == 2


async def test_where_nobody_can_tell_whether_it_was_used_nothing_goes_on() -> None:
    server = Capable()
    async with gateway({"git": server}, approvals=RULES) as gate:
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).json["result"]
        assert (await answer(gate, first))["error"]["data"]["code"] == "store.unavailable"
        assert calls(server) == 0
