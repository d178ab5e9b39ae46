"""How answers are to be made, in Bedrock's words."""

from typing import Any

import pytest

from tests.llm.dialects.bedrock_converse.scene import asked, write
from trigate.llm.conversation import Reasoning

NEW, OLD, NOVA = "anthropic.claude-opus-4-8-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0", "amazon.nova-pro-v1:0"


@pytest.mark.parametrize(
    ("model", "reasoning", "thinking", "effort", "lost"),
    [
        (NEW, Reasoning(effort="high"), {"type": "adaptive"}, "high", False),
        (NEW, Reasoning(enabled=True, budget=3000), {"type": "adaptive"}, "medium", True),
        (NEW, Reasoning(enabled=False), {"type": "disabled"}, None, False),
        (OLD, Reasoning(enabled=True, budget=3000), {"type": "enabled", "budget_tokens": 3000}, None, False),
        (
            OLD,
            Reasoning(effort="medium", shown=True),
            {"type": "enabled", "budget_tokens": 8192, "display": "summarized"},
            None,
            True,
        ),
        (NOVA, Reasoning(effort="low"), None, "low", False),
        (NOVA, Reasoning(enabled=False), None, None, True),
    ],
)
def test_thinking_is_said_as_the_model_takes_it(
    model: str, reasoning: Reasoning, thinking: dict[str, Any] | None, effort: str | None, lost: bool
):
    body, losses = write(asked(reasoning=reasoning), model)
    assert body.get("additionalModelRequestFields", {}).get("thinking") == thinking
    assert body.get("outputConfig", {}).get("effort") == effort
    assert bool(losses) is lost


def test_a_budget_leaves_room_for_an_answer():
    body, _ = write(asked(reasoning=Reasoning(enabled=True, budget=9000), most_output=5000), OLD)
    assert body["additionalModelRequestFields"]["thinking"]["budget_tokens"] == 4999
    body, losses = write(asked(reasoning=Reasoning(enabled=True, budget=9000), most_output=500), OLD)
    assert "additionalModelRequestFields" not in body
    assert losses == [("reasoning", "degraded")]


@pytest.mark.parametrize(
    ("model", "more"), [(NEW, {"top_k": 5}), (NOVA, {"inferenceConfig": {"topK": 5}}), ("mistral.large", None)]
)
def test_top_k_is_said_in_the_models_own_words(model: str, more: dict[str, Any] | None):
    body, losses = write(asked(top_k=5), model)
    assert body.get("additionalModelRequestFields") == more
    assert bool(losses) is (more is None)


def test_features_under_trial_go_to_claude_as_far_as_bedrock_knows_them():
    known = "context-1m-2025-08-07"
    body, losses = write(asked(betas=["b", known]), NEW)
    assert body["additionalModelRequestFields"] == {"anthropic_beta": [known]}
    assert losses == [("openai-beta.b", "dropped")]
    body, losses = write(asked(betas=["b", known]), NOVA)
    assert "additionalModelRequestFields" not in body
    assert losses == [("openai-beta.b", "dropped")]


def test_metadata_are_carried_as_far_as_amazon_takes_them():
    body, losses = write(asked(metadata={"a": "b", "n": 5, "long": "x" * 300}))
    assert body["requestMetadata"] == {"a": "b"}
    assert losses == [("metadata.n", "dropped"), ("metadata.long", "dropped")]


def test_what_converse_has_no_words_for_is_told():
    _, losses = write(asked(seed=1, choices=2, logprobs=True, parallel=False, user="u"))
    assert {name for name, _ in losses} == {"seed", "n", "logprobs", "parallel_tool_calls", "user"}


@pytest.mark.parametrize(
    ("tier", "written"), [("flex", {"type": "flex"}), ("auto", None), ("standard_only", {"type": "default"})]
)
def test_a_service_is_asked_for_where_amazon_has_it(tier: str, written: dict[str, str] | None):
    assert write(asked(service_tier=tier))[0].get("serviceTier") == written
