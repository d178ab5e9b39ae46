"""A lock in memory that processes share, which whoever comes next can take over from a process that died with it.

A lock of the kernel's on a file costs two system calls for every exchange. A robust mutex of the threads library costs
none while nobody else holds it, and tells the next one if its holder died.
"""

import ctypes
import errno
import sys

from trigate.core.clock import clock
from trigate.store.counter import CountersLost

SIZE = 64
"""Bytes that a mutex may take; no known platform needs more than 48."""
PATIENCE = 1.0
"""Seconds to wait for whoever holds it: they need microseconds, so somebody was stopped in the middle."""
_SHARED = _ROBUST = 1


class _Moment(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Mutex:
    """Lives at an address of shared memory; the memory must outlive it."""

    __slots__ = ("_address", "_lock", "_try", "_wait", "release")

    def __init__(self, address: int) -> None:
        if sys.platform != "linux":
            raise OSError(errno.ENOTSUP, "counters shared by several workers need Linux")
        quick, patient = ctypes.PyDLL(None), ctypes.CDLL(None)  # what may wait lets go of the interpreter
        self._address = ctypes.c_void_p(address)
        self._try = quick.pthread_mutex_trylock
        self._wait = patient.pthread_mutex_timedlock
        unlock, here = quick.pthread_mutex_unlock, self._address
        self.release = lambda: unlock(here)

    def create(self) -> None:
        """Make the memory a mutex that nobody holds."""
        library, kind = ctypes.PyDLL(None), ctypes.create_string_buffer(SIZE)
        library.pthread_mutexattr_init(kind)
        library.pthread_mutexattr_setpshared(kind, _SHARED)
        library.pthread_mutexattr_setrobust(kind, _ROBUST)
        problem = library.pthread_mutex_init(self._address, kind)
        if problem:
            raise OSError(problem, "no mutex for shared counters")

    def acquire(self, patience: float | None = None) -> bool:
        """Whether the last holder died with it, and left its work half done.

        Raises CountersLost after `patience`, seconds; PATIENCE if it says nothing.
        """
        result = self._try(self._address)
        if result == 0:
            return False
        if result == errno.EBUSY:
            result = self._wait(self._address, ctypes.byref(_until(PATIENCE if patience is None else patience)))
        if result == errno.EOWNERDEAD:
            ctypes.PyDLL(None).pthread_mutex_consistent(self._address)
            return True
        if result:
            raise CountersLost(f"the shared counters are held by a process that does not go on (error {result})")
        return False


def _until(seconds: float) -> _Moment:
    whole, rest = divmod(clock.wall_ns() + int(seconds * 1e9), 1_000_000_000)
    return _Moment(whole, rest)
