"""One answer of a realtime conversation, as policy sees it: a call of its own, limited, paid for and recorded."""

from types import CoroutineType
from typing import Any

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import Demand
from trigate.core.errors import GatewayError, InternalError
from trigate.core.parts import END, Part
from trigate.core.stream import Collector, Incoming, NoIncoming, Sink
from trigate.core.usage import Usage
from trigate.llm.errand import Errand
from trigate.llm.reply import Tally
from trigate.llm.resource.admission import Known, add
from trigate.llm.resource.premises import Place, Premises


class Answered(Errand):
    """It has been given already: all that is left is to see whether the limits bear it."""

    __slots__ = ("_place", "_tally", "_used")

    def __init__(self, asked: str, place: Place, tally: Tally | None) -> None:
        super().__init__(Action("llm.realtime", f"model/{asked}"))
        self._place = place
        self._tally = tally or Tally()
        self._used = _used(place, tally)

    @property
    def used(self) -> Usage:
        """What it has used up."""
        return self._used

    def demand(self) -> Demand:
        """Just that."""
        tally, place = self._tally, self._place
        tariff = None if self._used.unpriced else Known(self._used.cost)
        return Demand(
            tally.prompt, tally.completion, tally.prompt, tally.completion, 0, tariff, None, place.provider, place.model
        )

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Count it."""
        return self._count(call)

    async def _count(self, call: Call) -> Part:
        call.target = f"{self._place.provider}/{self._place.model}"
        add(self._used, call.usage)
        return END


def bear(call: Call, place: Place, tally: Tally) -> None:
    """Have the conversation itself pay for what its end left uncounted."""
    add(_used(place, tally), call.usage)


async def settle(call: Call, premises: Premises, answered: Answered) -> GatewayError | None:
    """Count an answer as a child of the conversation's call; the limit that it went over, None if there is none.

    The conversation itself bears what is over the limit: it has been given.
    """
    if premises.calls is None:
        raise InternalError("there is nobody to run calls")
    signal = call.exchange.signal
    try:
        await premises.calls.run(
            call.exchange,
            premises.lane(),
            answered.action,
            answered,
            NoIncoming(signal),
            Collector(signal),
            parent=call,
        )
    except GatewayError as error:
        add(answered.used, call.usage)
        return error
    return None


def _used(place: Place, tally: Tally | None) -> Usage:
    used = Usage()
    if tally is None:
        used.estimated = True
        return used
    tally.add_to(used)
    if place.sheet is None:
        used.unpriced = True
    else:
        used.cost = place.sheet.price().cost(used, tally.media)
    return used
