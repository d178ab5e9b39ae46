"""What is checked and dropped in an answer's head: field names, hop-by-hop fields, framing."""

import re

from trigate.core.fields import HOP_BY_HOP, NEVER_TRAILING, OWN_PREFIX, options
from trigate.core.parts import Headers, field

NAMES: dict[bytes, bytes] = {}
"""Field names as upstreams write them to lower case, for fields that pass; learned as they come, up to MAX_NAMES."""
MAX_NAMES = 2048
MAX_NAME = 64

_REASON = re.compile(rb"[\t -~\x80-\xff]*")
_SECONDS = re.compile(rb"(?:^|[ ,])timeout=([0-9]{1,6})")


def learn(name: bytes) -> bytes | None:
    """The lower-case name of a field that passes, or None for one that does not."""
    lower = name.lower()
    if lower in HOP_BY_HOP or lower.startswith(OWN_PREFIX):
        return None
    if len(NAMES) < MAX_NAMES and len(name) <= MAX_NAME:
        NAMES[name] = lower
    return lower


def listed(hop: Headers) -> frozenset[bytes]:
    """Every name and option in the `Connection` fields, in lower case."""
    return options(b",".join([value for name, value in hop if name == b"connection"]))


def is_chunked(hop: Headers, version: str) -> bool:
    """Whether the body is chunked; raises ValueError for other codings, or any in HTTP/1.0 (RFC 9112 §6.1)."""
    codings = [value for name, value in hop if name == b"transfer-encoding"]
    if not codings:
        return False
    if version != "1.1" or len(codings) != 1 or codings[0].lower() != b"chunked":
        raise ValueError("a transfer coding other than chunked")
    return True


def idle_seconds(hop: Headers) -> float | None:
    """How long the upstream says it keeps an unused connection, less a second for the way; None if it does not say."""
    value = field(hop, b"keep-alive")
    found = _SECONDS.search(value) if value else None
    return max(0.0, int(found[1]) - 1.0) if found else None


def check_reason(reason: bytes) -> bytes:
    """The reason phrase; raises ValueError if it holds control characters (RFC 9112 §4)."""
    if not _REASON.fullmatch(reason):
        raise ValueError("control characters in the reason phrase")
    return reason


def safe_trailers(fields: Headers) -> Headers:
    """Trailer fields that may be passed on."""
    return [pair for pair in fields if pair[0] not in NEVER_TRAILING]
