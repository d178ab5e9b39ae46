"""The configuration as JSON Schema 2020-12, for editors that complete and check while one writes."""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

from trigate.config import shape
from trigate.config.config import Config
from trigate.config.docstring import class_text, field_text
from trigate.config.dump import plain
from trigate.config.shape import Hint
from trigate.core import kinds
from trigate.core.settings import Duration, Kind, Secret, Size

Schema = dict[str, Any]

_LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_REFERENCE: Schema = {"$ref": "#/$defs/reference"}
_TEXT: Schema = {"type": "string"}
_SCALARS: dict[Any, Schema] = {
    str: _TEXT,
    Secret: {"type": "string", "format": "password"},
    bool: {"anyOf": [{"type": "boolean"}, _REFERENCE]},
    int: {"anyOf": [{"type": "integer"}, _REFERENCE]},
    float: {"anyOf": [{"type": "number"}, _REFERENCE]},
    Decimal: {"anyOf": [{"type": "number"}, _REFERENCE]},
    Duration: {
        "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|m|h|d)?$"}, _REFERENCE]
    },
    Size: {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*([KMG]i?B|B)?$"}, _REFERENCE]},
    NoneType: {"type": "null"},
}


def schema() -> Schema:
    """The schema of a whole file."""
    writer = _Writer()
    top = writer.node(Config)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "trigate.yaml",
        **top,
        "$defs": {
            "reference": {
                "description": "Replaced when the file is loaded: ${NAME}, ${NAME:-default} or ${file:PATH}.",
                "type": "string",
                "pattern": r"\$\{[^{}]+\}",
            },
            **dict(sorted(writer.definitions.items())),
        },
    }


class _Writer:
    """Writes each class once, under `$defs`."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def of(self, hint: Hint) -> Schema:
        hint, bounds = shape.bare(hint)
        alternatives = shape.members(hint)
        if len(alternatives) > 1:
            return {"anyOf": _distinct([self.of(each) for each in alternatives])}
        return self._bounded(self._one(hint), bounds)

    def node(self, settings: type[Struct], kind: str = "") -> Schema:
        fields = shape.fields(settings)
        properties = {key: self._property(settings, key) for key in fields}
        required = [key for key, field in fields.items() if field.required]
        if kind:
            properties = {"kind": {"const": kind}, **properties}
            required = ["kind", *required]
        found: Schema = {
            "description": class_text(settings),
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        return {**found, "required": required} if required else found

    def _property(self, settings: type[Struct], key: str) -> Schema:
        field = shape.fields(settings)[key]
        found: Schema = {**self.of(field.hint), "description": field_text(settings, key)}
        return found if field.required else {**found, "default": plain(field.default)}

    def _one(self, hint: Hint) -> Schema:
        if shape.is_contract(hint):
            return self._defined(hint, lambda: self._contract(hint))
        if shape.is_node(hint):
            return self._defined(hint, lambda: self.node(hint))
        if shape.is_list(hint):
            return self._list(hint)
        if shape.is_mapping(hint):
            return {"type": "object", "additionalProperties": self.of(shape.elements(hint)[1])}
        return _scalar(hint)

    def _list(self, hint: Hint) -> Schema:
        items = [self.of(each) for each in shape.elements(hint)]
        if shape.is_fixed(hint):
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        return {"type": "array", "items": items[0]}

    def _contract(self, contract: type[Kind]) -> Schema:
        found = {name: kinds.find(contract, name) for name in kinds.names(contract)}
        written = [self._defined(each, lambda n=name, c=each: self.node(c, n)) for name, each in found.items()]
        return {"description": class_text(contract), "oneOf": written + self._listed(contract)}

    def _listed(self, contract: type[Kind]) -> list[Schema]:
        """Kinds that are made of data: those with the same keys are one schema."""
        alike: dict[tuple[str, ...], list[str]] = {}
        for name in contract.listed():
            alike.setdefault(tuple(shape.fields(kinds.find(contract, name))), []).append(name)
        return [self._alike(kinds.find(contract, names[0]), names) for names in alike.values()]

    def _alike(self, settings: type[Struct], names: list[str]) -> Schema:
        def make() -> Schema:
            found = self.node(settings, names[0])
            found["properties"]["kind"] = {"enum": names}
            for each in found["properties"].values() if len(names) > 1 else ():
                each.pop("default", None)
            return found if len(names) == 1 else {**found, "description": "A provider of the catalogue."}

        return self._defined(settings, make)

    def _defined(self, settings: type[Struct], make: Callable[[], Schema]) -> Schema:
        name = f"{settings.__module__.removeprefix('trigate.')}.{settings.__qualname__}"
        if name not in self.definitions:
            self.definitions[name] = {}  # a class that holds itself finds its name taken
            self.definitions[name] = make()
        return {"$ref": f"#/$defs/{name}"}

    def _bounded(self, found: Schema, bounds: tuple[Any, ...]) -> Schema:
        metas = [each for each in bounds if isinstance(each, msgspec.Meta)]
        names = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
        limits = {
            names[name]: getattr(meta, name) for meta in metas for name in names if getattr(meta, name) is not None
        }
        return {**found, **limits}


def _scalar(hint: Hint) -> Schema:
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [each.value for each in hint]}
    return {} if shape.is_anything(hint) else _TEXT


def _distinct(schemas: list[Schema]) -> list[Schema]:
    return [each for i, each in enumerate(schemas) if each not in schemas[:i]]
