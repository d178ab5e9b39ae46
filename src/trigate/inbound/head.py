"""The head of a request, from its bytes to a Request and the way its body is framed."""

from msgspec import Struct

from trigate.core.errors import BadRequest, HeadTooLarge
from trigate.core.fields import NEVER_TRAILING, options
from trigate.core.parts import Headers
from trigate.core.request import Request
from trigate.inbound.field import WISH, known, read_field, refuse_repeated
from trigate.inbound.settings import InboundLimits
from trigate.inbound.target import RequestLine, read_authority, read_line
from trigate.inbound.target import known as known_line

CHUNKED = -1
"""The length of a body whose chunks say where it ends."""

_UNLISTABLE = NEVER_TRAILING - {b"te", b"trailer", b"upgrade", b"keep-alive", b"proxy-connection", b"http2-settings"}
"""Fields that `Connection` must not list: a hop that took that literally would change who is asking, or for what."""


class Opening(Struct):
    """A head that is valid, and what it says about the connection."""

    request: Request
    length: int
    """Bytes of the body, or CHUNKED."""
    keep_alive: bool
    """The caller may send another request on the connection."""
    expects: bool
    """The caller waits for `100 Continue` before it sends the body."""
    bodiless: bool
    """Neither a body nor another protocol follows."""
    head_only: bool
    """The method is HEAD."""
    modern: bool
    """The caller speaks HTTP/1.1."""


def read_opening(raw: bytes, limits: InboundLimits, scheme: bytes) -> Opening:
    """Understand a head, given without the empty line that ends it.

    Raises BadRequest, HeadTooLarge, MethodNotAllowed.
    """
    lines = raw.split(b"\r\n")
    first = lines.pop(0)
    if len(lines) > limits.fields:
        raise HeadTooLarge(f"there are more than {limits.fields} header fields")
    line = known_line.get(first) or read_line(first, limits.target)
    recall = known.get
    headers = [recall(each) or read_field(each, limits.line) for each in lines]
    fields = dict(headers)
    if len(fields) != len(headers):
        refuse_repeated(headers)
    user = b""
    if b"" in fields:
        user = _asserted_user(headers)
        headers = [each for each in headers if each[0]]
        del fields[b""]
    wishes: dict[bytes, bytes] = {}
    if WISH in fields:
        wishes = _wishes(headers)
        headers = [each for each in headers if each[0] != WISH]
        del fields[WISH]
    length = _length(fields, line.version)
    keep_alive, upgrade = _connection(headers, fields, line.version, length)
    request = Request(
        line.method,
        line.target,
        line.path,
        line.query,
        _authority(line, fields),
        headers,
        fields,
        line.version,
        scheme,
        upgrade,
        user=user,
        wishes=wishes,
    )
    expects = b"expect" in fields and _expects(fields, line.version, length)
    bodiless = length == 0 and not upgrade
    return Opening(request, length, keep_alive, expects, bodiless, line.method == b"HEAD", line.version == b"1.1")


def _asserted_user(headers: Headers) -> bytes:
    """What the field USER says; two that differ would name two callers."""
    users = {value for name, value in headers if not name and value}
    if len(users) > 1:
        raise BadRequest("the header x-trigate-user came more than once")
    return users.pop() if users else b""


def _wishes(headers: Headers) -> dict[bytes, bytes]:
    """What the fields WISHES say; one that comes in several lines is one list (RFC 9110 §5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name == WISH:
            wish, _, said = value.partition(b" ")
            found[wish] = b"%b,%b" % (found[wish], said) if wish in found else said
    return found


def _length(fields: dict[bytes, bytes], version: bytes) -> int:
    """RFC 9112 §6.3, with every choice it leaves open decided for refusal."""
    length = fields.get(b"content-length")
    coding = fields.get(b"transfer-encoding")
    if length is None and coding is None:
        return 0
    if length is not None and coding is None:
        if not (length.isdigit() and len(length) <= 18):
            raise BadRequest("content-length is not a plain number")
        return int(length)
    if version == b"1.0":
        raise BadRequest("HTTP/1.0 has no transfer-encoding")
    if length is not None:
        raise BadRequest("content-length and transfer-encoding exclude each other")
    if coding is None or coding.lower() != b"chunked":
        raise BadRequest("the only transfer coding is `chunked`")
    return CHUNKED


def _connection(headers: Headers, fields: dict[bytes, bytes], version: bytes, length: int) -> tuple[bool, bytes]:
    """Whether the connection persists (RFC 9112 §9.3), and the protocol to which the caller wants to change.

    An upgrade asked for with a body, or by HTTP/1.0, is one not taken (RFC 9110 §7.8).
    """
    value = fields.get(b"connection")
    if value is None:
        return version == b"1.1", b""
    if value == b"keep-alive" and len(fields) == len(headers):
        return True, b""
    listed = options(b",".join(each for name, each in headers if name == b"connection"))
    if listed & _UNLISTABLE:
        raise BadRequest("connection lists a field that does not belong to one connection")
    keep_alive = b"close" not in listed and (version == b"1.1" or b"keep-alive" in listed)
    asked = b"upgrade" in listed and version == b"1.1" and length == 0
    return keep_alive, fields.get(b"upgrade", b"") if asked else b""


def _authority(line: RequestLine, fields: dict[bytes, bytes]) -> bytes:
    """The host that is meant: `Host` and an absolute target agree, or nobody knows (RFC 9112 §3.2)."""
    host = fields.get(b"host")
    if host is None:
        if line.version == b"1.1":
            raise BadRequest("the host header is missing")
        return line.authority
    authority = read_authority(host)
    if line.authority and line.authority != authority:
        raise BadRequest("the host header differs from the host of the request target")
    return authority


def _expects(fields: dict[bytes, bytes], version: bytes, length: int) -> bool:
    if version == b"1.0":
        return False
    if fields[b"expect"].lower() != b"100-continue":
        raise BadRequest("the only expectation is `100-continue`")
    return length != 0
