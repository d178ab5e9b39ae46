"""Memory that the workers of a machine share; it is found again after any of them, or the gateway, has ended."""

import fcntl
import mmap
import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path


class Shared:
    """A mapped region; single words are read and written at once, more than that under the lock of their place."""

    __slots__ = ("_descriptor", "memory")

    def __init__(self, memory: mmap.mmap, descriptor: int = -1) -> None:
        self.memory = memory
        self._descriptor = descriptor

    def lock(self, place: int) -> None:
        """Wait for the lock of a place (any number from 0); it ends with `unlock` or the process, at the latest.

        It keeps other processes out, not other parts of this one: what is done under it must not await.
        """
        if self._descriptor >= 0:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX, 1, place)

    def unlock(self, place: int) -> None:
        """Let others have the place."""
        if self._descriptor >= 0:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, place)


Share = Callable[[str, int], Shared]
"""The region of this name and size in bytes, zeros when it is new; raises OSError."""
Derive = Callable[[str], bytes]
"""A secret of 32 bytes for this purpose: the same in every process of an installation, and after a restart."""


def share_in(directory: Path) -> Share:
    """Regions as files of a directory, which is made for its owner alone."""

    def share(name: str, size: int) -> Shared:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory / f"{name}-{size}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(descriptor, size)
        return Shared(mmap.mmap(descriptor, size), descriptor)

    return share


def share_alone(name: str, size: int) -> Shared:
    """A region that only this process has."""
    return Shared(mmap.mmap(-1, size))


_ALONE = os.urandom(32)


def derive_alone(purpose: str) -> bytes:
    """A secret that only this process has."""
    return blake2b(purpose.encode(), key=_ALONE, digest_size=32).digest()
