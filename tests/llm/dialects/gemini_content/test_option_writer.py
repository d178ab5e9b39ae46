"""How answers are to be made, in Google's words."""

from typing import Any

import pytest

from tests.llm.dialects.gemini_content.scene import asked, write
from trigate.llm.conversation import OutputForm, Reasoning


def config(model: str = "gemini-3-pro", **members: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    body, losses = write(asked(**members), model)
    return body.get("generationConfig", {}), losses


@pytest.mark.parametrize(
    ("model", "reasoning", "thinking", "lost"),
    [
        ("gemini-3-pro", Reasoning(effort="high"), {"thinkingLevel": "HIGH"}, False),
        ("gemini-3-pro", Reasoning(effort="max"), {"thinkingLevel": "HIGH"}, True),
        ("gemini-3-pro", Reasoning(effort="none"), {"thinkingLevel": "MINIMAL"}, True),
        ("gemini-3-pro", Reasoning(enabled=False), {"thinkingLevel": "MINIMAL"}, True),
        ("gemini-3-pro", Reasoning(enabled=True, budget=5000), {"thinkingBudget": 5000}, False),
        ("gemini-3-pro", Reasoning(enabled=True), {"thinkingBudget": -1}, False),
        (
            "gemini-2.5-pro",
            Reasoning(effort="medium", shown=True),
            {"includeThoughts": True, "thinkingBudget": 8192},
            True,
        ),
        ("gemini-2.5-flash", Reasoning(effort="none"), {"thinkingBudget": 0}, False),
        (
            "gemini-3-pro",
            Reasoning(effort="low", summary="auto"),
            {"thinkingLevel": "LOW", "includeThoughts": True},
            False,
        ),
    ],
)
def test_an_effort_is_a_level_or_a_budget(model: str, reasoning: Reasoning, thinking: dict[str, Any], lost: bool):
    found, losses = config(model, reasoning=reasoning)
    assert found["thinkingConfig"] == thinking
    assert bool(losses) is lost


def test_a_schema_is_sent_as_it_is_and_its_name_is_told():
    found, losses = config(output=OutputForm(schema={"type": "object"}, name="person", strict=True))
    assert found == {"responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}}
    assert losses == [("response_format.json_schema.name", "dropped")]


def test_sampling_is_said_in_googles_names():
    found, losses = config(
        temperature=0.5, top_p=0.9, top_k=4, seed=7, stop=["a"], choices=2, logprobs=True, top_logprobs=3
    )
    assert found == {
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 4,
        "seed": 7,
        "stopSequences": ["a"],
        "candidateCount": 2,
        "responseLogprobs": True,
        "logprobs": 3,
    }
    assert not losses


def test_what_google_has_no_words_for_is_told():
    _, losses = config(user="u", metadata={"a": "b"}, cache_key="k", betas=["b"], parallel=False)
    assert {name for name, _ in losses} == {
        "user",
        "metadata",
        "prompt_cache_key",
        "openai-beta.b",
        "parallel_tool_calls",
    }
