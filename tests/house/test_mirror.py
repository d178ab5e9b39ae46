"""The tests mirror the tree: who reads a source file knows where its test is."""

import ast
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, TESTS, dotted, functions, place, sources

EXCUSED: dict[str, str] = {}
"""Source files without a test of their own, each with the reason; a file that gets its test must leave this list."""


def mirror(path: Path) -> Path:
    return TESTS / path.relative_to(PACKAGE).with_name(f"test_{path.name}")


def has_behaviour(path: Path) -> bool:
    return not path.name.startswith("__") and any(acts(each) for each in functions(path))


def acts(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function does anything: a contract's methods only say what their kinds do."""
    return not all(is_text(node) or is_unimplemented(node) for node in function.body)


def is_text(node: ast.stmt) -> bool:
    """A docstring or `...`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_unimplemented(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise) and node.exc is not None and dotted(node.exc) == "NotImplementedError"


def test_every_source_file_with_behaviour_has_its_test_file():
    missing = {place(path) for path in sources() if has_behaviour(path) and not mirror(path).is_file()}
    assert missing == set(EXCUSED)


@pytest.mark.parametrize(
    ("source", "does"),
    [
        ("def f(): ...", False),
        ("def f():\n    'Says what kinds do.'\n    raise NotImplementedError", False),
        ("def f():\n    'Acts.'\n    g()", True),
        ("def f():\n    return 1", True),
    ],
)
def test_only_what_acts_needs_a_test(source: str, does: bool):
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert acts(function) is does
