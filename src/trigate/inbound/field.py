"""Header field lines, read strictly, and remembered because callers send the same ones again and again."""

from trigate.core.errors import BadRequest, HeadTooLarge
from trigate.core.fields import OWN_PREFIX, TOKEN, VALUE
from trigate.core.parts import Headers

REMEMBERED_BYTES = 256
"""Longer lines are read anew each time."""
REMEMBERED_NAME_BYTES = 64
REMEMBERED_LINES = 1024
"""With these, at most half a megabyte; then everything is forgotten and learned again."""

OWN = (b"", b"")
"""Stands for a field of the gateway's own name, which callers may send but nobody reads."""
USER = b"x-trigate-user"
"""The one field of its own that the gateway reads: it is kept aside, without a name, and believed from few."""
WISH = b":"
"""Stands for a field by which callers ask something of the gateway itself; its value begins with the wish's name."""
WISHES = {b"x-trigate-cache": b"cache", b"x-trigate-fallbacks": b"fallbacks", b"x-trigate-require": b"require"}
"""Such fields, and what their wishes are called; believed from everybody."""

OURS = (b"", WISH)
"""Names under which fields of the gateway's own are read; no other field can have them."""

SECRET = frozenset(
    (
        b"authorization",
        b"proxy-authorization",
        b"cookie",
        b"x-api-key",
        b"api-key",
        b"x-goog-api-key",
        b"x-amz-security-token",
    )
)
"""Fields that are never remembered."""

SINGLE = frozenset(
    (
        *SECRET,
        b"anthropic-version", b"content-encoding", b"content-length", b"content-location", b"content-range",
        b"content-type", b"date", b"expect", b"from", b"host", b"idempotency-key", b"if-modified-since", b"if-range",
        b"if-unmodified-since", b"last-event-id", b"max-forwards", b"mcp-protocol-version", b"mcp-session-id",
        b"origin", b"range", b"referer", b"traceparent", b"transfer-encoding", b"user-agent", b"x-http-method-override",
        b"x-request-id",
    )
)  # fmt: skip
"""Fields that must not come twice: two programs would each believe another one (RFC 9110 §5.3)."""

known: dict[bytes, tuple[bytes, bytes]] = {}
"""Lines already found valid, with the name and value they mean."""
_names: dict[bytes, bytes] = {}
"""Names already found valid, as they were written, in lower case."""


def read_field(line: bytes, limit: int) -> tuple[bytes, bytes]:
    """Name in lower case and value of a field line; OWN for a field of the gateway's own, without name that of USER,
    as WISH those of WISHES.

    Raises HeadTooLarge beyond `limit` bytes, BadRequest for a line that is not a field (RFC 9112 §5).
    """
    if len(line) > limit:
        raise HeadTooLarge(f"a header field is longer than {limit} bytes")
    before, colon, value = line.partition(b":")
    if not colon:
        raise BadRequest("a header line has no colon; folded lines are refused")
    name = _names.get(before) or _read_name(before)
    value = value.strip(b" \t")
    if VALUE.fullmatch(value) is None:
        raise BadRequest("a header value contains a control character")
    if name.startswith(OWN_PREFIX):
        return _read_own(name, value)
    if name not in SECRET and len(line) <= REMEMBERED_BYTES:
        if len(known) >= REMEMBERED_LINES:
            known.clear()
        known[line] = (name, value)
    return name, value


def _read_own(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name in WISHES:
        return WISH, b"%b %b" % (WISHES[name], value)
    return (b"", value) if name == USER else OWN


def _read_name(before: bytes) -> bytes:
    if TOKEN.fullmatch(before) is None:
        raise BadRequest("a header name is not a word followed by a colon; space before the colon is refused")
    name = before.lower()
    _refuse_twin(name)
    if len(before) <= REMEMBERED_NAME_BYTES:
        if len(_names) >= REMEMBERED_LINES:
            _names.clear()
        _names[before] = name
    return name


def _refuse_twin(name: bytes) -> None:
    """Some servers read `content_length` as `content-length`; what is read in two ways is refused."""
    if b"_" in name:
        plain = name.replace(b"_", b"-")
        if plain in SINGLE or plain.startswith((OWN_PREFIX, b"x-forwarded-")):
            raise BadRequest(f"the header name {name.decode()} is too easily taken for {plain.decode()}")


def refuse_repeated(headers: Headers) -> None:
    """Raises BadRequest if a field that must be single is not."""
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in SINGLE and name in seen:
            raise BadRequest(f"the header {name.decode()} came more than once")
        seen.add(name)
