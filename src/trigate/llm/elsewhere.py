"""Another model of the caller's own choice, asked when the one before it has failed."""

from typing import TYPE_CHECKING

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.lane import Lane
from trigate.core.parts import Part
from trigate.core.stream import NoIncoming, Sink
from trigate.llm.operation import Ask, Steering

if TYPE_CHECKING:
    from trigate.policy.call import Calls


class Elsewhere:
    """It is a call of its own, a child of the first: authorised, limited, guarded and recorded under its own name."""

    __slots__ = ("_calls", "_lane", "_model", "_steering", "name")

    def __init__(
        self, model: str, lane: Lane, calls: "Calls", first: Steering | None = None, *, leads_on: bool = False
    ) -> None:
        """`first`: what the caller demands and prefers. `leads_on`: it is not the last of the caller's models."""
        self._model = model
        self._lane = lane
        self._calls = calls
        demand, preference = (first.demand, first.preference) if first is not None else (None, None)
        steered = demand is not None or preference is not None or leads_on
        self._steering = Steering(demand=demand, leads_on=leads_on, preference=preference) if steered else None
        self.name = model

    def demand(self, ask: Ask) -> Demand:
        """Nothing: the child takes what it needs."""
        return NO_DEMAND

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Have the other model answer, of which the call itself learns no more than that."""
        call.target = self.name
        action = Action(call.action.name, f"model/{self._model}")
        nothing = NoIncoming(sink.signal)
        return await self._calls.run(
            call.exchange, self._lane, action, ask.steered(self._steering, self._model), nothing, sink, parent=call
        )
