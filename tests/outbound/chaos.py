"""An upstream that follows a script to the byte, and stand-ins for the caller's two ends."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import Awaitable, Callable
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, Self, TypeVar

from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head, Part
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings

T = TypeVar("T")


class Talk:
    """One connection to the scripted upstream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.received = b""
        self.read_upto = 0
        self.ended = asyncio.Event()
        """The gateway closed or reset the connection, or the script did."""
        self.was_reset = False

    async def until(self, needle: bytes) -> None:
        """Read until `needle` was received after what was waited for before."""
        while (found := self.received.find(needle, self.read_upto)) < 0:
            piece = await self.reader.read(65536)
            if not piece:
                raise EOFError(f"the gateway hung up before it sent {needle!r}; it sent {self.received!r}")
            self.received += piece
        self.read_upto = found + len(needle)


Step = Callable[[Talk], Awaitable[None]]


def expect(needle: bytes = b"\r\n\r\n") -> Step:
    """Wait until the gateway has sent `needle`; by default, the end of a head."""
    return lambda talk: talk.until(needle)


def send(*pieces: bytes) -> Step:
    """Send each piece by itself."""

    async def step(talk: Talk) -> None:
        for piece in pieces:
            talk.writer.write(piece)
            await talk.writer.drain()
            await asyncio.sleep(0)

    return step


def drip(data: bytes, size: int = 1) -> Step:
    """Send `data` in pieces of `size` bytes."""
    return send(*[data[start : start + size] for start in range(0, len(data), size)])


def wait(event: asyncio.Event) -> Step:
    """Wait until the test says so."""

    async def step(_: Talk) -> None:
        async with asyncio.timeout(PATIENCE):  # `wait_for` of Python 3.11 may forget that it was cancelled
            await event.wait()

    return step


def tell(event: asyncio.Event) -> Step:
    """Tell the test that the script came this far."""

    async def step(_: Talk) -> None:
        event.set()

    return step


def reset() -> Step:
    """Reset the connection (RST)."""

    async def step(talk: Talk) -> None:
        socket = talk.writer.get_extra_info("socket")
        socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        talk.writer.transport.abort()

    return step


def cut() -> Step:
    """End the connection without TLS close_notify."""

    async def step(talk: Talk) -> None:
        talk.writer.transport.abort()

    return step


def close() -> Step:
    """Close the connection in order."""

    async def step(talk: Talk) -> None:
        talk.writer.close()

    return step


def half_close() -> Step:
    """Say that no more comes, and go on listening."""

    async def step(talk: Talk) -> None:
        talk.writer.write_eof()

    return step


def hang() -> Step:
    """Do nothing more until the gateway hangs up."""

    async def step(talk: Talk) -> None:
        while piece := await talk.reader.read(65536):
            talk.received += piece

    return step


def answer(body: bytes = b"ok", status: bytes = b"200 OK", *fields: bytes) -> Step:
    """Wait for a request's head and answer it with a length."""
    lines = [b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *fields]
    whole = b"\r\n".join([*lines, b"", body])

    async def step(talk: Talk) -> None:
        await talk.until(b"\r\n\r\n")
        talk.writer.write(whole)

    return step


class Chaos:
    """A server on loopback; each connection follows the next script, the last one for all further ones if `repeat`."""

    def __init__(self, *scripts: list[Step], tls: ssl.SSLContext | None = None, repeat: bool = False) -> None:
        self._scripts = list(scripts)
        self._tls = tls
        self._repeat = repeat
        self._tasks: set[asyncio.Task[Any]] = set()
        self.talks: list[Talk] = []
        self.faults: list[BaseException] = []
        """What went wrong in scripts, such as a connection too many."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://{'localhost' if self._tls else '127.0.0.1'}:{self.port}"
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for talk in self.talks:
            with contextlib.suppress(AttributeError):  # in CPython 3.11.2 of a TLS connection that is closed already
                talk.writer.transport.abort()
        await turns(3)
        if kind is None and self.faults:
            raise self.faults[0]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        talk = Talk(reader, writer)
        index = len(self.talks)
        self.talks.append(talk)
        try:
            if index >= len(self._scripts) and not self._repeat:
                raise AssertionError("a connection too many")
            for step in self._scripts[min(index, len(self._scripts) - 1)]:
                await step(talk)
            await hang()(talk)
        except (ConnectionError, EOFError) as error:
            talk.was_reset = isinstance(error, ConnectionResetError)
        except ssl.SSLError:
            pass
        except AssertionError as error:
            self.faults.append(error)
            writer.transport.abort()
        finally:
            talk.ended.set()
            self._tasks.discard(task)
            with contextlib.suppress(OSError):
                writer.close()


class Keep:
    """Keeps what it is asked for, by equality of settings."""

    def __init__(self) -> None:
        self.things: list[tuple[str, object, Any]] = []

    def adopt(self, name: str, settings: object, make: Callable[[], T]) -> T:
        for known, equal, thing in self.things:
            if (known, equal) == (name, settings):
                return thing
        thing = make()
        self.things.append((name, settings, thing))
        return thing


class Sweeper:
    """Sweeps deadlines as a worker does, only more often."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines

    async def __aenter__(self) -> Self:
        self._task = asyncio.get_running_loop().create_task(self._sweep())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            self._deadlines.sweep(clock.monotonic())


def surroundings_of(loop: asyncio.AbstractEventLoop) -> Surroundings:
    """Surroundings with everything a client needs; no spool and no bus."""
    missing: Any = None
    return Surroundings(loop=loop, deadlines=Deadlines(), keep=Keep(), spool=missing, bus=missing, ids=Ids())


class Body:
    """A caller's body that the test feeds."""

    def __init__(self, signal: Signal, *parts: Part, whole: bool = True) -> None:
        self.signal = signal
        self.parts = list(parts)
        self.whole = whole
        self.size = sum(len(part.payload) for part in parts if isinstance(part, Data))
        self.taken = False
        self.asked = 0
        """How often somebody had to wait for the caller."""
        self.fault: Exception | None = None

    def feed(self, *parts: Part, whole: bool = False) -> None:
        self.parts += parts
        self.size += sum(len(part.payload) for part in parts if isinstance(part, Data))
        self.whole = whole
        self.signal.notify()

    def fail(self, fault: Exception) -> None:
        self.fault = fault
        self.signal.notify()

    @property
    def ready(self) -> bool:
        return bool(self.parts) or self.fault is not None

    @property
    def ended(self) -> bool:
        return self.whole and not self.parts

    async def next(self) -> Part | None:
        while not self.parts:
            if self.fault is not None:
                raise self.fault
            if self.whole:
                return None
            self.asked += 1
            await self.signal.wait()
        self.taken = True
        return self.parts.pop(0)

    async def read(self, limit: int) -> bytes:
        raise NotImplementedError


class Caller:
    """A sink that the test can make full, and that counts flushes."""

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.parts: list[Part] = []
        self.ready = True
        self.flushes = 0
        self.size = 0
        self.committed = self.left = self.detached = False

    @property
    def statuses(self) -> list[int]:
        return [part.status for part in self.parts if isinstance(part, Head)]

    def make_room(self) -> None:
        self.ready = True
        self.signal.notify()

    def begin(self, head: Head) -> None:
        self.parts.append(head)

    async def send(self, part: Part) -> None:
        self.parts.append(part)

    def flush(self) -> None:
        self.flushes += 1

    def finish(self, part: Part) -> None:
        self.parts.append(part)

    def abort(self) -> None:
        self.parts.clear()


async def turns(count: int = 5) -> None:
    """Let the loop run."""
    for _ in range(count):
        await asyncio.sleep(0)


async def eventually(condition: Callable[[], object]) -> None:
    """Return as soon as `condition` holds; fail when it does not in time."""
    end = clock.monotonic() + PATIENCE
    while not condition():
        assert clock.monotonic() < end, "it never came true"
        await asyncio.sleep(0.002)


async def soon(awaitable: Awaitable[T]) -> T:
    """The result, which must come."""
    return await asyncio.wait_for(awaitable, PATIENCE)
