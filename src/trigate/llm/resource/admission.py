"""What a batch is to policy: for each model one call when it is made, and one when its cost is known."""

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import Demand, Tariff
from trigate.core.errors import GatewayError, InternalError
from trigate.core.parts import END, Part
from trigate.core.stream import Collector, Incoming, NoIncoming, Sink
from trigate.core.usage import Usage
from trigate.llm.errand import Errand
from trigate.llm.resource.kept import Share
from trigate.llm.resource.plan import BY_NAME
from trigate.llm.resource.premises import Premises

if TYPE_CHECKING:
    from types import CoroutineType

ADMITTED, SETTLED = "llm.batch", "llm.batch_settled"
"""Flags of the two calls."""


class Known(Struct, frozen=True):
    """The tariff of what has been worked out."""

    cost: int

    def most(self, input_tokens: int, output_tokens: int) -> int:
        """That, whatever is asked."""
        return self.cost


class Admission(Errand):
    """Whether the caller may ask this model so much; nothing is used up yet."""

    __slots__ = ("_provider", "_share")

    def __init__(self, provider: str, share: Share) -> None:
        super().__init__(Action(BY_NAME[share.operation].action, f"model/{share.asked}"))
        self._provider = provider
        self._share = share

    def demand(self) -> Demand:
        """Money alone: tokens of a batch do not all come in one window."""
        tariff: Tariff | None = Known(self._share.cost) if self._share.cost >= 0 else None
        return Demand(tariff=tariff, provider=self._provider, model=self._share.model)

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Say that it was for a batch."""
        return self._mark(call)

    async def _mark(self, call: Call) -> Part:
        call.target = f"{self._provider}/{self._share.model}"
        call.flags.append(ADMITTED)
        return END


class Settlement(Errand):
    """What the asks of a batch for one model have used up."""

    __slots__ = ("_target", "_used")

    def __init__(self, provider: str, share: Share, used: Usage) -> None:
        super().__init__(Action(BY_NAME[share.operation].action, f"model/{share.asked}"))
        self._target = f"{provider}/{share.model}"
        self._used = used

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Count it."""
        return self._count(call)

    async def _count(self, call: Call) -> Part:
        call.target = self._target
        call.flags.append(SETTLED)
        add(self._used, call.usage)
        return END


async def admit(call: Call, premises: Premises, provider: str, shares: tuple[Share, ...]) -> None:
    """Raises Forbidden, LimitReached or PriceUnknown unless every model may be asked so much."""
    for share in shares:
        await _run(call, premises, Admission(provider, share))


async def charge(call: Call, premises: Premises, provider: str, share: Share, used: Usage) -> None:
    """Count what was used up; where no call of its own may be made any more, this one bears it."""
    try:
        await _run(call, premises, Settlement(provider, share, used))
    except GatewayError:
        add(used, call.usage)


async def _run(call: Call, premises: Premises, errand: Errand) -> None:
    if premises.calls is None:
        raise InternalError("there is nobody to run calls")
    signal = call.exchange.signal
    lane = premises.lane()
    sink = Collector(signal)
    await premises.calls.run(call.exchange, lane, errand.action, errand, NoIncoming(signal), sink, parent=call)


def add(used: Usage, total: Usage) -> None:
    """Add tokens and cost."""
    total.input_tokens += used.input_tokens
    total.cache_read_tokens += used.cache_read_tokens
    total.cache_write_tokens += used.cache_write_tokens
    total.cache_write_long_tokens += used.cache_write_long_tokens
    total.output_tokens += used.output_tokens
    total.reasoning_tokens += used.reasoning_tokens
    total.cost += used.cost
    total.estimated = total.estimated or used.estimated
    total.unpriced = total.unpriced or used.unpriced
