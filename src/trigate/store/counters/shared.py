"""Numbers in memory that the workers of one machine share."""

from pathlib import Path

from trigate.core.errors import BadConfig
from trigate.store.counter import Counters, CountersLost, Counting, Ground
from trigate.store.lone_tally import enter
from trigate.store.presence import Presence
from trigate.store.table_file import table_path


class Shared(Counting):
    """Counts in memory that all workers of this machine share; chosen by itself when there is more than one worker.

    What a worker that dies had reserved is given back within a second, and what it had used stays counted. Nothing
    need be made before the workers start: each opens the same file, in memory, named after `store.directory`.
    """

    cells: int = 100_000
    """Most numbers that are kept: one for each limit and each key, team or address it is counted for. Those that nobody
    has used for their span are forgotten first; when all are needed, a request that would begin another is refused."""

    def __post_init__(self) -> None:
        if not 100 <= self.cells <= 10_000_000:
            raise ValueError("cells must be at least 100 and at most 10000000")

    def open(self, ground: Ground) -> Counters:
        """Joins the others; raises BadConfig where memory cannot be shared."""
        try:
            presence = Presence(Path(ground.directory))
            tally = enter(table_path(ground.directory), presence, self.cells)
        except (OSError, CountersLost) as error:
            raise BadConfig(f"counters cannot be shared between workers: {error}") from None
        tally.presence = presence
        return tally
