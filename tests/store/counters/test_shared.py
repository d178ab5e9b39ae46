"""Counters in shared memory: what the oracle says, whatever happens to whom."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.store.counters import crowd
from tests.store.counters.machine import machine
from trigate.core.errors import BadConfig
from trigate.store import shared_tally
from trigate.store.counter import Claim, CountersLost, Ground, Law, Refused, Standing, Taken
from trigate.store.counters.shared import Shared
from trigate.store.seat import release_seat
from trigate.store.shared_tally import SharedTally
from trigate.store.table_file import MEMORY, table_path


class InSharedMemory:
    """Several workers in one process; one that crashes lets go of its file and nothing else."""

    workers = 3

    def __init__(self) -> None:
        self.path = MEMORY / f"trigate-test-{uuid4().hex}"
        self.tallies = [SharedTally(self.path, 200) for _ in range(self.workers)]

    def take(self, worker: int, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused:
        return self.tallies[worker].take(claims, amounts, now)

    def settle(self, worker: int, lease: object, amounts: Sequence[int], now: int) -> None:
        self.tallies[worker].settle(lease, amounts, now)

    def extend(self, worker: int, lease: object, now: int) -> None:
        self.tallies[worker].extend(lease, now)

    def look(self, worker: int, claims: Sequence[Claim], now: int) -> Sequence[Standing]:
        return self.tallies[worker].look(claims, now)

    def crash(self, worker: int) -> None:
        dead = self.tallies[worker]
        release_seat(dead._table, dead._seat)  # which the kernel does when a process dies
        self.tallies[worker] = SharedTally(self.path, 200)

    def close(self) -> None:
        self.path.unlink()


@pytest.fixture
def path() -> Iterator[Path]:
    found = MEMORY / f"trigate-test-{uuid4().hex}"
    yield found
    found.unlink(missing_ok=True)


def test_shared_memory_says_what_the_oracle_says():
    run_state_machine_as_test(
        machine(InSharedMemory), settings=settings(max_examples=30, stateful_step_count=30, deadline=None)
    )


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_shared_memory_says_what_the_oracle_says_for_long():
    run_state_machine_as_test(
        machine(InSharedMemory), settings=settings(max_examples=10_000, stateful_step_count=100, deadline=None)
    )


def test_four_processes_admit_exactly_what_is_allowed(path: Path):
    budget = Claim("budget", Law("window", 5000))

    def work(_: int) -> int:
        tally = SharedTally(path, 200)
        return sum(spend(tally, budget) for _ in range(250))

    keep = SharedTally(path, 200)
    assert sum(crowd.run(4, work)) == 50
    assert keep.look([budget], crowd.NOW)[0].settled == 5000


def spend(tally: SharedTally, budget: Claim) -> bool:
    found = tally.take([budget], [100], crowd.NOW)
    if isinstance(found, Taken):
        tally.settle(found.lease, [100], crowd.NOW)
    return isinstance(found, Taken)


def test_nothing_is_lost_between_processes_that_hammer_the_same_cells(path: Path):
    watcher = SharedTally(path, 200)
    settled = sum(crowd.run(4, lambda number: crowd.hammer(path, number, 400)))
    budget, spans, now = watcher.look(cells(), crowd.NOW)
    assert settled == 1600
    assert (budget.settled, spans.settled) == (3 * settled, settled)
    assert (budget.reserved, now.reserved) == (0, 0)


@pytest.mark.parametrize("seed", range(8))
def test_who_dies_in_the_middle_of_a_change_leaves_the_table_whole(path: Path, seed: int):
    die_in_the_middle(path, seed, 100)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(100, 600))
def test_who_dies_in_the_middle_of_a_change_leaves_the_table_whole_at_last(path: Path, seed: int):
    die_in_the_middle(path, seed, 400)


def die_in_the_middle(path: Path, seed: int, calls: int) -> None:
    watcher = SharedTally(path, 200)
    found = crowd.run(4, lambda number: crowd.hammer(path, seed * 4 + number, calls, fatal=number % 2 == 0))
    settled = sum(each for each in found if each > 0)
    assert found.count(-1) == 2
    budget, spans, now = watcher.look(cells(), crowd.NOW + 2 * crowd.SECOND)
    assert (budget.reserved, now.reserved) == (0, 0)
    dead = budget.settled // 3 - settled  # what those who died had settled before
    assert budget.settled == 3 * (settled + dead)
    assert 0 <= dead <= 2 * calls
    assert settled + dead <= spans.settled <= settled + dead + 2


def cells() -> list[Claim]:
    return [
        Claim("budget", Law("window", 1_000_000_000)),
        Claim("spans", Law("sliding", 10**9, 60 * crowd.SECOND)),
        Claim("now", Law("concurrency", 1000)),
    ]


def test_the_last_to_leave_removes_the_file(path: Path):
    first, second = SharedTally(path, 200), SharedTally(path, 200)
    first.drain()
    assert path.exists()
    second.drain()
    assert not path.exists()


def test_who_is_drained_stays_until_its_last_lease_is_settled(path: Path):
    tally = SharedTally(path, 200)
    found = tally.take([cells()[0]], [5], crowd.NOW)
    assert isinstance(found, Taken)
    tally.drain()
    assert path.exists()
    tally.settle(found.lease, [5], crowd.NOW)
    assert not path.exists()


def test_a_file_of_another_shape_is_put_aside(path: Path):
    old, new = SharedTally(path, 200), SharedTally(path, 300)
    old.take([cells()[0]], [5], crowd.NOW)
    assert new.look([cells()[0]], crowd.NOW)[0].reserved == 0
    new.drain()


def test_a_file_that_others_can_read_is_refused(path: Path):
    path.touch(mode=0o644)
    with pytest.raises(PermissionError, match="does not belong"):
        SharedTally(path, 200)


def test_a_full_table_forgets_rates_and_never_a_balance(path: Path):
    tally = SharedTally(path, 100)
    budget, slow = cells()[0], Law("bucket", 1, 86_400 * crowd.SECOND)
    found = tally.take([budget], [9], crowd.NOW)
    assert isinstance(found, Taken)
    tally.settle(found.lease, [9], crowd.NOW)
    for number in range(500):
        tally.take([Claim(f"address={number}", slow, sure=True)], [1], crowd.NOW + number)
    assert tally.look([budget], crowd.NOW + 500)[0].settled == 9
    assert isinstance(tally.take([Claim("address=499", slow)], [1], crowd.NOW + 500), Refused)


def test_a_table_full_of_balances_refuses_another_and_holds_nothing(path: Path):
    tally = SharedTally(path, 100)
    for number in range(99):
        tally.add([Claim(f"budget={number}", Law("window", 5))], [1], crowd.NOW)
    first, second = Claim("first", Law("window", 5)), Claim("second", Law("window", 5))
    with pytest.raises(CountersLost, match="all 100 counters"):
        tally.take([first, second], [1, 1], crowd.NOW)
    assert tally.look([first], crowd.NOW)[0].reserved == 0


def test_calls_for_which_there_is_no_room_leave_nothing_reserved_for_ever(path: Path):
    tally = SharedTally(path, 100)
    for number in range(99):
        tally.add([Claim(f"budget={number}", Law("window", 5))], [1], crowd.NOW)
    known = Claim("known", Law("window", 500))
    assert spend(tally, known)
    for number in range(3):
        with pytest.raises(CountersLost):
            tally.take([known, Claim(f"another={number}", Law("window", 5))], [1, 1], crowd.NOW)
    assert spend(tally, known)  # what is written now is what was settled, and no more
    (standing,) = tally.look([known], crowd.NOW)
    assert (standing.settled, standing.reserved) == (200, 0)


def test_a_table_without_memory_refuses_and_leaves_nothing_reserved(path: Path, monkeypatch: pytest.MonkeyPatch):
    tally = SharedTally(path, 100)
    known = Claim("known", Law("window", 500))
    assert spend(tally, known)
    monkeypatch.setattr("os.posix_fallocate", _no_memory)
    with pytest.raises(CountersLost, match="no memory"):
        tally.take([known, Claim("another", Law("window", 5))], [1, 1], crowd.NOW)
    monkeypatch.undo()
    assert spend(tally, known)
    assert tally.look([known], crowd.NOW)[0].reserved == 0


def _no_memory(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("cells", [99, 10_000_001])
def test_a_table_of_no_use_is_refused(cells: int):
    with pytest.raises(ValueError, match="at least 100 and at most"):
        Shared(cells=cells)


def test_a_table_that_somebody_keeps_locked_is_told_to_the_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shared_tally, "_ENTRY_SECONDS", 0.01)
    ground: Any = Ground(str(tmp_path), None)  # pyright: ignore[reportArgumentType]
    first = SharedTally(table_path(str(tmp_path)), 100)
    first._table.acquire()
    with pytest.raises(BadConfig, match="a process that does not go on"):
        Shared(cells=100).open(ground)
    first._table.release()
    second: Any = Shared(cells=100).open(ground)  # what was not entered was left
    second.drain()
    first.drain()
    assert not table_path(str(tmp_path)).exists()
