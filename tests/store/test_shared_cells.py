"""Cells of a table: found by their names, taken over from elsewhere, and listed."""

from pathlib import Path
from uuid import uuid4

import pytest

from trigate.store.cell import Cell
from trigate.store.cells import CELLS
from trigate.store.counter import Claim, CountersLost, Law
from trigate.store.shared_cells import digest_name
from trigate.store.shared_tally import SharedTally
from trigate.store.steady import SteadyTime

NOW = 1_800_000_000_000_000_000
BUDGET = Law("window", 5000)


@pytest.fixture
def tally(tmp_path: Path) -> SharedTally:
    return SharedTally(tmp_path / uuid4().hex, 100)


def used(name: str, amount: int, start: int = 0) -> Cell:
    cell = CELLS["window"](Claim(name, BUDGET, start=start), NOW)
    cell.spend(amount)
    return cell


def settled(tally: SharedTally, name: str, start: int = 0) -> int:
    return tally.look([Claim(name, BUDGET, start=start)], NOW)[0].settled


def test_what_was_counted_elsewhere_is_found_by_its_name_or_its_digest(tally: SharedTally):
    cells = {digest_name("named"): used("named", 7), digest_name("other"): used("", 9)}
    tally.adopt(cells, SteadyTime(), NOW)
    named, others = tally.copies(NOW)
    assert {name: cell.settled() for name, cell in named.items()} == {"named": 7}
    assert {digest: cell.settled() for digest, cell in others.items()} == {digest_name("other"): 9}
    assert (settled(tally, "named"), settled(tally, "other")) == (7, 9)


def test_what_the_table_knows_better_stays(tally: SharedTally):
    tally.add([Claim("more", BUDGET), Claim("later", BUDGET, start=5)], [8, 1], NOW)
    old = {digest_name("more"): used("more", 7), digest_name("later"): used("later", 9)}
    tally.adopt(old, SteadyTime(), NOW)
    assert (settled(tally, "more"), settled(tally, "later", 5)) == (8, 1)
    tally.adopt({digest_name("later"): used("later", 3, 6)}, SteadyTime(), NOW)
    assert settled(tally, "later", 6) == 3


def test_a_table_without_room_takes_no_more(tally: SharedTally):
    cells = {digest_name(str(number)): used(str(number), 1) for number in range(101)}
    with pytest.raises(CountersLost, match="all 100 counters"):
        tally.adopt(cells, SteadyTime(), NOW)
