"""The receive buffer that all connections of a loop share: it is filled and emptied within one callback."""

import mmap
import threading

READ_BYTES = 64 * 1024
"""Most bytes read from a socket at once, and so most that can come on top of what a paused connection holds."""


class _Buffer(threading.local):
    """One per thread, because a loop has a thread to itself."""

    def __init__(self) -> None:
        # Private: workers are forked from a process that has loaded this, and must not read into each other's memory.
        self.room = mmap.mmap(-1, READ_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


_buffer = _Buffer()


def receive_buffer() -> mmap.mmap:
    """READ_BYTES to read into, for protocols that keep nothing of it when their callback returns.

    An anonymous map, because a slice of one is `bytes` at once, without a view that has to be made and copied first.
    """
    return _buffer.room
