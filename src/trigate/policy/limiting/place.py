"""Places among the calls under way: taken once a call and once an attempt, waited for in line."""

from collections.abc import Sequence

from msgspec import Struct

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.policy.limiting.desk import Desk
from trigate.policy.limiting.refusal import refuse
from trigate.policy.limiting.sheet import Group, Sheet
from trigate.policy.measure.quota import Quota
from trigate.store.counter import Claim, Refused, Standing, Taken

_NONE_LEFT = Standing(0, 0)


class Place(Struct, frozen=True, eq=False):
    """Held until it is given back."""

    lease: object
    claims: Sequence[Claim]

    @property
    def cells(self) -> frozenset[str]:
        """Their names."""
        return frozenset(claim.cell for claim in self.claims)

    def give_back(self, desk: Desk) -> None:
        """The next one may have it."""
        desk.give_back(self.lease, (0,) * len(self.claims), self.claims)


async def take_place(desk: Desk, group: Group, call: Call, demand: Demand, *, ahead: bool = False) -> Place | None:
    """A place under each of these limits, None if none of them applies; raises ConcurrencyReached. Whoever has just
    given one back for another attempt is `ahead` of all who wait.

    What an ancestor of the call holds already is not taken again: a call that waits for its own child would wait for
    ever.
    """
    sheet = without(group.only or group.sheet(call, demand), _held_above(desk, call))
    if not sheet.quotas:
        return None
    claims, amounts = sheet.current(clock.wall_ns()), sheet.amounts
    at = next((at for at, claim in enumerate(claims) if claim.cell in desk.lines.open), -1)
    if at < 0 or ahead:
        answer = await desk.ask(claims, amounts)
        if isinstance(answer, Taken):
            return _taken(sheet, claims, answer, call)
        at = answer.at
    answer = await stand_in_line(desk, sheet, amounts, at, call)
    if isinstance(answer, Taken):
        return _taken(sheet, claims, answer, call)
    at = answer.at if answer else at
    raise refuse(sheet.quotas[at], sheet.values[at], _NONE_LEFT, 1)


async def stand_in_line(
    desk: Desk, sheet: Sheet, amounts: Sequence[int], at: int, call: Call
) -> Taken | Refused | None:
    """Try again whenever something of this cell is given back, for as long as its limit lets calls wait; None if nobody
    may join the line."""
    quota = sheet.quotas[at]
    until = clock.monotonic() + quota.wait
    turn = desk.lines.join(sheet.cells[at], until, quota.queue, _rank(quota, call)) if quota.wait else None
    if turn is None:
        return None
    try:
        while True:
            await turn.come()
            answer = await desk.ask(sheet.current(clock.wall_ns()), amounts)
            if isinstance(answer, Taken) or clock.monotonic() >= until:
                return answer
    finally:
        desk.lines.leave(turn)


def without(sheet: Sheet, cells: frozenset[str]) -> Sheet:
    """The same sheet, less these cells."""
    if cells.isdisjoint(sheet.cells):
        return sheet
    rows = zip(sheet.quotas, sheet.values, sheet.cells, strict=True)
    left = [(quota, value) for quota, value, cell in rows if cell not in cells]
    return Sheet([quota for quota, _ in left], [value for _, value in left])


def _held_above(desk: Desk, call: Call) -> frozenset[str]:
    found = frozenset[str]()
    parent = call.parent
    while parent is not None:
        holder = desk.holders.get(parent.id)
        found = found | holder.cells() if holder else found
        parent = parent.parent
    return found


def _taken(sheet: Sheet, claims: Sequence[Claim], taken: Taken, call: Call) -> Place:
    sheet.flag_shadows(call, taken.standings)
    return Place(taken.lease, claims)


def _rank(quota: Quota, call: Call) -> int:
    fitting = (each.rank for each in quota.ranks if each.selector.fits(call.principal, call.action))
    return next(fitting, 0)
