"""Numbers in the memory of one worker: the fastest, and gone with it."""

import sys
from pathlib import Path

from trigate.core.errors import BadConfig
from trigate.store.counter import Counters, CountersLost, Counting, Ground
from trigate.store.presence import Presence
from trigate.store.table_file import table_path
from trigate.store.tally import Tally


class Memory(Counting):
    """Counts in the memory of the worker, for a gateway with one of them.

    After a start, balances of budgets are read from the ledger; rates and reservations begin anew. Successors at an
    upgrade know them all.
    """

    cells: int = 100_000
    """Most numbers that are kept: one for each limit and each key, team or address it is counted for. Those that nobody
    has used for their span are forgotten first; when all are needed, a request that would begin another is refused."""

    def __post_init__(self) -> None:
        if self.cells < 100:
            raise ValueError("cells must be at least 100")

    def open(self, ground: Ground) -> Counters:
        """Nothing has been used yet, or what another process knows; raises BadConfig if it does not tell."""
        if sys.platform != "linux":
            return Tally(self.cells)
        from trigate.store.lone_tally import LoneTally  # noqa: PLC0415 - there is shared memory

        try:
            presence = Presence(Path(ground.directory))
            return LoneTally(table_path(ground.directory), presence, self.cells, ground.surroundings.deadlines)
        except (OSError, CountersLost) as error:
            raise BadConfig(f"counters cannot be handed over: {error}") from None
