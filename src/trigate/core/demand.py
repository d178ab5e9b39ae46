"""What one attempt of a call may use up, told before it is made, and what that costs."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct


class Tariff(Protocol):
    """The price of one target, in whole nano-dollars."""

    def most(self, input_tokens: int, output_tokens: int) -> int:
        """The most that this many tokens can cost, however they turn out to be counted."""
        ...


class FreeOfCharge:
    """The tariff of what nobody is billed for."""

    def most(self, input_tokens: int, output_tokens: int) -> int:
        """Nothing."""
        return 0


FREE_OF_CHARGE = FreeOfCharge()


class Demand(Struct, frozen=True):
    """The bounds of one attempt; the defaults are those of traffic without tokens and price."""

    input_tokens: int = 0
    """The most the ask can be counted as."""
    output_tokens: int | None = 0
    """The most the answer can be counted as; None if the ask sets no bound."""
    likely_input: int = 0
    """What the ask will probably be counted as."""
    likely_output: int = 0
    tool_calls: int = 0
    tariff: Tariff | None = FREE_OF_CHARGE
    """None if the target's price is not known."""
    cap: Callable[[int], None] | None = None
    """Bounds the answer to so many output tokens, by telling the target; None if that cannot be done."""
    provider: str = ""
    """The configured name of the provider or server that this attempt goes to; a scope of limits."""
    model: str = ""
    """The model as that provider calls it."""


NO_DEMAND = Demand()
