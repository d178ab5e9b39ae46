"""Finding out which era a server speaks, and saying hello in it."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec
from msgspec import Struct

from trigate.mcp.compose import discover, initialize
from trigate.mcp.fault import HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION, ServerFailed
from trigate.mcp.message import Message, Outgoing, decode_error
from trigate.mcp.profile import MUTE
from trigate.mcp.settings import Server
from trigate.mcp.version import LEGACY, MODERN, Era


class Greeting(Struct):
    """What is known of a server after hello; it holds until the server contradicts it."""

    era: Era
    version: str
    capabilities: list[str] | None = None
    """Names of what it offers; None if it did not say."""
    instructions: str = ""
    subscribes: bool = True
    """Whether it tells when a resource changes; taken for granted if it did not say what it offers."""
    session: str = ""
    """The server's session with the gateway, empty without one."""
    dual: bool | None = None
    """Whether a server of 2026-07-28 speaks the older protocol, too; None as long as nobody has tried."""
    profile: int = MUTE
    """What it was told in an `initialize` that can be asked (bits of mcp/profile.py)."""
    over_sse: bool = False
    """Whether it was found to speak HTTP+SSE (2024-11-05), though nothing says so."""

    def offers(self, capability: str) -> bool:
        """Whether it is worth asking."""
        return self.capabilities is None or capability in self.capabilities


class Told(Struct):
    """A server's answer to hello."""

    message: Message | None
    """None if it answered without a JSON-RPC message."""
    session: str = ""
    status: int = 0
    """HTTP status of the answer, 0 where there is none."""


Tell = Callable[[Outgoing], Awaitable[Told]]
"""Asks the server; raises UpstreamFailed if that says nothing about its era (unreachable, overloaded…)."""


class _Discovered(Struct, rename="camel"):
    supported_versions: list[str] = []
    capabilities: dict[str, Any] = {}
    instructions: str = ""


class _Initialized(Struct, rename="camel"):
    protocol_version: str
    capabilities: dict[str, Any] = {}
    instructions: str = ""


async def greet(server: Server, tell: Tell, profile: int = MUTE) -> Greeting:
    """Probe with `server/discover`, never with a call; anything but a modern answer means the older protocol.

    `profile` says what can be asked in the session that then begins.
    """
    if server.era != "legacy":
        modern = _modern((await tell(discover())).message)
        if modern is not None:
            return modern
        if server.era == "modern":
            raise ServerFailed(f"the server does not speak {MODERN}")
    told = await tell(initialize(profile))
    # A modern server says so here too: in its error, or in its late answer to the probe.
    modern = _modern(told.message) if server.era == "auto" else None
    return modern or _legacy(told)


async def begin(tell: Tell, profile: int) -> Greeting:
    """One more session with a server that is known to speak the older protocol."""
    greeting = _legacy(await tell(initialize(profile)))
    greeting.profile = profile
    return greeting


def _modern(message: Message | None) -> Greeting | None:
    if message is None:
        return None
    if len(message.error):
        return _modern_error(message)
    try:
        found = msgspec.json.decode(message.result, type=_Discovered)
    except msgspec.DecodeError:
        return None
    if MODERN not in found.supported_versions:
        return None
    return Greeting("modern", MODERN, list(found.capabilities), found.instructions, _subscribes(found.capabilities))


def _modern_error(message: Message) -> Greeting | None:
    """Only a modern server has these codes; a version error counts only if it supports ours."""
    try:
        error = decode_error(message.error)
        data: object = msgspec.json.decode(error.data) if len(error.data) else None
    except msgspec.DecodeError:
        return None
    if error.code == UNSUPPORTED_VERSION:
        supported = cast("dict[str, object]", data).get("supported") if isinstance(data, dict) else None
        known = isinstance(supported, list) and MODERN in supported
        return Greeting("modern", MODERN) if known else None
    return Greeting("modern", MODERN) if error.code in {HEADER_MISMATCH, MISSING_CAPABILITY} else None


def _legacy(told: Told) -> Greeting:
    if told.message is None or not len(told.message.result):
        failed = ServerFailed("the server answers neither `server/discover` nor `initialize` as MCP servers do")
        failed.answered = told.status
        raise failed
    try:
        found = msgspec.json.decode(told.message.result, type=_Initialized)
    except msgspec.DecodeError:
        raise ServerFailed("the server's answer to `initialize` is not one") from None
    if found.protocol_version not in LEGACY:
        raise ServerFailed(f"the server speaks revision {found.protocol_version[:40]!r}, which the gateway does not")
    offers = found.capabilities
    return Greeting(
        "legacy", found.protocol_version, list(offers), found.instructions, _subscribes(offers), told.session
    )


def _subscribes(capabilities: dict[str, Any]) -> bool:
    resources = capabilities.get("resources")
    return isinstance(resources, dict) and bool(cast("dict[str, object]", resources).get("subscribe"))
