"""Values of a message mirrored in header fields, so that hops can route without reading bodies."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from trigate.mcp.fault import HEADER_MISMATCH, Fault

ANNOTATION = "x-mcp-header"
PREFIX = b"mcp-param-"

_SAFE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?|")
_SENTINEL = re.compile(r"=\?base64\?(.*)\?=")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TYPES = frozenset({"string", "integer", "boolean"})
_LARGEST = 2**53 - 1
_ONE = ("items", "contains", "unevaluatedItems", "additionalProperties", "propertyNames", "unevaluatedProperties",
        "not", "if", "then", "else", "contentSchema")  # fmt: skip
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("patternProperties", "dependentSchemas", "$defs", "definitions")

Path = tuple[str, ...]
Mirrored = dict[Path, str]
"""Where in a tool's arguments a value is that a header field repeats, and the rest of that field's name."""


class BadAnnotation(ValueError):
    """A schema's header annotations break the rules, so that the tool must not be offered over HTTP."""


def encode_value(value: str) -> bytes:
    """A field value; text that a field cannot carry is wrapped in base64."""
    if _SAFE.fullmatch(value) and not _SENTINEL.fullmatch(value):
        return value.encode("ascii")
    return b"=?base64?" + base64.b64encode(value.encode("utf-8", "surrogatepass")) + b"?="


def decode_value(value: bytes) -> str | None:
    """The text a field value stands for; None for a value nobody could have written."""
    text = value.decode("latin-1")
    wrapped = _SENTINEL.fullmatch(text)
    if wrapped is None:
        return text if text.isascii() else None
    try:
        plain = base64.b64decode(wrapped[1], validate=True)
        return plain.decode("utf-8") if base64.b64encode(plain).decode() == wrapped[1] else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def mirrored(schema: object) -> Mirrored:
    """What a tool's input schema wants mirrored; raises BadAnnotation."""
    found: Mirrored = {}
    taken: set[str] = set()
    for path, node in _positions(schema):
        if ANNOTATION in node:
            name = _name(path, node)
            if name.lower() in taken:
                raise BadAnnotation(f"two properties are mirrored in the same field {name!r}")
            taken.add(name.lower())
            found[path or ()] = name
    return found


def param_fields(wanted: Mirrored, arguments: object) -> list[tuple[bytes, bytes]]:
    """The header fields for a call with these arguments."""
    fields: list[tuple[bytes, bytes]] = []
    for path, name in wanted.items():
        text = _rendered(_value(arguments, path))
        if text is not None:
            fields.append((PREFIX + name.lower().encode(), encode_value(text)))
    return fields


def check_params(wanted: Mirrored, arguments: object, fields: Mapping[bytes, bytes]) -> None:
    """Raises Fault unless the header fields of a caller repeat its arguments."""
    for path, name in wanted.items():
        given = fields.get(PREFIX + name.lower().encode())
        value = _value(arguments, path)
        text = _rendered(value)
        if text is None and given is not None:
            raise Fault(HEADER_MISMATCH, f"header Mcp-Param-{name} is there, but its argument is not")
        if text is not None and (given is None or not _agree(value, text, decode_value(given))):
            raise Fault(HEADER_MISMATCH, f"header Mcp-Param-{name} is missing or differs from its argument")


def _agree(value: object, text: str, given: str | None) -> bool:
    if given == text:
        return True
    if given is None or isinstance(value, bool | str):
        return False
    try:
        return float(given) == float(text)  # integers agree as numbers: 42.0 is 42
    except ValueError:
        return False


def _rendered(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST:
        value = int(value)
    if isinstance(value, int):
        return str(value) if abs(value) <= _LARGEST else None
    return value if isinstance(value, str) else None


def _value(arguments: object, path: Path) -> object:
    for key in path:
        if not isinstance(arguments, dict):
            return None
        arguments = cast("dict[str, object]", arguments).get(key)
    return arguments


def _name(path: Path | None, node: dict[str, Any]) -> str:
    name = node[ANNOTATION]
    if not path:
        raise BadAnnotation("only properties that are reached through `properties` alone can be mirrored")
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise BadAnnotation(f"property {'.'.join(path)!r} names no header field")
    if node.get("type") not in _TYPES:
        raise BadAnnotation(f"property {'.'.join(path)!r} is no string, integer or boolean")
    return name


def _positions(root: object) -> Iterator[tuple[Path | None, dict[str, Any]]]:
    """Every schema in a schema, with the path of properties to it, None where other keywords were crossed."""
    stack: list[tuple[Path | None, object]] = [((), root)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, dict):
            schema = cast("dict[str, Any]", node)
            yield path, schema
            stack.extend(_below(path, schema))


def _below(path: Path | None, schema: dict[str, Any]) -> Iterator[tuple[Path | None, object]]:
    for name, each in _items(schema.get("properties")):
        yield (None if path is None else (*path, name)), each
    for keyword in _ONE:
        yield None, schema.get(keyword)
    for keyword in _MANY:
        several = schema.get(keyword)
        if isinstance(several, list):
            for each in cast("list[object]", several):
                yield None, each
    for keyword in _NAMED:
        for _, each in _items(schema.get(keyword)):
            yield None, each


def _items(value: object) -> list[tuple[str, object]]:
    return list(cast("dict[str, object]", value).items()) if isinstance(value, dict) else []
