"""One record per call: what the access log prints, and what every later account of an exchange is made of."""

from functools import lru_cache

import msgspec
from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.request import Peer
from trigate.core.surroundings import Spool
from trigate.core.usage import Usage


class Record(Struct, kw_only=True):
    """The JSON object of one record; durations in microseconds, times in nanoseconds since the epoch."""

    time: int
    id: str
    """The call's own id; that of a call's exchange if it is the only one or the first."""
    exchange: str
    request_id: str
    lane: str
    route: str
    method: str
    path: str
    """Without query: queries carry secrets."""
    peer: str
    key: str
    """Name of the credential; empty if nobody was authenticated."""
    action: str = ""
    """Empty if the exchange ended before it became a call."""
    resource: str = ""
    outcome: str
    """`ok`, `caller.left`, or the code of the error that ended it."""
    status: int = 0
    """What the upstream answered, or the status of the refusal."""
    duration: int
    first_byte: int = 0
    target: str = ""
    attempts: int = 0
    parent: str = ""
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    on_behalf_of: str = ""
    trace: str = ""
    """Trace id of the caller's `traceparent` (W3C Trace Context §3.2.2)."""
    flags: list[str] = []
    usage: Usage | None = None


_encode = msgspec.json.Encoder().encode
_LINE = (
    b'{"time":%d,"id":"%b","exchange":"%b","request_id":"%b",%b,%b,"outcome":"%b","status":%d,"duration":%d,'
    b'"first_byte":%d,"target":%b,"attempts":%d%b,"usage":%b}'
)
"""Written by hand because most of it is the same for every call of a caller; ids, codes and numbers need no
escaping.
"""


class Recorder:
    """Puts records into the spool."""

    __slots__ = ("_append",)

    def __init__(self, spool: Spool) -> None:
        self._append = spool.append

    def call(self, call: Call) -> None:
        """Record a call that has ended."""
        exchange, started = call.exchange, call.started
        first_byte = call.first_byte
        self._append(
            _LINE
            % (
                clock.wall_ns(),
                call.id.encode(),
                exchange.id.encode(),
                exchange.request_id.encode(),
                exchange.described or describe(exchange),
                _act(call.action),
                call.outcome.encode(),
                call.status,
                (clock.monotonic() - started) * 1_000_000,
                (first_byte - started) * 1_000_000 if first_byte else 0,
                _text(call.target),
                call.attempts,
                _rarities(call) if call.parent or call.flags else b"",
                _encode(call.usage),
            )
        )

    def refusal(self, exchange: Exchange, outcome: str, status: int) -> None:
        """Record an exchange that ended before it became a call: no route, no valid credential, a bad body."""
        self._append(
            b'{"time":%d,"id":"%b","exchange":"%b","request_id":"%b",%b,"outcome":"%b","status":%d,"duration":%d}'
            % (
                clock.wall_ns(),
                exchange.id.encode(),
                exchange.id.encode(),
                exchange.request_id.encode(),
                describe(exchange),
                outcome.encode(),
                status,
                (clock.monotonic() - exchange.received) * 1_000_000,
            )
        )

    def turned_away(self, peer: Peer, error: GatewayError, exchange_id: str) -> None:
        """Record a request that was refused before it was understood, so that neither method nor path are known."""
        members = {"lane": "", "route": "", "method": "", "path": "", "peer": peer.address, "key": ""}
        self._append(
            b'{"time":%d,"id":"%b","exchange":"%b","request_id":"%b",%b,"outcome":"%b","status":%d,"duration":0}'
            % (
                clock.wall_ns(),
                exchange_id.encode(),
                exchange_id.encode(),
                exchange_id.encode(),
                _encode(members)[1:-1],
                error.code.encode(),
                error.status,
            )
        )


def describe(exchange: Exchange) -> bytes:
    """The members that are the same for all exchanges with this head and principal, as JSON without braces."""
    request, principal = exchange.request, exchange.principal
    members = {
        "lane": exchange.lane,
        "route": exchange.route,
        "method": request.method.decode("latin-1"),
        "path": request.path.decode("latin-1"),
        "peer": exchange.peer.address,
        "key": principal.key if principal else "",
        **(_belonging(principal) if principal else {}),
    }
    trace = _trace(exchange)
    if trace:
        members["trace"] = trace
    return _encode(members)[1:-1]


def _belonging(principal: Principal) -> dict[str, str]:
    members = {name: getattr(principal, name) for name in ("user", "agent", "team", "organisation", "on_behalf_of")}
    return {name: value for name, value in members.items() if value}


@lru_cache(1024)
def _act(action: Action) -> bytes:
    return _encode({"action": action.name, "resource": action.resource})[1:-1]


@lru_cache(1024)
def _text(value: str) -> bytes:
    return _encode(value)


def _rarities(call: Call) -> bytes:
    """What few calls have: a parent, flags."""
    parent = b',"parent":"%b"' % call.parent.id.encode() if call.parent else b""
    return parent + b',"flags":%b' % _encode(call.flags)


def _trace(exchange: Exchange) -> str:
    parent = exchange.request.fields.get(b"traceparent")
    return parent[3:35].decode("latin-1") if parent is not None and len(parent) >= 55 else ""
