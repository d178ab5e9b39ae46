"""A sliding span: nothing leaves it early, and no span ever holds more than the capacity."""

from hypothesis import given
from hypothesis import strategies as st

from tests.store.test_cell import admit, cell
from trigate.store.counter import Law

SECOND = 1_000_000_000
T = 1_000_000 * SECOND


def test_a_sliding_span_forgets_slot_by_slot_and_never_early():
    sliding = cell(Law("sliding", 10, 60 * SECOND))
    sliding.use(10, T + SECOND // 2, T, True)
    assert sliding.room(T + 60 * SECOND + SECOND // 2) == 0
    assert sliding.room(T + 61 * SECOND - 1) == 0
    assert sliding.room(T + 61 * SECOND) == 10


def test_a_refusal_by_a_span_tells_when_enough_of_it_has_left():
    sliding = cell(Law("sliding", 10, 60 * SECOND))
    sliding.use(4, T, T, True)
    sliding.use(6, T + 10 * SECOND, T, True)
    sliding.room(T + 20 * SECOND)
    assert sliding.standing(T, wanted=4).resets == 41 * SECOND
    assert sliding.standing(T, wanted=5).resets == 51 * SECOND


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 30)), max_size=60))
def test_no_span_ever_holds_more_than_the_capacity(arrivals: list[tuple[int, int]]):
    law = Law("sliding", 50, 6 * SECOND)
    admitted = admit(cell(law), arrivals)
    for end, _ in admitted:
        assert sum(n for when, n in admitted if end - law.length < when <= end) <= law.capacity
