"""A price sheet: which price of a model holds now, for this kind of service."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from trigate.core.clock import clock
from trigate.llm.price import FREE, Price

NS_PER_MINUTE = 60 * 10**9
MINUTES_PER_DAY = 24 * 60


class Period(Struct, frozen=True, kw_only=True):
    """The prices of some time."""

    start: int = 0
    """Nanoseconds since the epoch (UTC)."""
    hours: tuple[int, int] | None = None
    """Minutes of the day (UTC) from and until which they hold; None for the whole day."""
    standard: Price
    services: Mapping[str, Price] = {}
    """Prices of other services, by the member of the ask that chooses them: `service_tier=flex`."""

    def holds(self, now: int) -> bool:
        """Whether they hold at `now`, in nanoseconds since the epoch."""
        if now < self.start:
            return False
        if self.hours is None:
            return True
        begin, end = self.hours
        minute = now // NS_PER_MINUTE % MINUTES_PER_DAY
        return begin <= minute < end if begin <= end else minute >= begin or minute < end


class Dearer(Struct, frozen=True):
    """The tariff of a call that may be billed by either of two prices."""

    one: Price
    other: Price

    def most(self, input_tokens: int, output_tokens: int) -> int:
        """The most that either can cost."""
        return max(self.one.most(input_tokens, output_tokens), self.other.most(input_tokens, output_tokens))


class Sheet:
    """All prices of one model; `choices` names the members of an ask that choose among services."""

    __slots__ = ("_periods", "batch", "choices", "single")

    def __init__(self, periods: Sequence[Period], batch: Price | None = None) -> None:
        """`periods`: the first that holds is taken, the last one if none does."""
        self._periods = tuple(periods)
        self.choices = tuple(sorted({key.partition("=")[0] for each in periods for key in each.services}))
        self.batch = batch
        """What an ask costs that is one of a batch; None if that is not known by itself."""
        self.single = self._periods[0].standard if len(periods) == 1 and not self.choices else None
        """The price, if there is but one."""

    def price(self, services: Sequence[str] = ()) -> Price:
        """What holds now for the first of `services` that has a price of its own, else the standard price."""
        return self.single or self._choose(services)

    def tariff(self, services: Sequence[str]) -> Price | Dearer:
        """What bounds the cost of a call that asks for `services`: a provider may give it the standard one instead."""
        asked = self.price(services)
        if not services or (standard := self.price()) is asked:
            return asked
        return Dearer(asked, standard)

    def _choose(self, services: Sequence[str]) -> Price:
        periods = self._periods
        period = periods[0] if len(periods) == 1 else self._current(clock.wall_ns())
        for service in services:
            price = period.services.get(service)
            if price is not None:
                return price
        return period.standard

    def _current(self, now: int) -> Period:
        return next((each for each in self._periods if each.holds(now)), self._periods[-1])


FREE_SHEET = Sheet([Period(standard=FREE)])
"""Of models that cost nothing."""
