"""Variables: data that is put where it belongs, once, and never looked at again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.error import InvalidParameter
from trigate.llm.prompt import Filled, read_values
from trigate.llm.prompt_settings import PromptMessage, PromptVariable, PromptVersion

VERSION = PromptVersion(
    system="a {{x}} b {{ y }} c",
    messages=[PromptMessage(role="user", content="{{x}}")],
    variables={"x": PromptVariable(longest=50), "y": PromptVariable(default="why", allowed=["why", "{{x}}"])},
)


@given(st.text(max_size=50))
def test_any_value_stands_where_its_variable_stood(value: str):
    filled = Filled(VERSION, read_values(VERSION, {"x": value}, "v"))
    assert filled.system == f"a {value} b why c"
    assert filled.turns == [("user", value)]


def test_what_looks_like_a_variable_in_a_value_is_a_text():
    filled = Filled(VERSION, read_values(VERSION, {"x": "{{y}}", "y": "{{x}}"}, "v"))
    assert filled.system == "a {{y}} b {{x}} c"


@pytest.mark.parametrize(
    ("given_value", "text"),
    [(7, "7"), (1.5, "1.5"), (True, "true"), ({"type": "input_text", "text": "t"}, "t"), ({"text": "t"}, "t")],
)
def test_numbers_flags_and_texts_of_other_apis_are_texts(given_value: Any, text: str):
    assert read_values(VERSION, {"x": given_value}, "v")["x"] == text


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({}, "v.x"),
        ({"x": "1", "z": "2"}, "v.z"),
        ({"x": None}, "v.x"),
        ({"x": ["1"]}, "v.x"),
        ({"x": {"type": "input_image"}}, "v.x"),
        ({"x": "x" * 51}, "v.x"),
        ({"x": "1", "y": "other"}, "v.y"),
    ],
)
def test_what_is_missing_unknown_or_not_allowed_is_named(values: dict[str, Any], place: str):
    with pytest.raises(InvalidParameter) as refused:
        read_values(VERSION, values, "v")
    assert refused.value.param == place
