"""The reference texts of the configuration, read from their source: strings after fields and in classes."""

import ast
import inspect
import sys
from functools import cache

from msgspec import Struct

from trigate.config import shape


def class_text(settings: type[Struct]) -> str:
    """What a settings class says it is, one line per paragraph."""
    return _unwrapped(settings.__doc__ or "")


def field_text(settings: type[Struct], key: str) -> str:
    """What the string after a field says, empty if there is none; for inherited fields that of the ancestor.

    A class that is made of data says it in `field_texts`.
    """
    name = shape.fields(settings)[key].name
    made: str = getattr(settings, "field_texts", {}).get(name, "")
    found = (_field_texts(each).get(name, "") for each in settings.__mro__ if shape.is_node(each))
    return made or next(filter(None, found), "")


def first_sentence(text: str) -> str:
    """The summary of a text."""
    line = text.partition("\n")[0]
    end = line.find(". ")
    return line if end < 0 else line[: end + 1]


@cache
def _field_texts(settings: type[Struct]) -> dict[str, str]:
    node = _classes(settings.__module__).get(settings.__qualname__)
    found: dict[str, str] = {}
    for field, text in zip(node.body, node.body[1:], strict=False) if node else ():
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            found[field.target.id] = _string(text)
    return found


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes of a module by qualified name; none if its source is not there."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (KeyError, OSError, TypeError):
        return {}
    return dict(_named(ast.parse(source), ""))


def _named(node: ast.AST, prefix: str) -> list[tuple[str, ast.ClassDef]]:
    found: list[tuple[str, ast.ClassDef]] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            found += [(f"{prefix}{child.name}", child), *_named(child, f"{prefix}{child.name}.")]
        elif isinstance(child, ast.FunctionDef):
            found += _named(child, f"{prefix}{child.name}.<locals>.")
    return found


def _string(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return _unwrapped(node.value.value)
    return ""


def _unwrapped(text: str) -> str:
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n".join(" ".join(each.split()) for each in paragraphs)
