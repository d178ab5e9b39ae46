"""What limits promise, whatever calls, workers and crashes do: compared with an oracle that fits on one page."""

from collections.abc import Awaitable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.limiting.stage import CENTS, SECOND, Stage, budget, chat, held_clock, principal_of
from trigate.core.call import Call
from trigate.core.demand import Demand
from trigate.core.errors import LimitReached
from trigate.policy.limit import Hold

CENT = 10_000_000
PURSES = {"key": 40, "team": 90, "": 150}
"""Cents: nested budgets of a key in a team in all."""
LIMITS = (
    *(budget(scopes, name=f"purse-{scopes or 'all'}", usd=cents / 100) for scopes, cents in PURSES.items()),
    budget("team", name="tokens", tokens=120),
    budget("key", name="requests", requests=15),
)
PRINCIPALS = [principal_of(key=key, team=team) for key, team in (("a", "x"), ("b", "x"), ("c", "y"), ("d", ""))]


class Oracle:
    """Says what is settled and reserved of every cell, and what must be admitted."""

    def __init__(self) -> None:
        self.settled: dict[str, int] = {}
        self.reserved: dict[tuple[str, str], int] = {}

    def cells(self, call: Call, demand: Demand, again: bool) -> dict[str, tuple[int, int]]:
        """Of each cell what one attempt wants, and what there is in all."""
        key, team = call.principal.key, call.principal.team
        tokens = demand.input_tokens + (demand.output_tokens or 0)
        found = {f"key={key}": (tokens, 40), "all": (tokens, 150)}
        if team:
            found |= {f"team={team}": (tokens, 90), f"tokens={team}": (tokens, 120)}
        return found if again else found | {f"requests={key}": (1, 15)}

    def admits(self, cells: dict[str, tuple[int, int]]) -> bool:
        held = {cell: sum(n for (_, each), n in self.reserved.items() if each == cell) for cell in cells}
        return all(
            not wanted or self.settled.get(cell, 0) + held[cell] + wanted <= most
            for cell, (wanted, most) in cells.items()
        )

    def take(self, call: Call, cells: dict[str, tuple[int, int]]) -> None:
        for cell, (wanted, _) in cells.items():
            if cell.startswith("requests"):  # a request is one from its beginning
                self.settled[cell] = self.settled.get(cell, 0) + 1
            else:
                self.reserved[call.id, cell] = wanted

    def settle(self, call: Call, used: int) -> None:
        for mine in [each for each in self.reserved if each[0] == call.id]:
            del self.reserved[mine]
            self.settled[mine[1]] = self.settled.get(mine[1], 0) + used


def answered(waiting: Awaitable[None] | None) -> bool:
    """Whether it was admitted; nothing here may have to wait."""
    if waiting is None:
        return True
    try:
        cast("Any", waiting).send(None)
    except StopIteration:
        return True
    except LimitReached:
        return False
    raise AssertionError("a call waited for nothing")


class Play:
    """Several workers over the same counters, and the oracle beside them."""

    def __init__(self, workers: int) -> None:
        self.first = Stage(*LIMITS)
        self.workers = [self.first, *(self.first.beside(*LIMITS) for _ in range(workers - 1))]
        self.oracle = Oracle()
        self.under_way: list[tuple[Stage, Call, Hold, int]] = []

    def begin(self, who: int, worker: int, asked: int, most: int) -> None:
        stage = self.workers[worker % len(self.workers)]
        call = stage.call(principal=PRINCIPALS[who % len(PRINCIPALS)])
        hold = stage.limiter.hold(call)
        assert hold is not None
        if self._attempt(call, hold, asked, most):
            self.under_way.append((stage, call, hold, 0))
        else:
            hold.settle()

    def again(self, at: int, used: int, asked: int, most: int) -> None:
        """The attempt failed after it had used something; the next target is tried."""
        stage, call, hold, before = self.under_way.pop(at % len(self.under_way))
        self._use(call, used)
        self.oracle.settle(call, used)
        if self._attempt(call, hold, asked, most):
            self.under_way.append((stage, call, hold, before + used))
        else:
            hold.settle()

    def end(self, at: int, used: int) -> None:
        _, call, hold, _ = self.under_way.pop(at % len(self.under_way))
        self._use(call, used)
        hold.settle()
        self.oracle.settle(call, used)

    def crash(self, at: int) -> None:
        """A worker dies; after the life of a lease nothing of it is left but the requests it let in."""
        gone = self.workers[at % len(self.workers)]
        self.workers[at % len(self.workers)] = self.first.beside(*LIMITS)
        for each in [each for each in self.under_way if each[0] is gone]:
            self.under_way.remove(each)
            self.oracle.settle(each[1], 0)
        for _ in range(8):
            self.first.time.steady += 10
            self.first.time.wall += 10 * SECOND
            for stage in self.workers:
                stage.deadlines.sweep(stage.steady)
        gone.limiter.drain()
        self.first.tally.take([], [], self.first.wall)

    def compare(self) -> None:
        names = {f"{limit.name}": limit for limit in LIMITS}
        for cell, settled in self.oracle.settled.items():
            kind, _, who = cell.partition("=")
            name = kind if kind in names else f"purse-{kind}"
            whose = f"{'key' if kind in ('key', 'requests') else 'team'}={who}" if who else "all"
            unit = CENT if name.startswith("purse") else 1
            assert self.first.spent(names[name], whose) == settled * unit, cell

    def _attempt(self, call: Call, hold: Hold, asked: int, most: int) -> bool:
        call.attempts += 1
        demand = chat(asked, most, tariff=CENTS)
        cells = self.oracle.cells(call, demand, again=call.attempts > 1)
        expected = self.oracle.admits(cells)
        assert answered(hold.admit(demand)) == expected, "refused wrongly" if expected else "admitted wrongly"
        if expected:
            self.oracle.take(call, cells)
        return expected

    def _use(self, call: Call, used: int) -> None:
        call.usage.cost += used * CENT
        call.usage.output_tokens += used


small = st.integers(0, 30)
act = st.one_of(
    st.tuples(st.just("begin"), small, small, small, small),
    st.tuples(st.just("end"), small, st.floats(0, 1)),
    st.tuples(st.just("again"), small, st.floats(0, 1), small, small),
    st.tuples(st.just("crash"), small),
)


def play(workers: int, acts: list[tuple[Any, ...]]) -> None:
    with held_clock():
        scene = Play(workers)
        for name, *given in acts:
            if name in ("end", "again"):
                if not scene.under_way:
                    continue
                _, call, _, _ = scene.under_way[given[0] % len(scene.under_way)]
                # The provider honours the bound it was given.
                most = max((n for (id, cell), n in scene.oracle.reserved.items() if id == call.id and cell == "all"))
                given[1] = int(given[1] * most)
            getattr(scene, name)(*given)
            for cents, cell in ((150, "all"), (90, "team=x"), (90, "team=y"), (40, "key=a")):
                assert scene.oracle.settled.get(cell, 0) <= cents
        scene.compare()
        while scene.under_way:
            scene.end(0, 0)
        scene.compare()
        assert all(stage.at_rest() for stage in scene.workers)


@settings(max_examples=60)
@given(st.integers(1, 8), st.lists(act, max_size=60))
def test_nobody_is_refused_wrongly_or_admitted_wrongly_and_nothing_is_left(
    workers: int, acts: list[tuple[Any, ...]]
) -> None:
    play(workers, acts)


@pytest.mark.proof
@pytest.mark.timeout(3600)
@settings(max_examples=5000)
@given(st.integers(1, 8), st.lists(act, min_size=50, max_size=300))
def test_the_promise_holds_for_as_long_as_one_looks(workers: int, acts: list[tuple[Any, ...]]) -> None:
    play(workers, acts)
