"""Copies of cells: they say the same now and later, and hold nothing."""

from hypothesis import given
from hypothesis import strategies as st

from trigate.store.cells import CELLS
from trigate.store.copying import claim_of, copy
from trigate.store.counter import Claim, Law

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
LAWS = [Law("bucket", 7, 3 * SECOND, 20), Law("sliding", 30, 6 * SECOND), Law("window", 50), Law("concurrency", 8)]


@given(st.sampled_from(LAWS), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2 * SECOND)), max_size=20))
def test_a_copy_says_what_the_cell_says_now_and_later(law: Law, used: list[tuple[int, int]]):
    cell, now = CELLS[law.algorithm](Claim("a", law, start=5, end=9), NOW), NOW
    for amount, pause in used:
        now += pause
        cell.room(now)
        cell.spend(amount)
    made = copy(cell, "b")
    assert (made.name, made.start, made.end, made.reserved) == ("b", 5, 9, 0)
    for later in range(now, now + 8 * SECOND, SECOND // 3):
        assert (made.room(later), made.settled()) == (cell.room(later), cell.settled())


def test_what_is_spent_of_a_copy_is_not_spent_of_the_cell():
    for law in LAWS[:3]:
        cell = CELLS[law.algorithm](Claim("a", law), NOW)
        made = copy(cell, "a")
        made.spend(3)
        assert (cell.settled(), made.settled()) == (0, 3)


def test_a_cell_that_is_not_kept_any_more_is_asked_for_by_its_window():
    cell = CELLS["window"](Claim("a", LAWS[2], start=5, end=9), NOW)
    cell.mark()
    claim = claim_of(cell, hard=False)
    assert (claim.cell, claim.start, claim.end, claim.hard) == ("a", 5, 9, False)
