"""A lone process's counters beside those of its successors: nothing is forgotten, granted twice, or held for ever."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from msgspec import structs

from tests.store.counters.machine import Machine
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.store import lone_tally
from trigate.store.counter import Claim, Counters, Law, Refused, Standing, Taken
from trigate.store.lone_tally import LoneTally, enter
from trigate.store.presence import Presence
from trigate.store.shared_tally import SharedTally
from trigate.store.table_file import MEMORY

SECOND = 1_000_000_000
NOON = 1_800_000_000 * SECOND
BUDGET = Law("window", 5000)
RATE = Law("sliding", 10, 60 * SECOND)


class Site:
    """A directory, a table, and tallies one after the other."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.table = MEMORY / f"trigate-test-{uuid4().hex}"
        self.deadlines = Deadlines()
        self.now = NOON
        clock.wall_ns = lambda: self.now

    def open(self, cells: int = 200) -> LoneTally:
        return LoneTally(self.table, Presence(self.directory), cells, self.deadlines)

    def share(self) -> SharedTally:
        presence = Presence(self.directory)
        tally = enter(self.table, presence, 200)
        tally.presence = presence
        return tally

    def turn(self) -> None:
        """Let those who are alone notice it, and those who are not."""
        self.deadlines.sweep(float("inf"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path)
    yield found
    found.table.unlink(missing_ok=True)


def taken(tally: Counters, claim: Claim, amount: int) -> Taken:
    found = tally.take([claim], [amount], clock.wall_ns())
    assert isinstance(found, Taken)
    return found


def budget() -> Claim:
    return Claim("budget", BUDGET)


def standing(tally: LoneTally, claim: Claim) -> tuple[int, int]:
    found: Standing = tally.look([claim], clock.wall_ns())[0]
    return found.settled, found.reserved


def test_what_is_under_way_and_what_was_used_is_known_to_a_successor(site: Site):
    old = site.open()
    claim = budget()
    old.settle(taken(old, claim, 1000).lease, [900], site.now)
    held = taken(old, claim, 2000)
    assert not site.table.exists()
    new = site.open()
    assert standing(new, budget()) == (900, 2000)
    other = taken(new, budget(), 2100)
    assert isinstance(new.take([budget()], [1], site.now), Refused)
    assert isinstance(old.take([claim], [1], site.now), Refused)
    old.settle(held.lease, [500], site.now)
    old.settle(held.lease, [500], site.now)  # a second time changes nothing
    new.settle(other.lease, [2100], site.now)
    assert standing(new, budget()) == standing(old, budget()) == (3500, 0)
    assert isinstance(old.take([claim], [1500], site.now), Taken)


def test_who_is_left_alone_counts_in_its_own_memory_again(site: Site):
    old = site.open()
    claim, rate = budget(), Claim("rate", RATE, sure=True)
    early = taken(old, claim, 1000)
    old.settle(taken(old, rate, 4).lease, [0], site.now)
    new = site.open()
    late = taken(new, mine := budget(), 500)
    old.drain()
    site.turn()
    assert site.table.exists(), "its predecessor still holds something"
    old.settle(early.lease, [800], site.now)
    site.turn()
    assert not site.table.exists()
    assert standing(new, mine) == (800, 500)
    new.settle(late.lease, [300], site.now)
    assert standing(new, mine) == (1100, 0)
    assert standing(new, Claim("rate", RATE)) == (4, 0), "of which it had never heard"
    assert isinstance(new.take([Claim("rate", RATE, sure=True)], [7], site.now), Refused)


def test_a_successor_that_gives_up_changes_nothing(site: Site):
    old = site.open()
    held = taken(old, claim := budget(), 1000)
    new = site.open()
    new.drain()
    site.turn()
    assert not site.table.exists()
    old.settle(held.lease, [700], site.now)
    assert standing(old, claim) == (700, 0)
    old.drain()


def test_several_successors_share_what_a_lone_process_knew(site: Site):
    old = site.open()
    held = taken(old, budget(), 1000)
    new = [site.share() for _ in range(3)]
    for each in new:
        taken(each, budget(), 1000)
    assert not isinstance(new[0].take([budget()], [1001], site.now), Taken)
    old.settle(held.lease, [1000], site.now)
    assert new[2].look([budget()], site.now)[0].settled == 1000


def test_a_lone_successor_of_several_waits_at_their_table_until_they_are_gone(site: Site):
    old = [site.share() for _ in range(2)]
    held = taken(old[0], budget(), 4000)
    new = site.open()
    assert isinstance(new.take([claim := budget()], [1001], site.now), Refused)
    old[0].settle(held.lease, [4000], site.now)
    for each in old:
        each.drain()
    site.turn()
    assert not site.table.exists()
    assert standing(new, claim) == (4000, 0)


def test_a_lease_that_ran_out_before_the_move_still_says_what_was_used(site: Site):
    old = site.open()
    held = taken(old, claim := budget(), 1000)
    site.now += 61 * SECOND
    assert standing(old, claim) == (0, 0)
    new = site.open()
    old.settle(held.lease, [400], site.now)
    assert standing(new, budget()) == (400, 0)


def test_what_began_in_an_earlier_window_is_not_held_of_this_one(site: Site):
    old = site.open()
    early = taken(old, Claim("budget", BUDGET, start=NOON, end=NOON + 10 * SECOND), 3000)
    site.now += 10 * SECOND
    taken(old, Claim("budget", BUDGET, start=NOON + 10 * SECOND, end=NOON + 20 * SECOND), 1000)
    new = site.open()
    claim = Claim("budget", BUDGET, start=NOON + 10 * SECOND, end=NOON + 20 * SECOND)
    assert standing(new, claim) == (0, 1000)
    old.settle(early.lease, [3000], site.now)
    assert standing(new, claim) == (0, 1000)


def test_a_table_that_dead_processes_left_behind_is_removed(site: Site):
    left = SharedTally(site.table, 200)
    taken(left, budget(), 5000)
    alone = site.open()
    assert not site.table.exists()
    assert standing(alone, budget()) == (0, 0)


def test_a_process_that_does_not_make_way_is_not_waited_for_for_ever(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lone_tally, "PATIENCE_SECONDS", 0.05)
    hanging = Presence(site.directory)
    assert hanging.claim()
    with pytest.raises(OSError, match="does not make way"):
        site.open()
    hanging.close()
    site.open().drain()


def test_counts_stay_where_they_are_when_there_is_no_memory_to_share(
    site: Site, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(lone_tally, "PATIENCE_SECONDS", 0.05)
    old = site.open()
    held = taken(old, claim := budget(), 1000)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    rows = os.posix_fallocate

    def fallocate(descriptor: int, offset: int, length: int) -> None:
        full() if offset else rows(descriptor, offset, length)

    monkeypatch.setattr(os, "posix_fallocate", fallocate)
    with pytest.raises(OSError, match="does not make way"):
        site.open()
    monkeypatch.undo()
    assert "cannot have" in capfd.readouterr().err
    assert standing(old, claim) == (0, 1000)
    old.settle(held.lease, [1000], site.now)
    assert standing(old, claim) == (1000, 0)


class Moving:
    """Two workers that come and go; what one gave out, it takes back."""

    workers = 2

    def __init__(self) -> None:
        self.folder = TemporaryDirectory()
        self.site = Site(Path(self.folder.name))
        self.present: dict[int, LoneTally] = {}
        self.left: list[LoneTally] = []
        self.given: list[tuple[LoneTally, Any]] = []

    def tally(self, worker: int) -> LoneTally:
        if worker not in self.present:
            self.present[worker] = self.site.open(1000)
        return self.present[worker]

    def leave(self, worker: int) -> None:
        expired = any(owner is self.present[worker] and not lease.until for owner, lease in self.given)
        if len(self.present) > 1 and not expired:  # who has left cannot count what comes so late
            leaving = self.present.pop(worker)
            leaving.drain()
            self.left.append(leaving)

    def take(self, worker: int, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused:
        self.site.now = now
        tally = self.tally(worker)
        found: Any = tally.take(claims, amounts, now)
        if not isinstance(found, Taken):
            return found
        self.given.append((tally, found.lease))
        return structs.replace(found, lease=(tally, found.lease))

    def settle(self, worker: int, lease: Any, amounts: Sequence[int], now: int) -> None:
        self.site.now = now
        lease[0].settle(lease[1], amounts, now)
        if lease in self.given:
            self.given.remove(lease)

    def extend(self, worker: int, lease: Any, now: int) -> None:
        self.site.now = now
        lease[0].extend(lease[1], now)

    def look(self, worker: int, claims: Sequence[Claim], now: int) -> Sequence[Standing]:
        self.site.now = now
        for each in self.left:
            each.tend(now)
        return self.tally(worker).look(claims, now)

    def crash(self, worker: int) -> None: ...

    def close(self) -> None:
        for worker in list(self.present):
            self.present.pop(worker).drain()
        self.site.table.unlink(missing_ok=True)
        self.folder.cleanup()


class MovingMachine(Machine):
    mortal = False

    def make(self) -> Any:
        return Moving()

    @rule(worker=st.integers(0, 1))
    def leave(self, worker: int) -> None:
        place: Any = self.place
        if worker in place.present:
            place.leave(worker)

    @rule()
    def turn(self) -> None:
        place: Any = self.place
        place.site.turn()


@pytest.fixture
def prove() -> Callable[..., None]:
    def run(**size: int) -> None:
        run_state_machine_as_test(MovingMachine, settings=settings(deadline=None, **size))  # type: ignore[arg-type]

    return run


def test_who_comes_and_goes_says_what_the_oracle_says(prove: Callable[..., None]):
    prove(max_examples=40, stateful_step_count=40)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_who_comes_and_goes_says_what_the_oracle_says_for_long(prove: Callable[..., None]):
    prove(max_examples=5_000, stateful_step_count=100)
