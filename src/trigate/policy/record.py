"""One record per call: what the access log prints, and what every later account of an exchange is made of."""

import msgspec
from msgspec import Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.surroundings import Spool
from trigate.core.usage import Usage


class Record(Struct, omit_defaults=True):
    """Field names are the keys of the JSON access log; durations in microseconds, times in nanoseconds since the
    epoch.
    """

    time: int
    id: str
    exchange: str
    request_id: str
    lane: str
    route: str
    action: str
    resource: str
    key: str
    outcome: str
    method: str
    path: str
    """Without query: queries carry secrets."""
    peer: str
    duration: int
    first_byte: int = 0
    status: int = 0
    target: str = ""
    attempts: int = 0
    parent: str = ""
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    trace: str = ""
    flags: list[str] = []
    usage: Usage | None = None


_encode = msgspec.json.Encoder().encode


class Recorder:
    """Puts records into the spool."""

    __slots__ = ("_append",)

    def __init__(self, spool: Spool) -> None:
        self._append = spool.append

    def call(self, call: Call) -> None:
        """Record a call that has ended."""
        exchange, principal = call.exchange, call.principal
        now = clock.monotonic()
        record = Record(
            clock.wall_ns(),
            call.id,
            exchange.id,
            exchange.request_id,
            exchange.lane,
            exchange.route,
            call.action.name,
            call.action.resource,
            principal.key,
            call.outcome,
            exchange.request.method.decode("latin-1"),
            exchange.request.path.decode("latin-1"),
            exchange.peer.address,
            _microseconds(now - call.started),
            _microseconds(call.first_byte - call.started) if call.first_byte else 0,
            call.status,
            call.target,
            call.attempts,
            call.parent.id if call.parent else "",
            principal.user,
            principal.agent,
            principal.team,
            principal.organisation,
            _trace(exchange),
            call.flags,
            call.usage,
        )
        self._append(_encode(record))

    def refusal(self, exchange: Exchange, outcome: str, status: int) -> None:
        """Record an exchange that ended before it became a call: no route, no valid credential, a bad body."""
        principal = exchange.principal
        record = Record(
            time=clock.wall_ns(),
            id=exchange.id,
            exchange=exchange.id,
            request_id=exchange.request_id,
            lane=exchange.lane,
            route=exchange.route,
            action="",
            resource="",
            key=principal.key if principal else "",
            outcome=outcome,
            method=exchange.request.method.decode("latin-1"),
            path=exchange.request.path.decode("latin-1"),
            peer=exchange.peer.address,
            duration=_microseconds(clock.monotonic() - exchange.received),
            status=status,
            trace=_trace(exchange),
        )
        self._append(_encode(record))


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)


def _trace(exchange: Exchange) -> str:
    """The trace id of a W3C `traceparent` (Trace Context §3.2.2), empty without a usable one."""
    parent = exchange.request.fields.get(b"traceparent")
    return parent[3:35].decode("latin-1") if parent is not None and len(parent) >= 55 else ""
