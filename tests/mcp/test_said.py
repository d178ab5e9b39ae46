"""Guards read and replace what is asked of callers and what they answer, in every cell, by the side that says it."""

import json
from typing import Any

import pytest

from tests.mcp.asking import ACCEPTED, ALL, CAPABLE, SAMPLE, SCHEMA, Asks, Rounds, begin
from tests.mcp.stage import Gateway, gateway
from trigate.core.call import Call
from trigate.core.parts import Side
from trigate.core.verdict import PASS, Block, Content, Rewrite, Verdict
from trigate.mcp.said import Said
from trigate.policy.access import Access
from trigate.policy.guardrail import Guardrail
from trigate.policy.rule import Rule

CALL = {"name": "git__echo", "arguments": {"text": "x"}}
SCHEMED = {**SCHEMA, "properties": {"name": {"type": "string", "title": "secret title", "description": "d"}}}
QUESTION = {
    "method": "elicitation/create",
    "params": {"mode": "form", "message": "the secr\u0065t?", "requestedSchema": SCHEMED},
}
ANSWER = {"action": "accept", "content": {"name": "secret", "other": ["secret two"], "n": 1}}
CELLS = [(caller, server) for caller in ("modern", "legacy") for server in (Rounds, Asks)]
CELL = pytest.mark.parametrize(("caller", "server"), CELLS)


class Strike(Guardrail):
    """Strikes one word on both sides, and blocks another."""

    seen: list[tuple[Side, list[str]]] = []

    async def check(self, content: Content, side: Side, call: Call) -> Verdict:
        texts = content.texts()
        self.seen.append((side, texts))
        if any("forbidden" in each for each in texts):
            return Block("no")
        return Rewrite([each.replace("secret", "***") for each in texts]) if texts else PASS


async def converse(gate: Gateway, caller: str, given: Any) -> tuple[Any, Any]:
    """The question as the caller reads it, and the end of the call."""
    if caller == "legacy":
        talk = begin(gate, await gate.initialize(can=ALL), "tools/call", CALL)
        asked = await talk.next()
        await talk.reply(asked["id"], given)
        return asked["params"], (await talk.end()).message
    first = (await gate.modern("tools/call", CALL, meta=CAPABLE)).message
    ((key, asked),) = first["result"]["inputRequests"].items()
    again = {**CALL, "inputResponses": {key: given}, "requestState": first["result"]["requestState"]}
    return asked["params"], (await gate.modern("tools/call", again, meta=CAPABLE)).message


@CELL
async def test_what_is_asked_and_answered_passes_the_guards_of_its_side(caller: str, server: Any):
    guard, played = Strike(), server({"a": QUESTION})
    async with gateway({"git": played}, guards=(guard,)) as gate:
        asked, last = await converse(gate, caller, ANSWER)
        assert asked["message"] == "the ***?"
        assert asked["requestedSchema"]["properties"]["name"]["title"] == "*** title"
        assert "result" in last
        told = played.told[-1]["a"]
        assert told == {"action": "accept", "content": {"name": "***", "other": ["*** two"], "n": 1}}
        sides = [side for side, texts in guard.seen if any("secret" in each for each in texts)]
        assert sides == ["answer", "ask"]
        guard.seen.clear()


@CELL
async def test_a_question_that_is_blocked_reaches_nobody(caller: str, server: Any):
    question = {**QUESTION, "params": {**QUESTION["params"], "message": "forbidden"}}  # type: ignore[dict-item]
    async with gateway({"git": server({"a": question})}, guards=(Strike(),)) as gate:
        if caller == "legacy":
            answer = await gate.legacy(await gate.initialize(can=ALL), "tools/call", CALL)
        else:
            answer = await gate.modern("tools/call", CALL, meta=CAPABLE)
        assert "inputRequests" not in answer.message.get("result", {})
        assert b"forbidden" not in answer.body


@CELL
async def test_an_answer_that_is_blocked_reaches_no_server(caller: str, server: Any):
    played = server({"a": QUESTION})
    async with gateway({"git": played}, guards=(Strike(),)) as gate:
        await converse(gate, caller, {"action": "accept", "content": {"name": "forbidden"}})
        assert "forbidden" not in json.dumps(played.told)


@CELL
async def test_a_rule_for_calls_and_questions_is_good_for_their_answers(caller: str, server: Any):
    names = ("tools.call", "elicitation.create")
    access = Access((Rule(allow=tuple(f"mcp.{each} server/git/*" for each in names)),))
    played = server({"a": QUESTION})
    async with gateway({"git": played}, guards=(Strike(),), access=access) as gate:
        _, last = await converse(gate, caller, ANSWER)
        assert "result" in last
        assert played.told[-1]["a"]["action"] == "accept"


async def test_without_guards_nothing_is_written_anew():
    question = {"method": "elicitation/create", "params": {"message": "1", "requestedSchema": SCHEMA, "n": 1.50}}
    played = Rounds({"a": question})
    async with gateway({"git": played}) as gate:
        asked, _ = await converse(gate, "modern", ACCEPTED)
        assert asked == question["params"]
        assert not any(each["action"] == "mcp.answer" for each in gate.records)


def test_a_form_may_call_its_members_as_what_steers_elsewhere_is_called():
    content = {"type": "a", "action": "b", "model": "c", "role": ["d"], "_meta": "e"}
    given = {"action": "accept", "content": content, "_meta": {"n": 1}}
    said = Said(json.dumps(given).encode(), is_question=False)
    assert said.texts() == list("abcde")
    said.replace_texts(list("vwxyz"))
    replaced = {"type": "v", "action": "w", "model": "x", "role": ["y"], "_meta": "z"}
    assert json.loads(bytes(said.raw)) == {**given, "content": replaced}


def test_an_answer_that_is_a_text_or_a_list_is_read_too():
    said = Said(b'"secret"', is_question=False)
    assert said.texts() == ["secret"]
    said.replace_texts(["***"])
    assert bytes(said.raw) == b'"***"'
    assert Said(b'["a",{"type":"text","text":"b"}]', is_question=False).texts() == ["a", "b"]


def test_what_a_form_is_filled_with_beforehand_is_read():
    asked = {"requestedSchema": {"type": "object", "properties": {"n": {"type": "string", "default": "secret"}}}}
    assert Said(json.dumps(asked).encode(), is_question=True).texts() == ["secret"]


def test_what_steers_is_no_text():
    asked = Said(json.dumps(SAMPLE["params"]).encode(), is_question=True)
    assert asked.texts() == ["hi"]
    given = {"role": "assistant", "content": {"type": "text", "text": "lo"}, "model": "m"}
    assert Said(json.dumps(given).encode(), is_question=False).texts() == ["lo"]
    roots = {"roots": [{"uri": "file:///r", "name": "n"}]}
    assert Said(json.dumps(roots).encode(), is_question=False).texts() == ["file:///r", "n"]
