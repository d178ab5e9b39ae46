"""The state directory belongs to one gateway at a time; the file that proves it says which process that is."""

import fcntl
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from trigate.core.errors import BadConfig

FILE = "lock"


class Standing(Struct):
    """What the gateway that holds a directory says of itself."""

    pid: int
    upgrades: int = 0
    """How many times a new program was tried."""
    serving: bool = False
    """Whether the newest attempt is over."""
    problem: str = ""
    """Why the newest attempt failed, empty if it did not."""


def acquire(directory: Path) -> int:
    """Hold a state directory for this gateway alone; raises BadConfig if another has it. The lock ends with the last
    process that has the descriptor."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise BadConfig(f"{directory} is in use by another gateway: set store.directory") from None
    return descriptor


def tell(descriptor: int, standing: Standing) -> None:
    """Let others read how it stands."""
    text = msgspec.json.encode(standing)
    os.pwrite(descriptor, text, 0)
    os.ftruncate(descriptor, len(text))


def look(directory: Path) -> Standing | None:
    """What the gateway that holds a directory says; None if none does."""
    try:
        descriptor = os.open(directory / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None  # nobody holds it
    except BlockingIOError:
        return _decode(os.pread(descriptor, 8192, 0))
    finally:
        os.close(descriptor)


def _decode(text: bytes) -> Standing | None:
    try:
        return msgspec.json.decode(text, type=Standing)
    except msgspec.DecodeError:
        return None  # it is being written
