"""What a batch is to policy: for each model one call when it is made, and one when its cost is known."""

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import Demand, Tariff
from trigate.core.errors import InternalError
from trigate.core.parts import END, Part
from trigate.core.stream import Collector, Incoming, NoIncoming, Sink
from trigate.core.usage import Usage
from trigate.llm.errand import Errand
from trigate.llm.resource.kept import Share
from trigate.llm.resource.plan import BY_NAME
from trigate.llm.resource.premises import Premises
from trigate.policy.limit import Hold

if TYPE_CHECKING:
    from types import CoroutineType

    from trigate.policy.call import Calls

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
        super().__init__(_action(share))
        self._provider = provider
        self._share = share

    def demand(self) -> Demand:
        """Money alone: tokens of a batch do not all come in one window."""
        return _demand(self._provider, self._share)

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Say that it was for a batch."""
        return self._mark(call)

    async def _mark(self, call: Call) -> Part:
        call.target = f"{self._provider}/{self._share.model}"
        call.flags.append(ADMITTED)
        return END


async def admit(call: Call, premises: Premises, provider: str, shares: tuple[Share, ...]) -> None:
    """Raises Forbidden, LimitReached or PriceUnknown unless every model may be asked so much."""
    for share in shares:
        await _run(call, premises, Admission(provider, share))


async def charge(call: Call, premises: Premises, provider: str, share: Share, used: Usage, *flags: str) -> None:
    """Count what was used up, in the name of whoever `call` is of: what is done already no rule and no limit undoes."""
    action, target = _action(share), f"{provider}/{share.model}"
    await _calls(premises).book(call, action, target, used, [SETTLED, *flags])


async def deposit(call: Call, premises: Premises, provider: str, shares: tuple[Share, ...]) -> list[Hold]:
    """Set aside what all shares together can cost; raises LimitReached, with nothing set aside then."""
    holds = list[Hold]()
    try:
        for share in shares:
            if share.cost <= 0:
                continue  # nothing to set aside, or the price is not known: limits have had their say about that
            hold = await _calls(premises).deposit(call, _action(share), _demand(provider, share))
            if hold is not None:
                holds.append(hold)
    except BaseException:
        release(holds)
        raise
    return holds


def release(holds: list[Hold]) -> None:
    """Give back what was set aside."""
    for each in holds:
        each.settle()


async def _run(call: Call, premises: Premises, errand: Errand) -> None:
    signal = call.exchange.signal
    lane = premises.lane()
    sink = Collector(signal)
    await _calls(premises).run(call.exchange, lane, errand.action, errand, NoIncoming(signal), sink, parent=call)


def _calls(premises: Premises) -> "Calls":
    if premises.calls is None:
        raise InternalError("there is nobody to run calls")
    return premises.calls


def _action(share: Share) -> Action:
    return Action(BY_NAME[share.operation].action, f"model/{share.asked}")


def _demand(provider: str, share: Share) -> Demand:
    tariff: Tariff | None = Known(share.cost) if share.cost >= 0 else None
    return Demand(tariff=tariff, provider=provider, model=share.model)


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
