"""How much the model is to think."""

from typing import Any

import pytest

from tests.llm.dialects.openai_chat.scene import asked, read, said, write
from trigate.llm.conversation import Reasoning, Text

TURN = said(Text(text="Hi"))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"reasoning_effort": "high"}, Reasoning(effort="high")),
        ({"reasoning_effort": "none"}, Reasoning(effort="none", enabled=False)),
        ({"reasoning": {"max_tokens": 9, "exclude": True}}, Reasoning(budget=9, shown=False)),
        ({"reasoning": {"effort": "low", "enabled": True}}, Reasoning(effort="low", enabled=True)),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, Reasoning(enabled=True, budget=9)),
        ({"thinking": {"type": "disabled"}}, Reasoning(enabled=False)),
    ],
)
def test_three_customs_say_it(members: dict[str, Any], expected: Reasoning):
    assert read(**members).reasoning == expected


def test_an_effort_that_nobody_knows_is_kept_as_it_is():
    conversation = read(reasoning_effort="turbo")
    assert conversation.reasoning is None
    assert conversation.extra == {"reasoning_effort": "turbo"}


@pytest.mark.parametrize(
    ("reasoning", "quirks", "expected", "losses"),
    [
        (Reasoning(effort="xhigh"), [], {"reasoning_effort": "xhigh"}, []),
        (Reasoning(budget=2000), [], {"reasoning_effort": "low"}, [("thinking.budget_tokens", "degraded")]),
        (Reasoning(budget=-1), [], {}, []),
        (Reasoning(effort="high"), ["thinking"], {"thinking": {"type": "enabled"}}, [("thinking", "degraded")]),
        (Reasoning(effort="none"), ["thinking"], {"thinking": {"type": "disabled"}}, []),
        (Reasoning(budget=0), ["thinking"], {"thinking": {"type": "disabled"}}, []),
        (
            Reasoning(budget=9),
            ["thinking"],
            {"thinking": {"type": "enabled"}},
            [("thinking.budget_tokens", "degraded")],
        ),
        (Reasoning(enabled=True, budget=9), ["enable_thinking"], {"enable_thinking": True, "thinking_budget": 9}, []),
        (Reasoning(enabled=False, budget=9), ["enable_thinking"], {"enable_thinking": False}, []),
        (Reasoning(budget=-1), ["enable_thinking"], {"enable_thinking": True}, []),
        (Reasoning(enabled=False), [], {}, [("thinking", "degraded")]),
        (Reasoning(enabled=False), ["no_thinking"], {"reasoning_effort": "none"}, []),
        (Reasoning(budget=2000, shown=True), ["reasoning"], {"reasoning": {"max_tokens": 2000, "exclude": False}}, []),
        (Reasoning(effort="low", shown=True), [], {"reasoning_effort": "low"}, [("thinking.display", "dropped")]),
        (
            Reasoning(summary="auto", extra={"future": 1}),
            [],
            {},
            [("thinking.summary", "dropped"), ("thinking.future", "dropped")],
        ),
    ],
)
def test_another_dialects_wish_is_told_in_words(
    reasoning: Reasoning, quirks: list[str], expected: dict[str, Any], losses: list[tuple[str, str]]
):
    body, found = write(asked(TURN, reasoning=reasoning), *quirks)
    assert {name: body[name] for name in body if "reasoning" in name or "thinking" in name} == expected
    assert found == losses
