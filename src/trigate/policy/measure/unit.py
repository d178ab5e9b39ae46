"""What limits count, each with what a call may use at most, will probably use, and has used."""

from collections.abc import Callable
from operator import attrgetter
from typing import Literal

from msgspec import Struct

from trigate.core.demand import Demand
from trigate.core.usage import Usage

UnitName = Literal["requests", "tokens", "input_tokens", "output_tokens", "tool_calls", "bytes", "usd"]

_counts = attrgetter(
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_long_tokens", "output_tokens",
    "reasoning_tokens",
)  # fmt: skip
NANO = 1_000_000_000
"""Nano-dollars of a dollar."""


class Unit(Struct, frozen=True, eq=False):
    """One way to count. Amounts are whole; money is in nano-dollars."""

    name: UnitName
    most: Callable[[Demand], int]
    """The most that an attempt can use; its output is bounded, and its price is known if this is money."""
    likely: Callable[[Demand], int]
    """What an attempt will probably use."""
    used: Callable[[Usage], int]
    """What a call has used so far."""
    constant: int = 0
    """What every call uses, where that is known beforehand; the three functions say the same then."""
    grows: bool = False
    """Whether it depends on how long the answer becomes."""


def input_tokens(usage: Usage) -> int:
    """All tokens of the ask, from a cache or not."""
    return usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens + usage.cache_write_long_tokens


def output_tokens(usage: Usage) -> int:
    """All tokens of the answer, shown or not."""
    return usage.output_tokens + usage.reasoning_tokens


def _tokens_used(usage: Usage) -> int:
    return sum(_counts(usage))


def _bytes_used(usage: Usage) -> int:
    return usage.bytes_in + usage.bytes_out


def _most_tokens(demand: Demand) -> int:
    return demand.input_tokens + (demand.output_tokens or 0)


def _likely_tokens(demand: Demand) -> int:
    return demand.likely_input + demand.likely_output


def _most_money(demand: Demand) -> int:
    return demand.tariff.most(demand.input_tokens, demand.output_tokens or 0) if demand.tariff else 0


def _likely_money(demand: Demand) -> int:
    return demand.tariff.most(demand.likely_input, demand.likely_output) if demand.tariff else 0


def _one(_: object) -> int:
    return 1


UNITS: dict[UnitName, Unit] = {
    unit.name: unit
    for unit in (
        Unit("requests", _one, _one, _one, constant=1),
        Unit("tokens", _most_tokens, _likely_tokens, _tokens_used, grows=True),
        Unit("input_tokens", lambda demand: demand.input_tokens, lambda demand: demand.likely_input, input_tokens),
        Unit(
            "output_tokens",
            lambda demand: demand.output_tokens or 0,
            lambda demand: demand.likely_output,
            output_tokens,
            grows=True,
        ),
        Unit("tool_calls", lambda demand: demand.tool_calls, lambda demand: demand.tool_calls, lambda u: u.tool_calls),
        # How many bytes will come nobody knows: one is reserved, so that a limit that is used up refuses.
        Unit("bytes", _one, _one, _bytes_used),
        Unit("usd", _most_money, _likely_money, lambda usage: usage.cost, grows=True),
    )
}
