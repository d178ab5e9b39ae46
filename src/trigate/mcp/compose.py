"""Requests to servers, written in the server's era from an ask of either."""

from functools import lru_cache

from msgspec import Raw

from trigate.core.parts import Headers
from trigate.mcp.envelope import Members, encode
from trigate.mcp.message import Outgoing
from trigate.mcp.mirror import encode_value
from trigate.mcp.profile import MUTE, TASKS, declared_text
from trigate.mcp.version import (
    CLIENT_CAPABILITIES,
    CLIENT_INFO,
    IDENTITY,
    LATEST_LEGACY,
    LEVELS,
    LOG_LEVEL,
    MODERN,
    PROTOCOL_VERSION,
    Era,
)

SUBJECTS = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
    "tasks/result": "taskId",
}
"""Methods whose subject is mirrored in `Mcp-Name`, and the member it is in."""
_VERSION_FIELD = (b"mcp-protocol-version", MODERN.encode())
_HOP_LOCAL = frozenset({"inputResponses", "requestState", "task"})
"""Members of `params` that mean something between two hops only, or make a task of a call."""


class Hop:
    """What a request carries for the next hop alone."""

    __slots__ = ("era", "level", "mirrored", "profile", "responses", "state", "subject", "task", "token")

    def __init__(
        self, era: Era, subject: str = "", token: str = "", level: int = len(LEVELS), profile: int = MUTE
    ) -> None:
        self.era = era
        self.subject = subject
        """The tool, prompt or resource by the server's own name."""
        self.token = token
        """The gateway's own progress token, empty if no progress is wanted."""
        self.level = level
        self.mirrored: Headers = []
        """Arguments repeated in header fields."""
        self.profile = profile
        """What the caller can be asked for: no more is declared, and no less."""
        self.responses: Members = {}
        """Answers to what the server asked when it was sent the same request before."""
        self.state = b""
        """What the server gave along with its questions, as JSON text."""
        self.task = False
        """Whether the call is made as a task (2025-11-25, tasks)."""


def compose(method: str, params: Members, own: Members, hop: Hop) -> Outgoing:
    """The request for a server; unknown members of `params` go along as they came, and `own` in its `_meta`."""
    sent = dict(params)
    for key in _HOP_LOCAL & sent.keys():
        if method != "tasks/update":
            del sent[key]
    member = SUBJECTS.get(method)
    if member is not None:
        sent[member] = Raw(encode(hop.subject))
    if hop.task:
        sent["task"] = Raw(b"{}")
    if hop.responses:
        sent["inputResponses"] = Raw(encode(hop.responses))
    if hop.state:
        sent["requestState"] = Raw(hop.state)
    meta = _meta(own, hop)
    if meta is not None:
        sent["_meta"] = meta
    tail = b',"method":%b,"params":%b}' % (encode(method), encode(sent))
    return Outgoing(method, tail, _fields(method, hop, member is not None), hop.token)


def _meta(own: Members, hop: Hop) -> Raw | None:
    modern = hop.era == "modern"
    if not own and not hop.token and hop.level == len(LEVELS):
        return _plain_meta(hop.profile) if modern else None
    meta = _protocol(hop.profile) | own if modern else dict(own)
    if hop.token:
        meta["progressToken"] = Raw(encode(hop.token))
    if modern and hop.level < len(LEVELS):
        meta[LOG_LEVEL] = Raw(encode(LEVELS[hop.level]))
    return Raw(encode(meta)) if meta else None


@lru_cache(64)
def _protocol(profile: int) -> Members:
    """What the protocol wants in every `_meta` (2026-07-28, basic: `_meta`); not to be changed."""
    return {
        PROTOCOL_VERSION: Raw(encode(MODERN)),
        CLIENT_CAPABILITIES: declared_text(profile),
        CLIENT_INFO: Raw(encode(IDENTITY)),
    }


@lru_cache(64)
def _plain_meta(profile: int) -> Raw:
    return Raw(encode(_protocol(profile)))


def _fields(method: str, hop: Hop, named: bool) -> Headers:
    if hop.era == "legacy":
        return []
    fields = [_VERSION_FIELD, (b"mcp-method", method.encode())]
    if named:
        fields.append((b"mcp-name", encode_value(hop.subject)))
    return fields + hop.mirrored if hop.mirrored else fields


def discover() -> Outgoing:
    """The question whether a server speaks 2026-07-28; old servers cannot act on it."""
    return compose("server/discover", {}, {}, Hop("modern"))


def initialize(profile: int = MUTE) -> Outgoing:
    """The first request of the older protocol; `profile` is what can be asked in the session that it begins."""
    params = {
        "protocolVersion": Raw(encode(LATEST_LEGACY)),
        "capabilities": declared_text(profile & ~TASKS),
        "clientInfo": Raw(encode(IDENTITY)),
    }
    return compose("initialize", params, {}, Hop("legacy"))
