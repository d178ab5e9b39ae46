"""Cells that are copied from one place where numbers are kept to another, without what is reserved in them."""

from trigate.store.cell import Cell
from trigate.store.cells import CELLS
from trigate.store.counter import Claim
from trigate.store.sliding import Sliding


def claim_of(cell: Cell, *, hard: bool = True) -> Claim:
    """What asks for this cell; one that is not kept any more says so by its start."""
    start = cell.start if cell.start >= 0 else ~cell.start
    return Claim(cell.name, cell.law, hard, start, cell.end)


def copy(cell: Cell, name: str) -> Cell:
    """A cell in the memory of this process that has counted the same."""
    claim = claim_of(cell)
    claim.cell = name
    made = CELLS[cell.law.algorithm](claim, cell.touched)
    transfer(cell, made)
    return made


def transfer(source: Cell, target: Cell) -> None:
    """Have `target`, of the same law, say what `source` says."""
    target.thaw(source.freeze())
    target.touched = source.touched
    if isinstance(source, Sliding) and isinstance(target, Sliding):
        for index, amount in enumerate(source.ring):
            target.ring[index] = amount
