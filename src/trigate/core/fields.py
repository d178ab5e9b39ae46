"""The rules of HTTP fields that both edges share (RFC 9110 §5 and §7.6.1)."""

import re

from trigate.core.parts import Headers

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""A field name or method (RFC 9110 §5.6.2)."""
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
"""A field value: no CR, LF, NUL or other control character (RFC 9110 §5.5)."""

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-authentication-info",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    )
)
"""Fields that belong to one connection and are never passed on (RFC 9110 §7.6.1), besides those `Connection` lists."""

NEVER_TRAILING = frozenset(
    (
        *HOP_BY_HOP,
        b"api-key",
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-range",
        b"content-type",
        b"cookie",
        b"expect",
        b"forwarded",
        b"host",
        b"max-forwards",
        b"range",
        b"set-cookie",
        b"via",
        b"x-amz-security-token",
        b"x-api-key",
        b"x-goog-api-key",
        b"x-real-ip",
        b"x-request-id",
    )
)
"""Fields that frame, route, trace or authenticate a message, and so mean nothing after its body (RFC 9110 §6.5.1)."""

OWN_PREFIX = b"x-trigate-"
"""Fields of the gateway itself: believed from nobody else."""
_NEVER_TRAILING_PREFIXES = (b"x-forwarded-", OWN_PREFIX)


def may_trail(name: bytes) -> bool:
    """Whether a field (lower case) may come behind a body; trust in what a head says must not be changed there."""
    return name not in NEVER_TRAILING and not name.startswith(_NEVER_TRAILING_PREFIXES)


def is_token(name: bytes) -> bool:
    """Whether `name` can be a field name."""
    return TOKEN.fullmatch(name) is not None


def is_value(value: bytes) -> bool:
    """Whether `value` can be a field value."""
    return VALUE.fullmatch(value) is not None


def options(value: bytes) -> frozenset[bytes]:
    """The members of a comma-separated list such as the value of `Connection`, in lower case."""
    return frozenset(member for each in value.lower().split(b",") if (member := each.strip(b" \t")))


def dropped(headers: Headers) -> frozenset[bytes]:
    """Names that must not be passed on with these headers: hop-by-hop ones and those `Connection` lists."""
    listed = [value for name, value in headers if name == b"connection"]
    return HOP_BY_HOP | options(b",".join(listed)) if listed else HOP_BY_HOP
