"""Which cells the calls that are alike take from, and how much of each: worked out once, used for every call."""

from collections.abc import Callable, Sequence

import msgspec

from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.usage import Usage
from trigate.policy.limiting.field import Field
from trigate.policy.measure.quota import Quota
from trigate.policy.measure.scope import Read, cell_value
from trigate.store.counter import Claim, Standing

MOST_SHEETS = 1024
"""Kept of one group; callers choose some of the values by which they differ."""
ENDLESS = 1 << 80

_encode = msgspec.json.Encoder().encode


class Sheet:
    """The claims of calls that agree in everything limits look at.

    Claims are made anew when a window ends; whoever uses them keeps those it has taken with.
    """

    __slots__ = (
        "amounts",
        "capped",
        "cells",
        "charged",
        "claims",
        "field",
        "measured",
        "priced",
        "quotas",
        "shadows",
        "since",
        "thresholds",
        "until",
        "used",
        "values",
    )

    def __init__(self, quotas: Sequence[Quota], values: Sequence[str]) -> None:
        """`values` says for each quota whom it counts for, as part of a cell's name."""
        self.quotas = tuple(quotas)
        self.values = tuple(values)
        self.cells = [f"{quota.tag}/{value}" for quota, value in zip(quotas, values, strict=True)]
        self.claims: tuple[Claim, ...] = ()
        self.since = self.until = 0
        """Wall-clock nanoseconds between which the claims hold."""
        numbered = list(enumerate(self.quotas))
        self.charged = tuple(at for at, quota in numbered if quota.charged)
        """Where amounts are charged on record."""
        self.amounts = [quota.unit.constant for quota in quotas]
        self.measured = tuple((at, _estimate(quota)) for at, quota in numbered if not quota.unit.constant)
        self.used: tuple[tuple[int, Callable[[Usage], int]], ...] = tuple(
            (at, quota.unit.used) for at, quota in numbered if not quota.unit.constant
        )
        self.capped = tuple(at for at, quota in numbered if quota.strict and quota.unit.grows)
        """Where calls are refused, and it depends on how long the answer becomes."""
        self.priced = tuple(at for at, quota in numbered if quota.unit.name == "usd")
        self.shadows = tuple(at for at, quota in numbered if quota.shadow)
        self.thresholds = tuple(
            (at, int(quota.law.capacity * quota.thresholds[0])) for at, quota in numbered if quota.thresholds
        )
        """Where thresholds are watched, and the least that is worth a look."""
        self.field = Field.of(quotas)

    def current(self, now: int) -> tuple[Claim, ...]:
        """The claims of the windows around `now`."""
        if not self.since <= now < self.until:
            self._renew(now)
        return self.claims

    def _renew(self, now: int) -> None:
        bounds = [quota.window.bounds(now) if quota.window else (0, 0) for quota in self.quotas]
        self.claims = tuple(
            Claim(cell, quota.law, hard=quota.strict, start=start, end=end, sure=quota.sure)
            for cell, quota, (start, end) in zip(self.cells, self.quotas, bounds, strict=True)
        )
        self.since = max((start for start, _ in bounds), default=0)
        self.until = min((end for _, end in bounds if end), default=ENDLESS)

    def wanted(self, demand: Demand) -> list[int]:
        """How much one attempt takes of each cell."""
        amounts = self.amounts.copy()
        for at, estimate in self.measured:
            amounts[at] = estimate(demand)
        return amounts

    def charges(self, claims: Sequence[Claim], amounts: Sequence[int], before: str) -> str:
        """What goes on record, as members of a JSON list that holds `before` already."""
        found = ""
        for at in self.charged:
            amount = amounts[at]
            if amount:
                comma = "," if before or found else ""
                found += f"{comma}{_window(claims[at])}{amount}}}"
        return found

    def flag_shadows(self, call: Call, standings: Sequence[Standing]) -> None:
        """Tell, in the record and in the answer, which limit would have refused the call."""
        for at in self.shadows:
            name = self.quotas[at].name
            flag = f"limit.shadow:{name}"
            if standings[at].over and flag not in call.flags:  # as an earlier attempt may have put it
                call.flags.append(flag)
                if call.exchange.edge is not None and call.parent is None:
                    call.exchange.edge.extra += f"x-trigate-shadow-limit: {name}\r\n".encode()


class Group:
    """Quotas that are taken together, and the sheets there are for them."""

    __slots__ = ("_quotas", "_readers", "_sheets", "has_balances", "only")

    def __init__(self, quotas: Sequence[Quota], call: Call) -> None:
        self._quotas = tuple(quotas)
        self._readers: tuple[Read, ...] = tuple(read for quota in quotas for read in _readers(quota))
        self._sheets: dict[tuple[str, ...], Sheet] = {}
        self.has_balances = any(quota.balanced for quota in quotas)
        """Whether calls are refused by what was spent before the gateway started."""
        self.only = None if self._readers else self._make(call, NO_DEMAND)
        """The one sheet of calls that differ in nothing."""

    def sheet(self, call: Call, demand: Demand) -> Sheet:
        """The sheet of this call."""
        values = tuple([read(call, demand) for read in self._readers])
        found = self._sheets.get(values)
        if found is None:
            if len(self._sheets) >= MOST_SHEETS:
                self._sheets.clear()
            found = self._sheets[values] = self._make(call, demand)
        return found

    def _make(self, call: Call, demand: Demand) -> Sheet:
        holding = [quota for quota in self._quotas if quota.holds is None or quota.holds(call)]
        applying = [(quota, cell) for quota in holding if (cell := cell_of(quota, call, demand)) is not None]
        return Sheet([quota for quota, _ in applying], [cell for _, cell in applying])


def cell_of(quota: Quota, call: Call, demand: Demand) -> str | None:
    """Whom it counts for, such as `team=support`, `all` for everybody; None if the call has no such value."""
    values = [(each.name, each.read(call, demand)) for each in quota.scopes]
    if not all(value for _, value in values):
        return None
    return ",".join(f"{name}={cell_value(value)}" for name, value in values) or "all"


def _window(claim: Claim) -> str:
    """All of a charge that is the same as long as a window lasts, as JSON."""
    if claim.told is None:
        claim.told = f'{{"cell":{_encode(claim.cell).decode()},"start":{claim.start},"end":{claim.end},"amount":'
    return claim.told


def _readers(quota: Quota) -> list[Read]:
    """What tells the calls of one principal and action apart, as far as this limit is concerned."""
    found = [each.read for each in quota.scopes if each.moment != "principal"]
    holds = quota.holds
    return found if holds is None else [*found, lambda call, _: "1" if holds(call) else ""]


def _estimate(quota: Quota) -> Callable[[Demand], int]:
    unit = quota.unit
    if quota.strict:
        return unit.most
    if not quota.shadow:
        return unit.likely
    return lambda demand: unit.likely(demand) if demand.output_tokens is None else unit.most(demand)
