"""Scopes of tokens: what the bearer may do in the mcp lane, at most, whatever rules allow its owner.

`mcp:tools` opens the tools, `mcp:resources` the resources and `mcp:prompts` the prompts of an endpoint;
`mcp:tools:SERVER` those of one server, `mcp:tools:SERVER/NAME` one of them. What names no server's thing (to say hello,
to look at lists, which show only what may be used) needs none.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from trigate.core.action import Action

KINDS: Mapping[str, str] = {"tool": "mcp:tools", "resource": "mcp:resources", "prompt": "mcp:prompts"}
SCOPES = tuple(KINDS.values())
MOST = 64
_SCOPE = re.compile(r"mcp:(tools|resources|prompts)(?::([A-Za-z0-9_-]{1,48})(?:/([\x21\x23-\x5b\x5d-\x7e]{1,256}))?)?")


def is_scope(text: str) -> bool:
    """Whether it means something here."""
    return _SCOPE.fullmatch(text) is not None


def read_scopes(text: str) -> tuple[str, ...]:
    """Those of a list with spaces (RFC 6749 §3.3) that mean something here, in their order, each once."""
    return tuple(dict.fromkeys(each for each in text.split()[:MOST] if is_scope(each)))


def claimed_scopes(claims: Mapping[str, Any], path: str = "scope") -> tuple[str, ...]:
    """Those of a token's claim, a text or a list."""
    value: Any = claims.get(path)
    listed: list[Any] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
    return read_scopes(" ".join(each for each in listed if isinstance(each, str)))


def covers(held: Iterable[str], wanted: str) -> bool:
    """Whether one of those held opens all that `wanted` does."""
    return any(wanted == each or wanted.startswith((f"{each}:", f"{each}/")) for each in held)


def needed(action: Action) -> str:
    """The broadest scope that opens this, empty if it needs none."""
    kind = _parts(action)[1]
    return KINDS.get(kind, "")


def opens(held: Iterable[str], action: Action) -> bool:
    """Whether a bearer of these scopes may do it as far as they go."""
    server, kind, name = _parts(action)
    if kind not in KINDS:
        return True
    return covers(held, f"{KINDS[kind]}:{server}/{name}")


def _parts(action: Action) -> tuple[str, str, str]:
    """Server, kind and name of the thing an action is about; empty ones if it is about none."""
    place, _, rest = action.resource.partition("/")
    if place != "server" or action.lane != "mcp":
        return "", "", ""
    server, _, rest = rest.partition("/")
    kind, _, name = rest.partition("/")
    return server, kind, name
