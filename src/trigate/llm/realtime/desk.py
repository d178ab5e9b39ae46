"""The address of realtime conversations."""

import base64
import binascii

from trigate.core.errors import BadRequest, MethodNotAllowed
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane, Match
from trigate.core.query import parameters
from trigate.core.request import Request
from trigate.llm.address import without_drop_in
from trigate.llm.errand import Entry, Errand
from trigate.llm.error import InvalidParameter
from trigate.llm.operation import LONGEST_MODEL
from trigate.llm.realtime.session import Session
from trigate.llm.resource.premises import Premises

PATH = b"/v1/realtime"
_KEY_BYTES = 16


class RealtimeDesk:
    """See llm.errand.Desk."""

    __slots__ = ("_limit", "_premises")

    def __init__(self, premises: Premises, limit: int) -> None:
        """`limit`: most bytes of a message."""
        self._premises = premises
        self._limit = limit

    def match(self, lane: Lane, request: Request) -> Match | None:
        """`GET /v1/realtime?model=NAME`, upgraded; raises MethodNotAllowed, BadRequest."""
        if without_drop_in(request.path)[0] != PATH:
            return None
        if request.method != b"GET":
            raise MethodNotAllowed("use GET here", headers=((b"allow", b"GET"),))
        fields = request.fields
        if request.upgrade.lower() != b"websocket" or fields.get(b"sec-websocket-version") != b"13":
            raise BadRequest("open a WebSocket here (RFC 6455, version 13)")
        if not _is_key(fields.get(b"sec-websocket-key", b"")):
            raise BadRequest("`sec-websocket-key` must be 16 bytes in base64")
        model = _model(request.query)
        return Match(lane, "llm.realtime", "duplex", 0, Entry(lambda exchange, body: self._open(exchange, model)))

    def _open(self, exchange: Exchange, model: str) -> Errand:
        return Session(self._premises, exchange, model, self._limit)


def _is_key(text: bytes) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False


def _model(query: bytes) -> str:
    found = parameters(query, b"model")
    model = found[0].decode(errors="replace") if len(found) == 1 else ""
    if not 0 < len(model) <= LONGEST_MODEL or not model.isprintable():
        raise InvalidParameter("name one model in the address: `?model=NAME`", "model")
    return model
