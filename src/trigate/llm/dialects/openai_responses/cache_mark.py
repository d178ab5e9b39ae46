"""Marks of the prompt cache: breakpoints that keep what stands before them for 30 minutes or 12 hours."""

from typing import Any

from trigate.llm.conversation import Cache, Extra
from trigate.llm.node import Node

MEMBER = "prompt_cache_breakpoint"
LONG = "12h"
_USUAL = {"": "", "5m": "30m", "1h": "12h"}
"""The lifetime that holds at least as long as was asked for."""


def read_mark(node: Node, form: Extra, extra: Extra) -> Cache | None:
    """The mark on a part, which is kept in `form` as it was; what of it no other dialect can say goes into `extra`."""
    mark = node.object(MEMBER)
    if mark is None:
        return None
    form[MEMBER] = mark
    if mark.get("ttl") == LONG:
        extra[f"{MEMBER}.ttl"] = LONG
    return Cache(ttl="1h" if "ttl" in mark else "")


def write_mark(cache: Cache) -> dict[str, Any]:
    """The mark for a provider that knows it."""
    ttl = _USUAL.get(cache.ttl, "")
    return {"mode": "explicit", "ttl": ttl} if ttl else {"mode": "explicit"}
