"""What the gateway answers itself: hello in both eras, ping, log level, notifications."""

from msgspec import Raw

from trigate.core.principal import Principal
from trigate.mcp.ask import Ask
from trigate.mcp.envelope import encode, is_id, read_text
from trigate.mcp.front import level_index
from trigate.mcp.pending import Pending
from trigate.mcp.profile import EXTENSIONS, read_profile
from trigate.mcp.session import Session, Sessions
from trigate.mcp.underway import Underway
from trigate.mcp.version import IDENTITY, LATEST_LEGACY, LEGACY, SERVER_INFO, SUPPORTED

# What can be delivered, whatever servers there are: it must not vary with which of them happen to be up.
_CAPABILITIES: dict[str, object] = {
    "completions": {},
    "logging": {},
    "prompts": {"listChanged": True},
    "resources": {"subscribe": True, "listChanged": True},
    "tools": {"listChanged": True},
}
_EMPTY = b"{}"
_TTL_MS = 3_600_000
_DISCOVERY: dict[str, object] = {
    "resultType": "complete",
    "supportedVersions": list(SUPPORTED),
    "capabilities": _CAPABILITIES | {"extensions": {name: {} for name in EXTENSIONS}},
    "ttlMs": _TTL_MS,
    "cacheScope": "private",
    "_meta": {SERVER_INFO: IDENTITY},
}
_DISCOVERED = encode(_DISCOVERY)


def initialize(ask: Ask, sessions: Sessions, principal: Principal, told: str = "") -> tuple[bytes, Session]:
    """Agree on a revision and begin a session (2025-11-25, lifecycle); an unknown one gets the latest.

    `told` are the instructions.
    """
    wanted = read_text(ask.params.get("protocolVersion"), "protocolVersion")
    version = wanted if wanted in LEGACY else LATEST_LEGACY
    profile = read_profile(ask.params.get("capabilities"), version)
    session = sessions.begin(version, ask.view.name, principal, profile)
    result = {"protocolVersion": version, "capabilities": _CAPABILITIES, "serverInfo": IDENTITY}
    return encode(result | ({"instructions": told} if told else {})), session


async def answer(ask: Ask, sessions: Sessions, told: str = "") -> bytes:
    """The result of a request that needs no server; `told` are the instructions."""
    if ask.name == "server/discover":
        return encode(_DISCOVERY | {"instructions": told}) if told else _DISCOVERED
    if ask.name == "logging/setLevel" and ask.session is not None:
        await sessions.set_level(ask.session, level_index(ask.params.get("level")))
    return _EMPTY


async def take_note(ask: Ask, underway: Underway, pending: Pending) -> None:
    """Act on a notification or an answer; of the notifications only a cancellation asks for something."""
    if ask.answer is not None and ask.session is not None:
        await pending.take(ask.session.token, ask.answer)
        return
    id = bytes(ask.params.get("requestId", Raw(b"")))
    if ask.name == "notifications/cancelled" and ask.session is not None and is_id(id):
        await underway.cancel(ask.session.token, id)
