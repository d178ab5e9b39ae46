"""Which header fields cross the gateway: by name, in both directions; everything else stays where it came from."""

from functools import lru_cache

from trigate.core.errors import UnsupportedMediaType
from trigate.core.fields import is_value
from trigate.core.parts import Headers
from trigate.core.request import Request

COMMON = (b"idempotency-key", b"traceparent", b"tracestate")
OWN = {
    "openai_chat": (b"openai-beta",),
    "openai_responses": (b"openai-beta",),
    "anthropic_messages": (b"anthropic-beta",),
    "bedrock_converse": (b"x-amzn-bedrock-guardrailidentifier", b"x-amzn-bedrock-guardrailversion"),
}
"""Fields that mean something to providers of one dialect alone."""
TO_PROVIDER = COMMON + tuple({name: None for names in OWN.values() for name in names})
"""A caller's fields that go upstream. Never a credential, a cookie or an account; and not the `x-stainless-*` fields,
in which an SDK describes its machine to the server it is connected to: that is the gateway."""

_REQUEST_IDS = frozenset({b"x-request-id", b"request-id", b"x-amzn-requestid"})
_LISTS = frozenset({b"tracestate", b"anthropic-beta"})
_FROM_PROVIDER = frozenset({b"content-type", b"retry-after", b"retry-after-ms", b"x-should-retry"})
_FROM_PROVIDER_PREFIXES = (b"openai-", b"x-ratelimit-", b"anthropic-ratelimit-")
_ACCOUNT = frozenset({b"openai-organization", b"openai-project", b"anthropic-organization-id"})
"""The operator's account is no business of the callers."""


def to_provider(request: Request, dialect: str) -> tuple[bytes, bytes]:
    """What of the caller's fields goes to a provider of the same dialect, and to one of another, as whole lines."""
    common = _lines(request, COMMON)
    return _lines(request, OWN.get(dialect, ())) + common, common


def _lines(request: Request, names: tuple[bytes, ...]) -> bytes:
    fields = request.fields
    carried = [(name, fields[name]) for name in names if name in fields]
    if len(fields) != len(request.headers):
        carried = [(name, _joined(request.headers, name) if name in _LISTS else value) for name, value in carried]
    return b"".join([b"%b: %b\r\n" % (name, value) for name, value in carried if is_value(value)])


def _joined(headers: Headers, wanted: bytes) -> bytes:
    """A field that is a list, from all its lines (W3C Trace Context §3.3.1; RFC 9110 §5.3)."""
    return b",".join([value for name, value in headers if name == wanted and value])


def from_provider(answered: Headers) -> Headers:
    """What of an upstream's fields the caller gets; the upstream's request id under a name of its own."""
    return [(passed, value) for name, value in answered if (passed := _passed(name))]


@lru_cache(512)
def _passed(name: bytes) -> bytes:
    """Under which name a field comes back; empty if it does not."""
    if name in _REQUEST_IDS:
        return b"x-upstream-request-id"
    passes = name in _FROM_PROVIDER or (name.startswith(_FROM_PROVIDER_PREFIXES) and name not in _ACCOUNT)
    return name if passes else b""


def says_json(fields: dict[bytes, bytes]) -> bool:
    """Whether a head leaves no doubt that the body is plain JSON."""
    return fields.get(b"content-type") == b"application/json" and b"content-encoding" not in fields


def require_json(fields: dict[bytes, bytes], *, is_form: bool = False) -> None:
    """Raises UnsupportedMediaType unless a body is plain JSON, or a form; a missing content-type is taken for JSON."""
    form = fields.get(b"content-type", b"application/json")
    if not is_form and form != b"application/json" and form.partition(b";")[0].strip().lower() != b"application/json":
        raise UnsupportedMediaType("send the body as JSON, with `content-type: application/json`")
    if fields.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("send the body without a content-encoding")
