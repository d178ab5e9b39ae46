"""Pages that tools bring along (extension io.modelcontextprotocol/ui): who is shown their tools, and where they lie."""

from typing import Any, cast

import msgspec
from msgspec import Raw

from trigate.mcp.envelope import Members, encode, read_value
from trigate.mcp.resource_uri import apart

_FLAT = "ui/resourceUri"
"""Where the page's address was before the extension was settled."""


def is_for_apps_alone(tool: Members) -> bool:
    """Whether a tool is there for its server's own page, and no model is to be shown it."""
    visibility = _ui(_meta(tool)).get("visibility")
    return isinstance(visibility, list) and "model" not in visibility


def name_server(server: str, tool: Members) -> None:
    """Name the server in the address of a tool's page: what authors call their pages is the same everywhere."""
    meta = _meta(tool)
    ui = _ui(meta)
    changed = False
    for holder, key in ((ui, "resourceUri"), (meta, _FLAT)):
        uri = holder.get(key)
        if isinstance(uri, str):
            holder[key] = apart(server, uri)
            changed = True
    if changed:
        tool["_meta"] = Raw(encode(meta))


def _meta(tool: Members) -> dict[str, Any]:
    raw = tool.get("_meta")
    if raw is None or b"ui" not in bytes(raw):
        return {}
    try:
        return _object(read_value(raw))
    except (msgspec.DecodeError, RecursionError):
        return {}


def _ui(meta: dict[str, Any]) -> dict[str, Any]:
    return _object(meta.get("ui"))


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
