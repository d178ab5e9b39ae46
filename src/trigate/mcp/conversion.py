"""Results rewritten for the era and revision of the caller; what both sides know stays the bytes it was."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

import msgspec
from msgspec import Raw, Struct

from trigate.mcp.ask import Ask
from trigate.mcp.envelope import Members, encode, read_value
from trigate.mcp.fault import (
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    MISSING_CAPABILITY,
    OLD_RESOURCE_NOT_FOUND,
    UNSUPPORTED_VERSION,
)
from trigate.mcp.version import IDENTITY, PREFIX, SERVER_INFO, is_reserved

_members = msgspec.json.Decoder(Members).decode
COMPLETE = Raw(b'"complete"')
_IDENTITY = Raw(encode(IDENTITY))
_ONLY_IDENTITY = Raw(encode({SERVER_INFO: _IDENTITY}))
_ZERO = Raw(b"0")
_PRIVATE = Raw(b'"private"')
_MODERN_ONLY = ("resultType", "ttlMs", "cacheScope")


class _Requirement(Struct, rename="camel"):
    required_capabilities: dict[str, Any]


class _Missing(Struct):
    data: _Requirement


_decode_missing = msgspec.json.Decoder(_Missing).decode


def result(ask: Ask, found: Members) -> bytes:
    """A server's result as the caller's revision writes it."""
    return modern_result(ask.name, found) if ask.era == "modern" else legacy_result(ask.name, found, ask.version)


def modern_result(method: str, found: Members, kind: Raw = COMPLETE) -> bytes:
    """With `resultType`, the gateway's identity, and what caches must know (2026-07-28, basic: results; caching)."""
    found["resultType"] = kind
    meta = found.get("_meta")
    found["_meta"] = _ONLY_IDENTITY if meta is None else identified(bytes(meta))
    if method == "resources/read":
        found.setdefault("ttlMs", _ZERO)
        found.setdefault("cacheScope", _PRIVATE)
    return encode(found)


def input_required(requests: Mapping[str, object], state: str) -> bytes:
    """The result that ends a call with questions (2026-07-28, multi round-trip requests)."""
    found: dict[str, object] = {"resultType": "input_required", "requestState": state, "_meta": _ONLY_IDENTITY}
    if requests:
        found["inputRequests"] = requests
    return encode(found)


def legacy_result(method: str, found: Members, version: str) -> bytes:
    """Without what the older protocol does not know."""
    for key in _MODERN_ONLY:
        found.pop(key, None)
    meta = found.get("_meta")
    if meta is not None:
        own = _own(meta)
        if own:
            found["_meta"] = Raw(encode(own))
        else:
            del found["_meta"]
    if method == "tools/call":
        _convert_call(found, version)
    elif method == "prompts/get" and version < "2025-06-18":
        _convert_member(found, "messages", lambda each: _convert_message(each, version))
    return encode(found)


def legacy_tool(found: Members, version: str) -> Members:
    """A tool's definition without what would make readers of the revision refuse the whole list."""
    dropped = ["execution"]  # whether it is made a task is between the gateway and the server
    if version < "2025-11-25":
        dropped.append("icons")
    if version < "2025-06-18":
        dropped += ["title", "outputSchema", "_meta"]
    if version < "2025-03-26":
        dropped.append("annotations")
    if "outputSchema" in found and not _is_object_schema(found["outputSchema"]):
        dropped.append("outputSchema")
    return {key: value for key, value in found.items() if key not in dropped}


def error_number(ask: Ask, number: int, error: bytes | Raw = b"") -> int:
    """A server's error code as the caller's era has it; what concerns the hop behind becomes an internal error."""
    if number == MISSING_CAPABILITY and _lacks_required(ask, error):
        return number
    if number in {HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION}:
        return INTERNAL_ERROR
    if ask.name == "resources/read" and number in {INVALID_PARAMS, OLD_RESOURCE_NOT_FOUND}:
        return INVALID_PARAMS if ask.era == "modern" else OLD_RESOURCE_NOT_FOUND
    return number


def _lacks_required(ask: Ask, error: bytes | Raw) -> bool:
    """Whether the caller, too, has not declared what a server asks for: then the error is true of both hops."""
    if ask.era != "modern" or ask.meta.capabilities is None:
        return False
    try:
        required = _decode_missing(error).data.required_capabilities
    except (msgspec.DecodeError, RecursionError):
        return False
    return not _covers(read_value(ask.meta.capabilities), required)


def _covers(declared: object, required: object) -> bool:
    """Whether capabilities hold others, with all that is set out below them."""
    if not isinstance(required, dict):
        return True
    if not isinstance(declared, dict):
        return False
    found, wanted = cast("dict[str, object]", declared), cast("dict[str, object]", required)
    return all(key in found and _covers(found[key], value) for key, value in wanted.items())


@lru_cache(256)
def identified(meta: bytes) -> Raw:
    """A server's `_meta` under the gateway's identity; most servers send the same one every time."""
    return Raw(encode({**_own(meta), SERVER_INFO: _IDENTITY}))


def _own(meta: bytes | Raw) -> dict[str, Raw]:
    """The members of a `_meta` that are not for one hop only."""
    try:
        found = _members(meta)
    except msgspec.DecodeError:
        return {}
    return {key: value for key, value in found.items() if not key.startswith(PREFIX) and not is_reserved(key)}


def _is_object_schema(raw: Raw) -> bool:
    try:
        schema = read_value(raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return isinstance(schema, dict) and cast("dict[str, object]", schema).get("type") == "object"


def _convert_call(found: Members, version: str) -> None:
    structured = found.get("structuredContent")
    if structured is not None and (version < "2025-06-18" or bytes(structured)[:1] != b"{"):
        del found["structuredContent"]  # the content repeats it as text
    if version < "2025-06-18":
        _convert_member(found, "content", lambda each: _convert_block(each, version))


def _convert_member(found: Members, key: str, convert: Callable[[Any], Any]) -> None:
    raw = found.get(key)
    if raw is None:
        return
    value = read_value(raw)
    if isinstance(value, list):
        found[key] = Raw(encode([convert(each) for each in cast("list[object]", value)]))


def _convert_message(message: Any, version: str) -> Any:
    if not isinstance(message, dict):
        return message
    found = cast("dict[str, Any]", message)
    return {**found, "content": _convert_block(found.get("content"), version)}


def _convert_block(block: Any, version: str) -> Any:
    """Content of a kind the revision does not know becomes text that says what it was."""
    if not isinstance(block, dict):
        return block
    found = cast("dict[str, Any]", block)
    if found.get("type") == "resource_link":
        return {"type": "text", "text": f"{found.get('name', 'resource')}: {found.get('uri', '')}"}
    if found.get("type") == "audio" and version < "2025-03-26":
        return {"type": "text", "text": f"[audio of type {found.get('mimeType', 'unknown')}]"}
    return found
