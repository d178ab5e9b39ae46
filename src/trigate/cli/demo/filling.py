"""What the demo's model fills a JSON Schema with: numbers, choices and words of what it was asked."""

import re
from typing import Any

from msgspec import UNSET, Struct, field

_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_SIMPLEST: dict[str, bool | tuple[()] | None] = {"boolean": True, "array": (), "null": None}
DEEPEST = 8
"""Levels of objects, references and choices that are followed."""


class Schema(Struct):
    """As much of JSON Schema as the demo's model fills in."""

    type: Any = None
    enum: list[Any] | None = None
    const: Any = UNSET
    properties: "dict[str, Schema] | None" = None
    required: list[str] | None = None
    choices: "list[Schema] | None" = field(name="anyOf", default=None)
    reference: str = field(name="$ref", default="")
    definitions: "dict[str, Schema] | None" = field(name="$defs", default=None)


def fill(schema: Schema, words: str) -> dict[str, Any]:
    """A value that fits the schema of an object as far as the demo goes: every required property, from the words."""
    return _Filling(schema.definitions or {}, words).object(schema, 0)


class _Filling:
    """Numbers are used up in their order; where there are too few the last one stands again."""

    def __init__(self, definitions: dict[str, Schema], words: str) -> None:
        self._definitions = definitions
        self._words = words
        self._numbers = iter(_NUMBER.findall(words))
        self._number = "1"

    def object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.properties or {}
        wanted = list(properties) if schema.required is None else schema.required
        return {name: self._value(properties.get(name, Schema()), depth) for name in wanted if depth < DEEPEST}

    def _value(self, schema: Schema, depth: int) -> Any:
        schema = self._resolved(schema)
        if schema.const is not UNSET:
            return schema.const
        if schema.enum:
            return next((each for each in schema.enum if str(each).lower() in self._words.lower()), schema.enum[0])
        match schema.type:
            case "integer" | "number":
                return self._next_number(schema.type)
            case "object":
                return self.object(schema, depth + 1)
            case "boolean" | "array" | "null":
                return _SIMPLEST[schema.type]
            case _:
                return self._words

    def _resolved(self, schema: Schema) -> Schema:
        """What a reference leads to, and the first of several choices."""
        for _ in range(DEEPEST):
            if schema.reference:
                schema = self._definitions.get(schema.reference.removeprefix("#/$defs/"), Schema())
            elif schema.choices:
                schema = schema.choices[0]
            else:
                break
        return schema

    def _next_number(self, kind: str) -> int | float:
        self._number = next(self._numbers, self._number)
        number = float(self._number)
        return int(number) if kind == "integer" else number
