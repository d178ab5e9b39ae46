"""An ask of another dialect, written."""

from typing import Any

import pytest

from tests.llm.dialects.cohere_chat.scene import asked, said, write
from trigate.llm.conversation import OutputForm, Reasoning, Text

TURN = said(Text(text="Hi"))


@pytest.mark.parametrize(
    ("members", "expected", "losses"),
    [
        ({"top_p": 1}, {"p": 0.99}, [("top_p", "degraded")]),
        ({"top_k": 900}, {"k": 500}, [("top_k", "degraded")]),
        ({"presence_penalty": -1}, {"presence_penalty": 0}, [("presence_penalty", "degraded")]),
        ({"frequency_penalty": 0.5, "temperature": 1}, {"frequency_penalty": 0.5, "temperature": 1}, []),
        ({"stop": list("abcdef")}, {"stop_sequences": list("abcde")}, [("stop", "degraded")]),
        ({"choices": 2}, {}, [("n", "dropped")]),
        ({"choices": 1, "service_tier": "auto"}, {}, []),
        ({"user": "u", "cache_key": "k"}, {}, [("user", "dropped"), ("prompt_cache_key", "dropped")]),
        ({"betas": ["x"]}, {}, [("openai-beta.x", "dropped")]),
        ({"extra": {"logit_bias": {}}}, {}, [("logit_bias", "dropped")]),
        ({"streamed": True, "most_output": 5}, {"stream": True, "max_tokens": 5}, []),
    ],
)
def test_what_can_be_said_is_said_and_the_rest_lost_by_name(
    members: dict[str, Any], expected: dict[str, Any], losses: list[tuple[str, str]]
):
    body, found = write(asked(TURN, dialect="openai_chat", **members))
    assert {name: value for name, value in body.items() if name not in {"model", "messages"}} == expected
    assert found == losses


@pytest.mark.parametrize(
    ("reasoning", "thinking", "fates"),
    [
        (Reasoning(enabled=True), {"type": "enabled"}, []),
        (Reasoning(enabled=True, budget=9), {"type": "enabled", "token_budget": 9}, []),
        (Reasoning(enabled=True, budget=-1), {"type": "enabled"}, []),
        (Reasoning(effort="low"), {"type": "enabled", "token_budget": 2048}, ["degraded"]),
        (Reasoning(effort="none"), {"type": "disabled"}, []),
        (Reasoning(budget=0), {"type": "disabled"}, []),
        (Reasoning(enabled=True, shown=False, summary="auto"), {"type": "enabled"}, ["dropped", "dropped"]),
    ],
)
def test_thinking_is_on_or_off_and_has_a_budget(reasoning: Reasoning, thinking: dict[str, Any], fates: list[str]):
    body, losses = write(asked(TURN, reasoning=reasoning))
    assert body["thinking"] == thinking
    assert [each[1] for each in losses] == fates


def test_a_form_has_no_name():
    output = OutputForm(schema={"type": "object"}, name="n", description="d")
    body, losses = write(asked(TURN, output=output, dialect="openai_chat"))
    assert body["response_format"] == {"type": "json_object", "json_schema": {"type": "object"}}
    assert losses == [
        ("response_format.json_schema.name", "dropped"),
        ("response_format.json_schema.description", "dropped"),
    ]
