"""What the demo's model says and calls."""

from typing import Any

import msgspec
import pytest

from trigate.cli.demo.model import Question, count_tokens, name_of, speak


def asked(words: str, parameters: dict[str, Any] | None = None, name: str = "add") -> Question:
    tools = [{"function": {"name": name, "parameters": parameters}}]
    ask = {"model": "m", "messages": [{"role": "user", "content": words}], "tools": tools}
    return msgspec.convert(ask, Question)


def arguments(words: str, parameters: dict[str, Any]) -> Any:
    return msgspec.json.decode(speak(asked(words, parameters)).arguments)


def answer(words: str, form: dict[str, Any]) -> Any:
    ask = {"model": "m", "messages": [{"role": "user", "content": words}], "response_format": form}
    return msgspec.json.decode("".join(speak(msgspec.convert(ask, Question)).pieces))


def test_a_tools_arguments_are_filled():
    schema = {"properties": {"a": {"type": "number"}, "b": {"type": "number"}}}
    assert arguments("add 2 and 3", schema) == {"a": 2, "b": 3}
    assert arguments("add", {}) == {}


def test_an_answer_has_the_form_the_caller_wants():
    schema = {"properties": {"people": {"type": "integer"}}}
    assert answer("Paris has 3", {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}) == {
        "people": 3
    }
    assert "Paris" in answer("Paris", {"type": "json_object"})["answer"]


@pytest.mark.parametrize(
    ("name", "words", "called"),
    [
        ("get_weather", "what WEATHER is it?", True),
        ("get_weather", "get me some tea", False),
        ("demo__add", "add two and two", True),
        ("add", "add two and two", True),
        ("add", "an address", False),
    ],
)
def test_a_tool_is_called_when_its_name_is_spoken_of(name: str, words: str, called: bool):
    assert (speak(asked(words, {}, name)).tool == name) is called


def test_words_and_marks_are_tokens():
    assert count_tokens("Hello, world!") == 4
    assert count_tokens("") == 0


def test_names_follow_from_the_ask():
    assert name_of(b"a") == name_of(b"a") != name_of(b"b")
