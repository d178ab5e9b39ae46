"""Answers that came as streams: kept a while, so that a caller whose connection was lost gets the rest."""

import asyncio
import os
from collections import OrderedDict

import msgspec

from trigate.core.bus import Bus, BusClosed, BusStream
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.parts import Data
from trigate.core.signal import Signal
from trigate.core.stream import Sink
from trigate.core.tasks import spawn
from trigate.mcp.listening.event_id import StreamName, write_name
from trigate.mcp.listening.tape import Tape, play

SERVICE = "mcp.replay"
KEPT = 300.0
"""Seconds for which a stream is kept after its end."""
_LOOK = 5.0
_MOST_BYTES = 64 * 2**20
"""Of all streams together; beyond, those that ended first are forgotten."""
_EACH = 2048
"""Bytes that a stream takes beside what was said on it, about."""
_FOUND = b""
_HERE = "-"
"""The address of a worker that has none yet."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[bytes, str, int]).decode


class Replays:
    """Those of this worker, and the way to those of the others."""

    __slots__ = ("_bus", "_deadlines", "_kept", "deadline")

    def __init__(self, bus: Bus, deadlines: Deadlines) -> None:
        self._bus = bus
        self._deadlines = deadlines
        self._kept: OrderedDict[str, tuple[bytes, Tape, float]] = OrderedDict()
        """By nonce: session, stream, and when it was begun or, as far as that is known, ended."""
        self.deadline = clock.monotonic() + _LOOK
        deadlines.add(self)
        bus.offer(SERVICE, self._serve)

    def __len__(self) -> int:
        return len(self._kept)

    def record(self, mark: bytes, id: bytes) -> Tape:
        """A stream of the session `mark`, the answer to its request `id` (JSON text)."""
        nonce = os.urandom(9).hex()
        tape = Tape(write_name(StreamName(nonce, self._bus.own or _HERE, id.decode())))
        self._kept[nonce] = (mark, tape, clock.monotonic())
        return tape

    async def replay(self, mark: bytes, name: StreamName, number: int, sink: Sink, signal: Signal) -> bool:
        """Say what came behind event `number` of a stream, up to its end; False if it is nowhere any more."""
        tape = self._find(mark, name.nonce, number)
        if tape is not None:
            await play(tape, number, sink, signal)
            return True
        if name.owner in {"", _HERE, self._bus.own}:
            return False
        try:
            stream = await self._bus.open(SERVICE, _encode((mark, name.nonce, number)), name.owner)
        except BusClosed:
            return False
        return await _pass_on(stream, sink)

    def forget(self, mark: bytes) -> None:
        """The session has ended."""
        for nonce in [nonce for nonce, (owner, _, _) in self._kept.items() if owner == mark]:
            self._kept.pop(nonce)[1].end()

    def expire(self) -> None:
        """Forget what has been over for long."""
        now = clock.monotonic()
        self.deadline = now + _LOOK
        size = 0
        for nonce, (mark, tape, since) in reversed(list(self._kept.items())):
            if not tape.ended:
                self._kept[nonce] = (mark, tape, now)
            size += len(tape) + _EACH
            if tape.ended and (now - since > KEPT or size > _MOST_BYTES):
                del self._kept[nonce]

    def drain(self) -> None:
        """The process ends."""
        self._deadlines.discard(self)
        self._kept.clear()

    def _find(self, mark: bytes, nonce: str, number: int) -> Tape | None:
        found = self._kept.get(nonce)
        if found is None or found[0] != mark or not found[1].reaches(number):
            return None
        return found[1]

    async def _serve(self, stream: BusStream, opening: bytes) -> None:
        mark, nonce, number = _decode(opening)
        tape = self._find(mark, nonce, number)
        if tape is None:
            return
        await stream.send(_FOUND)
        signal = Signal(asyncio.get_running_loop())
        watch = spawn(_watch(stream, tape, signal), "mcp replay watch")
        try:
            await play(tape, number, _OverBus(stream), signal)
        finally:
            watch.cancel()


class _OverBus:
    """The way to a caller at another worker."""

    __slots__ = ("_stream",)

    def __init__(self, stream: BusStream) -> None:
        self._stream = stream

    async def send(self, part: Data) -> None:
        """Hand on one frame."""
        await self._stream.send(part.payload)

    def flush(self) -> None:
        """Nothing is held back."""


async def _watch(stream: BusStream, tape: Tape, signal: Signal) -> None:
    """The other side speaks only by closing the stream: its caller has gone."""
    try:
        while await stream.receive() is not None:
            pass
    except BusClosed:
        pass
    finally:
        if tape.reader is signal:
            tape.reader = None
        signal.notify()


async def _pass_on(stream: BusStream, sink: Sink) -> bool:
    found = False
    try:
        while (frame := await stream.receive()) is not None:
            if found:
                await sink.send(Data(frame))
                sink.flush()
            found = True
    except BusClosed:
        return False  # it cannot go on, however much of it there was
    finally:
        stream.close()
    return found
