"""Seats: each process has its own, and what the dead held is given back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from trigate.store import seat
from trigate.store.counter import CountersLost
from trigate.store.seat import bury_dead, give_back, leave_seat, release_seat, take_seat
from trigate.store.table import Table


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[list[Table]]:
    made = [Table(tmp_path / "counters", 100) for _ in range(2)]
    yield made
    for each in made:
        each.close()


def hold(table: Table, owner: int, amount: int) -> int:
    """A record of which a row of this seat holds something."""
    table.insert(5, (bytes(16), 3, 77, 0, 0, 9, 0, 0, 5, 0, amount, 0, 0, 0, 0))
    row = table.row(owner, table.grow(owner))
    table.words[row + 1], table.words[row + 2], table.words[row + 3], table.words[row] = 5, 77, amount, 1
    return row


def test_two_processes_sit_apart(tables: list[Table]):
    assert take_seat(tables[0]) != take_seat(tables[1])


def test_what_the_dead_hold_is_given_back_once(tables: list[Table]):
    own, other = take_seat(tables[0]), take_seat(tables[1])
    hold(tables[1], other, 4)
    assert not bury_dead(tables[0], own)
    release_seat(tables[1], other)
    assert bury_dead(tables[0], own)
    assert not bury_dead(tables[0], own)
    assert tables[0].read(5)[10] == 0


def test_what_is_held_of_a_cell_that_is_gone_changes_none_in_its_place(tables: list[Table]):
    own = take_seat(tables[0])
    hold(tables[0], own, 4)
    tables[0].insert(5, (bytes(16), 3, 78, 0, 0, 9, 0, 0, 5, 0, 9, 0, 0, 0, 0))
    give_back(tables[0], own)
    assert tables[0].read(5)[10] == 9


def test_a_free_seat_is_taken_again(tables: list[Table]):
    first = take_seat(tables[0])
    leave_seat(tables[0], first)
    assert take_seat(tables[1]) == first


def test_there_is_an_end_to_seats(tables: list[Table], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(seat, "SEATS", 1)
    take_seat(tables[0])
    with pytest.raises(CountersLost, match="1 processes use"):
        take_seat(tables[1])
