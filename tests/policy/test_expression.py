"""Conditions: what they see, what they cost at most, and what cannot be told."""

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.policy import expression
from trigate.policy.expression import DEEPEST, LONGEST_SOURCE, MOST_COMPREHENSIONS, MOST_ITEMS, MOST_SUMS, MOST_TEXT

VARIABLES = {"who": frozenset(("team", "roles")), "arguments": None}


def holds(text: str, otherwise: bool = False, **values: Any) -> bool:
    return expression.compile(text, VARIABLES).true({"who": {}, "arguments": {}, **values}, otherwise)


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ('arguments.path.startsWith("/tmp/")', {"path": "/tmp/x"}, True),
        ('arguments.path.startsWith("/tmp/")', {"path": "/etc"}, False),
        ('arguments["path"] == "x" && has(arguments.path)', {"path": "x"}, True),
        ("!has(arguments.force) || arguments.force == false", {}, True),
        ("arguments.amount <= 100", {"amount": 100.5}, False),
        ('arguments.files.all(file, file.endsWith(".md"))', {"files": ["a.md", "b.md"]}, True),
        ('arguments.options.depth == 2 && "x" in arguments.tags', {"options": {"depth": 2}, "tags": ("x",)}, True),
        ('arguments.name.matches("^[a-z]{1,8}$")', {"name": "abc"}, True),
        ("arguments.size() == 2", {"a": 1, "b": None}, True),
    ],
)
def test_a_condition_is_true_or_false(text: str, arguments: dict[str, Any], expected: bool) -> None:
    assert holds(text, arguments=arguments) is expected
    assert holds(text, otherwise=True, arguments=arguments) is expected


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('arguments.path == "x"', {}),
        ("arguments.n > 1", {"n": "text"}),
        ("arguments.n == 1", {"n": 2**70}),
        ("arguments.n == 1", {"n": object()}),
        ('arguments.n == "x"', {"n": "\ud800"}),
        ("arguments.n", {"n": "true"}),
        ("1 / arguments.n == 1", {"n": 0}),
        ('arguments.a.b.c == "x"', {"a": 1}),
        ("arguments.n.m == 1", {"n": {1: 1}}),
    ],
)
def test_what_cannot_be_told_is_what_the_asker_says(text: str, arguments: dict[Any, Any]) -> None:
    assert holds(text, otherwise=False, arguments=arguments) is False
    assert holds(text, otherwise=True, arguments=arguments) is True


def test_only_what_is_named_is_handed_over() -> None:
    class Guarded(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            assert name == "path"
            return super().__getitem__(name)

    found = expression.compile('arguments.path == "x"', VARIABLES)
    assert found.variables == {"arguments"}
    assert found.members == {"arguments": frozenset(("path",))}
    assert found.true({"arguments": Guarded(path="x", content="y" * 2 * MOST_TEXT)})


def test_a_variable_that_is_looked_at_as_a_whole_is_handed_over_whole() -> None:
    found = expression.compile('"x" in arguments && arguments.y == 1', VARIABLES)
    assert found.members == {"arguments": None}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        "x" * (MOST_TEXT + 1),
        list(range(MOST_ITEMS)),
        ["x" * 1000] * 40,
        {f"k{number}": number for number in range(MOST_ITEMS)},
        {"k" * (MOST_TEXT + 1): 1},
        nested(DEEPEST + 1),
        nested(900),
    ],
)
def test_values_beyond_the_bounds_cannot_be_told(value: Any) -> None:
    assert holds("arguments.x == arguments.x", arguments={"x": value}) is False
    assert holds("arguments.x == arguments.x", otherwise=True, arguments={"x": value}) is True


@pytest.mark.parametrize(
    "value", ["x" * (MOST_TEXT - 1), list(range(MOST_ITEMS - 1)), nested(DEEPEST - 1), None, True, 1.5]
)
def test_values_within_the_bounds_are_looked_at(value: Any) -> None:
    assert holds("arguments.x == arguments.x", arguments={"x": value}) is True


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not an expression"),
        ("true ||", "not an expression: 1:8"),
        ("1 + 1", "a condition is true or false"),
        ("who", "a condition is true or false"),
        ("nobody.team == 1", "undeclared reference to 'nobody.team'"),
        ('who.teem == "x"', "who has no member 'teem'; there are roles, team"),
        ('1 == "x"', "no matching overload"),
        ("x" * (LONGEST_SOURCE + 1), f"at most {LONGEST_SOURCE} characters"),
        ("true\0", "printable"),
        ('arguments.x.matches("[")', "not a regular expression"),
        ("arguments.x.matches(arguments.y)", "written out, not computed"),
        ('arguments.x.matches("a" + "b")', "written out, not computed"),
    ],
)
def test_what_is_not_a_condition_is_refused_at_load(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        expression.compile(text, VARIABLES)


@pytest.mark.parametrize(
    "text",
    [
        "who.roles.exists(a, who.roles.exists(b, a == b))",
        "who.roles.all(a, who.roles.filter(b, b == a).size() > 0)",
        "who.roles.map(a, a + a).map(a, a + a).map(a, a + a).size() > 0",
        "[[1]].exists(a, a.exists(b, b == 1))",
        " && ".join(["[1].all(a, a == 1)"] * (MOST_COMPREHENSIONS + 1)),
        "+".join(["arguments.x"] * (MOST_SUMS + 2)) + ' == "x"',
        'arguments.x.matches("(.{100}){10}")',
        'arguments.x.matches("(((a{9}){9}){9}){9}")',
        'arguments.x.matches("\\\\pL{100}")',
        "(" * 500 + "true" + ")" * 500,
        "[" * 500 + "]" * 500 + " == []",
        "true ? " * 200 + "true" + " : true" * 200,
        "arguments" + ".a" * 500 + " == 1",
    ],
)
def test_what_may_cost_without_bound_is_refused_at_load(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested|at most|limit|depth"):
        expression.compile(text, VARIABLES)


def test_a_pattern_is_matched_without_backtracking() -> None:
    calls = sys.getrecursionlimit()
    assert holds('arguments.x.matches("^(a|aa)+$")', arguments={"x": "a" * 30_000 + "b"}) is False
    assert sys.getrecursionlimit() == calls


def test_without_the_extra_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cel_expr_python.cel", None)
    with pytest.raises(ValueError, match=r"pip install 'trigate\[cel\]'"):
        expression.compile("true", VARIABLES)


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        found = expression.compile(text, VARIABLES)
    except ValueError:
        return
    assert found.true({"who": {}, "arguments": {}}) in (True, False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, st.booleans())
def test_any_value_is_answered(value: Any, otherwise: bool) -> None:
    text = 'arguments.x == 1 || arguments.x.size() > 2 || "a" in arguments.x || arguments.x.exists(y, y == "a")'
    assert holds(text, otherwise, arguments={"x": value}) in (True, False)
