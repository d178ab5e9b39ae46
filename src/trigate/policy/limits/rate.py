"""So much per minute: requests, tokens, tool calls, bytes or money."""

from typing import Literal

from trigate.core.settings import Duration
from trigate.policy.limit import TOO_MUCH, Allowance, to_length
from trigate.policy.measure.quota import Quota
from trigate.policy.measure.window import FixedWindow, spell
from trigate.store.counter import Law


class Rate(Allowance, kw_only=True):
    """Limits how much is used in a window of time."""

    window: Duration
    """The time in which the amounts may be used."""
    algorithm: Literal["bucket", "sliding", "fixed"] = "bucket"
    """`bucket` refills evenly, and lets a caller who was idle use the whole amount at once; `sliding` lets no span of
    this length hold more than the amount; `fixed` begins anew at multiples of the length."""
    burst: int | None = None
    """Of `bucket`: how much may be used at once, by default the whole amount; only with a single amount."""

    def __post_init__(self) -> None:
        super().__post_init__()
        to_length(self.window)
        if self.burst is not None and (
            self.algorithm != "bucket" or not 0 < self.burst < TOO_MUCH or len(self.amounts()) > 1
        ):
            raise ValueError("burst is a whole number from 1 up, goes with the algorithm bucket, and with one amount")
        if self.burst is not None and self.usd is not None:
            raise ValueError("burst does not go with usd")

    def quotas(self, organisation: str = "") -> tuple[Quota, ...]:
        """One for each amount."""
        period = spell(self.window)
        return tuple(
            self.quota(
                unit,
                self._law(amount),
                period,
                organisation,
                window=FixedWindow(self.window) if self.algorithm == "fixed" else None,
                **self.reservation(),
            )
            for unit, amount in self.amounts().items()
        )

    def _law(self, amount: int) -> Law:
        if self.algorithm == "fixed":
            return Law("window", amount)
        return Law(self.algorithm, amount, to_length(self.window), self.burst or 0)
