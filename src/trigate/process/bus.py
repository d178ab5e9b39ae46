"""The message bus: many streams over one socket between two processes, and a line that comes back after a restart."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from typing import cast

from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.tasks import spawn
from trigate.process.frame import OPENING_BYTES, FrameError, Frames, Kind, encode
from trigate.process.stream import CREDIT, Stream

STREAMS = 65536
"""Most streams open at once over one link."""
ATTACH_SECONDS = 5.0
"""How long `open` waits for the other process to be there, as while it restarts."""


RELAY, TELL = "bus.relay", "bus.tell"
"""Services of every control process, which join its workers with each other."""


def encode_names(*names: str) -> bytes:
    """The start of an opening message, before what is passed on."""
    return b"".join(name.encode() + b"\0" for name in names)


class Services:
    """The services a process offers, exchanged at once by a reload; streams keep the service they began with."""

    __slots__ = ("offered",)

    def __init__(self) -> None:
        self.offered: Mapping[str, Service] = {}


class Link(asyncio.Protocol):
    """One socket to another process; either side opens streams to the other's services."""

    def __init__(self, loop: asyncio.AbstractEventLoop, services: Services, *, first: int) -> None:
        """`first` is 1 on one side and 2 on the other, so that numbers never clash."""
        self.loop = loop
        self.paused = False
        self.closed = False
        self._services = services
        self._next = first
        self._streams: dict[int, Stream] = {}
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None

    def open(self, service: str, opening: bytes = b"") -> Stream:
        """A new stream to a service of the other side; raises BusClosed."""
        name = service.encode() + b"\0"
        if self.closed or len(self._streams) >= STREAMS:
            raise BusClosed("the other process is gone" if self.closed else "too many streams are open")
        if len(name) + len(opening) > OPENING_BYTES:
            raise BusClosed("the opening is too long")  # and would cost the other side every stream there is
        stream = self._streams[self._next] = Stream(self, self._next)
        self._next += 2
        self.write(stream.number, Kind.OPEN, name + opening)
        return stream

    def write(self, stream: int, kind: Kind, payload: bytes) -> None:
        """Send one frame; dropped once the socket is gone."""
        if self._transport is not None and not self.closed:
            self._transport.write(encode(stream, kind, payload))

    def forget(self, stream: Stream) -> None:
        """The stream has ended."""
        self._streams.pop(stream.number, None)

    def close(self) -> None:
        """Break off every stream and close the socket."""
        if self._transport is not None:
            self._transport.close()
        self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever was under way is lost."""
        self.closed = True
        for stream in list(self._streams.values()):
            stream.finish(Kind.BREAK)

    def pause_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        self.paused = True

    def resume_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        self.paused = False
        for stream in list(self._streams.values()):
            stream.resume()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol; a side that breaks the protocol is cut off."""
        try:
            for stream, kind, payload in self._frames.feed(data):
                self._dispatch(stream, kind, payload)
        except FrameError:
            self.close()

    def _dispatch(self, number: int, kind: Kind, payload: bytes) -> None:
        if kind is Kind.OPEN:
            self._accept(number, payload)
            return
        stream = self._streams.get(number)
        if stream is None:
            return  # ended on this side while the frame was on its way
        if kind is Kind.PART or kind is Kind.LAST:
            stream.take(kind, payload)
        elif kind is Kind.CREDIT:
            stream.grow(CREDIT.unpack(payload)[0])
        else:
            stream.finish(kind)

    def _accept(self, number: int, payload: bytes) -> None:
        name, _, opening = payload.partition(b"\0")
        service = self._services.offered.get(name.decode("utf-8", "replace"))
        if service is None or number in self._streams or len(self._streams) >= STREAMS:
            self.write(number, Kind.BREAK, b"")
            return
        stream = self._streams[number] = Stream(self, number)
        spawn(_run(service, stream, opening), f"service {name.decode()}")


async def _run(service: Service, stream: Stream, opening: bytes) -> None:
    try:
        await service(stream, opening)
    except BusClosed:
        stream.end(Kind.BREAK)  # the caller's process has gone: nobody is left to tell
    except BaseException:
        stream.end(Kind.BREAK)
        raise
    stream.close()


class Line:
    """This process's way to another one (core.bus.Bus), over whatever socket the supervisor last gave it."""

    __slots__ = ("_attached", "_first", "_link", "_loop", "_services", "own")

    def __init__(self, loop: asyncio.AbstractEventLoop, services: Services, *, first: int) -> None:
        self.own = ""
        self._loop = loop
        self._services = services
        self._first = first
        self._link: Link | None = None
        self._attached = asyncio.Event()

    async def attach(self, connected: socket.socket, own: str = "") -> None:
        """Go on over this socket, at the address `own`; streams over an earlier one are broken off."""
        self.own = own
        link = Link(self._loop, self._services, first=self._first)
        await self._loop.create_unix_connection(lambda: link, sock=connected)
        previous, self._link = self._link, link
        if previous is not None:
            previous.close()
        self._attached.set()

    @property
    def reached(self) -> bool:
        """Whether the other process is there now."""
        return self._link is not None and not self._link.closed

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> BusStream:
        """A stream to `service`; raises BusClosed if the other process does not come (back) within five seconds."""
        if owner:
            service, opening = RELAY, encode_names(owner, service) + opening
        if self._link is None or self._link.closed:
            await self._wait()
        if self._link is None:
            raise BusClosed("the other process cannot be reached")
        return self._link.open(service, opening)

    async def tell(self, service: str, opening: bytes) -> None:
        """Run `service` in every other worker, see core.bus.Bus."""
        stream = await self.open(TELL, encode_names(self.own, service) + opening)
        try:
            await stream.receive()
        finally:
            stream.close()

    def offer(self, name: str, service: Service) -> None:
        """Let other processes open streams to a service of this one."""
        self._services.offered = {**self._services.offered, name: service}

    def close(self) -> None:
        """Break everything off."""
        if self._link is not None:
            self._link.close()

    async def _wait(self) -> None:
        self._attached.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._attached.wait(), ATTACH_SECONDS)
