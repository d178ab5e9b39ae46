"""The receive buffer that all connections of a loop share: it is filled and emptied within one callback."""

import threading

READ_BYTES = 64 * 1024
"""Most bytes read from a socket at once, and so most that can come on top of what a paused connection holds."""


class _Buffer(threading.local):
    """One per thread, because a loop has a thread to itself."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(READ_BYTES))


_buffer = _Buffer()


def receive_buffer() -> memoryview:
    """READ_BYTES to read into, for protocols that keep nothing of it when their callback returns."""
    return _buffer.view
