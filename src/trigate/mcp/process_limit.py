"""Bounds that the operating system sets to a process and to all it starts."""

import ctypes
import os
import re
import resource
import signal
import sys
from collections.abc import Callable

from trigate.core.settings import Duration, Settings, Size

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_UMASK = re.compile(r"0?[0-7]{3}")
_prctl: Callable[..., int] | None = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class ProcessLimits(Settings):
    """Bounds of a command; those left out are the gateway's own."""

    memory: Size | None = None
    """Most private memory of each process (RLIMIT_DATA, which address space merely reserved does not count towards)."""
    processes: int | None = None
    """Most processes and threads of the user who runs it; in bubblewrap, those in the sandbox alone (RLIMIT_NPROC)."""
    open_files: int | None = None
    """Most files and sockets that each process has open."""
    file_size: Size | None = None
    """Largest file it may write."""
    cpu: Duration | None = None
    """Most processor time of each process, in whole seconds; beyond, it is killed."""
    nice: int = 0
    """How far it steps back behind others for the processor, 0 to 19."""
    umask: str = "077"
    """Permissions that new files do not get, in octal; by default only the user who runs the gateway may read them."""

    def __post_init__(self) -> None:
        for name in ("memory", "processes", "open_files", "file_size", "cpu"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1")
        if not 0 <= self.nice <= 19:
            raise ValueError("nice is 0 to 19")
        if not _UMASK.fullmatch(self.umask):
            raise ValueError(f"{self.umask!r} is not a umask such as 077")


def preparation(limits: ProcessLimits, privileges: bool = False) -> Callable[[], None]:
    """What a new process does before the program runs: it takes the bounds, and dies when the gateway's process dies.

    Without `privileges` no program it runs gets more of them than it has (set-user-ID bits, file capabilities).
    """
    bounds = [(resource.RLIMIT_CORE, 0), *_bounds(limits)]
    pairs = [(which, _within_hard(which, value)) for which, value in bounds]
    mask, nice = int(limits.umask, 8), limits.nice

    def prepare() -> None:
        if _prctl is not None:
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if not privileges:
                _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.umask(mask)
        if nice:
            os.nice(nice)
        for which, value in pairs:
            resource.setrlimit(which, (value, value))

    return prepare


def _bounds(limits: ProcessLimits) -> list[tuple[int, int]]:
    named = [
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CPU, limits.cpu),
    ]
    return [(which, int(value)) for which, value in named if value is not None]


def _within_hard(which: int, value: int) -> int:
    """Nobody but root may raise what is already bounded harder."""
    hard = resource.getrlimit(which)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)
