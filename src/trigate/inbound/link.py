"""A caller's connection as a stream of bytes: how long it may be silent, how it is stopped, and how it ends."""

import asyncio
import mmap
import socket
import struct

from trigate.core.batch import batched
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.core.request import Peer
from trigate.inbound.peer import Origin, read_peer
from trigate.inbound.service import Service

LINGER_SECONDS = 1.0
LINGER_BYTES = 1024 * 1024
"""How long, and for how many bytes, a caller that is still sending is heard out so that it can read its answer."""

LOOK_SECONDS = 0.1
"""How often a caller that is not read is looked at: it may be gone."""

_RESET = struct.pack("ii", 1, 0)


class Link(asyncio.BufferedProtocol):
    """What a connection is before any protocol is spoken on it."""

    __slots__ = (
        "_closing", "_eof", "_heard", "_origin", "_patience", "_paused", "_service", "_stall_until", "_unsent",
        "deadline", "peer", "stalled", "transport",
    )  # fmt: skip

    transport: asyncio.Transport
    peer: Peer

    def __init__(self, service: Service, origin: Origin | None = None) -> None:
        self._service = service
        self._origin = origin
        self._eof = False
        """The caller sends no more."""
        self._closing = False
        """No more is served: what still arrives is heard out, up to `_heard` bytes."""
        self._heard = 0
        self._paused = False
        self.stalled = False
        """The caller does not read."""
        self._unsent = 0
        self._stall_until = NEVER
        self._patience = NEVER
        self.deadline = NEVER

    # the transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller connected."""
        self.transport = batched(transport)
        self.peer = read_peer(self.transport, self._origin)
        self._service.connections.add(self)
        self._service.deadlines.add(self)

    def get_buffer(self, sizehint: int) -> mmap.mmap:
        """Where the loop reads to."""
        return self._service.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take in what the loop has read."""
        self.data_received(self._service.buffer[:nbytes])

    def data_received(self, data: bytes) -> None:
        """Take in bytes of the caller."""
        raise NotImplementedError

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, for whatever reason."""
        self._closing = True
        self._service.connections.discard(self)
        self._service.deadlines.discard(self)

    def pause_writing(self) -> None:
        """The caller does not read."""
        self.stalled = True
        self._watch_writing(self._service.timeouts.write_stall)

    def resume_writing(self) -> None:
        """The caller reads again."""
        self.stalled = False
        if not self._closing:
            self._stall_until = NEVER
            self.deadline = self._patience

    # reading

    def _pause(self) -> None:
        """Read no more; the caller cannot be late while nobody listens, but it can be gone."""
        self._wait(LOOK_SECONDS)
        if not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self.transport.resume_reading()

    # ends

    def reset(self) -> None:
        """Break the connection off so that nothing on it can be taken for complete."""
        self._closing = True
        self.deadline = NEVER
        raw_socket = self.transport.get_extra_info("socket")
        if raw_socket is not None and raw_socket.family != socket.AF_UNIX:
            raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    def broken(self) -> bool:
        """Whether the peer has answered something with a reset: the loop does not tell once it has read to the end."""
        raw_socket = self.transport.get_extra_info("socket")
        return raw_socket is not None and raw_socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0

    def _finish(self) -> None:
        """Close behind what is written."""
        self._closing = True
        self._watch_writing(self._service.timeouts.write_stall)
        self.transport.close()

    def _linger(self) -> None:
        """Close, but hear the caller out for a while: a reset now could destroy what it has not read yet."""
        self._closing = True
        if self._eof or not self.transport.can_write_eof():
            self._finish()
            return
        self._heard = LINGER_BYTES
        self._resume()
        self.transport.write_eof()
        self._watch_writing(LINGER_SECONDS)

    def _hear_out(self, size: int) -> None:
        self._heard -= size
        if self._heard <= 0:
            self.transport.close()

    def drain(self) -> None:
        """The gateway is told to stop: what is under way is the last."""
        raise NotImplementedError

    def stop(self) -> None:
        """Nothing is waited for any more."""
        raise NotImplementedError

    # time

    def _wait(self, seconds: float) -> None:
        """What comes next from the caller must come within `seconds`."""
        self._patience = clock.monotonic() + seconds
        self.deadline = min(self._patience, self._stall_until)

    def _watch_writing(self, seconds: float) -> None:
        """The caller must take some of what is written within `seconds`."""
        self._unsent = self.transport.get_write_buffer_size()
        self._stall_until = clock.monotonic() + seconds
        self.deadline = min(self._patience, self._stall_until)

    def expire(self) -> None:
        """A phase took too long."""
        if self._closing or self._stall_until <= clock.monotonic():
            self._expire_writing()
        else:
            self._expire_reading()

    def _expire_writing(self) -> None:
        """Break off, unless the caller reads, however slowly."""
        unsent = self.transport.get_write_buffer_size()
        if 0 < unsent < self._unsent:
            self._watch_writing(self._service.timeouts.write_stall)
        elif unsent == 0 and self._closing:
            self.deadline = NEVER
            self.transport.abort()
        else:
            self.reset()

    def _expire_reading(self) -> None:
        """What was waited for did not come."""
        raise NotImplementedError
