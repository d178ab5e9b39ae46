"""What the demo's model says and calls."""

from typing import Any

import msgspec
import pytest

from trigate.cli.demo.model import DEEPEST, Question, count_tokens, name_of, speak


def asked(words: str, parameters: dict[str, Any] | None = None, name: str = "add") -> Question:
    tools = [{"function": {"name": name, "parameters": parameters}}]
    ask = {"model": "m", "messages": [{"role": "user", "content": words}], "tools": tools}
    return msgspec.convert(ask, Question)


def arguments(words: str, parameters: dict[str, Any]) -> Any:
    return msgspec.json.decode(speak(asked(words, parameters)).arguments)


def test_arguments_come_from_the_words():
    properties = {
        "n": {"type": "integer"},
        "x": {"type": "number"},
        "unit": {"enum": ["m", "km"]},
        "fixed": {"const": 7},
        "sure": {"type": "boolean"},
        "list": {"type": "array"},
        "inner": {"type": "object", "properties": {"text": {"type": ["string", "null"]}}},
        "none": {"type": "null"},
    }
    assert arguments("add 2.5 km", {"properties": properties}) == {
        "n": 2,
        "x": 2.5,
        "unit": "m",
        "fixed": 7,
        "sure": True,
        "list": [],
        "inner": {"text": "add 2.5 km"},
        "none": None,
    }


def test_only_required_properties_are_filled():
    assert arguments("add", {"properties": {"a": {}, "b": {}}, "required": ["b", "c"]}) == {"b": "add", "c": "add"}
    assert arguments("add", {}) == {}


def test_deep_schemas_end_somewhere():
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(100):
        schema = {"type": "object", "properties": {"x": schema}}
    depth = 0
    found = arguments("add", schema)
    while found:
        found, depth = found["x"], depth + 1
    assert depth == DEEPEST


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
