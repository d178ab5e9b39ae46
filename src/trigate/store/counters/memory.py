"""Numbers in the memory of one worker: the fastest, and gone with it."""

from trigate.store.counter import Counters, Counting, Ground
from trigate.store.tally import Tally


class Memory(Counting):
    """Counts in the memory of the worker, for a gateway with one of them.

    After a start, balances of budgets are read from the ledger; rates and reservations begin anew.
    """

    cells: int = 100_000
    """Most numbers that are kept: one for each limit and each key, team or address it is counted for. Those that nobody
    has used for their span are forgotten first; when all are needed, a request that would begin another is refused."""

    def __post_init__(self) -> None:
        if self.cells < 100:
            raise ValueError("cells must be at least 100")

    def open(self, ground: Ground) -> Counters:
        """Nothing has been used yet."""
        return Tally(self.cells)
