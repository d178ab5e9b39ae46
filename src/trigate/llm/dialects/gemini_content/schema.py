"""Google's own words for schemas (a part of OpenAPI 3.0), read as JSON Schema."""

from typing import Any, cast

_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
"""Written as texts, as ProtoJSON writes all integers of 64 bits."""
DEEPEST = 64
"""Levels that are understood; what is below stays as it is."""


def json_schema(schema: Any, depth: int = 0) -> Any:
    """The JSON Schema that means the same."""
    if not isinstance(schema, dict) or depth > DEEPEST:
        return cast("Any", schema)
    members = cast("dict[str, Any]", schema)
    found = {name: _member(name, each, depth + 1) for name, each in members.items() if name != "nullable"}
    return _or_null(found) if members.get("nullable") is True else found


def _member(name: str, value: Any, depth: int) -> Any:
    if name == "type" and type(value) is str:
        return value.lower()
    if name in _COUNTS and type(value) is str and value.isdigit() and len(value) < 19:
        return int(value)
    if name == "properties" and type(value) is dict:
        return {each: json_schema(below, depth) for each, below in cast("dict[str, Any]", value).items()}
    if name == "anyOf" and type(value) is list:
        return [json_schema(each, depth) for each in cast("list[Any]", value)]
    return json_schema(value, depth) if name in {"items", "additionalProperties"} else value


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if type(schema.get("type")) is str:
        schema["type"] = [schema["type"], "null"]
    elif type(schema.get("anyOf")) is list:
        schema["anyOf"].append({"type": "null"})
    if type(schema.get("enum")) is list and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema
