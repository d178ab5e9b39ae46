"""Asks of any caller for a provider that speaks Responses."""

from typing import Any

import pytest

from tests.llm.wire.openai_responses import check_ask
from trigate.llm.chat_dialect import Manners
from trigate.llm.conversation import Cache, Conversation, OutputForm, Reasoning, Text, Thought, Tool, ToolChoice, Turn
from trigate.llm.dialects.openai_responses.ask_writer import write_ask, write_form
from trigate.llm.loss import Losses

HELLO = Turn("user", [Text(text="Hello")], plain=True)


def write(*turns: Turn, dialect: str = "anthropic_messages", **members: Any) -> tuple[dict[str, Any], list[list[str]]]:
    losses = Losses()
    conversation = Conversation(dialect=dialect, model="asked", turns=list(turns) or [HELLO], **members)
    body = write_ask(conversation, Manners(model="m"), losses)
    check_ask(body)
    return body, [[each.field, each.why] for each in losses.found()]


def test_nothing_is_kept_by_a_provider_that_nobody_asked_to() -> None:
    assert write() == (
        {"model": "m", "input": [{"type": "message", "role": "user", "content": "Hello"}], "store": False},
        [],
    )


def test_what_the_system_says_in_one_text_are_the_instructions() -> None:
    body, _ = write(Turn("system", [Text(text="Be kind.")]), HELLO)
    assert body["instructions"] == "Be kind."
    assert len(body["input"]) == 1


@pytest.mark.parametrize("part", [Text(text="a", cache=Cache()), Text(text="a", extra={"x": 1})])
def test_what_the_system_says_otherwise_is_a_message(part: Text) -> None:
    body, _ = write(Turn("system", [part]), HELLO)
    assert "instructions" not in body
    assert body["input"][0]["role"] == "system"


@pytest.mark.parametrize(
    ("asked", "written", "lost"),
    [
        (
            Reasoning(budget=4000, enabled=True),
            {"effort": "medium", "summary": "auto"},
            "4000 tokens became effort medium",
        ),
        (Reasoning(enabled=True), {"effort": "medium", "summary": "auto"}, "effort medium"),
        (Reasoning(enabled=False), None, "the model's own default"),
        (Reasoning(budget=0), None, "the model's own default"),
        (Reasoning(effort="max", enabled=True, shown=False), {"effort": "max"}, None),
        (Reasoning(budget=-1), None, None),
    ],
)
def test_how_much_to_think_is_told_by_effort(asked: Reasoning, written: Any, lost: str | None) -> None:
    body, losses = write(reasoning=asked)
    assert body.get("reasoning") == written
    assert [why for _, why in losses] == ([lost] if lost else [])


def test_thoughts_come_back_sealed_if_the_model_thinks() -> None:
    assert write(reasoning=Reasoning(effort="low"))[0]["include"] == ["reasoning.encrypted_content"]
    thought = Turn("assistant", [Thought(id="rs_1", signature="s", maker="openai")])
    assert write(HELLO, thought)[0]["include"] == ["reasoning.encrypted_content"]
    assert "include" not in write(reasoning=Reasoning(effort="none"))[0]


def test_the_bound_is_at_least_what_the_api_takes() -> None:
    body, losses = write(most_output=1)
    assert body["max_output_tokens"] == 16
    assert losses == [["max_tokens", "1 became 16, the least there"]]


def test_a_long_name_of_a_user_is_told_by_its_digest() -> None:
    body, losses = write(user="u" * 65)
    assert len(body["user"]) == 64
    assert body["user"] != "u" * 64
    assert losses[0][0] == "metadata.user_id"


def test_a_user_has_the_name_that_the_caller_gave() -> None:
    body, _ = write(dialect="openai_chat", user="u", form={"user": ["safety_identifier"]})
    assert body["safety_identifier"] == "u"


def test_metadata_are_texts() -> None:
    body, losses = write(metadata={"a": {"b": 1}, "c": "d"})
    assert body["metadata"] == {"a": '{"b":1}', "c": "d"}
    assert losses == [["metadata", "as texts of JSON"]]


def test_a_service_that_is_not_known_is_not_asked_for() -> None:
    assert write(service_tier="standard_only")[1] == [["service_tier", ""]]
    assert write(service_tier="flex")[0]["service_tier"] == "flex"


def test_what_responses_has_nothing_like_is_lost() -> None:
    _, losses = write(top_k=1, seed=2, frequency_penalty=0.1, presence_penalty=0.1, stop=["x"], choices=2, betas=["b"])
    lost = [field for field, _ in losses]
    assert lost == [
        "top_k",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "stop_sequences",
        "anthropic-beta.b",
        "choices",
    ]
    assert write(choices=1)[1] == []


def test_what_chat_completions_say_in_the_same_words_is_said() -> None:
    extra = {"store": True, "verbosity": "low", "prompt_cache_retention": "24h", "logit_bias": {}}
    body, losses = write(dialect="openai_chat", extra=extra)
    assert (body["store"], body["text"], body["prompt_cache_retention"]) == (True, {"verbosity": "low"}, "24h")
    assert losses == [["logit_bias", ""]]


def test_probabilities_are_asked_for_by_inclusion() -> None:
    body, _ = write(logprobs=True, top_logprobs=2)
    assert (body["include"], body["top_logprobs"]) == (["message.output_text.logprobs"], 2)


def test_the_form_of_the_answer_needs_a_name() -> None:
    assert write_form(OutputForm(schema={})) == {"type": "json_schema", "name": "answer", "schema": {}}
    assert write_form(OutputForm()) == {"type": "json_object"}
    body, losses = write(output=OutputForm(schema={}, description="d", strict=True, extra={"x": 1}))
    assert body["text"]["format"]["strict"] is True
    assert losses == [["output_config.format.x", ""]]


def test_a_choice_among_no_tools_is_not_told() -> None:
    assert "tool_choice" not in write(tool_choice=ToolChoice("auto"))[0]
    body, _ = write(tools=[Tool(name="f")], tool_choice=ToolChoice("one", "f"), parallel=False, streamed=True)
    assert body["tool_choice"] == {"type": "function", "name": "f"}
    assert (body["parallel_tool_calls"], body["stream"]) == (False, True)
