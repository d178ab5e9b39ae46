"""Asks of Responses callers, understood."""

from typing import Any

import pytest

from tests.llm.dialects.openai_responses.scene import ask
from trigate.llm.conversation import OutputForm, Reasoning, Text
from trigate.llm.dialects.openai_responses.ask_reader import read_ask
from trigate.llm.error import InvalidParameter


def test_instructions_come_first_as_the_systems() -> None:
    first, second = ask(instructions="Be kind.").turns
    assert (first.role, first.parts, first.plain) == ("system", [Text(text="Be kind.")], True)
    assert (second.role, second.parts) == ("user", [Text(text="Hello")])


def test_an_ask_without_input_has_no_turns() -> None:
    assert read_ask({"model": "m"}, "m", streamed=False).turns == []


def test_settings_are_read() -> None:
    read = ask(
        max_output_tokens=9,
        temperature=0.5,
        top_p=1,
        top_logprobs=2,
        parallel_tool_calls=False,
        metadata={"a": "b"},
        service_tier="flex",
        prompt_cache_key="k",
        include=["message.output_text.logprobs"],
    )
    assert (read.most_output, read.temperature, read.top_p, read.top_logprobs, read.logprobs) == (9, 0.5, 1, 2, True)
    assert (read.parallel, read.metadata, read.service_tier, read.cache_key) == (False, {"a": "b"}, "flex", "k")
    assert read.extra == {}


@pytest.mark.parametrize(
    ("text", "output", "extra"),
    [
        ({}, None, {}),
        ({"format": {"type": "text"}}, None, {}),
        ({"format": {"type": "json_object"}, "verbosity": "low"}, OutputForm(), {"text.verbosity": "low"}),
        (
            {"format": {"type": "json_schema", "name": "n", "schema": {"a": 1}, "strict": True}},
            OutputForm(name="n", schema={"a": 1}, strict=True),
            {},
        ),
        ({"format": {"type": "future", "x": 1}}, None, {"text.format": {"type": "future", "x": 1}}),
    ],
)
def test_the_form_of_the_answer_is_read(text: Any, output: Any, extra: Any) -> None:
    read = ask(text=text)
    assert (read.output, read.extra) == (output, extra)


@pytest.mark.parametrize(
    ("said", "reasoning"),
    [
        ({"effort": "none"}, Reasoning(enabled=False, effort="none")),
        ({"effort": "high", "summary": "auto"}, Reasoning(enabled=True, effort="high", summary="auto", shown=True)),
        ({"context": "auto"}, Reasoning(extra={"context": "auto"})),
    ],
)
def test_how_much_to_think_is_read(said: Any, reasoning: Reasoning) -> None:
    assert ask(reasoning=said).reasoning == reasoning


def test_what_is_so_everywhere_is_no_loss_elsewhere() -> None:
    usual = {"store": True, "background": False, "truncation": "disabled", "include": ["reasoning.encrypted_content"]}
    assert ask(**usual, stream_options={"include_obfuscation": False}).extra == {}


def test_what_no_other_dialect_has_is_left_over() -> None:
    special = {"background": True, "truncation": "auto", "previous_response_id": "resp_0", "include": ["x"]}
    assert ask(**special).extra == special


def test_two_names_of_the_user_are_one() -> None:
    assert (ask(user="u").user, ask(safety_identifier="s").user) == ("u", "s")
    both = ask(user="u", safety_identifier="s")
    assert (both.user, both.extra) == ("s", {"user": "u"})


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"text": {"format": {"type": "json_schema", "schema": 3}}}, "text.format.schema"),
        ({"reasoning": {"effort": 3}}, "reasoning.effort"),
        ({"include": "all"}, "include"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tools": {}}, "tools"),
        ({"input": {}}, "input"),
    ],
)
def test_a_member_of_a_wrong_kind_is_refused_by_its_path(members: Any, path: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        ask(**members)
    assert caught.value.param == path
