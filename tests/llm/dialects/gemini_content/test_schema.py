"""Google's schemas as JSON Schema."""

from typing import Any

import pytest
from hypothesis import given

from tests.llm.dialects.gemini_content.scene import JSON
from trigate.llm.dialects.gemini_content.schema import json_schema


@pytest.mark.parametrize(
    ("google", "plain"),
    [
        ({"type": "STRING"}, {"type": "string"}),
        ({"type": "string"}, {"type": "string"}),
        ({"type": "INTEGER", "nullable": True}, {"type": ["integer", "null"]}),
        ({"type": "STRING", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        (
            {"type": "ARRAY", "items": {"type": "NUMBER"}, "maxItems": "3"},
            {"type": "array", "items": {"type": "number"}, "maxItems": 3},
        ),
        ({"anyOf": [{"type": "STRING"}], "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (
            {"type": "OBJECT", "properties": {"type": {"type": "STRING"}}},
            {"type": "object", "properties": {"type": {"type": "string"}}},
        ),
        (True, True),
    ],
)
def test_it_means_the_same(google: Any, plain: Any):
    assert json_schema(google) == plain


@given(JSON)
def test_nonsense_stays_nonsense_without_an_error(value: Any):
    json_schema(value)


def test_a_bottomless_schema_is_read_to_a_depth():
    schema: dict[str, Any] = {"type": "STRING"}
    for _ in range(2000):
        schema = {"type": "ARRAY", "items": schema}
    assert json_schema(schema)["type"] == "array"
