"""The protocol's revisions, its two eras, and the words both are written in."""

from typing import Literal

from trigate import VERSION

Era = Literal["legacy", "modern"]
"""`legacy` begins with `initialize` and may have a session; `modern` says everything in each request."""

MODERN = "2026-07-28"
LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""Oldest first; they sort as text."""
LATEST_LEGACY = LEGACY[-1]
BATCHES = "2025-03-26"
"""The one revision whose callers may send arrays."""
SUPPORTED = (MODERN, *reversed(LEGACY))

PREFIX = "io.modelcontextprotocol/"
PROTOCOL_VERSION = PREFIX + "protocolVersion"
CLIENT_CAPABILITIES = PREFIX + "clientCapabilities"
CLIENT_INFO = PREFIX + "clientInfo"
LOG_LEVEL = PREFIX + "logLevel"
SERVER_INFO = PREFIX + "serverInfo"

IDENTITY = {"name": "trigate", "title": "Trigate", "version": VERSION}
"""Who the gateway says it is, to both sides."""

LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
"""Log levels, least urgent first (RFC 5424 §6.2.1)."""


def is_reserved(key: str) -> bool:
    """Whether a `_meta` key belongs to the protocol (2026-07-28, basic: `_meta`), and so to one hop only."""
    prefix, slash, _ = key.rpartition("/")
    if not slash:
        return False
    labels = prefix.split(".")
    return len(labels) > 1 and labels[1] in {"modelcontextprotocol", "mcp"}
