"""The tree of an expression, as the binding checked it."""

from typing import Any

import pytest
from cel_expr_python import cel

from trigate.policy.expression_tree import Tree, read_tree

ENV: Any = cel.NewEnv(variables={"a": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})


def tree(text: str) -> Tree:
    return read_tree(ENV.compile(text).serialize())


def test_a_call_has_its_function_and_arguments() -> None:
    found = tree('a.x.matches("p+")')
    assert (found.form, found.text) == ("call", "matches")
    target, pattern = found.parts
    assert target == Tree("select", "x", (Tree("name", "a"),))
    assert pattern == Tree("constant", "p+")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[1, [a.inlist]].size() == 1", "inlist"),
        ('{"k": a.invalue}.k == 1', "invalue"),
        ("{a.inkey: 1}.size() == 1", "inkey"),
        ("a.range.exists(x, x == 1)", "range"),
        ("[1].exists(x, x == a.instep)", "instep"),
        ("true ? a.inchoice == 1 : false", "inchoice"),
        ("has(a.tested)", "tested"),
        ("!(a.negated == 1)", "negated"),
        ("[0][a.index] == 1", "index"),
    ],
)
def test_nothing_is_missed(text: str, name: str) -> None:
    assert [each.text for each in tree(text).walk() if each.form == "select" and each.text == name] == [name]


@pytest.mark.parametrize("macro", ["all", "exists", "exists_one", "filter"])
def test_a_macro_is_one_comprehension(macro: str) -> None:
    found = tree(f"type([1].{macro}(x, x > 0)) == bool").walk()
    assert sum(each.form == "comprehension" for each in found) == 1


def test_texts_keep_their_letters() -> None:
    assert Tree("constant", "zażółć 🦊") in tuple(tree('a.x == "zażółć 🦊"').walk())


def test_long_texts_are_whole() -> None:
    assert Tree("constant", "x" * 1000) in tuple(tree(f'a.x == "{"x" * 1000}"').walk())


def test_numbers_have_no_text() -> None:
    for number in ("1", "1u", "1.5", "true", "null", "b'x'"):
        assert all(each.text in ("", "_==_", "a", "x") for each in tree(f"a.x == {number}").walk())
