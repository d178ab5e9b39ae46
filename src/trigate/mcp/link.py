"""Addresses in results, kept such that the caller can read what they lead to."""

from typing import Any, cast

from msgspec import Raw

from trigate.mcp.ask import Ask
from trigate.mcp.envelope import Members, encode, read_value
from trigate.mcp.resource_uri import apart
from trigate.mcp.upstream import Upstream

_MARK = b'"resource'
"""What every block has that links to a resource, or holds one."""
_MEMBERS = {"tools/call": "content", "prompts/get": "messages", "resources/read": "contents"}


def keep_readable(ask: Ask, upstream: Upstream, found: Members) -> None:
    """Name the server in addresses that its lists do not have, since nobody else could tell whose they are."""
    member = _MEMBERS.get(ask.name, "")
    raw = found.get(member)
    reading = ask.name == "resources/read"
    if raw is None or not (ask.apart if reading else _MARK in bytes(raw)):
        return
    value = read_value(raw)
    if not isinstance(value, list):
        return
    changed = False
    for each in cast("list[object]", value):
        holder = _holder(ask.name, each)
        uri = holder.get("uri")
        if isinstance(uri, str) and (reading or not upstream.lists(uri)):
            holder["uri"] = apart(upstream.name, uri)
            changed = True
    if changed:
        found[member] = Raw(encode(value))


def _holder(method: str, item: object) -> dict[str, Any]:
    """The object in an item of a result that has an address; an empty one if there is none."""
    block = _object(item)
    if method == "resources/read":
        return block
    if method == "prompts/get":
        block = _object(block.get("content"))
    if block.get("type") == "resource_link":
        return block
    return _object(block.get("resource")) if block.get("type") == "resource" else {}


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
