"""What callers are told about how to use what an endpoint shows: its own words, and those of its servers."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from trigate.core.action import Action
from trigate.mcp.envelope import encode
from trigate.mcp.merge import Shown
from trigate.mcp.suspicion import suspicions

if TYPE_CHECKING:
    from trigate.mcp.upstream import Upstream
    from trigate.mcp.view import View

_LONGEST_PART = 4096
"""Letters of one server's instructions."""


def instructions(view: "View", upstreams: Mapping[str, "Upstream"], shown: Shown, longest: int) -> str:
    """At most `longest` letters: the endpoint's own words, then each server's under its name.

    Nobody waits for a server here: what one says is told once it has said hello to the gateway, and only to those who
    may use its tools; what is odd is left out where odd tools are.
    """
    parts = [view.instructions] if view.instructions else []
    for name in view.servers if longest else ():
        text = _said(upstreams[name])
        if text and shown(Action("mcp.tools.call", f"server/{name}/tool/*")):
            parts.append(f"# {name}\n\n{text}" if view.several else text)
    return _cut("\n\n".join(parts), max(longest, len(view.instructions)))


def _said(upstream: "Upstream") -> str:
    greeting = upstream.memory.greeting
    if greeting is None or not greeting.instructions:
        return ""
    text = _cut(greeting.instructions.strip(), _LONGEST_PART)
    return "" if upstream.settings.suspicious == "hide" and _is_odd(text) else text


@lru_cache(256)
def _is_odd(text: str) -> bool:
    return bool(suspicions(encode({"instructions": text})))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
