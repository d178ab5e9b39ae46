"""Schemas judge as the standard says, never fetch anything, and never take long."""

import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from trigate.mcp.schema import compiled

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def schema(value: Any) -> Any:
    return compiled(json.dumps(value).encode())


def test_a_problem_names_the_path_and_never_the_value():
    found = schema({"properties": {"a": {"items": {"type": "integer"}}}, "required": ["b"]})
    problems = found.problems({"a": [1, "canary"]})
    assert "/a/1: " in problems
    assert '"b" is a required property' in problems
    assert "canary" not in problems


def test_problems_are_bounded():
    found = schema({"items": {"enum": ["x" * 5000]}})
    assert len(found.problems(list(range(1000)))) < 1000


def test_the_same_text_is_compiled_once():
    text = b'{"type":"object","title":"once"}'
    assert compiled(text) is compiled(bytes(bytearray(text)))


def test_the_dialect_is_2020_12_unless_the_schema_says_otherwise():
    tuples: dict[str, Any] = {"prefixItems": [{"type": "string"}]}
    assert not schema(tuples).admits([1])
    assert schema(tuples | {"$schema": DRAFT_7}).admits([1])
    assert not schema({"$schema": DRAFT_7, "items": [{"type": "string"}]}).admits([1])


@pytest.mark.parametrize(
    "value",
    [
        {"$ref": "https://elsewhere.example/schema.json"},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"$id": "https://here.example/a", "items": {"$ref": "b#/$defs/x"}},
        {"$dynamicRef": "//elsewhere.example/#x"},
    ],
)
def test_another_document_is_never_fetched(value: dict[str, Any]):
    found = schema(value)
    assert found.external
    assert "another document" in found.fault


@pytest.mark.parametrize(
    "value",
    [
        {"type": "objct"},
        {"$schema": "urn:mine"},
        {"$schema": 5},
        {"pattern": "("},
        {"$ref": "#/$defs/missing"},
        {"$defs": {"a": {"$id": "x", "$ref": "#/$defs/b"}}},
        {"description": "x" * 300_000},
        {"pattern": "(a{1000}){1000}"},
        [],
        5,
    ],
    ids=lambda each: json.dumps(each)[:40],
)
def test_a_bad_schema_says_why_and_judges_nothing(value: Any):
    found = schema(value)
    assert found.fault
    assert len(found.fault) < 400
    assert not found.external
    assert found.admits("anything")
    assert found.problems("anything") == ""


def doubling(reference: str) -> dict[str, Any]:
    """Thirty definitions, each twice the next."""
    parts = {f"a{n}": {"$anchor": f"a{n}", "allOf": [{"$ref": f"{reference}{n + 1}"}] * 2} for n in range(30)}
    return {"$defs": parts | {"a30": {"$anchor": "a30", "type": "string"}}, "$ref": f"{reference}0"}


@pytest.mark.parametrize("reference", ["#/$defs/a", "#a"])
def test_a_schema_that_would_take_for_ever_is_not_used(reference: str):
    assert "parts" in schema(doubling(reference)).fault


def test_a_schema_nested_too_deeply_is_not_used():
    text = b'{"not":' * 5000 + b"true" + b"}" * 5000
    assert compiled(text).fault


def test_a_schema_may_refer_to_itself():
    tree = {"type": "object", "properties": {"left": {"$ref": "#"}, "leaf": {"type": "integer"}}}
    assert schema(tree).admits({"left": {"left": {"leaf": 1}}})
    assert not schema(tree).admits({"left": {"left": {"leaf": "x"}}})


def test_a_pattern_that_goes_back_and_forth_is_cut_short():
    found = schema({"pattern": "^(a|a)*(?=c)b$"})
    assert found.fault == ""
    assert not found.admits("a" * 40 + "b")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
SCHEMAS = st.recursive(
    st.builds(
        lambda each: {"type": each}, st.sampled_from(["string", "integer", "object", "array", "null", "boolean"])
    ),
    lambda inner: (
        st.builds(lambda each: {"items": each}, inner)
        | st.builds(lambda each: {"properties": each}, st.dictionaries(st.sampled_from("abc"), inner, max_size=2))
        | st.builds(lambda each: {"anyOf": each}, st.lists(inner, min_size=1, max_size=2))
        | st.builds(lambda each: {"not": each}, inner)
    ),
    max_leaves=4,
)


@given(SCHEMAS, VALUES)
def test_it_judges_as_another_implementation_does(found: dict[str, Any], value: Any):
    assert schema(found).admits(value) == Draft202012Validator(found).is_valid(value)
    assert bool(schema(found).problems(value)) != schema(found).admits(value)
