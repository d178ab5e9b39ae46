"""Every key of the configuration explains itself, because the reference is written from the types."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import trigate
from tests.house.sources import classes, place
from trigate.core.settings import Settings


def settings_classes() -> list[tuple[str, ast.ClassDef]]:
    """Every class that is a Settings, with the place where it is written."""
    for module in pkgutil.walk_packages(trigate.__path__, "trigate."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
    return [written(each) for each in descendants(Settings)]


def descendants(parent: type[Settings]) -> list[type[Settings]]:
    own = [each for each in parent.__subclasses__() if each.__module__.startswith("trigate.")]
    return [found for each in own for found in (each, *descendants(each))]


def written(each: type[Settings]) -> tuple[str, ast.ClassDef]:
    path = Path(importlib.import_module(each.__module__).__file__ or "")
    node = next(node for node in classes(path) if node.name == each.__name__)
    return place(path, node), node


def undocumented(each: ast.ClassDef) -> list[str]:
    followers = [*each.body[1:], None]
    return [
        ast.unparse(node.target)
        for node, follower in zip(each.body, followers, strict=True)
        if isinstance(node, ast.AnnAssign) and is_field(node) and not is_text(follower)
    ]


def is_field(node: ast.AnnAssign) -> bool:
    return "ClassVar" not in ast.unparse(node.annotation) and not ast.unparse(node.target).startswith("_")


def is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def test_every_key_of_the_configuration_has_its_reference_text():
    missing = [f"{where} {each.name}.{field}" for where, each in settings_classes() for field in undocumented(each)]
    assert missing == []


def test_every_node_of_the_configuration_says_what_it_is():
    assert [f"{where} {each.name}" for where, each in settings_classes() if not ast.get_docstring(each)] == []


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ("class A(Settings):\n    a: int = 1\n    'Text.'\n    b: int = 2\n", ["b"]),
        ("class A(Settings):\n    kind: ClassVar[str] = 'a'\n    a: int\n    'Text.'\n", []),
    ],
)
def test_a_key_without_its_text_would_be_seen(source: str, fields: list[str]):
    (each,) = ast.parse(source).body
    assert isinstance(each, ast.ClassDef)
    assert undocumented(each) == fields
