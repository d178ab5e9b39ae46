"""Places: what is stored is what another process loads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from trigate.store.cells import CELLS
from trigate.store.counter import Algorithm, Claim, Law
from trigate.store.place import Place
from trigate.store.table import Table

SECOND = 1_000_000_000
T = 1_000_000 * SECOND


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path / "counters", 100)
    yield made
    made.close()


@pytest.mark.parametrize("algorithm", list(CELLS))
def test_a_cell_is_the_same_after_its_journey(table: Table, algorithm: Algorithm):
    law = Law(algorithm, 10**12 + 1, 86_400 * SECOND, 3 * 10**12)
    place = Place(Claim("c", law, start=5, end=9), bytes(16), 3, 77)
    place.begin(table, place.claim, T, 1)
    cell = place.cell
    assert cell.use(10**12 - 3, T, T, True)
    assert cell.take(2, T + SECOND, T, True)
    place.store(table, 2)
    again = Place.read(table, 3)
    assert (again.cell.freeze(), again.cell.reserved, again.cell.law) == (cell.freeze(), 2, law)
    assert (again.cell.start, again.cell.end, again.stamp, again.born) == (5, 9, 2, 77)
    assert again.cell.room(T + 2 * SECOND) == cell.room(T + 2 * SECOND)


def test_a_span_is_not_written_before_it_is_granted(table: Table):
    place = Place(Claim("c", Law("sliding", 10, 60 * SECOND)), bytes(16), 3, 77)
    place.begin(table, place.claim, T, 1)
    place.cell.use(4, T, T, True)
    assert sum(table.ring(3)) == 0
    place.store(table, 2)
    assert sum(table.ring(3)) == 4
