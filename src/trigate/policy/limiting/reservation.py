"""What one call holds: reserved for each attempt, corrected when it ends, given back on every way out."""

from collections.abc import Awaitable, Sequence

from msgspec.structs import replace

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.policy.limit import Hold
from trigate.policy.limiting.bound import first_bound, smaller_bound, unpriced
from trigate.policy.limiting.desk import Desk, unavailable
from trigate.policy.limiting.place import Place, stand_in_line, take_place
from trigate.policy.limiting.plan import Plan
from trigate.policy.limiting.refusal import refuse
from trigate.policy.limiting.sheet import Group, Sheet
from trigate.store.counter import Claim, CountersLost, Refused, Standing, Taken


class Reservation(Hold):
    """Everything that one call holds at a time (policy.limit.Hold).

    The common case, one attempt that is granted at once, awaits nothing and makes no task.
    """

    __slots__ = (
        "_amounts",
        "_call",
        "_claims",
        "_desk",
        "_entered",
        "_flat",
        "_lease",
        "_lines",
        "_marks",
        "_place",
        "_plan",
        "_sheet",
        "_standings",
        "_target_place",
    )

    def __init__(self, desk: Desk, plan: Plan, call: Call) -> None:
        self._desk = desk
        self._plan = plan
        self._call = call
        self._lease: object = None
        parent = call.parent
        self._entered = parent is not None and parent.retold
        """Whether what a call takes but once was taken, perhaps by its parent."""
        self._place: Place | None = None
        self._target_place: Place | None = None
        self._flat: Sequence[tuple[int, int]] = ()
        self._lines = b""

    def admit(self, demand: Demand) -> Awaitable[None] | None:
        """Reserve for one attempt (policy.limit.Hold.admit)."""
        plan, desk = self._plan, self._desk
        if (
            plan.together is not None
            and desk.restored
            and not (self._entered or desk.lines.open or self._call.parent is not None or self._place is not None)
        ):
            self._flat = ()
            return self._reserve_together(plan.together, demand)
        self._leave_target()
        group = plan.again if self._entered else plan.first
        behind = not desk.restored and group is not None and group.has_balances
        if behind or plan.places is not None or plan.target_places is not None:
            return self._admit_in_turn(demand, group)
        return None if group is None else self._reserve(group, demand)

    def settle(self) -> None:
        """Give back everything (policy.limit.Hold.settle)."""
        desk, lease = self._desk, self._lease
        if lease is not None:
            self._lease = None
            self._correct(lease)
        if self._target_place is not None:
            self._leave_target()
        desk.live.discard(self)
        if desk.holders:
            desk.holders.pop(self._call.id, None)
        if self._place is not None:
            place, self._place = self._place, None
            place.give_back(desk)

    def cells(self) -> frozenset[str]:
        """Of the places it holds, and of what it has taken together with them."""
        held = [each.cells for each in (self._place, self._target_place) if each is not None]
        return frozenset[str]().union(*held, self._sheet.cells if self._lease is not None else ())

    def extend(self, now: int) -> None:
        """It is still under way: its leases live on."""
        counters = self._desk.counters
        if self._lease is not None:
            counters.extend(self._lease, now)
        for place in (self._place, self._target_place):
            if place is not None:
                counters.extend(place.lease, now)

    # --- reserving ---------------------------------------------------------------------------------------------------

    async def _admit_in_turn(self, demand: Demand, group: Group | None) -> None:
        """Places first, for they are waited for."""
        desk, plan, call = self._desk, self._plan, self._call
        if not desk.restored and group is not None and group.has_balances:
            await desk.wait_until_restored()
        if plan.places is not None or plan.target_places is not None:
            desk.live.add(self)  # what it holds already lives on while it waits for more
            desk.holders[call.id] = self
        if plan.places is not None and self._place is None:
            self._place = await take_place(desk, plan.places, call, demand, ahead=self._entered)
        if plan.target_places is not None:
            self._target_place = await take_place(desk, plan.target_places, call, demand)
        if group is not None and (waiting := self._reserve(group, demand)) is not None:
            await waiting

    def _reserve_together(self, group: Group, demand: Demand) -> Awaitable[None] | None:
        """Places and all else at once, which is cheaper; where that cannot be, one after the other."""
        sheet = group.only or group.sheet(self._call, demand)
        if (demand.output_tokens is None or demand.tariff is None) and _is_boundless(sheet, demand):
            return self._admit_in_turn(demand, self._plan.first)
        claims, amounts, answer = self._take(sheet, demand)
        if type(answer) is not Taken:
            return self._reserve_apart(sheet, claims, amounts, answer, demand)
        self._desk.holders[self._call.id] = self
        self._keep(sheet, claims, amounts, answer)
        return None

    async def _reserve_apart(
        self, sheet: Sheet, claims: Sequence[Claim], amounts: list[int], answer: "Answer", demand: Demand
    ) -> None:
        answer = await _said(answer)
        if isinstance(answer, Refused):
            await self._admit_in_turn(demand, self._plan.first)
        else:
            self._desk.holders[self._call.id] = self
            self._keep(sheet, claims, amounts, answer)

    def _reserve(self, group: Group, demand: Demand) -> Awaitable[None] | None:
        sheet = group.only or group.sheet(self._call, demand)
        if _is_boundless(sheet, demand):
            return self._reserve_within_bounds(sheet, demand)
        claims, amounts, answer = self._take(sheet, demand)
        if type(answer) is Taken:
            self._keep(sheet, claims, amounts, answer)
            return None
        return self._reserve_in_turn(sheet, claims, amounts, answer)

    def _take(self, sheet: Sheet, demand: Demand) -> "tuple[Sequence[Claim], list[int], Answer]":
        now = clock.wall_ns()
        claims = sheet.claims if sheet.since <= now < sheet.until else sheet.current(now)
        amounts = sheet.wanted(demand)
        try:
            return claims, amounts, self._desk.counters.take(claims, amounts, now)
        except CountersLost:
            raise unavailable() from None

    async def _reserve_in_turn(
        self, sheet: Sheet, claims: Sequence[Claim], amounts: list[int], answer: "Answer"
    ) -> None:
        """Wait for who has to be asked, or for who is to give back."""
        answer = await _said(answer)
        if isinstance(answer, Refused) and answer.in_flight and sheet.quotas[answer.at].wait:
            answer = await stand_in_line(self._desk, sheet, amounts, answer.at, self._call) or answer
            claims = sheet.claims
        if isinstance(answer, Refused):
            self._refuse(sheet, amounts, answer)
        else:
            self._keep(sheet, claims, amounts, answer)

    async def _reserve_within_bounds(self, sheet: Sheet, demand: Demand) -> None:
        """Of an ask without bound as much as there is room for; of a target without price what settings say."""
        self._flat = unpriced(sheet) if demand.tariff is None else ()
        flat = [at for at, _ in self._flat]
        cap = demand.cap if demand.output_tokens is None and sheet.capped else None
        if demand.output_tokens is None and sheet.capped:
            demand = replace(demand, output_tokens=first_bound(sheet, demand))
        while True:
            claims, amounts = sheet.current(clock.wall_ns()), self._wanted(sheet, demand)
            answer = await self._desk.ask(claims, amounts)
            if cap is None or isinstance(answer, Taken) or demand.output_tokens == 1:
                break
            if answer.at not in sheet.capped or answer.at in flat:
                break  # no shorter answer would fit either
            demand = replace(demand, output_tokens=smaller_bound(sheet, demand, answer.standings))
        if cap is None:
            await self._reserve_in_turn(sheet, claims, amounts, answer)
        elif isinstance(answer, Refused):
            self._refuse(sheet, amounts, answer)  # waiting would be rewarded with the shortest of answers
        else:
            self._keep(sheet, claims, amounts, answer)
            cap(demand.output_tokens or 0)

    def _wanted(self, sheet: Sheet, demand: Demand) -> list[int]:
        amounts = sheet.wanted(demand)
        for at, nanos in self._flat:
            amounts[at] = nanos
        return amounts

    def _keep(self, sheet: Sheet, claims: Sequence[Claim], amounts: list[int], taken: Taken) -> None:
        call = self._call
        self._entered = True
        self._lease, self._sheet, self._claims, self._amounts = taken.lease, sheet, claims, amounts
        self._standings = standings = taken.standings
        self._marks = [used(call.usage) for _, used in sheet.used] if call.attempts > 1 else None
        self._desk.live.add(self)
        if sheet.shadows:
            sheet.flag_shadows(call, standings)
        if sheet.field is not None and call.parent is None:
            self._tell(sheet.field.lines(standings))

    def _refuse(self, sheet: Sheet, amounts: Sequence[int], refused: Refused) -> None:
        at = refused.at
        if sheet.field is not None and self._call.parent is None:
            self._tell(sheet.field.lines(refused.standings))
        self._call.flags.append(f"limit.refused:{sheet.quotas[at].name}")
        standing = refused.standings[at]
        raise refuse(sheet.quotas[at], sheet.values[at], standing, amounts[at], in_flight=refused.in_flight)

    def _tell(self, lines: bytes) -> None:
        edge = self._call.exchange.edge
        if edge is not None:
            extra = edge.extra.replace(self._lines, b"", 1) if self._lines else edge.extra
            edge.extra = extra + lines
            self._lines = lines

    # --- settling ----------------------------------------------------------------------------------------------------

    def _leave_target(self) -> None:
        """An attempt is over."""
        if self._lease is not None:
            lease, self._lease = self._lease, None
            self._correct(lease)
        if self._target_place is not None:
            place, self._target_place = self._target_place, None
            place.give_back(self._desk)
        self._flat = ()

    def _correct(self, lease: object) -> None:
        sheet, usage, amounts = self._sheet, self._call.usage, self._amounts.copy()
        if self._marks is None:
            for at, used in sheet.used:
                amounts[at] = used(usage)
        else:
            for (at, used), mark in zip(sheet.used, self._marks, strict=True):
                amounts[at] = max(used(usage) - mark, 0)
        if self._flat:
            self._count_unpriced(amounts)
        self._desk.give_back(lease, amounts, self._claims)
        if sheet.charged:
            self._call.charges += sheet.charges(self._claims, amounts, self._call.charges)
        for at, least in sheet.thresholds:
            standing: Standing = self._standings[at]
            reserved, amount = standing.reserved, amounts[at]
            if standing.settled + (reserved if reserved > amount else amount) >= least:
                self._desk.notices.suspect(self._claims[at], sheet.quotas[at], sheet.values[at])

    def _count_unpriced(self, amounts: list[int]) -> None:
        """A target without price counts what settings say, if it will send a bill."""
        for at, nanos in self._flat:
            amounts[at] = max(amounts[at], nanos if self._call.usage.unpriced else 0)


Answer = Taken | Refused | Awaitable[Taken | Refused]


async def _said(answer: Answer) -> Taken | Refused:
    """What the counters say, once they do; raises LimitsUnavailable."""
    if isinstance(answer, Taken | Refused):
        return answer
    try:
        return await answer
    except CountersLost:
        raise unavailable() from None


def _is_boundless(sheet: Sheet, demand: Demand) -> bool:
    """Whether it must first be found out how much is to be taken."""
    return (demand.output_tokens is None and bool(sheet.capped)) or (demand.tariff is None and bool(sheet.priced))
