"""An ask with all that was said before it in its conversation: a call of its own, once that is known."""

import copy
from typing import TYPE_CHECKING

from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.lane import Lane
from trigate.core.parts import Part
from trigate.core.stream import NoIncoming, Sink
from trigate.llm.operation import Ask

if TYPE_CHECKING:
    from trigate.policy.call import Calls


class Retelling:
    """The only target of an ask within a conversation: what it will cost can be told when that has been read."""

    __slots__ = ("_calls", "_lane", "name")

    def __init__(self, model: str, lane: Lane, calls: "Calls") -> None:
        self._lane = lane
        self._calls = calls
        self.name = model

    def demand(self, ask: Ask) -> Demand:
        """Nothing: the child takes what it needs."""
        return NO_DEMAND

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Have the whole answered: limited, guarded, priced and recorded as such; the request is counted already."""
        call.target, call.retold = self.name, True
        told = copy.copy(ask)
        told.recall = ask.recall.bare()
        nothing = NoIncoming(sink.signal)
        return await self._calls.run(call.exchange, self._lane, call.action, told, nothing, sink, parent=call)
