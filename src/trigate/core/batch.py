"""Writes of one turn of the loop that go out together: the peer is woken once for many of them, not for each.

A write to a peer that sleeps makes the kernel wake it, which costs more than the write itself; a peer that has just
been woken by a neighbour's write is awake still. So what is written in a turn is held until all sockets of that turn
have been read, or enough of them wait.
"""

import asyncio
import threading
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

MOST_WAITING = 16
"""With so many connections waiting they depart at once: the first of them shall not wait for a whole crowd."""
MOST_BYTES = 16 * 1024
"""Larger writes wait for nobody: their own cost is what counts."""


LONE_TURNS = 4
"""After so many turns in a row with one write each, the next writes wait for nobody: there is nobody to wait for."""
LONE_WRITES = 16
"""So many, and then it is looked again whether a write has company."""


class Batch(list["BatchedTransport"]):
    """The connections of one loop that have something to send."""

    __slots__ = ("_lone_turns", "company", "depart_soon", "lone_writes")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.depart_soon = partial(loop.call_soon, self._end_turn)
        self.company = False
        """More than one write came in this turn."""
        self.lone_writes = 0
        """How many of the next writes go out at once."""
        self._lone_turns = 0

    def depart(self) -> None:
        """Flush all, which may bring on more."""
        waiting = self[:]
        self.clear()
        for transport in waiting:
            held = transport.held
            if held:  # as `flush`, without the call
                transport.held = b""
                if not transport.is_closing():
                    transport.raw_write(held)

    def _end_turn(self) -> None:
        """All sockets of the turn have been read."""
        if self.company or len(self) > 1:
            self.company = False
            self._lone_turns = 0
        elif self._lone_turns < LONE_TURNS:
            self._lone_turns += 1
        else:
            self.lone_writes = LONE_WRITES
        self.depart()


class _Present(threading.local):
    """The batch of the loop that a thread runs at present."""

    loop: asyncio.AbstractEventLoop | None = None
    batch: Batch


_present = _Present()


class BatchedTransport(asyncio.Transport):
    """Stands in front of a socket's transport; whatever is not a small write flushes first, so order is kept."""

    __slots__ = ("_batch", "_raw", "held", "is_closing", "pause_reading", "raw_write", "resume_reading")

    def __init__(self, raw: asyncio.Transport, batch: Batch) -> None:
        super().__init__()
        self._raw = raw
        self.raw_write = raw.write
        self._batch = batch
        self.held: bytes | bytearray | memoryview = b""
        self.is_closing = raw.is_closing
        self.pause_reading = raw.pause_reading
        self.resume_reading = raw.resume_reading

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`, which must not be changed any more, with whatever else is sent in this turn."""
        if self.held or len(data) >= MOST_BYTES:
            self._write_more(data)
            return
        batch = self._batch
        if batch.lone_writes:
            batch.lone_writes -= 1
            if not self.is_closing():
                self.raw_write(data)
            return
        self.held = data
        batch.append(self)
        size = len(batch)
        if size == 1:
            batch.depart_soon()
        elif size >= MOST_WAITING:
            batch.company = True
            batch.depart()

    def _write_more(self, data: bytes | bytearray | memoryview) -> None:
        if self.held and len(self.held) + len(data) < MOST_BYTES:
            self.held = b"%b%b" % (self.held, data)
            self._batch.company = True
        else:
            self.flush()
            self.raw_write(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send all of it, large as it is expected to be, at once."""
        self.flush()
        self._raw.writelines(list_of_data)

    def flush(self) -> None:
        """Hand on what is held."""
        held = self.held
        if held:
            self.held = b""
            if not self.is_closing():
                self.raw_write(held)

    def can_write_eof(self) -> bool:
        """Whether the socket can be closed in one direction."""
        return self._raw.can_write_eof()

    def write_eof(self) -> None:
        """Send no more, behind what was written."""
        self.flush()
        self._raw.write_eof()

    def close(self) -> None:
        """Close behind what was written."""
        self.flush()
        self._raw.close()

    def abort(self) -> None:
        """Close at once; what was written has been handed to the kernel as far as it took it."""
        self.flush()
        self._raw.abort()

    def is_reading(self) -> bool:
        """Whether the socket is read."""
        return self._raw.is_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the socket's transport knows."""
        return self._raw.get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Water marks of what the kernel has not taken, in bytes."""
        self._raw.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._raw.get_write_buffer_size() + len(self.held)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Let another protocol read from now on."""
        self._raw.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol that reads."""
        return self._raw.get_protocol()


def batched(transport: asyncio.BaseTransport) -> asyncio.Transport:
    """`transport` with its writes batched if it is a socket's own; one that stands on another (TLS) as it is."""
    raw = cast(asyncio.Transport, transport)
    if raw.get_extra_info("socket") is None or raw.get_extra_info("ssl_object") is not None:
        return raw
    loop = asyncio.get_running_loop()
    if _present.loop is not loop:
        _present.loop, _present.batch = loop, Batch(loop)
    return BatchedTransport(raw, _present.batch)
