"""The person at the caller's end is asked whether a call may be made, in both eras."""

from typing import Any

import pytest

from tests.mcp.asking import ALL, CAPABLE, FORM, Asks, begin, responses
from tests.mcp.servers import ModernServer
from tests.mcp.stage import gateway
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


class Capable(ModernServer):
    """Is told that its callers can be asked anything."""

    capabilities = ALL


def calls(server: ModernServer) -> int:
    return sum((each.body or {}).get("method") == "tools/call" for each in server.seen)


@pytest.mark.parametrize(("action", "made"), ANSWERS)
async def test_a_modern_caller_sends_the_call_again_with_the_answer(action: str, made: bool) -> None:
    server = Capable()
    async with gateway({"git": server}, approvals=RULES) as gate:
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
    server, grants = Asks({"q": FORM}), ["granted-1"]

    async def operator(stream: BusStream, opening: bytes) -> None:
        asks = read_order(opening).act == "ask"
        state = Told("pending", "other") if not grants else Told("granted", grants[0] if asks else grants.pop())
        await stream.send(encode(state))

    async with gateway({"git": server}, approvals=OPERATORS) as gate:
        gate.surroundings.bus.offer(SERVICE, operator)
        first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).message["result"]
        given = {"requestState": first["requestState"], "inputResponses": responses(first["inputRequests"])}
        answer = await gate.modern("tools/call", {**CALL, **given}, meta=CAPABLE)
        assert "accept" in answer.message["result"]["content"][0]["text"]
        another = await gate.modern("tools/call", CALL, meta=CAPABLE)
        assert another.message["error"]["data"]["approval"] == "other"
