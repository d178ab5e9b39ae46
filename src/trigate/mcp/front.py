"""Understanding what callers send: head, envelope, era, and the rules of each."""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from msgspec import Raw

from trigate.core.errors import NotAcceptable, UnsupportedMediaType
from trigate.core.exchange import Exchange
from trigate.core.request import Request
from trigate.mcp.ask import Ask, Batch, Meta
from trigate.mcp.envelope import Known, Members, is_id, read, read_element, read_object, read_params, read_text
from trigate.mcp.fault import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    UNSUPPORTED_VERSION,
    Fault,
    OriginDenied,
    UnknownMethod,
)
from trigate.mcp.message import NONE, Message
from trigate.mcp.method import ANSWER, NOTE, method
from trigate.mcp.mirror import decode_value
from trigate.mcp.profile import read_profile
from trigate.mcp.session import Sessions
from trigate.mcp.settings import McpSettings
from trigate.mcp.version import (
    BATCHES,
    CLIENT_CAPABILITIES,
    CLIENT_INFO,
    LEGACY,
    LEVELS,
    LOG_LEVEL,
    MODERN,
    PROTOCOL_VERSION,
    SUPPORTED,
    is_reserved,
)
from trigate.mcp.view import View

_MODERN_FIELD = MODERN.encode()
_REMEMBERED_META = 1024
"""Longest `_meta` whose meaning is remembered."""
_LEGACY_RAW = frozenset(each.encode() for each in LEGACY)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_meta_known = Known(PROTOCOL_VERSION, CLIENT_CAPABILITIES, CLIENT_INFO, LOG_LEVEL, "progressToken")
_ROUTING = frozenset({b"mcp-protocol-version", b"mcp-method", b"mcp-name", b"mcp-session-id"})


class Front:
    """The server's side of the protocol, as far as it needs no server."""

    __slots__ = ("_origins", "_settings", "sessions")

    def __init__(self, settings: McpSettings, sessions: Sessions) -> None:
        self._settings = settings
        self._origins = frozenset(settings.allowed_origins)
        self.sessions = sessions

    def check_head(self, request: Request) -> None:
        """Raises unless the head is one a JSON-RPC message may come with."""
        fields = request.fields
        self.check_origin(fields.get(b"origin"))
        self.check_message(request)
        if not _accepts(fields.get(b"accept", b"*/*")):
            raise NotAcceptable("accept both application/json and text/event-stream")
        if len(fields) != len(request.headers):
            _check_single(request)

    def check_message(self, request: Request) -> None:
        """Raises UnsupportedMediaType unless the body can be a message."""
        fields = request.fields
        if fields.get(b"content-type") != b"application/json":
            _check_content(fields.get(b"content-type", b""))
        if fields.get(b"content-encoding", b"identity") != b"identity":
            raise UnsupportedMediaType("send the message without a content coding")

    def check_origin(self, origin: bytes | None) -> None:
        """Raises OriginDenied for a web page that may not call (2025-11-25, transports: security warning)."""
        if origin is not None and origin.decode("latin-1") not in self._origins and not _is_loopback(origin):
            raise OriginDenied("pages of this origin may not call; see mcp.allowed_origins")

    def understand(self, exchange: Exchange, view: View, body: bytes) -> Ask | Batch:
        """The message or batch; `exchange.ask` holds what is known so far if this raises."""
        ask = exchange.ask = Ask(view)
        given = exchange.request.fields.get(b"mcp-protocol-version")
        if given == _MODERN_FIELD:
            ask.era, ask.version = "modern", MODERN
        found = read(body)
        if isinstance(found, list):
            return self._batch(exchange, ask, found)
        self._read(ask, found)
        if ask.era == "modern" or ask.meta.version is not None or _is_unknown(given, exchange.request):
            _admit_modern(ask, exchange.request)
        else:
            self._admit_legacy(exchange, ask)
        return ask

    def _read(self, ask: Ask, found: Members) -> None:
        """Take the envelope apart (JSON-RPC 2.0 §4)."""
        id = bytes(found.get("id", b""))
        if id and not is_id(id):
            raise Fault(INVALID_REQUEST, "`id` must be a string or an integer")
        ask.id = id
        if bytes(found.get("jsonrpc", b"")) != b'"2.0"':
            raise Fault(INVALID_REQUEST, '`jsonrpc` must be "2.0"')
        if "method" not in found:
            ask.answer = _answer(found)
            ask.id = b""
            return
        ask.name = read_text(found["method"], "method")
        ask.params = read_params(found.get("params"))
        if "_meta" in ask.params:
            raw = bytes(ask.params.pop("_meta"))
            # Callers send the same `_meta` again and again, but for progress tokens and trace contexts.
            ask.meta = _meta(raw) if len(raw) <= _REMEMBERED_META else _meta.__wrapped__(raw)
            ask.token = ask.meta.token

    def _admit_legacy(self, exchange: Exchange, ask: Ask) -> None:
        ask.era = "legacy"
        if ask.name == "initialize" and ask.id:
            ask.method = method("legacy", "initialize")
            return
        self.find_session(exchange, ask)
        _name_method(ask)

    def find_session(self, exchange: Exchange, ask: Ask) -> None:
        """Take the session from the head; raises Fault if there is none, and UnknownSession."""
        fields, principal = exchange.request.fields, exchange.principal
        version = fields.get(b"mcp-protocol-version")
        if version is not None and version not in _LEGACY_RAW:
            raise _unsupported(version.decode("latin-1"))
        token = fields.get(b"mcp-session-id")
        if token is None or principal is None:
            raise Fault(INVALID_REQUEST, "header Mcp-Session-Id is missing: begin with `initialize`")
        session = self.sessions.find(token.decode("latin-1"), ask.view.name, principal)
        ask.session, ask.version, ask.level = session, session.version, session.level

    def _batch(self, exchange: Exchange, ask: Ask, found: Sequence[Raw]) -> Batch:
        """A batch is understood whole before anything of it is done; a bad element costs only itself."""
        if ask.era == "modern":
            raise Fault(INVALID_REQUEST, "a batch: this protocol revision has none")
        self.find_session(exchange, ask)
        if ask.version != BATCHES:
            raise Fault(INVALID_REQUEST, f"a batch: protocol revision {ask.version} has none")
        if not 0 < len(found) <= self._settings.max_batch:
            raise Fault(INVALID_REQUEST, f"a batch has 1 to {self._settings.max_batch} messages")
        batch = Batch(ask.view, [self._element(ask, each) for each in found], ask.version)
        exchange.ask = batch
        return batch

    def _element(self, whole: Ask, raw: Raw) -> "Ask | Fault":
        element = Ask(whole.view, session=whole.session, version=whole.version)
        try:
            self._read(element, read_element(raw))
            if element.name == "initialize":
                raise Fault(INVALID_REQUEST, "`initialize` cannot be part of a batch")
            _name_method(element)
        except (Fault, UnknownMethod) as error:
            fault = error if isinstance(error, Fault) else Fault(-32601, error.message)
            fault.id = element.id
            return fault
        element.token = b""
        element.mute = True
        return element


@lru_cache(1024)
def _meta(raw: bytes) -> Meta:
    found = read_object(raw, "_meta", _meta_known)
    version, capabilities = found.get(PROTOCOL_VERSION), found.get(CLIENT_CAPABILITIES)
    token = bytes(found.get("progressToken", b""))
    return Meta(
        None if version is None else read_text(version, PROTOCOL_VERSION),
        None if capabilities is None else bytes(capabilities)[:1] == b"{",
        token if is_id(token) else b"",
        found.get(LOG_LEVEL),
        {key: value for key, value in found.items() if key != "progressToken" and not is_reserved(key)},
        capabilities,
        read_profile(capabilities, MODERN),
    )


def _answer(found: Members) -> Message:
    """A message without `method`, which answers something the gateway has asked; raises Fault."""
    result, error = found.get("result", NONE), found.get("error", NONE)
    if "id" not in found or (len(result) > 0) == (len(error) > 0):
        raise Fault(INVALID_REQUEST, "a message has a `method`, or it has an `id` and either `result` or `error`")
    return Message(found["id"], result=result, error=error)


def _name_method(ask: Ask) -> None:
    if ask.answer is not None:
        ask.method = ANSWER
    elif ask.id:
        ask.method = method(ask.era, ask.name)
    elif ask.name.startswith("notifications/"):
        ask.method = NOTE
    else:
        raise Fault(INVALID_REQUEST, "a request needs an `id`")


def _admit_modern(ask: Ask, request: Request) -> None:
    """The rules of 2026-07-28 in the order in which a caller can mend them."""
    ask.era, ask.version = "modern", MODERN
    fields = request.fields
    given = fields.get(b"mcp-protocol-version")
    if not ask.id:
        if ask.answer is not None:
            raise Fault(INVALID_REQUEST, "an answer comes with its call sent again: this revision has no responses")
        # Which header fields a notification carries is not laid down, and none changes anything here.
        _name_method(ask)
        return
    meta = ask.meta
    if meta.version is None or meta.capable is None:
        raise Fault(INVALID_PARAMS, f"`_meta` needs {PROTOCOL_VERSION} and {CLIENT_CAPABILITIES}")
    if not meta.capable:
        raise Fault(INVALID_PARAMS, f"{CLIENT_CAPABILITIES} must be an object")
    if given != _MODERN_FIELD or meta.version != MODERN:
        _check_version(given, meta.version)
    if fields.get(b"mcp-method") != ask.name.encode():
        raise Fault(HEADER_MISMATCH, "header Mcp-Method is missing or differs from the body")
    ask.method = found = method("modern", ask.name)
    if found.member:
        _check_name(fields.get(b"mcp-name"), read_text(ask.params.get(found.member), found.member))
    if meta.level is not None:
        ask.level = level_index(meta.level)


def _check_version(given: bytes | None, claimed: str) -> None:
    if given is None or given.decode("latin-1") != claimed:
        raise Fault(HEADER_MISMATCH, "header MCP-Protocol-Version is missing or differs from the body")
    if claimed != MODERN:
        raise _unsupported(claimed)


def _check_name(given: bytes | None, name: str) -> None:
    if given is None or decode_value(given) != name:
        raise Fault(HEADER_MISMATCH, "header Mcp-Name is missing or differs from the body")


def level_index(raw: Raw | None) -> int:
    """A log level's place in LEVELS; raises Fault."""
    level = read_text(raw, "level")
    if level not in LEVELS:
        raise Fault(INVALID_PARAMS, f"a log level is one of {', '.join(LEVELS)}")
    return LEVELS.index(level)


def _unsupported(requested: str) -> Fault:
    data = {"supported": list(SUPPORTED), "requested": requested}
    return Fault(UNSUPPORTED_VERSION, "unsupported protocol version", data)


def _is_unknown(version: bytes | None, request: Request) -> bool:
    """Whether the head claims a revision that nobody knows, outside a session: then it can only be a newer one."""
    return version is not None and version not in _LEGACY_RAW and b"mcp-session-id" not in request.fields


def _check_single(request: Request) -> None:
    """First-copy and last-copy readers of a field that routes would disagree."""
    seen: set[bytes] = set()
    for name, _ in request.headers:
        if name in seen and (name in _ROUTING or name.startswith(b"mcp-param-")):
            raise Fault(HEADER_MISMATCH, f"header {name.decode('latin-1')} came twice")
        seen.add(name)


@lru_cache(64)
def _check_content(content_type: bytes) -> None:
    media, _, parameters = content_type.lower().partition(b";")
    charset = parameters.replace(b" ", b"").replace(b'"', b"")
    if media.strip() != b"application/json" or (b"charset=" in charset and b"charset=utf-8" not in charset):
        raise UnsupportedMediaType("send the message as application/json in UTF-8")


@lru_cache(64)
def _accepts(accept: bytes) -> bool:
    """Whether both kinds of answer are welcome (RFC 9110 §12.5.1); the server chooses between them."""
    ranges: set[bytes] = set()
    for each in accept.lower().split(b","):
        media, _, parameters = each.partition(b";")
        if parameters.replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}:
            ranges.add(media.strip())
    if b"*/*" in ranges:
        return True
    return bool(ranges & {b"application/json", b"application/*"}) and bool(ranges & {b"text/event-stream", b"text/*"})


@lru_cache(64)
def _is_loopback(origin: bytes) -> bool:
    try:
        parts = urlsplit(origin.decode("ascii"))
        return parts.scheme in {"http", "https"} and parts.hostname in _LOOPBACK and not parts.path
    except ValueError:
        return False
