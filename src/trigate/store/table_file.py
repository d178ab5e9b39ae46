"""Where the workers of one gateway find the table of what they count together."""

import os
from hashlib import blake2b
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a file of our own name, refused if it is not ours alone


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
