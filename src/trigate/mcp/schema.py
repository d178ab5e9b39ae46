"""JSON Schemas of tools: compiled once per text, bounded in size, never fetched from anywhere."""

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Raw, Struct

from trigate.mcp.envelope import read_value

if TYPE_CHECKING:
    import jsonschema_rs

_LARGEST = 256 * 2**10
"""Bytes of a schema."""
_HEAVIEST = 10_000
"""Objects in a schema, those behind a reference counted at each place that refers to them."""
_PATTERN_WEIGHT = 20
"""A pattern is compiled to a program of its own."""
_MOST_STEPS = 20_000
"""Of a pattern that goes back and forth, before it counts as not fitting."""
_REMEMBERED = 1024
_MOST_PROBLEMS = 3
_LONGEST_PROBLEM = 300
_MASK = "the value"


_DIALECTS = frozenset({
    "https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema", "http://json-schema.org/draft-06/schema",
})  # fmt: skip


class _BadSchemaError(ValueError):
    """It cannot be used, and why."""


class _ExternalError(_BadSchemaError):
    """It needs another document."""


class Schema(Struct, frozen=True):
    """A schema, ready to judge."""

    validator: "jsonschema_rs.Validator | None"
    fault: str = ""
    """Why it cannot judge; empty if it can."""
    external: bool = False
    """It points to another document, which is not fetched: what it demands is not known (2026-07-28, tools)."""

    def admits(self, value: object) -> bool:
        """Whether the value is as demanded; True if that cannot be told."""
        return self.validator is None or self.validator.is_valid(value)

    def problems(self, value: object) -> str:
        """What is wrong with a value, by path; never quotes the value itself."""
        if self.validator is None:
            return ""
        found: list[str] = []
        for error in self.validator.iter_errors(value):
            found.append(f"{_path(error.instance_path)}: {error.message}"[:_LONGEST_PROBLEM])
            if len(found) == _MOST_PROBLEMS:
                break
        return "; ".join(found)


_known: OrderedDict[bytes, Schema] = OrderedDict()


def compiled(text: bytes | Raw) -> Schema:
    """The schema of a JSON text; the same text is compiled once, whichever tool it belongs to."""
    raw = bytes(text)
    digest = sha256(raw).digest()
    schema = _known.get(digest)
    if schema is None:
        schema = _known[digest] = _compile(raw)
        if len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    else:
        _known.move_to_end(digest)
    return schema


def _compile(raw: bytes) -> Schema:
    if len(raw) > _LARGEST:
        return Schema(None, f"it is longer than {_LARGEST} bytes")
    try:
        root = read_value(raw)
        if not isinstance(root, dict | bool):
            return Schema(None, "it is neither an object nor true or false")
        schema = cast("dict[str, Any] | bool", root)
        _bound(schema)
        return Schema(_validator(schema))
    except _ExternalError as error:
        return Schema(None, str(error), external=True)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        return Schema(None, str(error).partition("\n")[0][:_LONGEST_PROBLEM])


def _validator(root: dict[str, Any] | bool) -> "jsonschema_rs.Validator":
    import jsonschema_rs  # noqa: PLC0415 - eight megabytes, for those alone that have schemas to check

    options = jsonschema_rs.FancyRegexOptions(backtrack_limit=_MOST_STEPS)
    return jsonschema_rs.validator_for(root, offline=True, mask=_MASK, pattern_options=options)


def _bound(schema: dict[str, Any] | bool) -> None:
    """Raises _BadSchemaError for a schema that would take too much time, here or when it judges."""
    if isinstance(schema, bool):
        return
    dialect, base = schema.get("$schema"), schema.get("$id")
    if dialect is not None and (not isinstance(dialect, str) or dialect.rstrip("#") not in _DIALECTS):
        raise _BadSchemaError(f"it is written in a dialect that is not known here: {str(dialect)[:100]!r}")
    anchors: dict[str, object] = {"": schema}
    for node in _objects(schema):
        if node is not schema and isinstance(node.get("$id"), str):
            raise _BadSchemaError("it has another schema with an `$id` in it")
        for key in ("$anchor", "$dynamicAnchor"):
            if isinstance(node.get(key), str):
                anchors[node[key]] = node
    if _Weight(schema, base if isinstance(base, str) else "", anchors).of(schema) > _HEAVIEST:
        raise _BadSchemaError(f"it has more than {_HEAVIEST} parts")


class _Weight:
    """Counts objects, those behind references at each place that refers to them; circles are walked once."""

    __slots__ = ("_anchors", "_base", "_known", "_root", "_walked")

    def __init__(self, root: dict[str, Any], base: str, anchors: dict[str, object]) -> None:
        self._root = root
        self._base = base
        self._anchors = anchors
        self._known: dict[int, int] = {}
        self._walked: set[int] = set()

    def of(self, node: object) -> int:
        """The weight of a part; raises _BadSchemaError for references that lead out."""
        if isinstance(node, list):
            return sum(map(self.of, cast("list[object]", node)))
        if not isinstance(node, dict):
            return 0
        found, key = cast("dict[str, Any]", node), id(cast("object", node))
        known = self._known.get(key)
        if known is not None:
            return known
        if key in self._walked:
            return 1
        self._walked.add(key)
        weight = 1 + sum(map(self.of, found.values()))
        for word in ("$ref", "$dynamicRef", "$recursiveRef"):
            if isinstance(found.get(word), str):
                weight += self.of(self._target(found[word]))
        if "pattern" in found:
            weight += _PATTERN_WEIGHT
        if "patternProperties" in found:
            weight += _PATTERN_WEIGHT * len(found["patternProperties"])
        self._known[key] = weight
        return weight

    def _target(self, reference: str) -> object:
        document, _, fragment = reference.partition("#")
        if document not in {"", self._base.rstrip("#")}:
            raise _ExternalError(f"it points to another document, which is not fetched: {reference[:100]!r}")
        if not fragment.startswith("/"):
            return self._anchors.get(fragment)
        node: object = self._root
        for step in fragment[1:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list):
                items = cast("list[object]", node)
                node = items[int(name)] if name.isdigit() and int(name) < len(items) else None
            else:
                node = cast("dict[str, object]", node).get(name) if isinstance(node, dict) else None
        return node


def _objects(root: object) -> Iterator[dict[str, Any]]:
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            found = cast("dict[str, Any]", node)
            yield found
            stack.extend(found.values())
        elif isinstance(node, list):
            stack.extend(cast("list[object]", node))


def _path(steps: list[str | int]) -> str:
    """Where in the value, as a JSON pointer (RFC 6901)."""
    return "/" + "/".join(str(each)[:100].replace("~", "~0").replace("/", "~1") for each in steps)
