"""Asks of other dialects reach the provider as far as they can be said."""

from typing import Any

import pytest

from tests.llm.dialects.anthropic_messages.scene import ask, read, talk, write
from trigate.llm.conversation import Reasoning


def test_a_bound_is_set_where_the_caller_sets_none() -> None:
    assert write(talk(), most_output=777)[0]["max_tokens"] == 777
    assert write(talk(most_output=5))[0]["max_tokens"] == 5


def test_the_provider_gets_its_own_name_of_the_model() -> None:
    assert write(read(ask()), "claude-opus-5")[0]["model"] == "claude-opus-5"
    assert write(talk(), "claude-opus-5")[0]["model"] == "claude-opus-5"


def test_all_that_can_be_said_is_said() -> None:
    told = talk(temperature=0.5, top_p=0.9, top_k=5, stop=["x"], user="u", service_tier="default", streamed=True)
    body, losses = write(told)
    wanted = {"temperature": 0.5, "top_p": 0.9, "top_k": 5, "stop_sequences": ["x"], "metadata": {"user_id": "u"}}
    assert {**body, **wanted, "service_tier": "standard_only", "stream": True} == body
    assert losses == []


@pytest.mark.parametrize(
    ("members", "model", "field", "fate"),
    [
        ({"temperature": 1.5}, "m", "temperature", "degraded"),
        ({"temperature": 0.5}, "claude-opus-5", "temperature", "dropped"),
        ({"temperature": 0.5, "top_p": 0.5}, "claude-opus-4-5", "top_p", "dropped"),
        ({"temperature": 0.5, "reasoning": Reasoning(effort="low")}, "m", "temperature", "dropped"),
        ({"top_k": 5, "reasoning": Reasoning(effort="low")}, "m", "top_k", "dropped"),
        ({"stop": [" ", "x"]}, "m", "stop", "dropped"),
        ({"choices": 2}, "m", "n", "dropped"),
        ({"seed": 7}, "m", "seed", "dropped"),
        ({"frequency_penalty": 0.1}, "m", "frequency_penalty", "dropped"),
        ({"presence_penalty": 0.1}, "m", "presence_penalty", "dropped"),
        ({"logprobs": True}, "m", "logprobs", "dropped"),
        ({"top_logprobs": 3}, "m", "top_logprobs", "dropped"),
        ({"cache_key": "k"}, "m", "prompt_cache_key", "dropped"),
        ({"metadata": {"a": "b"}}, "m", "metadata", "dropped"),
        ({"service_tier": "priority"}, "m", "service_tier", "degraded"),
        ({"service_tier": "flex"}, "m", "service_tier", "dropped"),
        ({"betas": ["x"]}, "m", "openai-beta.x", "dropped"),
        ({"extra": {"logit_bias": {}}}, "m", "logit_bias", "dropped"),
        ({"reasoning": Reasoning(extra={"x": 1})}, "m", "reasoning.x", "dropped"),
    ],
)
def test_what_cannot_be_said_is_named(members: dict[str, Any], model: str, field: str, fate: str) -> None:
    _, losses = write(talk(**members), model)
    assert [each[:2] for each in losses] == [(field, fate)]


@pytest.mark.parametrize("members", [{"seed": None}, {"choices": 1}, {"frequency_penalty": 0}, {"logprobs": False}])
def test_what_says_nothing_is_not_lost(members: dict[str, Any]) -> None:
    assert write(talk(**members))[1] == []


def test_sampling_that_goes_with_thinking_stays() -> None:
    body, losses = write(talk(temperature=1, top_p=0.97, reasoning=Reasoning(effort="low")))
    assert (body["temperature"], body["top_p"], losses) == (1, 0.97, [])
