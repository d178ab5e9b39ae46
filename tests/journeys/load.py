"""Load for the journeys: callers that keep their connection, callers that do not, streams, and a service for them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.ports import free_port

RATE = 500.0
"""Requests per second in all."""
REUSED, FRESH = 8, 2
"""How many callers keep their connection, and how many open one per request; each sends its share of the rate."""
STREAMS = 8
CHUNKS = 30
BODY = b"x" * 1024
WELL = {"answered", "streamed"}
"""What is counted when nothing goes wrong."""


class Site:
    """The service behind the gateway: a kilobyte on `/page`, three seconds of chunks on `/stream`."""

    def __init__(self) -> None:
        self.port = free_port()

    async def start(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await (self._stream if b"/stream" in head else self._page)(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _page(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY))
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for number in range(CHUNKS):
            writer.write(b"4\r\n%04d\r\n" % number)
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(b"0\r\n\r\n")
        await writer.drain()


class Caller:
    """One connection at a time to the gateway; every fault is counted by its kind."""

    def __init__(self, port: int, tally: Counter[str]) -> None:
        self._port = port
        self._tally = tally
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, *, keep: bool) -> None:
        """One request for the page."""
        try:
            reader, writer = self._ends or await asyncio.open_connection("127.0.0.1", self._port)
            self._ends = reader, writer
            writer.write(b"GET /page HTTP/1.1\r\nhost: a\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(len(BODY))
            good = head.startswith(b"HTTP/1.1 200 ") and body == BODY
            self._tally["answered" if good else head[:15].decode()] += 1
            if not keep or b"connection: close" in head.lower():
                self.close()
        except (OSError, asyncio.IncompleteReadError) as fault:
            self._tally[f"{'reused' if keep else 'fresh'}: {type(fault).__name__}"] += 1
            self.close()

    async def stream(self) -> None:
        """One stream to its end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /stream HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        try:
            whole = (await reader.read()).endswith(b"%04d\r\n0\r\n\r\n" % (CHUNKS - 1))
            self._tally["streamed" if whole else "a stream was cut"] += 1
        except OSError:
            self._tally["a stream was reset"] += 1
        finally:
            writer.close()

    def close(self) -> None:
        """Give the connection up."""
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None


async def paced(ask: Callable[[], Awaitable[None]], every: float, stop: asyncio.Event) -> None:
    """Ask at a steady pace until told to stop; who falls behind asks at once."""
    due = time.monotonic()
    while not stop.is_set():
        await ask()
        due += every
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def load(port: int, stop: asyncio.Event, tally: Counter[str]) -> None:
    every = (REUSED + FRESH) / RATE
    callers = [Caller(port, tally) for _ in range(REUSED + FRESH)]
    pages = [
        paced(lambda each=each, keep=number < REUSED: each.ask(keep=keep), every, stop)
        for number, each in enumerate(callers)
    ]
    streams = [paced(Caller(port, tally).stream, 0.0, stop) for _ in range(STREAMS)]
    await asyncio.gather(*pages, *streams)
    for each in callers:
        each.close()


@asynccontextmanager
async def under_load(port: int, tally: Counter[str]) -> AsyncIterator[None]:
    """Load on a gateway for as long as the block runs; what was begun is then waited for."""
    stop = asyncio.Event()
    asking = asyncio.create_task(load(port, stop, tally))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asking, 30)
