"""The worker's side of the public pages: whose address it is, how often it may be asked, and the way to the page."""

from collections.abc import Sequence
from typing import Any

from trigate.core.action import Action
from trigate.core.bus import consult
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.errors import GatewayError, MethodNotAllowed, StoreUnavailable, TargetTooLong
from trigate.core.exchange import Exchange
from trigate.core.lane import Encode, Match
from trigate.core.parts import END, Data, Head, Part
from trigate.core.problem import problem
from trigate.core.request import Request
from trigate.core.stream import Incoming, Sink
from trigate.core.surroundings import Surroundings
from trigate.portal.address import Address, Places, addresses
from trigate.portal.frequency import Frequency
from trigate.portal.settings import PortalSettings
from trigate.portal.visit import FIELDS, SERVICE, Visit, encode, read_answer

LARGEST_BODY = 64 * 1024
"""Bytes; the largest thing anybody sends is the description of a client."""
LARGEST_QUERY = 8 * 1024


class PortalLane:
    """Serves the addresses of `address.py`; the pages themselves are in the control process."""

    name = "portal"
    encode: Encode | None = None

    def __init__(self, settings: PortalSettings, surroundings: Surroundings) -> None:
        self._places = Places(addresses(settings))
        self._bus = surroundings.bus
        make = lambda: Visitors(settings.visits)  # noqa: E731
        self._visitors = surroundings.keep.adopt("portal.visitors", settings.visits, make)

    def match(self, request: Request) -> Match | None:
        """The public page at this path."""
        found = self._places.find(request.path)
        if found is None:
            return None
        if request.method.decode("latin-1") not in found.methods:
            allowed = ", ".join(found.methods)
            raise MethodNotAllowed(f"use {allowed} here", headers=((b"allow", allowed.encode()),))
        mode = "buffer" if request.method == b"POST" else "none"
        return Match(self, f"portal/{found.page}", mode, LARGEST_BODY, found)

    def decode(self, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Any]:
        """Count the visit; raises RateReached."""
        self._visitors.frequency.count(exchange.peer.address, clock.monotonic())
        page: Address = match.detail
        return Action("portal.open", f"page/{page.page}"), _visit(exchange, page, body)

    def targets(self, call: Call, ask: Any) -> Sequence[Any]:
        """The control process."""
        return (None,)

    def demand(self, call: Call, ask: Any, target: Any) -> Demand:
        """Nothing that is counted in tokens or money."""
        return NO_DEMAND

    def arguments(self, ask: Any) -> Any:
        """Nothing that rules look at."""
        return None

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        """Have the page answer."""
        message = await consult(self._bus, SERVICE, encode(ask))
        if message is None:
            raise StoreUnavailable("this page cannot be shown at the moment; try again", retry_after=1.0)
        answer = read_answer(message)
        call.status = answer.status
        sink.begin(Head(answer.status, answer.headers))
        return Data(answer.body) if answer.body else END

    def encode_error(self, exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part] | None:
        """A problem, as plain HTTP has it."""
        return None if committed else problem(error, exchange.id)


class Visitors:
    """How often each address came; a living thing, so that a reload forgives nobody."""

    __slots__ = ("frequency",)

    def __init__(self, visits: int) -> None:
        self.frequency = Frequency(visits)

    def drain(self) -> None:
        """Nothing is open."""


def _visit(exchange: Exchange, page: Address, body: bytes) -> Visit:
    request = exchange.request
    if len(request.query) > LARGEST_QUERY:
        raise TargetTooLong(f"the query is longer than {LARGEST_QUERY} bytes")
    fields = {name.decode(): request.fields[name].decode("latin-1") for name in FIELDS if name in request.fields}
    return Visit(
        page=page.page,
        method=request.method.decode("latin-1"),
        path=request.path.decode("latin-1"),
        query=request.query.decode("latin-1"),
        fields=fields,
        address=exchange.peer.address,
        body=body,
    )
