"""A command's input: written to in lines, bounded in what waits there, and given up when nothing of it is read."""

import asyncio
from collections.abc import Callable

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.mcp.fault import ServerFailed

MOST_BYTES = 16 * 2**20
"""What waits for a command to read it; what would be more is refused at once."""
MOST_WRITERS = 256
"""Who waits for it."""


class Inlet:
    """The input of one process; a command that is busy may leave it unread for a while, one that hangs may not."""

    __slots__ = ("_deadlines", "_jammed", "_patience", "_read", "_writer", "_writers", "_written", "deadline")

    def __init__(
        self, writer: asyncio.StreamWriter, deadlines: Deadlines, patience: float, jammed: Callable[[], None]
    ) -> None:
        """`jammed` is called once nothing of what waits was read for `patience` seconds."""
        self._writer = writer
        self._deadlines = deadlines
        self._patience = patience
        self._jammed = jammed
        self._written = self._read = self._writers = 0
        self.deadline = NEVER

    async def write(self, line: bytes) -> None:
        """Write a line, and wait while the command has much to read; raises ServerFailed, OSError or RuntimeError."""
        if self._writers >= MOST_WRITERS:
            raise ServerFailed("it does not read its input")
        self.put(line)
        self._writers += 1
        try:
            await self._writer.drain()
        finally:
            self._writers -= 1

    def put(self, line: bytes) -> None:
        """Write a line and wait for nothing; raises ServerFailed if too much waits already."""
        if b"\n" in line or b"\r" in line:
            line = line.replace(b"\n", b" ").replace(b"\r", b" ")  # JSON has line breaks only between its tokens
        line += b"\n"
        waiting = self._waiting()
        if waiting and waiting + len(line) > MOST_BYTES:
            raise ServerFailed("it does not read its input")
        self._writer.write(line)
        self._written += len(line)
        if self.deadline == NEVER and self._waiting():
            self._watch()

    def close(self) -> None:
        """The process has ended: nothing is watched any more."""
        self.deadline = NEVER
        self._deadlines.discard(self)

    def expire(self) -> None:
        """Look whether something was read in the meantime."""
        waiting = self._waiting()
        if not waiting:
            self.close()
        elif self._written - waiting > self._read:
            self._watch()
        else:
            self.close()
            self._jammed()

    def _watch(self) -> None:
        self._read = self._written - self._waiting()
        self.deadline = clock.monotonic() + self._patience
        self._deadlines.add(self)

    def _waiting(self) -> int:
        return self._writer.transport.get_write_buffer_size()
