"""A caller played by a test: it says bytes to a connection over a transport of memory, and reads what comes back."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.core.errors import GatewayError
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head
from trigate.core.problem import problem
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.core.surroundings import Surroundings
from trigate.inbound.connection import Connection
from trigate.inbound.service import Service
from trigate.inbound.settings import InboundSettings

Handler = Callable[[Request, Peer, Incoming, Edge], Coroutine[Any, Any, None]]


def surroundings() -> Surroundings:
    """Enough of a process to serve in."""
    none: Any = None
    return Surroundings(asyncio.get_running_loop(), Deadlines(), none, none, none, Ids())


async def turn(times: int = 4) -> None:
    """Let the loop do what is ready."""
    for _ in range(times):
        await asyncio.sleep(0)


class Wire(asyncio.Transport):
    """A transport of memory: remembers what was written and how it was closed; `slow` keeps everything unsent."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.writes = 0
        self.reading = True
        self.shut = False
        self.closed = False
        self.aborted = False
        self.slow = False
        self.unsent = 0
        self.high = 65536
        self.protocol: Any = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.closed or self.aborted:
            return
        assert not self.shut, "written after write_eof"
        self.written += bytes(data)
        self.writes += 1
        if self.slow:
            self.unsent += len(data)
            if self.unsent > self.high and not self.protocol.stalled:
                self.protocol.pause_writing()

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def sent(self, size: int) -> None:
        """The kernel takes `size` bytes."""
        self.unsent -= min(size, self.unsent)
        if self.unsent <= self.high // 4 and self.protocol.stalled:
            self.protocol.resume_writing()

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.shut = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.1", 5000), "sockname": ("192.0.2.9", 8080)}.get(name, default)

    def close(self) -> None:
        if not self.is_closing():
            self.closed = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        if not self.aborted:
            self.aborted = True
            if not self.closed:
                asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def is_closing(self) -> bool:
        return self.closed or self.aborted


class Caller:
    """One connection to a service that runs `handler`."""

    def __init__(
        self, handler: Handler, settings: InboundSettings | None = None, service: Service | None = None
    ) -> None:
        self.seen: list[tuple[Request, Peer]] = []
        self.refused: list[GatewayError] = []
        self.around = surroundings()
        self.handler = handler
        self.service = service or Service(settings or InboundSettings(), self._serve, self.around, self._refused)
        self.wire = Wire()
        self.connection = Connection(self.service)
        self.wire.protocol = self.connection
        self.connection.connection_made(self.wire)

    async def _serve(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        self.seen.append((request, peer))
        try:
            await self.handler(request, peer, incoming, sink)
        except GatewayError as error:
            head, data = problem(error, "1")
            if sink.committed:
                sink.abort()
                return
            sink.put(head)
            sink.finish(data)

    def _refused(self, peer: Peer, error: GatewayError, exchange_id: str) -> None:
        assert exchange_id
        self.refused.append(error)

    def tell(self, raw: bytes) -> None:
        """Say bytes, at once, in reads as large as the loop's."""
        for start in range(0, len(raw), 65536):
            if self.wire.is_closing():
                return
            self.connection.data_received(raw[start : start + 65536])

    async def say(self, raw: bytes) -> bytes:
        """Say bytes, let the gateway act, and take what it answered."""
        self.tell(raw)
        await turn()
        return self.take()

    def take(self) -> bytes:
        """What was answered since the last look."""
        written, self.wire.written = self.wire.written, b""
        return written

    def hang_up(self) -> bool:
        """The caller sends no more; whether the gateway leaves its own side open."""
        if self.connection.eof_received():
            return True
        self.wire.close()
        return False

    def vanish(self) -> None:
        """The connection breaks."""
        self.wire.closed = True
        self.connection.connection_lost(ConnectionResetError())

    @property
    def over(self) -> bool:
        """Whether the gateway has ended the answer on its side."""
        return self.wire.shut or self.wire.is_closing()

    def later(self, seconds: float) -> None:
        """Let time pass for deadlines."""
        before = clock.monotonic
        clock.monotonic = lambda: before() + seconds
        try:
            self.around.deadlines.sweep(clock.monotonic())
        finally:
            clock.monotonic = before


def request(line: str = "GET / HTTP/1.1", *fields: str, body: bytes = b"") -> bytes:
    """A request with a host and `fields`."""
    return "\r\n".join([line, "Host: a.example", *fields, "", ""]).encode("latin-1") + body


async def echo(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
    """Answer with the body that came."""
    body = await incoming.read(1 << 20)
    await sink.send(Head(200, [(b"x-target", request.target)]))
    sink.finish(Data(body))


def split_answers(raw: bytes) -> list[tuple[bytes, bytes]]:
    """Heads and bodies of answers that all have a content-length."""
    answers: list[tuple[bytes, bytes]] = []
    while raw:
        head, found, rest = raw.partition(b"\r\n\r\n")
        assert found, raw
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answers.append((head, rest[:length]))
        raw = rest[length:]
    return answers
