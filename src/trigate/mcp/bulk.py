"""Results that are larger than the configuration allows: refused, or cut and marked as cut."""

from typing import Any, cast

from msgspec import Raw

from trigate.mcp.ask import Ask
from trigate.mcp.envelope import Members, encode, members, read_value
from trigate.mcp.fault import ResultTooLarge
from trigate.mcp.upstream import Upstream

TRUNCATED = "io.trigate/truncated"
_ROOM = 512
"""Bytes kept for what is said about the cut."""
_MEMBERS = {"tools/call": "content", "resources/read": "contents"}


def bound(ask: Ask, found: Members, size: int, upstream: Upstream) -> None:
    """Cut a result of `size` bytes to what is allowed; raises ResultTooLarge where that is not wanted or possible."""
    settings = upstream.results_of(ask.subject if ask.name == "tools/call" else "")
    if size <= settings.max:
        return
    member = _MEMBERS.get(ask.name, "")
    raw = found.get(member)
    value = read_value(raw) if raw is not None else None
    if settings.beyond == "refuse" or not isinstance(value, list):
        allowed = f"{int(settings.max)} are allowed: ask for less"
        raise upstream.blamed(ResultTooLarge(f"the result of {ask.subject[:200]!r} has {size} bytes, and {allowed}"))
    rest = size - len(raw or b"")
    for name in ("structuredContent", "_meta"):
        if name in found and rest > settings.max // 2:
            rest -= len(found.pop(name))
    room = max(0, int(settings.max) - _ROOM - max(0, rest))
    kept = _cut(cast("list[Any]", value), room)
    shown = len(encode(kept))
    note = f"[The result was cut by the gateway: about {shown} of {size} bytes are shown.]"
    if ask.name == "tools/call":
        kept.append({"type": "text", "text": note})
    found[member] = Raw(encode(kept))
    meta = members(found["_meta"]) if "_meta" in found else {}
    meta[TRUNCATED] = Raw(encode({"bytes": size, "shown": shown}))
    found["_meta"] = Raw(encode(meta))


def _cut(blocks: list[Any], room: int) -> list[Any]:
    """Blocks from the first on as long as they fit; the one that does not is cut if it is a text."""
    kept: list[Any] = []
    for block in blocks:
        size = len(encode(block)) + 1
        if size > room:
            part = _shorter(block, size - room)
            if part is not None:
                kept.append(part)
            break
        kept.append(block)
        room -= size
    return kept


def _shorter(block: Any, excess: int) -> Any:
    """A block with so many bytes fewer of text, None if it has no such text."""
    if not isinstance(block, dict):
        return None
    found = cast("dict[str, Any]", block)
    text = found.get("text")
    if not isinstance(text, str):
        return None
    # A letter may take up to twelve bytes of JSON, so what is left is measured anew.
    keep = text
    while keep and excess > 0:
        dropped = keep[-max(1, excess // 12) :]
        keep = keep[: -len(dropped)]
        excess -= len(encode(dropped)) - 2
    return {**found, "text": keep} if keep else None
