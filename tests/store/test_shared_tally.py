"""One process at a shared table: what it does when the table cannot be had at once."""

from pathlib import Path
from uuid import uuid4

import pytest

from trigate.store import mutex
from trigate.store.counter import Claim, CountersLost, Law, Refused, Taken
from trigate.store.seat import release_seat
from trigate.store.shared_tally import SharedTally

NOW = 1_800_000_000_000_000_000
BUDGET = Law("window", 5000)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[SharedTally, SharedTally]:
    path = tmp_path / uuid4().hex
    return SharedTally(path, 100), SharedTally(path, 100)


def test_a_settle_waits_for_a_table_that_is_held_and_loses_nothing(
    pair: tuple[SharedTally, SharedTally], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mutex, "PATIENCE", 0.01)
    ours, theirs = pair
    claim = Claim("budget", BUDGET)
    found = ours.take([claim], [5000], NOW)
    assert isinstance(found, Taken)
    theirs._table.acquire()
    ours.settle(found.lease, [1234], NOW)
    with pytest.raises(CountersLost):
        ours.take([claim], [1], NOW)
    theirs._table.release()
    standing = ours.look([claim], NOW)[0]
    assert (standing.settled, standing.reserved) == (1234, 0)


def test_nobody_is_refused_for_what_a_dead_worker_held(pair: tuple[SharedTally, SharedTally]):
    ours, theirs = pair
    claim = Claim("budget", BUDGET)
    assert isinstance(theirs.take([Claim("budget", BUDGET)], [5000], NOW), Taken)
    assert isinstance(ours.take([claim], [5000], NOW + 200_000_000), Refused)
    release_seat(theirs._table, theirs._seat)
    assert isinstance(ours.take([claim], [5000], NOW + 400_000_000), Taken)


def test_a_call_with_too_many_limits_is_refused_and_holds_nothing(pair: tuple[SharedTally, SharedTally]):
    ours, _ = pair
    claims = [Claim(f"budget={number}", BUDGET) for number in range(21)]
    with pytest.raises(CountersLost, match="more than 20"):
        ours.take(claims, [1] * 21, NOW)
    assert {each.reserved for each in ours.look(claims, NOW)} == {0}


def test_a_clock_put_back_in_one_worker_gives_nothing_twice(pair: tuple[SharedTally, SharedTally]):
    ours, theirs = pair
    law = Law("bucket", 10, 1_000_000_000)
    assert isinstance(ours.take([Claim("rate", law, sure=True)], [10], NOW), Taken)
    assert isinstance(theirs.take([Claim("rate", law, sure=True)], [10], NOW - 7_200_000_000_000), Refused)


def test_workers_of_two_configurations_count_together(pair: tuple[SharedTally, SharedTally]):
    ours, theirs = pair
    assert isinstance(ours.take([Claim("rate", Law("sliding", 10, 60_000_000_000), sure=True)], [7], NOW), Taken)
    longer = Claim("rate", Law("sliding", 20, 600_000_000_000), sure=True)
    assert theirs.look([longer], NOW)[0].settled == 7
    assert isinstance(theirs.take([longer], [13], NOW), Taken)
    assert isinstance(ours.take([Claim("rate", Law("sliding", 10, 60_000_000_000))], [1], NOW), Refused)
