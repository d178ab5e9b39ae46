"""A tool as an endpoint shows it: its definition rewritten for callers, their arguments completed for the server."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from msgspec import Raw

from trigate.mcp.envelope import Members, encode, members, read_value
from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.mirror import Mirrored, Path
from trigate.mcp.tool_settings import Argument, Tool

_EMPTY = Raw(b"{}")


class Shape:
    """What the configuration says of one tool."""

    __slots__ = ("_arguments", "_described", "_words", "rename")

    def __init__(self, *settings: Tool) -> None:
        """What later settings say goes before what earlier ones do."""
        self.rename = _last([each.rename for each in settings])
        self._words: Members = {}
        for key in ("title", "description"):
            words = _last([getattr(each, key) for each in settings])
            if words:
                self._words[key] = Raw(encode(words))
        merged: dict[str, Argument] = {}
        for each in settings:
            merged |= each.arguments
        self._described: list[tuple[Path, Argument]] = [(tuple(path.split(".")), each) for path, each in merged.items()]
        acting = [(path, each) for path, each in self._described if each.removed or each.default is not None]
        self._arguments = [(path, each, _value(each)) for path, each in acting]

    @property
    def fills(self) -> bool:
        """Whether arguments of calls are changed."""
        return bool(self._arguments)

    def define(self, found: Members) -> Members:
        """The tool's definition for callers."""
        out = found | self._words
        if self._described and "inputSchema" in out:
            schema = read_value(out["inputSchema"])
            for path, argument in self._described:
                _rewrite(schema, path, argument)
            out["inputSchema"] = Raw(encode(schema))
        return out

    def seen(self, wanted: Mirrored) -> Mirrored:
        """Of the arguments that header fields repeat, those that callers know of."""
        removed = [path for path, argument in self._described if argument.removed]
        return {path: name for path, name in wanted.items() if not any(path[: len(each)] == each for each in removed)}

    def fill(self, arguments: Raw | None) -> Raw:
        """The arguments of a call for the server; raises Fault where they are not objects."""
        raw = _EMPTY if arguments is None else arguments
        try:
            for path, argument, value in self._arguments:
                raw = _set(raw, path, argument, value)
        except (msgspec.DecodeError, RecursionError):
            raise Fault(INVALID_PARAMS, "`arguments` must be an object, and so must what has arguments in it") from None
        return raw


def shapes(server: Mapping[str, Tool], endpoint: Mapping[str, Tool]) -> dict[str, Shape]:
    """The shape of each tool of one server that an endpoint shows otherwise than the server itself."""
    names = dict.fromkeys((*server, *endpoint))
    return {name: Shape(*(each[name] for each in (server, endpoint) if name in each)) for name in names}


def _last(words: list[str]) -> str:
    return next((each for each in reversed(words) if each), "")


def _value(argument: Argument) -> Raw | None:
    value = argument.default if argument.fixed is None else argument.fixed
    return None if argument.hide else Raw(encode(value))


def _set(raw: Raw, path: Path, argument: Argument, value: Raw | None) -> Raw:
    """The object with a value at `path`; members beside it stay the bytes they were."""
    found, name, rest = members(raw), path[0], path[1:]
    if rest:
        inner = found.get(name)
        if inner is None and argument.fixed is None:
            return raw  # a default within an object that is not there would bring that object into being
        found[name] = _set(_EMPTY if inner is None else inner, rest, argument, value)
    elif value is None:
        found.pop(name, None)
    elif argument.fixed is not None:
        found[name] = value
    else:
        found.setdefault(name, value)
    return Raw(encode(found))


def _rewrite(schema: object, path: Path, argument: Argument) -> None:
    holder = _holder(schema, path)
    properties = _object(holder.get("properties"))
    name = path[-1]
    if argument.removed or argument.default is not None:
        _free(holder, name)
    if argument.removed:
        properties.pop(name, None)
        return
    found = _object(properties.get(name))
    if name in properties and found:
        if argument.default is not None:
            found["default"] = argument.default
        if argument.description:
            found["description"] = argument.description
        properties[name] = found


def _holder(schema: object, path: Path) -> dict[str, Any]:
    """The schema of the object in which the argument is."""
    node = _object(schema)
    for step in path[:-1]:
        node = _object(_object(node.get("properties")).get(step))
    return node


def _free(holder: dict[str, Any], name: str) -> None:
    required = holder.get("required")
    if isinstance(required, list) and name in required:
        left = [each for each in cast("list[object]", required) if each != name]
        holder["required"] = left
        if not left:
            del holder["required"]


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
