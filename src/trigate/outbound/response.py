"""What is checked and dropped in an answer's head: field names, hop-by-hop fields, framing."""

import math
import re

from msgspec import Struct

from trigate.core.fields import HOP_BY_HOP, OWN_PREFIX, may_trail, options
from trigate.core.parts import Headers, field

NAMES: dict[bytes, bytes] = {}
"""Field names as upstreams write them to lower case, for fields that pass; learned as they come, up to MAX_NAMES."""
MAX_NAMES = 2048
MAX_NAME = 64
_NO_FIELDS = frozenset((b"close", b"keep-alive")) | HOP_BY_HOP
"""Options of `Connection` that name no field which is still there."""
_NEVER_OPTIONS = frozenset((b"content-encoding", b"content-length", b"content-range", b"content-type"))
"""Fields of the content itself, which no option takes away (RFC 9110 §7.6.1): a cut answer must not look whole."""

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


class Hop(Struct, frozen=True):
    """What the hop-by-hop fields of a head mean for the answer and its connection."""

    chunked: bool = False
    named: frozenset[bytes] = frozenset()
    """Fields to drop because `Connection` names them."""
    rest: float = math.inf
    """How long the upstream keeps an unused connection, in seconds."""
    persists: bool = True
    """The connection can carry another exchange, as far as the head tells."""


_PLAIN = Hop()
_known: dict[tuple[str, *tuple[tuple[bytes, bytes], ...]], Hop] = {}
"""Upstreams send the same few combinations for ever."""
MAX_KNOWN = 256


def weigh(version: str, hop: Headers) -> Hop:
    """Understand the hop-by-hop fields of a head; raises ValueError if they leave its framing in doubt."""
    if not hop and version == "1.1":
        return _PLAIN
    key = (version, *hop)
    found = _known.get(key)
    if found is None:
        found = _weigh(version, hop)
        if len(_known) < MAX_KNOWN and sum(len(value) for _, value in hop) < MAX_NAME * 4:
            _known[key] = found
    return found


def _weigh(version: str, hop: Headers) -> Hop:
    if version not in ("1.1", "1.0"):
        raise ValueError(f"HTTP version {version}")
    named = listed(hop)
    return Hop(
        chunked=_is_chunked(hop, version),
        named=named - _NO_FIELDS - _NEVER_OPTIONS,
        rest=_idle_seconds(hop),
        persists=b"close" not in named and (version == "1.1" or b"keep-alive" in named),
    )


def _is_chunked(hop: Headers, version: str) -> bool:
    """Only exactly `chunked`, once, and only in HTTP/1.1 (RFC 9112 §6.1)."""
    codings = [value for name, value in hop if name == b"transfer-encoding"]
    if not codings:
        return False
    if version != "1.1" or len(codings) != 1 or codings[0].lower() != b"chunked":
        raise ValueError("a transfer coding other than chunked")
    return True


def _idle_seconds(hop: Headers) -> float:
    """What `Keep-Alive` says, less a second for the way."""
    value = field(hop, b"keep-alive")
    found = _SECONDS.search(value) if value else None
    return max(0.0, int(found[1]) - 1.0) if found else math.inf


def check_reason(reason: bytes) -> bytes:
    """The reason phrase; raises ValueError if it holds control characters (RFC 9112 §4)."""
    if reason != b"OK" and not _REASON.fullmatch(reason):
        raise ValueError("control characters in the reason phrase")
    return reason


def safe_trailers(fields: Headers) -> Headers:
    """Trailer fields that may be passed on."""
    return [pair for pair in fields if may_trail(pair[0])]
