"""The seat of a process at a shared table: taken as long as it lives, and seen to be free when it has died."""

import fcntl
import struct

from trigate.store.counter import CountersLost
from trigate.store.table import BORN, RESERVED, SEATS, STAMP, Table

_ASK = struct.Struct("hhqqi4x")  # struct flock of 64-bit Linux


def take_seat(table: Table) -> int:
    """A seat for this process, with the table locked; raises CountersLost if all are taken.

    What its last owner held is given back before.
    """
    for seat in range(SEATS):
        if _try(table, seat, fcntl.F_WRLCK):
            if seat in table.taken_seats():
                give_back(table, seat)
            table.sit(seat)
            return seat
    raise CountersLost(f"{SEATS} processes use the shared counters already")


def leave_seat(table: Table, seat: int) -> None:
    """Free the seat and what is held there, with the table locked."""
    give_back(table, seat)
    table.stand_up(seat)
    release_seat(table, seat)


def bury_dead(table: Table, own: int) -> bool:
    """Give back what processes hold that have died, with the table locked; whether there was one."""
    found = False
    for seat in table.taken_seats():
        if seat != own and _try(table, seat, fcntl.F_WRLCK):
            leave_seat(table, seat)
            found = True
    return found


def release_seat(table: Table, seat: int) -> None:
    """Let others sit there; the kernel does it when a process ends."""
    _try(table, seat, fcntl.F_UNLCK)


def give_back(table: Table, seat: int) -> None:
    """Give back every reservation of a seat."""
    for row, held in table.leases(seat):
        here = [(index, born, amount) for index, born, amount in held if table.words[table.word(index) + BORN] == born]
        images = [table.image(index) for index, _, _ in here]
        table.save(images, row)
        for index, _, amount in here:
            word = table.word(index)
            table.words[word + RESERVED] -= amount
            table.words[word + STAMP] = 0  # whoever has read it reads it again
        table.words[row] = 0
        table.done()


def _try(table: Table, seat: int, kind: int) -> bool:
    """Locks of the open file go with the process, however it ends."""
    try:
        fcntl.fcntl(table.descriptor, fcntl.F_OFD_SETLK, _ASK.pack(kind, 0, seat, 1, 0))
    except (BlockingIOError, PermissionError):
        return False
    return True
