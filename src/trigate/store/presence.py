"""Who counts where: one process alone in its own memory, or several together in a table."""

import fcntl
import os
import struct
from pathlib import Path

FILE = "counters.lock"
_ASK = struct.Struct("hhqqi4x")  # struct flock of 64-bit Linux


class Presence:
    """A process's part in a lock on a file, which the kernel lets go of when the process ends, however that happens.

    Unlike `flock`, a lock of the open file stays what it was when it cannot become another.
    """

    def __init__(self, directory: Path) -> None:
        """Makes the file where there is none; raises OSError."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(directory / FILE, flags, 0o600)

    def claim(self) -> bool:
        """Be the only one, if there is nobody else; else nothing changes."""
        return self._try(fcntl.F_WRLCK)

    def join(self) -> bool:
        """Be one of several, unless somebody claims to be the only one."""
        return self._try(fcntl.F_RDLCK)

    def close(self) -> None:
        """Be gone; idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _try(self, kind: int) -> bool:
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, _ASK.pack(kind, 0, 0, 1, 0))
        except (BlockingIOError, PermissionError):
            return False
        return True
