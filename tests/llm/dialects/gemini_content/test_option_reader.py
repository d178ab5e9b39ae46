"""`generationConfig` in the middle form."""

from typing import Any

import pytest

from tests.llm.dialects.gemini_content.scene import read
from trigate.llm.conversation import Conversation, OutputForm, Reasoning
from trigate.llm.error import InvalidParameter


def options(**config: Any) -> Conversation:
    return read({"contents": [], "generationConfig": config})


@pytest.mark.parametrize(
    ("thinking", "reasoning"),
    [
        ({"thinkingBudget": 0}, Reasoning(enabled=False, budget=0)),
        ({"thinkingBudget": -1, "includeThoughts": True}, Reasoning(enabled=True, budget=-1, shown=True)),
        ({"thinkingLevel": "LOW"}, Reasoning(enabled=True, effort="low")),
        ({"thinkingLevel": "COSMIC"}, Reasoning(extra={"thinkingLevel": "COSMIC"})),
        ({}, Reasoning()),
    ],
)
def test_thinking_is_understood(thinking: dict[str, Any], reasoning: Reasoning):
    assert options(thinkingConfig=thinking).reasoning == reasoning


@pytest.mark.parametrize(
    ("config", "output"),
    [
        ({"responseMimeType": "application/json"}, OutputForm()),
        (
            {"responseMimeType": "application/json", "responseSchema": {"type": "STRING"}},
            OutputForm(schema={"type": "string"}),
        ),
        (
            {"responseMimeType": "text/x.enum", "responseSchema": {"type": "STRING"}},
            OutputForm(schema={"type": "string"}),
        ),
        ({"responseMimeType": "text/plain"}, None),
    ],
)
def test_the_form_of_the_answer_is_understood(config: dict[str, Any], output: OutputForm | None):
    assert options(**config).output == output


def test_what_is_not_known_keeps_its_whole_name():
    assert options(speechConfig={"a": 1}).extra == {"generationConfig.speechConfig": {"a": 1}}


@pytest.mark.parametrize(
    ("config", "path"),
    [
        (
            {"thinkingConfig": {"thinkingBudget": 5, "thinkingLevel": "low"}},
            "generationConfig.thinkingConfig.thinkingBudget",
        ),
        ({"responseSchema": {}, "responseJsonSchema": {}}, "generationConfig.responseSchema"),
        ({"stopSequences": [1]}, "generationConfig.stopSequences"),
        ({"topK": 1.5}, "generationConfig.topK"),
    ],
)
def test_contradictions_are_refused(config: dict[str, Any], path: str):
    with pytest.raises(InvalidParameter) as caught:
        options(**config)
    assert caught.value.param == path
