"""What a caller can be asked for, as a few bits: read from what it declared, and declared to servers in turn."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import msgspec
from msgspec import Raw

from trigate.mcp.envelope import encode, read_value
from trigate.mcp.version import MODERN

FORM, URL, SAMPLING, SAMPLING_TOOLS, SAMPLING_CONTEXT, ROOTS = 1, 2, 4, 8, 16, 32
TASKS, APPS = 64, 128
"""Extensions: calls that go on as tasks, and pages that tools bring along."""
ASKS = FORM | URL | SAMPLING | SAMPLING_TOOLS | SAMPLING_CONTEXT | ROOTS
"""What servers ask of callers."""
MUTE = 0
"""Nothing can be asked."""
_SINCE = {FORM: "2025-06-18", URL: "2025-11-25", SAMPLING_TOOLS: "2025-11-25", TASKS: MODERN}
"""The first revision that knows each; the others are as old as the protocol."""


EXTENSIONS: Mapping[str, object] = {
    "io.modelcontextprotocol/tasks": {},
    "io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]},
}
"""What the gateway carries of extensions, with what a client says of each; all others are masked, both ways."""
_BITS = dict(zip(EXTENSIONS, (TASKS, APPS), strict=True))


def read_profile(capabilities: Raw | bytes | None, version: str) -> int:
    """What capabilities as a client declares them let it be asked for, in a revision."""
    if capabilities is None or len(bytes(capabilities)) <= len(b"{}"):
        return MUTE
    try:
        found = read_value(capabilities)
    except (msgspec.DecodeError, RecursionError):
        return MUTE
    profile = _read(_object(found))
    for bit, since in _SINCE.items():
        if version < since:
            profile &= ~bit
    return profile


def _read(found: Mapping[str, Any]) -> int:
    profile = MUTE
    if isinstance(found.get("elicitation"), dict):
        modes = _object(found["elicitation"])
        # An empty object is what the capability was before there were modes (2025-11-25, elicitation: capabilities).
        profile |= (FORM if "form" in modes or "url" not in modes else 0) | (URL if "url" in modes else 0)
    if isinstance(found.get("sampling"), dict):
        more = _object(found["sampling"])
        profile |= (
            SAMPLING | (SAMPLING_TOOLS if "tools" in more else 0) | (SAMPLING_CONTEXT if "context" in more else 0)
        )
    if isinstance(found.get("roots"), dict):
        profile |= ROOTS
    extensions = _object(found.get("extensions"))
    for name, bit in _BITS.items():
        profile |= bit if isinstance(extensions.get(name), dict) else 0
    return profile


@lru_cache(64)
def declare(profile: int) -> dict[str, dict[str, object]]:
    """The capabilities object that says this much and no more; not to be changed."""
    declared: dict[str, dict[str, object]] = {}
    if profile & (FORM | URL):
        declared["elicitation"] = _named(profile, form=FORM, url=URL)
    if profile & SAMPLING:
        declared["sampling"] = _named(profile, tools=SAMPLING_TOOLS, context=SAMPLING_CONTEXT)
    if profile & ROOTS:
        declared["roots"] = {}
    if profile & (TASKS | APPS):
        declared["extensions"] = {name: EXTENSIONS[name] for name, bit in _BITS.items() if profile & bit}
    return declared


@lru_cache(64)
def declared_text(profile: int) -> Raw:
    """The same, written out."""
    return Raw(encode(declare(profile)))


def needs(method: str, params: Raw) -> int:
    """What a caller must have declared to be asked this."""
    if method == "roots/list":
        return ROOTS
    try:
        found = _object(read_value(params)) if len(params) else {}
    except (msgspec.DecodeError, RecursionError):
        found = {}
    if method == "elicitation/create":
        return URL if found.get("mode") == "url" else FORM
    return SAMPLING | (SAMPLING_TOOLS if "tools" in found or "toolChoice" in found else 0)


def _named(profile: int, **bits: int) -> dict[str, object]:
    return {name: {} for name, bit in bits.items() if profile & bit}


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
