"""What the demo's model fills a schema with."""

from typing import Any

import msgspec

from trigate.cli.demo.filling import DEEPEST, Schema, fill


def filled(words: str, schema: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(fill(msgspec.convert(schema, Schema), words)))


def test_values_come_from_the_words():
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
    assert filled("add 2.5 km", {"properties": properties}) == {
        "n": 2,
        "x": 2.5,
        "unit": "m",
        "fixed": 7,
        "sure": True,
        "list": [],
        "inner": {"text": "add 2.5 km"},
        "none": None,
    }


def test_numbers_are_used_up_in_their_order():
    properties = {name: {"type": "integer"} for name in "abc"}
    assert filled("2 and 3", {"properties": properties}) == {"a": 2, "b": 3, "c": 3}
    assert filled("none", {"properties": properties}) == {"a": 1, "b": 1, "c": 1}


def test_only_required_properties_are_filled():
    assert filled("add", {"properties": {"a": {}, "b": {}}, "required": ["b", "c"]}) == {"b": "add", "c": "add"}
    assert filled("add", {}) == {}


def test_references_and_choices_are_followed():
    city = {"type": "object", "properties": {"people": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}
    schema = {"properties": {"city": {"$ref": "#/$defs/City"}, "lost": {"$ref": "#/$defs/?"}}, "$defs": {"City": city}}
    assert filled("3 people", schema) == {"city": {"people": 3}, "lost": "3 people"}


def test_a_reference_to_itself_ends_somewhere():
    assert filled("x", {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"$ref": "#/$defs/A"}}}) == {
        "a": "x"
    }


def test_deep_schemas_end_somewhere():
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(100):
        schema = {"type": "object", "properties": {"x": schema}}
    depth = 0
    found = filled("add", schema)
    while found:
        found, depth = found["x"], depth + 1
    assert depth == DEEPEST
