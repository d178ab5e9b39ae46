"""Counters in memory: what the oracle says, whatever happens."""

from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.store.counters.machine import machine
from trigate.store.counter import Claim, Refused, Standing, Taken
from trigate.store.counters.memory import Memory
from trigate.store.tally import Tally


class InMemory:
    workers = 1

    def __init__(self) -> None:
        self.tally = Tally(1000)

    def take(self, worker: int, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> Taken | Refused:
        return self.tally.take(claims, amounts, now)

    def settle(self, worker: int, lease: object, amounts: Sequence[int], now: int) -> None:
        self.tally.settle(lease, amounts, now)

    def extend(self, worker: int, lease: object, now: int) -> None:
        self.tally.extend(lease, now)

    def look(self, worker: int, claims: Sequence[Claim], now: int) -> Sequence[Standing]:
        return self.tally.look(claims, now)

    def crash(self, worker: int) -> None: ...
    def close(self) -> None: ...


def test_memory_says_what_the_oracle_says():
    run_state_machine_as_test(
        machine(InMemory, mortal=False), settings=settings(max_examples=30, stateful_step_count=30, deadline=None)
    )


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_memory_says_what_the_oracle_says_for_long():
    run_state_machine_as_test(
        machine(InMemory, mortal=False), settings=settings(max_examples=10_000, stateful_step_count=100, deadline=None)
    )


def test_a_table_too_small_to_be_of_use_is_refused():
    with pytest.raises(ValueError, match="at least 100"):
        Memory(cells=99)
