"""One record per call: what the access log prints, and what every later account of an exchange is made of."""

from functools import lru_cache

import msgspec
from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call, Try
from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.request import Peer
from trigate.core.surroundings import Spool
from trigate.core.usage import Usage


class Charge(Struct, frozen=True):
    """What a budget was charged for a call."""

    cell: str
    """The budget, and whom it counts for."""
    start: int
    """Of the budget's window, nanoseconds since the epoch."""
    end: int
    """0 for a window that never ends."""
    amount: int
    """In the budget's own unit; money in nano-dollars."""


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
    prompt: str = ""
    """The prompt of the operator that the ask was made of, as `NAME@VERSION`."""
    flags: list[str] = []
    tries: list[Try] = []
    """Attempts that failed before the last one, or all, if the call failed."""
    charges: list[Charge] = []
    """The balance of a budget is the sum of its charges."""
    usage: Usage | None = None


LONGEST_RESOURCE = 2048
"""Characters of a resource that a record holds; settling must not fail because a name is long."""
LONGEST_KEPT = 256

_encode = msgspec.json.Encoder().encode


class Recorder:
    """Puts records into the spool.

    They are written by hand, because most of a record is the same for every call of a caller; ids, codes and numbers
    need no escaping.
    """

    __slots__ = ("_append",)

    def __init__(self, spool: Spool) -> None:
        self._append = spool.append

    def call(self, call: Call) -> None:
        """Record a call that has ended."""
        exchange, action, started, first_byte = call.exchange, call.action, call.started, call.first_byte
        duration = int((clock.monotonic() - started) * 1_000_000)
        waited = int((first_byte - started) * 1_000_000) if first_byte else 0
        rarities = _rarities(call) if call.parent or call.flags or call.tries or call.prompt else ""
        charges = f',"charges":[{call.charges}]' if call.charges else ""
        act = _known_act(action) if len(action.resource) <= LONGEST_KEPT else _long_act(action)
        self._append(
            f'{{"time":{clock.wall_ns()},"id":"{call.id}","exchange":"{exchange.id}",'
            f'"request_id":"{exchange.request_id}",{exchange.described or describe(exchange)},{act},'
            f'"outcome":"{call.outcome}","status":{call.status},"duration":{duration},"first_byte":{waited},'
            f'"target":{_text(call.target)},"attempts":{call.attempts}{rarities}{charges},"usage":{_encode(call.usage).decode()}}}'.encode()
        )

    def refusal(self, exchange: Exchange, outcome: str, status: int) -> None:
        """Record an exchange that ended before it became a call: no route, no valid credential, a bad body."""
        self._append(
            f'{{"time":{clock.wall_ns()},"id":"{exchange.id}","exchange":"{exchange.id}",'
            f'"request_id":"{exchange.request_id}",{describe(exchange)},"outcome":"{outcome}","status":{status},'
            f'"duration":{int((clock.monotonic() - exchange.received) * 1_000_000)}}}'.encode()
        )

    def turned_away(self, peer: Peer, error: GatewayError, exchange_id: str) -> None:
        """Record a request that was refused before it was understood, so that neither method nor path are known."""
        members = {"lane": "", "route": "", "method": "", "path": "", "peer": peer.address, "key": ""}
        self._append(
            f'{{"time":{clock.wall_ns()},"id":"{exchange_id}","exchange":"{exchange_id}","request_id":"{exchange_id}",'
            f'{_members(members)},"outcome":"{error.code}","status":{error.status},"duration":0}}'.encode()
        )


def describe(exchange: Exchange) -> str:
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
    return _members(members)


def _members(members: dict[str, str]) -> str:
    return _encode(members)[1:-1].decode()


def _belonging(principal: Principal) -> dict[str, str]:
    members = {name: getattr(principal, name) for name in ("user", "agent", "team", "organisation", "on_behalf_of")}
    return {name: value for name, value in members.items() if value}


def _long_act(action: Action) -> str:
    """The members of an action whose resource is long, as only callers make them up: not kept, nor written in full."""
    resource = action.resource
    clipped = resource if len(resource) <= LONGEST_RESOURCE else f"{resource[:LONGEST_RESOURCE]}…"
    return _members({"action": action.name, "resource": clipped})


@lru_cache(1024)
def _known_act(action: Action) -> str:
    return _members({"action": action.name, "resource": action.resource})


@lru_cache(1024)
def _text(value: str) -> str:
    return _encode(value).decode()


def _rarities(call: Call) -> str:
    """What few calls have: a parent, a prompt, flags, attempts that failed."""
    parent = f',"parent":"{call.parent.id}"' if call.parent else ""
    prompt = f',"prompt":{_text(call.prompt)}' if call.prompt else ""
    tries = f',"tries":{_encode(call.tries).decode()}' if call.tries else ""
    return f'{parent}{prompt}{tries},"flags":{_encode(call.flags).decode()}'


def _trace(exchange: Exchange) -> str:
    parent = exchange.request.fields.get(b"traceparent")
    return parent[3:35].decode("latin-1") if parent is not None and len(parent) >= 55 else ""
