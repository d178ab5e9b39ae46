"""How much to think is said in the words that the model understands, and what stands for what is told."""

from typing import Any

import pytest

from tests.llm.dialects.anthropic_messages.scene import said, talk, write
from trigate.llm.conversation import Reasoning, Thought, Tool, ToolCall, ToolChoice, ToolResult

OLD = "claude-sonnet-4-5"


@pytest.mark.parametrize(
    ("reasoning", "written", "losses"),
    [
        (Reasoning(effort="high"), ({"type": "adaptive"}, "high"), []),
        (Reasoning(effort="none"), ({"type": "disabled"}, None), []),
        (Reasoning(enabled=False), ({"type": "disabled"}, None), []),
        (Reasoning(budget=0), ({"type": "disabled"}, None), []),
        (Reasoning(), (None, None), []),
        (Reasoning(enabled=True, budget=-1, shown=True), ({"type": "adaptive", "display": "summarized"}, None), []),
        (Reasoning(effort="minimal"), ({"type": "adaptive"}, "low"), ["low stands for minimal"]),
        (Reasoning(effort="heroic"), ({"type": "adaptive"}, "medium"), ["medium stands for heroic"]),
        (Reasoning(budget=9000), ({"type": "adaptive"}, "high"), ["effort high stands for 9000 tokens"]),
        (Reasoning(budget=100), ({"type": "adaptive"}, "low"), ["effort low stands for 100 tokens"]),
    ],
)
def test_a_new_model_is_told_an_effort(reasoning: Reasoning, written: tuple[Any, Any], losses: list[str]) -> None:
    body, lost = write(talk(reasoning=reasoning))
    assert (body.get("thinking"), body.get("output_config", {}).get("effort")) == written
    assert [each[2] for each in lost] == losses


def test_an_old_model_is_told_a_budget_beside_the_answers_tokens() -> None:
    body, losses = write(talk(reasoning=Reasoning(effort="low")), OLD)
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2048}
    assert body["max_tokens"] == 4096 + 2048
    assert losses == [("reasoning_effort", "degraded", "2048 tokens stand for low")]


def test_a_budget_that_is_given_is_taken_as_it_is() -> None:
    body, losses = write(talk(reasoning=Reasoning(budget=3000), most_output=5000), OLD)
    assert (body["thinking"]["budget_tokens"], body["max_tokens"], losses) == (3000, 5000, [])


def test_a_budget_leaves_room_for_the_answer() -> None:
    body, losses = write(talk(reasoning=Reasoning(budget=9000), most_output=5000), OLD)
    assert body["thinking"]["budget_tokens"] == 4999
    assert losses == [("reasoning", "degraded", "4999 tokens stand for 9000")]


def test_too_few_tokens_leave_no_room_for_thinking() -> None:
    body, losses = write(talk(reasoning=Reasoning(effort="high"), most_output=1000), OLD)
    assert "thinking" not in body
    assert losses[0][:2] == ("reasoning", "degraded")


@pytest.mark.parametrize(("signature", "thinks"), [("", False), ("Eabc", True)])
def test_an_old_model_in_the_midst_of_tools_must_see_what_it_thought(signature: str, thinks: bool) -> None:
    thought = Thought(text="t", signature=signature, maker="anthropic" if signature else "")
    call = said(thought, ToolCall(id="a", name="n"), role="assistant")
    turns = said("-"), call, said(ToolResult(call="a"), role="tool")
    body, _ = write(talk(*turns, reasoning=Reasoning(effort="low")), OLD)
    assert ("thinking" in body) is thinks


def test_a_tool_that_is_forced_counts_more_than_thinking() -> None:
    tool = Tool(name="n", schema={"type": "object"})
    body, losses = write(talk(tools=[tool], tool_choice=ToolChoice("one", "n"), reasoning=Reasoning(effort="low")))
    assert body["thinking"] == {"type": "disabled"}
    assert body["tool_choice"] == {"type": "tool", "name": "n"}
    assert losses == [("reasoning", "degraded", "no thinking, as a tool is forced")]


def test_the_manner_of_a_summary_is_not_carried() -> None:
    _, losses = write(talk(reasoning=Reasoning(effort="low", summary="concise")))
    assert losses == [("reasoning.summary", "dropped", "")]
