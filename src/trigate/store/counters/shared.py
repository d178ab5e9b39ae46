"""Numbers in memory that the workers of one machine share."""

import os
from hashlib import blake2b
from pathlib import Path

from trigate.core.errors import BadConfig
from trigate.store.counter import Counters, Counting, Ground
from trigate.store.lone_tally import enter
from trigate.store.presence import Presence

MEMORY = Path("/dev/shm")  # noqa: S108 - a file of our own name, refused if it is not ours alone


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
        except OSError as error:
            raise BadConfig(f"counters cannot be shared between workers: {error}") from None
        tally.presence = presence
        return tally


def table_path(directory: str) -> Path:
    """The file that the workers of the gateway in `directory` share."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        name = blake2b(os.fsencode(Path(directory).resolve()), digest_size=8).hexdigest()
        return MEMORY / f"trigate-{os.geteuid()}-{name}"
    run = Path(directory) / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    return run / f"counters-{_boot()}"


def _boot() -> str:
    """Tells one start of the machine from the next: a lock that was held at a loss of power is held for ever."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
