"""What the types of the configuration look like, read from the classes themselves, one field at a time."""

import ast
import inspect
import re
import sys
from decimal import Decimal
from functools import cache
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, Literal, NewType, TypeGuard, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct

from trigate.core.kinds import name_of, names
from trigate.core.settings import Duration, Kind, Secret, Size

Hint = Any
"""A type annotation, already evaluated."""

LISTS = (list, tuple, set, frozenset)


class Field(Struct, frozen=True):
    """One key of a settings class."""

    name: str
    owner: type[Struct]
    initial: Any
    """The default or its factory as msgspec keeps it, NODEFAULT if the key must be written."""

    @property
    def required(self) -> bool:
        """Whether the key must be written."""
        return self.initial is NODEFAULT

    @property
    def default(self) -> Any:
        """What holds if the key is not written."""
        factory = getattr(self.initial, "factory", None)
        return factory() if callable(factory) else self.initial

    @property
    def hint(self) -> Hint:
        """The field's type, evaluated now and not before: that may import the package it comes from."""
        return _hint(self.owner, self.name)


@cache
def fields(settings: type[Struct]) -> dict[str, Field]:
    """The keys of a settings class in the order in which they are declared."""
    names = settings.__struct_encode_fields__
    defaults: tuple[Any, ...] = settings.__struct_defaults__
    padded = (NODEFAULT,) * (len(names) - len(defaults)) + defaults
    return {
        key: Field(name, _owner(settings, name), initial)
        for key, name, initial in zip(names, settings.__struct_fields__, padded, strict=True)
    }


def _owner(settings: type[Struct], name: str) -> type[Struct]:
    return next(each for each in settings.__mro__ if name in inspect.get_annotations(each))


@cache
def _hint(owner: type[Struct], name: str) -> Hint:
    annotation = inspect.get_annotations(owner)[name]
    module = sys.modules[owner.__module__]
    if isinstance(annotation, str):
        words = {node.id for node in ast.walk(ast.parse(annotation)) if isinstance(node, ast.Name)}
        names = {word: getattr(module, word) for word in words if hasattr(module, word)}
    else:
        names = vars(module)
    holder = SimpleNamespace(__annotations__={name: annotation})
    return get_type_hints(holder, localns=names, include_extras=True)[name]


def bare(hint: Hint) -> tuple[Hint, tuple[Any, ...]]:
    """A type without its annotations and new names, and the annotations (bounds such as `msgspec.Meta(ge=1)`)."""
    bounds: tuple[Any, ...] = ()
    while True:
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            bounds += tuple(more)
        elif isinstance(hint, NewType):
            hint = hint.__supertype__
        else:
            return hint, bounds


def members(hint: Hint) -> tuple[Hint, ...]:
    """The alternatives of a union; any other type is its own only one."""
    hint, _ = bare(hint)
    if get_origin(hint) in (Union, UnionType):
        return tuple(inner for each in get_args(hint) for inner in members(each))
    return (hint,)


def is_anything(hint: Hint) -> bool:
    """Whether any value will do."""
    return hint is Any or hint is object


def is_node(hint: Hint) -> TypeGuard[type[Struct]]:
    """Whether it is a class whose fields are keys."""
    return isinstance(hint, type) and issubclass(hint, Struct)


def is_contract(hint: Hint) -> TypeGuard[type[Kind]]:
    """Whether `kind: NAME` picks the class: a contract is what declares itself a Kind, its kinds only inherit."""
    return isinstance(hint, type) and Kind in hint.__bases__


def is_kind(hint: Hint) -> TypeGuard[type[Kind]]:
    """Whether it is one kind of a contract."""
    return isinstance(hint, type) and issubclass(hint, Kind) and not is_contract(hint)


def known_kinds(contract: type[Kind]) -> str:
    """The kinds one may choose from, those that are made of data only by their number."""
    more = len(contract.listed())
    return ", ".join(names(contract)) + (f" and {more} more of the reference" if more else "")


def is_mapping(hint: Hint) -> bool:
    """Whether it is a mapping with keys of the operator's choice."""
    return (get_origin(hint) or hint) is dict


def is_list(hint: Hint) -> bool:
    """Whether it is written as a list."""
    return (get_origin(hint) or hint) in LISTS


def elements(hint: Hint) -> tuple[Hint, ...]:
    """What a list or mapping holds: `(item,)`, `(key, value)`, or each place of a fixed tuple."""
    arguments = tuple(each for each in get_args(hint) if each is not ...)
    return arguments or ((str, Any) if is_mapping(hint) else (Any,))


def is_fixed(hint: Hint) -> bool:
    """Whether it is a tuple with a type for each place."""
    return get_origin(hint) is tuple and ... not in get_args(hint)


_WORDS: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Decimal: "an amount",
    Duration: "a duration",
    Size: "a size",
    Secret: "a secret",
    NoneType: "null",
}
_EXAMPLES: dict[Any, str] = {
    Decimal: " such as 0.25",
    Duration: " such as 250ms, 10s or 1h",
    Size: " such as 512, 16KiB or 1GiB",
}


def describe(hint: Hint, examples: bool = True) -> str:
    """The type in the words of an operator: `a list of text or null`."""
    words = [_describe_one(bare(each)[0], examples) for each in members(hint)]
    return " or ".join(dict.fromkeys(words))


def _describe_one(hint: Hint, examples: bool) -> str:
    if is_list(hint):
        return f"a list of {' and '.join(describe(each, examples) for each in elements(hint))}"
    if is_mapping(hint):
        return f"a mapping of names to {describe(elements(hint)[1], examples)}"
    if is_node(hint):
        return _describe_node(hint)
    return _describe_scalar(hint) + (_EXAMPLES.get(hint, "") if examples else "")


def _describe_node(hint: type[Struct]) -> str:
    if is_kind(hint):
        return f"a mapping of kind {name_of(hint)}"
    return "a mapping with a kind" if is_contract(hint) else "a mapping"


def _describe_scalar(hint: Hint) -> str:
    if get_origin(hint) is Literal:
        return _choice([str(each) for each in get_args(hint)])
    return "anything" if is_anything(hint) else _WORDS.get(hint) or _words(hint.__name__)


def _choice(words: list[str]) -> str:
    return f"one of {', '.join(words)}" if len(words) > 1 else words[0]


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
