"""Single cells: what fits, what comes back when, and what a changed law leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.store.cell import Bucket, Cell
from trigate.store.cells import CELLS
from trigate.store.counter import Algorithm, Claim, Law, Standing

SECOND = 1_000_000_000
T = 1_000_000 * SECOND


def cell(law: Law, start: int = 0, end: int = 0) -> Cell:
    return CELLS[law.algorithm](Claim("c", law, start=start, end=end), T)


def standing(given: Standing | None) -> Standing:
    assert given is not None
    return given


def test_a_bucket_tells_when_it_is_full_again():
    bucket = cell(Law("bucket", 100, 60 * SECOND))
    assert standing(bucket.use(10, T, T, True)) == Standing(90, 6 * SECOND, 10, 0)
    assert bucket.room(T + 3 * SECOND) == 95


def test_a_refused_amount_is_told_when_it_would_fit():
    bucket = cell(Law("bucket", 100, 60 * SECOND))
    bucket.use(100, T, T, True)
    assert bucket.take(10, T, T, True) is None
    assert bucket.standing(T, wanted=10).resets == 6 * SECOND


def test_a_reservation_is_no_debt_until_it_is_settled():
    bucket = cell(Law("bucket", 100, 60 * SECOND))
    bucket.take(100, T, T, True)
    assert bucket.room(T + 600 * SECOND) == 0
    bucket.settle(100, 50, T + 600 * SECOND)
    assert bucket.room(T + 600 * SECOND) == 50


def test_a_window_tells_when_it_ends_by_the_wall():
    window = cell(Law("window", 10), start=T, end=T + 100 * SECOND)
    assert standing(window.take(4, T, T + SECOND, True)) == Standing(6, 99 * SECOND, 0, 4)


def test_a_window_without_end_never_resets():
    assert cell(Law("window", 10)).standing(T).resets == 0


def test_concurrency_gives_everything_back():
    concurrency = cell(Law("concurrency", 2))
    concurrency.take(2, T, T, True)
    assert concurrency.take(1, T, T, True) is None
    concurrency.settle(2, 2, T)
    assert standing(concurrency.take(1, T, T, True)) == Standing(1, 0, 0, 1)


def test_a_balance_restored_twice_counts_once():
    window = cell(Law("window", 100))
    window.restore(30)
    window.restore(30)
    assert window.settled() == 30


@pytest.mark.parametrize("algorithm", list(CELLS))
def test_a_soft_claim_goes_over_and_says_so(algorithm: Algorithm):
    found = standing(cell(Law(algorithm, 5, SECOND)).take(9, T, T, False))
    assert (found.remaining, found.reserved, found.over) == (0, 9, True)


@pytest.mark.parametrize("algorithm", ["bucket", "sliding", "window"])
def test_what_was_counted_survives_another_capacity_and_span(algorithm: Algorithm):
    each = cell(Law(algorithm, 10, 6 * SECOND))
    each.use(7, T, T, True)
    each.take(1, T, T, True)
    each.obey(Law(algorithm, 20, 18 * SECOND))
    assert (each.room(T), each.settled(), each.reserved) == (12, 7, 1)


def test_a_bucket_that_never_refills_can_be_described():
    bucket = cell(Law("bucket", 0, SECOND))
    assert bucket.take(1, T, T, True) is None
    assert bucket.standing(T, wanted=1).resets == 0
    assert standing(bucket.take(0, T, T, False)).remaining == 0


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 30)), max_size=60))
def test_no_time_lets_more_through_a_bucket_than_burst_and_refill(arrivals: list[tuple[int, int]]):
    law = Law("bucket", 50, 6 * SECOND)
    admitted = admit(cell(law), arrivals)
    for first in range(len(admitted)):
        for last in range(first, len(admitted)):
            passed = sum(n for _, n in admitted[first : last + 1])
            elapsed = admitted[last][0] - admitted[first][0]
            assert (passed - law.capacity) * law.length <= elapsed * law.capacity


def admit(each: Cell, arrivals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    now, admitted = T, list[tuple[int, int]]()
    for pause, amount in arrivals:
        now += pause * 1_000_000
        if each.use(amount, now, now, True):
            admitted.append((now, amount))
    return admitted


def test_a_bucket_counts_exactly_over_a_million_odd_steps():
    bucket = cell(Law("bucket", 7, 13 * SECOND))
    assert isinstance(bucket, Bucket)
    now = T
    for _ in range(1000):
        bucket.use(1, now, now, True)
        now += 1_857_142_858  # 13/7 of a second, rounded up
    assert bucket.room(now) == 7
