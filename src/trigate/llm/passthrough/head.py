"""Which header fields of a passed request and its answer cross the gateway: all but those that mean somebody else."""

from collections.abc import Collection

from trigate.core.fields import dropped, is_token, is_value
from trigate.core.parts import Headers
from trigate.core.query import MARK
from trigate.outbound.secrecy import mask

_CREDENTIALS = frozenset({
    b"api-key", b"authorization", b"cookie", b"ocp-apim-subscription-key", b"x-amz-date", b"x-amz-security-token",
    b"x-api-key", b"x-goog-api-key",
})  # fmt: skip
_ACCOUNTS = frozenset({
    b"anthropic-organization-id", b"anthropic-workspace-id", b"openai-organization", b"openai-project",
    b"x-goog-user-project",
})  # fmt: skip
"""Whose account is billed is the operator's to say."""
_OURS = frozenset({
    b"accept-encoding", b"content-length", b"expect", b"forwarded", b"host", b"origin", b"referer", b"user-agent",
    b"via", b"x-http-method", b"x-http-method-override", b"x-method-override", b"x-original-url", b"x-real-ip",
    b"x-request-id", b"x-rewrite-url",
})  # fmt: skip
"""What the gateway says itself, or what would make another request of it than the one that was allowed."""
_OURS_BY_PREFIX = (b"x-forwarded-", b"sec-")
_NOT_FOR_CALLERS = _ACCOUNTS | {b"alt-svc", b"set-cookie", b"strict-transport-security", b"x-request-id"}
_NOT_FOR_CALLERS_BY_PREFIX = (b"access-control-", b"x-trigate-")
KEYS = frozenset({MARK + name for name in (b"access_token", b"api-key", b"api_key", b"key")})
"""Parameters of a query that are credentials."""


def to_provider(headers: Headers, taken: Collection[bytes]) -> bytes:
    """A caller's fields as whole lines; `taken` are those of the gateway's own, and the caller's credentials."""
    left_out = dropped(headers) | _CREDENTIALS | _ACCOUNTS | _OURS
    lines = [
        b"%b: %b\r\n" % (name, value)
        for name, value in headers
        if not (name in left_out or name in taken or name.startswith(_OURS_BY_PREFIX))
        and is_token(name)
        and is_value(value)
    ]
    return b"".join(lines)


def to_caller(headers: Headers, secrets: tuple[bytes, ...]) -> Headers:
    """A provider's fields, without its account and what is between it and the gateway."""
    return [
        (b"x-upstream-request-id" if name == b"request-id" else name, mask(value, secrets))
        for name, value in headers
        if name not in _NOT_FOR_CALLERS and not name.startswith(_NOT_FOR_CALLERS_BY_PREFIX)
    ]
