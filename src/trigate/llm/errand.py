"""What is asked for at an address that is no ask for a model's words: it knows by itself what is to be done."""

from collections.abc import Callable
from types import CoroutineType
from typing import Any, Protocol

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane, Match
from trigate.core.parts import Part
from trigate.core.request import Request
from trigate.core.stream import Incoming, Sink
from trigate.policy.argument import Arguments


class Errand:
    """One such ask; it is its own and only target."""

    __slots__ = ("action",)

    def __init__(self, action: Action) -> None:
        self.action = action

    def prepare(self, call: Call) -> None:
        """Choose where it goes, where there is a choice: before `demand`. Raises GatewayError."""

    def demand(self) -> Demand:
        """What it may use up; nothing that is counted in tokens or money unless it says so."""
        return NO_DEMAND

    def arguments(self) -> Arguments | None:
        """What rules may look at; None if there is nothing."""
        return None

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Do it; see core.lane.Lane."""
        raise NotImplementedError


class Entry(Struct, frozen=True):
    """What a head alone says of an errand: the `detail` of its match."""

    open: Callable[[Exchange, bytes], Errand]
    """Understands the ask, given its body if that is read before; raises BadRequest."""


class Desk(Protocol):
    """A closed list of addresses for errands."""

    def match(self, lane: Lane, request: Request) -> Match | None:
        """Decide on the head alone; `detail` is an Entry. Raises MethodNotAllowed."""
        ...
