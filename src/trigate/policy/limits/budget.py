"""So much per day, week, month or year by the calendar, or in all; its balance outlives restarts."""

from trigate.core.settings import Duration
from trigate.policy.limit import Allowance, to_length
from trigate.policy.measure.quota import Quota
from trigate.policy.measure.window import Calendar, window_of
from trigate.store.counter import Law


class Budget(Allowance):
    """Limits what may be spent, in money or any other unit; every call's charge is on record."""

    window: Duration | Calendar | None = None
    """When it begins anew: `day`, `week` (on Monday), `month` or `year` by the calendar, or a length such as `1d`,
    counted in UTC; nothing written: never."""
    time_zone: str = "UTC"
    """Whose calendar: a name such as `Europe/Berlin`."""
    thresholds: tuple[float, ...] = (0.8, 1.0)
    """Shares of the amount at which a line is logged and a notice recorded, once per window."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.window, Duration):
            to_length(self.window)
        if self.time_zone != "UTC" and (self.window is None or isinstance(self.window, Duration)):
            raise ValueError("time_zone goes with a window of day, week, month or year")
        if any(not 0 < share <= 10 for share in self.thresholds):
            raise ValueError("thresholds are shares of the amount, such as 0.8, more than 0 and at most 10")
        window_of(self.window, self.time_zone)

    def quotas(self, organisation: str = "") -> tuple[Quota, ...]:
        """One for each amount."""
        window = window_of(self.window, self.time_zone)
        return tuple(
            self.quota(
                unit,
                Law("window", amount),
                window.text,
                organisation,
                window=window,
                thresholds=tuple(sorted(set(self.thresholds))),
                charged=True,
                **self.reservation(),
            )
            for unit, amount in self.amounts().items()
        )
