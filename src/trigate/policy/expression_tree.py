"""What an expression is made of, read from its checked form: the protocol buffer `cel.expr.CheckedExpr`.

The binding offers no tree, and the few fields needed here do not warrant a library for protocol buffers.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

Form = Literal["constant", "name", "select", "call", "list", "struct", "comprehension"]
_FORMS: dict[int, Form] = {3: "constant", 4: "name", 5: "select", 6: "call", 7: "list", 8: "struct", 9: "comprehension"}
"""`cel.expr.Expr`: the fields of its one-of."""
_TEXT_CONSTANT = 6
_CHECKED_EXPRESSION, _PAYLOAD = 4, 2
_LENGTH_DELIMITED = 2


class Tree(Struct, frozen=True):
    """One node of an expression."""

    form: Form
    text: str = ""
    """A name, the member selected, the function called, or a text constant's value; empty otherwise."""
    parts: "tuple[Tree, ...]" = ()
    """What it is made of: operand, target and arguments, elements, keys and values, or all of a comprehension."""

    def walk(self) -> "Iterator[Tree]":
        """This node and all below it."""
        yield self
        for each in self.parts:
            yield from each.walk()


def read_tree(serialized: bytes) -> Tree:
    """The tree of a checked expression as the binding serializes it (an `Any` around it)."""
    checked = dict(_fields(serialized))[_PAYLOAD]
    return _read(dict(_fields(checked))[_CHECKED_EXPRESSION])


def _read(raw: bytes) -> Tree:
    number, body = next((each for each in _fields(raw) if each[0] in _FORMS), (7, b""))
    form, fields = _FORMS[number], list(_fields(body))
    if form == "constant":
        return Tree(form, next((text.decode() for field, text in fields if field == _TEXT_CONSTANT), ""))
    if form == "struct":
        entries = [entry for field, entry in fields if field == 2]
        return Tree(form, "", tuple(_read(part) for entry in entries for key, part in _fields(entry) if key in (3, 4)))
    names, parts = _LAYOUTS[form]
    text = next((value.decode() for field, value in fields if field == names), "")
    return Tree(form, text, tuple(_read(value) for field, value in fields if field in parts))


_LAYOUTS: dict[Form, tuple[int, tuple[int, ...]]] = {
    "name": (1, ()),
    "select": (2, (1,)),
    "call": (2, (1, 3)),
    "list": (0, (1,)),
    "comprehension": (0, (2, 4, 5, 6, 7)),
}
"""Of each form the field of its text, and the fields that are expressions themselves."""


def _fields(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each length-delimited field; others, all of which say nothing here, are passed over."""
    position = 0
    while position < len(raw):
        key, position = _varint(raw, position)
        if key & 7 == _LENGTH_DELIMITED:
            size, position = _varint(raw, position)
            yield key >> 3, raw[position : position + size]
            position += size
        elif key & 7 == 0:
            _, position = _varint(raw, position)
        else:
            position += 8 if key & 7 == 1 else 4


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position
